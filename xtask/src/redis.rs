//! A Redis server and a Redis Cluster for the tests, in a folder of their own, gone with it.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use anyhow::{Context, Result, bail, ensure};

use crate::apt;
use crate::command::{announce, capture, find};

/// What Debian calls it.
const PACKAGE: &str = "redis-server";

/// As few as a cluster can have.
const NODES: usize = 3;

/// Where a node has its port for the other nodes, above the one for clients.
const BUS: u16 = 10_000;

/// Running servers. Dropping them stops them.
pub(crate) struct Redis {
    folder: PathBuf,
    servers: Vec<Child>,
    nodes: Vec<u16>,
}

impl Redis {
    /// Starts the servers, and installs Redis first where that is wanted.
    pub(crate) fn start(installs: bool) -> Result<Self> {
        if find("redis-server").is_none() || find("redis-cli").is_none() {
            ensure!(installs, "the tests need Redis; `cargo xtask test` installs it (Debian: {PACKAGE})");
            apt::install(&[PACKAGE])?;
        }
        let folder = env::temp_dir().join(format!("hallpass-redis-{}", std::process::id()));
        fs::create_dir(&folder).context("cannot make the servers' folder")?;
        let mut redis = Self { folder, servers: Vec::new(), nodes: Vec::new() };
        let socket = redis.socket().display().to_string();
        redis.run("single", &["--port", "0", "--unixsocket", &socket])?;
        for number in 0..NODES {
            let port = free_port(&redis.nodes)?;
            let node = ["--bind", "127.0.0.1", "--port", &port.to_string(), "--cluster-enabled", "yes"];
            redis.run(&format!("node-{number}"), &node)?;
            redis.nodes.push(port);
        }
        redis.until("single", &["-s", &socket, "ping"], "PONG")?;
        for number in 0..NODES {
            redis.until(&format!("node-{number}"), &["-p", &redis.port(number)?, "ping"], "PONG")?;
        }
        let create = &mut Command::new("redis-cli");
        create.args(["--cluster", "create", "--cluster-yes", "--cluster-replicas", "0"]);
        capture(create.args(redis.nodes.iter().map(|port| format!("127.0.0.1:{port}"))))?;
        for number in 0..NODES {
            let ask = ["-p", &redis.port(number)?, "cluster", "info"];
            redis.until(&format!("node-{number}"), &ask, "cluster_state:ok")?;
        }
        Ok(redis)
    }

    /// The variables by which tests find the servers, and their values.
    pub(crate) fn variables(&self) -> [(&'static str, String); 2] {
        let nodes: Vec<_> = self.nodes.iter().map(|port| format!("redis://127.0.0.1:{port}")).collect();
        let single = format!("redis+unix://{}", self.socket().display());
        [("HALLPASS_TEST_REDIS", single), ("HALLPASS_TEST_REDIS_CLUSTER", nodes.join(","))]
    }

    fn run(&mut self, name: &str, arguments: &[&str]) -> Result<()> {
        let folder = self.folder.join(name);
        fs::create_dir(&folder)?;
        let log = fs::File::create(folder.join("log"))?;
        let server = &mut Command::new("redis-server");
        server.args(arguments).args(["--save", "", "--dir"]).arg(&folder);
        announce(server);
        self.servers.push(server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?);
        Ok(())
    }

    /// Asks until the answer has `expected` in it.
    fn until(&self, name: &str, question: &[&str], expected: &str) -> Result<()> {
        /// A minute, for a machine that is busy.
        const TRIES: u32 = 600;
        for _ in 0..TRIES {
            let answer = capture(Command::new("redis-cli").args(question));
            if answer.is_ok_and(|answer| answer.contains(expected)) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        bail!(
            "Redis did not start:\n{}",
            fs::read_to_string(self.folder.join(name).join("log")).unwrap_or_default()
        )
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    fn port(&self, number: usize) -> Result<String> {
        Ok(self.nodes.get(number).context("no such node")?.to_string())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        for server in &mut self.servers {
            // They have nothing to keep.
            drop(server.kill());
            drop(server.wait());
        }
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// A port that nobody has, nor the one by which nodes of a cluster find each other.
fn free_port(taken: &[u16]) -> Result<u16> {
    for _ in 0..1_000 {
        let free = TcpListener::bind(("127.0.0.1", 0))?;
        let port = free.local_addr()?.port();
        let bus = port.checked_add(BUS).map(|bus| TcpListener::bind(("127.0.0.1", bus)));
        if matches!(bus, Some(Ok(_))) && !taken.contains(&port) {
            return Ok(port);
        }
    }
    bail!("there is no free port")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn servers_answer_until_they_are_dropped_and_leave_nothing() {
        let redis = Redis::start(false).unwrap();
        let (folder, node) = (redis.folder.clone(), redis.port(0).unwrap());
        let [(_, single), (_, cluster)] = redis.variables();
        assert!(single.ends_with(&redis.socket().display().to_string()));
        assert_eq!(cluster.split(',').count(), NODES);
        let set = capture(Command::new("redis-cli").args(["-c", "-p", &node, "set", "key", "value"]));
        assert_eq!(set.unwrap().trim(), "OK");
        let processes: Vec<_> = redis.servers.iter().map(Child::id).collect();
        drop(redis);
        assert!(!folder.exists());
        assert!(processes.iter().all(|process| !Path::new(&format!("/proc/{process}")).exists()));
    }
}
