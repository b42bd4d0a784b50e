//! How Redis is reached.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hallpass::store::StoreErrorKind;
use redis::aio::ConnectionLike;
use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _};

use crate::error::{ConnectError, Failure};
use crate::health;
use crate::link::cluster::Cluster;
use crate::link::given::{Connection, Given};
use crate::link::node::{At, Node};
use crate::link::{Link, Patience, Sentinels};
use crate::storage::RedisStorage;

/// How Redis is reached, and what its keys begin with.
///
/// ```no_run
/// # async fn example() -> Result<(), hallpass_redis::ConnectError> {
/// use hallpass_redis::RedisBuilder;
///
/// let storage = RedisBuilder::cluster(["redis://10.0.0.1:7000", "redis://10.0.0.2:7000"])
///     .prefix("shop:")
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "it connects when it is told to"]
pub struct RedisBuilder {
    target: Target,
    username: Option<String>,
    password: Option<String>,
    database: Option<i64>,
    prefix: String,
    patience: Patience,
    in_flight: usize,
}

enum Target {
    Server(String),
    Cluster(Vec<String>),
    Sentinels { urls: Vec<String>, master: String },
    Given(Arc<dyn Connection>),
}

impl RedisBuilder {
    /// One server: `redis://[user:password@]host[:port][/database]`, the same as `rediss://…` over TLS, or
    /// `redis+unix:///path[?db=…&user=…&pass=…]`.
    pub fn server(url: &str) -> Self {
        Self::new(Target::Server(url.to_owned()))
    }

    /// A Redis Cluster, by the URLs of some of its nodes; they tell of the others. All are logged in to as the first.
    pub fn cluster<T: Into<String>>(urls: impl IntoIterator<Item = T>) -> Self {
        Self::new(Target::Cluster(urls.into_iter().map(Into::into).collect()))
    }

    /// The master that Sentinels, by their URLs, know by this name. They are asked anew for every connection.
    ///
    /// A user and a password in a URL are the Sentinel's; the master's are told by [`login`](Self::login). With
    /// `rediss://` both are spoken to over TLS.
    pub fn sentinels<T: Into<String>>(urls: impl IntoIterator<Item = T>, master: &str) -> Self {
        let urls = urls.into_iter().map(Into::into).collect();
        Self::new(Target::Sentinels { urls, master: master.to_owned() })
    }

    /// The app's own connection, such as a `ConnectionManager` of the `redis` crate.
    ///
    /// It connects anew by itself, or does not. It **must not** send a command again whose answer was lost: a
    /// `ClusterConnection` does, unless it was built with `retries(0)`, and then follows no key that has moved;
    /// [`cluster`](Self::cluster) is meant for that.
    pub fn over(connection: impl ConnectionLike + Clone + Send + Sync + 'static) -> Self {
        Self::new(Target::Given(Arc::new(connection)))
    }

    fn new(target: Target) -> Self {
        Self {
            target,
            username: None,
            password: None,
            database: None,
            prefix: String::new(),
            patience: Patience { connect: Duration::from_secs(2), answer: Duration::from_secs(2) },
            in_flight: 1_024,
        }
    }

    /// The user and the password, in place of those in the URLs. `None`: the default user.
    pub fn login(mut self, username: Option<&str>, password: &str) -> Self {
        self.username = username.map(str::to_owned);
        self.password = Some(password.to_owned());
        self
    }

    /// The number of the database of a server, in place of the URL's.
    pub fn database(mut self, number: u32) -> Self {
        self.database = Some(number.into());
        self
    }

    /// What every key begins with, so that several apps can share a Redis. Default: nothing, as better-auth's keys.
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// How long a connection, with its TLS and its login, may take. Default: 2 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.patience.connect = timeout;
        self
    }

    /// How long the answer to a command may take, and before it the wait for a free place. Default: 2 seconds.
    pub fn answer_timeout(mut self, timeout: Duration) -> Self {
        self.patience.answer = timeout;
        self
    }

    /// How many commands may wait for their answers at once; further calls wait for a place. Default: 1,024.
    pub fn max_in_flight(mut self, commands: usize) -> Self {
        self.in_flight = commands.max(1);
        self
    }

    /// Connects, and looks at the servers: one that cannot hold what it is to hold is refused, and settings that would
    /// lose it are logged as warnings.
    ///
    /// # Errors
    /// [`ConnectError`]: nobody answers, the login is refused, or the server is not what it must be.
    pub async fn connect(self) -> Result<RedisStorage, ConnectError> {
        let (prefix, in_flight, patience) = (self.prefix.clone(), self.in_flight, self.patience);
        let is_cluster = match &self.target {
            Target::Cluster(_) => Some(true),
            Target::Given(_) => None,
            Target::Server(_) | Target::Sentinels { .. } => Some(false),
        };
        let link = self.link()?;
        inspect(&link, is_cluster).await?;
        for finding in health::findings(&link).await.map_err(refused)? {
            tracing::warn!("{finding}: {}", finding.remedy());
        }
        Ok(RedisStorage::over(link, prefix, in_flight, patience.answer))
    }

    fn link(self) -> Result<Link, ConnectError> {
        let patience = self.patience;
        Ok(match &self.target {
            Target::Given(connection) => Link::Given(Given::new(connection.clone(), patience.answer)),
            Target::Server(url) => {
                let info = self.logged_in(self.read(url)?);
                Link::Node(Box::new(Node::new(At::Server(info), patience)))
            }
            Target::Cluster(urls) => {
                let nodes: Result<Vec<_>, _> = urls.iter().map(|url| self.read(url)).collect();
                let mut nodes = nodes?.into_iter().map(|node| self.logged_in(node));
                let first = nodes.next().ok_or(ConnectError::NoAddress)?;
                Link::Cluster(Box::new(Cluster::new(first, nodes.collect(), patience)))
            }
            Target::Sentinels { urls, master } => {
                let addresses: Result<Vec<_>, _> = urls.iter().map(|url| self.read(url)).collect();
                let addresses = addresses?;
                let first = addresses.first().ok_or(ConnectError::NoAddress)?;
                let login = first.clone().set_redis_settings(redis::RedisConnectionInfo::default());
                let login = self.logged_in(login).redis_settings().clone();
                let sentinels = Sentinels { addresses, name: master.clone(), login };
                Link::Node(Box::new(Node::new(At::MasterOf(sentinels), patience)))
            }
        })
    }

    fn read(&self, url: &str) -> Result<ConnectionInfo, ConnectError> {
        // The client takes a path, or a host alone, for a URL as well.
        if !url.contains("://") {
            return Err(ConnectError::InvalidUrl);
        }
        if ["rediss:", "valkeys:"].iter().any(|tls| url.starts_with(tls)) {
            #[cfg(not(feature = "tls"))]
            return Err(ConnectError::TlsIsOff);
            #[cfg(feature = "tls")]
            provide_crypto();
        }
        let info = url.into_connection_info().map_err(|_| ConnectError::InvalidUrl)?;
        let is_path = matches!(info.addr(), ConnectionAddr::Unix(_));
        if is_path && !matches!(self.target, Target::Server(_)) {
            return Err(ConnectError::InvalidUrl);
        }
        let alive = TcpKeepalive::new().with_time(Duration::from_secs(30));
        Ok(info.set_tcp_settings(TcpSettings::default().set_nodelay(true).set_keepalive(alive)))
    }

    fn logged_in(&self, info: ConnectionInfo) -> ConnectionInfo {
        let mut settings = info.redis_settings().clone();
        if let Some(username) = &self.username {
            settings = settings.set_username(username);
        }
        if let Some(password) = &self.password {
            settings = settings.set_password(password);
        }
        if let Some(database) = self.database {
            settings = settings.set_db(database);
        }
        info.set_redis_settings(settings)
    }
}

impl fmt::Debug for RedisBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URLs hold passwords.
        let mut shown = f.debug_struct("RedisBuilder");
        shown.field("prefix", &self.prefix).field("patience", &self.patience).finish_non_exhaustive()
    }
}

/// The client takes the process's cryptography, and panics where the process has none, or more than one to choose from.
#[cfg(feature = "tls")]
fn provide_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // That another one came first is as good.
        rustls::crypto::ring::default_provider().install_default().ok();
    }
}

/// Refuses servers that cannot be what they are taken for.
async fn inspect(link: &Link, is_cluster: Option<bool>) -> Result<(), ConnectError> {
    let infos = health::infos(link).await.map_err(|failure| match failure {
        // What a server that is in no cluster answers to `CLUSTER SLOTS`.
        Failure::Refused(code) if code == "ERR" && is_cluster == Some(true) => ConnectError::IsNoCluster,
        failure => refused(failure),
    })?;
    for (_, info) in infos {
        if is_cluster == Some(false) && info.get("cluster_enabled") == Some("1") {
            return Err(ConnectError::IsCluster);
        }
        if info.get("role") == Some("slave") {
            return Err(ConnectError::Replica);
        }
        if let Some(found) = info.get("redis_version").filter(|version| is_too_old(version)) {
            return Err(ConnectError::TooOld { found: found.to_owned() });
        }
    }
    Ok(())
}

/// Whether it has no `GETDEL`.
fn is_too_old(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) => (major, minor) < (6, 2),
        // What counts otherwise is another server than Redis; its commands tell.
        _ => false,
    }
}

fn refused(failure: Failure) -> ConnectError {
    if failure.is_login() {
        return ConnectError::LoginRefused;
    }
    let error = hallpass::store::StoreError::from(failure);
    match error.kind() {
        StoreErrorKind::Unavailable => ConnectError::Unreachable(error),
        _ => ConnectError::Refused(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for old in ["6.0.16", "5.0.7", "6.1.240", "2.8"] {
            assert!(is_too_old(old), "{old}");
        }
        for new in ["6.2.0", "7.0.15", "10.0.0", "8.0-rc1", "unknown", "6.2"] {
            assert!(!is_too_old(new), "{new}");
        }
    }

    #[tokio::test]
    async fn a_url_that_cannot_be_read_is_not_shown() {
        for url in [
            "localhost",
            "/run/redis",
            "http://u:hunter2@h",
            "redis://u:hunter2@h:port",
            "redis://:hunter2@h/x",
            "",
        ] {
            let refused = RedisStorage::connect(url).await.unwrap_err();
            assert!(matches!(refused, ConnectError::InvalidUrl), "{url}");
            assert!(!format!("{refused} {refused:?}").contains("hunter2"));
        }
        let nobody: [&str; 0] = [];
        assert!(matches!(RedisBuilder::cluster(nobody).connect().await, Err(ConnectError::NoAddress)));
        let path = RedisBuilder::cluster(["redis+unix:///run/redis"]).connect().await;
        assert!(matches!(path, Err(ConnectError::InvalidUrl)));
    }

    #[test]
    fn no_password_is_shown() {
        let builder = RedisBuilder::server("redis://ada:hunter2@localhost").login(Some("ada"), "hunter3");
        let shown = format!("{builder:?}");
        assert!(!shown.contains("hunter"), "{shown}");
    }

    #[cfg(not(feature = "tls"))]
    #[tokio::test]
    async fn tls_that_is_not_there_is_not_left_out() {
        let refused = RedisStorage::connect("rediss://localhost").await.unwrap_err();
        assert!(matches!(refused, ConnectError::TlsIsOff));
    }
}
