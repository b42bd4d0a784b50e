//! What the tests share.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hallpass_redis::redis::aio::MultiplexedConnection;
use hallpass_redis::redis::{self, Client};
use hallpass_redis::{RedisBuilder, RedisStorage};
use tempfile::TempDir;

/// The servers on which the tests run, by their URLs.
fn servers(variable: &str) -> Vec<String> {
    let urls = std::env::var(variable).unwrap_or_else(|_| {
        panic!(
            "{variable} names no Redis: `cargo xtask test --only nextest` starts one; or name one on which these \
             tests may make keys, as redis://… (a cluster by all of its masters, with commas between)"
        )
    });
    urls.split(',').map(str::to_owned).collect()
}

/// Where a test has its keys, on servers that all tests share.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    servers: Vec<String>,
    is_cluster: bool,
    /// What its keys begin with, and no other test's.
    pub(crate) prefix: String,
}

impl Place {
    pub(crate) fn single() -> Self {
        Self { servers: servers("HALLPASS_TEST_REDIS"), is_cluster: false, prefix: prefix() }
    }

    pub(crate) fn cluster() -> Self {
        Self { servers: servers("HALLPASS_TEST_REDIS_CLUSTER"), is_cluster: true, prefix: prefix() }
    }

    /// Both kinds, for tests that are about neither.
    pub(crate) fn each() -> [Self; 2] {
        [Self::single(), Self::cluster()]
    }

    /// The place by which another process finds the same keys, in one line.
    pub(crate) fn address(&self) -> String {
        format!("{} {} {}", self.is_cluster, self.servers.join(","), self.prefix)
    }

    pub(crate) fn at(address: &str) -> Self {
        let words: Vec<_> = address.splitn(3, ' ').collect();
        let [is_cluster, servers, prefix] = words[..] else { panic!("what is {address}?") };
        let servers = servers.split(',').map(str::to_owned).collect();
        Self { servers, is_cluster: is_cluster == "true", prefix: prefix.to_owned() }
    }

    pub(crate) fn builder(&self) -> RedisBuilder {
        let builder = match (self.is_cluster, self.servers.as_slice()) {
            // One is enough to find the others.
            (true, [first, ..]) => RedisBuilder::cluster([first]),
            (_, [first, ..]) => RedisBuilder::server(first),
            _ => panic!("no server"),
        };
        builder.prefix(&self.prefix).answer_timeout(Duration::from_secs(20))
    }

    pub(crate) async fn storage(&self) -> RedisStorage {
        self.builder().connect().await.unwrap()
    }

    /// As another app on the same server would see it.
    pub(crate) async fn connections(&self) -> Vec<MultiplexedConnection> {
        let mut connections = Vec::new();
        for server in &self.servers {
            connections.push(connection(server).await);
        }
        connections
    }

    /// The test's keys, each with the connection to the server that has it.
    pub(crate) async fn keys(&self) -> Vec<(MultiplexedConnection, String)> {
        let mut keys = Vec::new();
        for mut connection in self.connections().await {
            let mut cursor = 0_u64;
            loop {
                let mut scan = redis::cmd("SCAN");
                scan.arg(cursor).arg("MATCH").arg(format!("{}*", self.prefix)).arg("COUNT").arg(10_000);
                let (next, found): (u64, Vec<String>) = scan.query_async(&mut connection).await.unwrap();
                keys.extend(found.into_iter().map(|key| (connection.clone(), key)));
                cursor = next;
                if cursor == 0 {
                    break;
                }
            }
        }
        keys
    }

    /// Brings every end of the test's keys nearer by `span`, as if so much time had gone by.
    pub(crate) async fn pass(&self, span: Duration) {
        let span = i64::try_from(span.as_millis()).unwrap();
        for (mut connection, key) in self.keys().await {
            let left: i64 = redis::cmd("PTTL").arg(&key).query_async(&mut connection).await.unwrap();
            if left >= 0 {
                // What is not in the future deletes the key.
                let shorter = redis::cmd("PEXPIRE").arg(&key).arg(left - span).clone();
                let _: i64 = shorter.query_async(&mut connection).await.unwrap();
            }
        }
    }
}

pub(crate) async fn connection(url: &str) -> MultiplexedConnection {
    Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

fn prefix() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    #[expect(clippy::disallowed_methods, reason = "a name that no other run has taken")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    format!("test-{now}-{}-{}:", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A server of a test's own, by a socket in its folder, or by a port as well.
pub(crate) struct Server {
    pub(crate) folder: TempDir,
    pub(crate) port: u16,
    arguments: Vec<String>,
    process: Option<Child>,
}

impl Server {
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        Self::start_at(0, arguments).await
    }

    pub(crate) async fn start_at(port: u16, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let mut server = Self { folder: TempDir::new().unwrap(), port, arguments, process: None };
        server.restart().await;
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", self.folder.path().join("socket").display())
    }

    /// By its port.
    pub(crate) fn tcp_url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it as a failing machine does: at once.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    pub(crate) async fn restart(&mut self) {
        self.kill();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string()]);
        command.arg("--unixsocket").arg(self.folder.path().join("socket"));
        command.args(["--save", "", "--dir"]).arg(self.folder.path()).args(&self.arguments);
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.process = Some(started.unwrap_or_else(|error| {
            panic!("redis-server: {error}; `cargo xtask test --only nextest` installs it")
        }));
        // Until it has its socket and has read what it kept.
        until(async || {
            let client = Client::open(self.url()).unwrap();
            let Ok(mut connection) = client.get_multiplexed_async_connection().await else { return false };
            let answer = redis::cmd("PING").query_async::<redis::Value>(&mut connection).await;
            // One that wants a password is up.
            !matches!(answer, Err(error) if error.code() == Some("LOADING") || error.is_io_error())
        })
        .await;
    }

    /// A Sentinel at this port, by this file of settings.
    pub(crate) async fn sentinel(folder: TempDir, port: u16, settings: &Path) -> Self {
        let mut command = Command::new("redis-server");
        command.arg(settings).arg("--sentinel").stdin(Stdio::null()).stdout(Stdio::null());
        let process = Some(command.spawn().unwrap());
        let sentinel = Self { folder, port, arguments: Vec::new(), process };
        until(async || {
            let client = Client::open(sentinel.tcp_url()).unwrap();
            client.get_multiplexed_async_connection().await.is_ok()
        })
        .await;
        sentinel
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let process = self.process.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &process]).status().unwrap().success());
    }

    pub(crate) async fn run(&self, command: &str) -> redis::Value {
        let url = if self.folder.path().join("socket").exists() { self.url() } else { self.tcp_url() };
        run(&mut connection(&url).await, command).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a command. A space within a word is a tab.
pub(crate) async fn run(connection: &mut MultiplexedConnection, command: &str) -> redis::Value {
    let mut words = command.split(' ');
    let mut command = redis::cmd(words.next().unwrap());
    for word in words {
        command.arg(word.replace('\t', " "));
    }
    command.query_async(connection).await.unwrap()
}

/// Waits until something is so.
pub(crate) async fn until(is_so: impl AsyncFn() -> bool) {
    while !is_so().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A port that nobody has, nor the one by which nodes of a cluster find each other.
pub(crate) fn free_port() -> u16 {
    loop {
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        let bus = port.checked_add(10_000).map(|bus| TcpListener::bind(("127.0.0.1", bus)));
        if matches!(bus, Some(Ok(_))) {
            return port;
        }
    }
}
