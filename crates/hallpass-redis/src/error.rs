//! What can go wrong, in the terms of the caller. Nothing here holds a key, a value or a password.

use std::error::Error as _;
use std::io;

use hallpass::store::{StoreError, StoreErrorKind};
use redis::{ErrorKind, ServerErrorKind};

/// Why a storage in Redis could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// A URL that cannot be read. It is not shown, since it may hold a password.
    #[error(
        "a URL of Redis must read `redis://[user:password@]host[:port][/database]`, `rediss://…` (feature `tls`) or `redis+unix:///path`"
    )]
    InvalidUrl,
    /// `rediss://` without the feature that it needs.
    #[error("`rediss://` needs the feature `tls` of hallpass-redis")]
    TlsIsOff,
    /// No node, or no Sentinel, was named.
    #[error("at least one address of Redis must be named")]
    NoAddress,
    /// Nobody answers, or not in time.
    #[error("Redis cannot be reached: {0}")]
    Unreachable(#[source] StoreError),
    /// The user, or the password, is wrong or missing.
    #[error("Redis refused the user or the password (or wants one): check the URL")]
    LoginRefused,
    /// A server that has no `GETDEL`, by which a token is used once.
    #[error("Redis {found} is too old: hallpass needs 6.2 or newer")]
    TooOld {
        /// The version that the server names.
        found: String,
    },
    /// A replica, which takes no writes.
    #[error("this Redis is a read-only replica: connect to its master, or by `RedisBuilder::sentinels`")]
    Replica,
    /// A node of a cluster, by the URL of a single server.
    #[error("this Redis is a node of a Cluster: connect by `RedisBuilder::cluster`")]
    IsCluster,
    /// A single server, named as a node of a cluster.
    #[error("this Redis is not a Cluster: connect by `RedisBuilder::server`")]
    IsNoCluster,
    /// The server answered with an error; its code.
    #[error("Redis refused: {0}")]
    Refused(#[source] StoreError),
}

/// What went wrong with one command.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Failure {
    /// No connection came about: the command was not sent.
    #[error("no connection to Redis: {0}")]
    NotConnected(Cause),
    /// The connection broke before the answer came: whether the command was run is not known.
    #[error("the connection to Redis broke before the answer came: {0}")]
    Broke(Cause),
    /// No answer in time: whether the command was run is not known.
    #[error("Redis did not answer in time")]
    NoAnswer,
    /// Too many calls were waiting for an answer: the command was not sent.
    #[error("too many calls are waiting for Redis")]
    Crowded,
    /// The server refused to run the command, by this code.
    #[error("Redis answered with the error {0}")]
    Refused(String),
    /// A node of a cluster named another that has the key.
    #[error("the key has moved to another node of the Redis Cluster")]
    Moved(Option<(String, u16)>),
    /// A node named another that has this key already, of a slot that is moving there.
    #[error("the key is moving to another node of the Redis Cluster")]
    Asks(Option<(String, u16)>),
    /// An answer that is not what the command gives.
    #[error("Redis gave what cannot be read as {0}")]
    Unreadable(&'static str),
}

/// Why there is no connection.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(crate) enum Cause {
    #[error("{0}")]
    Io(io::ErrorKind),
    #[error("timed out")]
    TimedOut,
    #[error("tried a moment ago, and to be tried again soon")]
    TriedJustNow,
    #[error("no node has the key's slot")]
    NoNode,
    #[error("no Sentinel knows a master")]
    NoMaster,
    #[error("the user or the password was refused")]
    Login,
    #[error("the client failed")]
    Client,
}

impl Failure {
    /// What the client says.
    pub(crate) fn of(error: &redis::RedisError) -> Self {
        let node = || {
            let (address, _) = error.redirect_node()?;
            let (host, port) = address.rsplit_once(':')?;
            Some((host.to_owned(), port.parse().ok()?))
        };
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::Moved) => Self::Moved(node()),
            ErrorKind::Server(ServerErrorKind::Ask) => Self::Asks(node()),
            ErrorKind::Server(_) | ErrorKind::Extension => Self::Refused(code(error)),
            ErrorKind::Parse | ErrorKind::UnexpectedReturnType => Self::Unreadable("an answer"),
            _ => Self::Broke(Cause::of(error)),
        }
    }

    /// What the client says of an attempt to connect.
    pub(crate) fn of_connecting(error: &redis::RedisError) -> Self {
        match error.kind() {
            ErrorKind::Server(_) | ErrorKind::Extension => Self::Refused(code(error)),
            _ => Self::NotConnected(Cause::of(error)),
        }
    }

    /// Whether the server has refused who we are.
    pub(crate) fn is_login(&self) -> bool {
        match self {
            Self::NotConnected(Cause::Login) => true,
            Self::Refused(code) => matches!(code.as_str(), "NOAUTH" | "WRONGPASS"),
            _ => false,
        }
    }

    fn kind(&self) -> StoreErrorKind {
        match self {
            Self::NotConnected(Cause::Login) | Self::Unreadable(_) => StoreErrorKind::Unexpected,
            Self::Refused(code) => match code.as_str() {
                "LOADING" | "BUSY" | "READONLY" | "CLUSTERDOWN" | "MASTERDOWN" | "TRYAGAIN"
                | "NOREPLICAS" => StoreErrorKind::Unavailable,
                _ => StoreErrorKind::Unexpected,
            },
            _ => StoreErrorKind::Unavailable,
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self::new(failure.kind(), failure)
    }
}

impl Cause {
    fn of(error: &redis::RedisError) -> Self {
        if error.kind() == ErrorKind::AuthenticationFailed {
            return Self::Login;
        }
        // The texts can quote what was sent.
        let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        match io {
            Some(io) => Self::Io(io.kind()),
            None if error.is_timeout() => Self::TimedOut,
            None => Self::Client,
        }
    }
}

/// The word by which the server names the error. What follows it can quote keys and values.
fn code(error: &redis::RedisError) -> String {
    let is_code = |code: &&str| code.len() <= 24 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    error.code().filter(is_code).unwrap_or("ERR").to_owned()
}
