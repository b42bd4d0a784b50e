//! A server that runs while it is measured.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use hallpass_benches::connection::Connection;
use hallpass_benches::stopwatch::now;

use crate::contender::Contender;
use crate::process::Process;
use crate::requests::Requests;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A started server; dropped, it is ended.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    /// From starting the program to its first answer.
    pub(crate) cold_start: Duration,
}

impl Server {
    /// Starts `contender` with its database in `folder`, and waits until it answers. With sessions also in cookies if it
    /// is `caching`.
    pub(crate) async fn start(
        contender: Contender,
        folder: &Path,
        target: &Path,
        caching: bool,
    ) -> Result<Self> {
        // The port may be taken by another before the server takes it; then the server says so in its log.
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let log = folder.join("server.log");
        let output = File::create(&log)?;
        let start = now();
        let child = contender
            .serve(port, folder, target, caching)?
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("cannot start {}", contender.name()))?;
        let mut server = Self { child, port, cold_start: Duration::ZERO };
        while !server.answers().await {
            if let Some(status) = server.child.try_wait()? {
                bail!("{} ended ({status}); it wrote {}", contender.name(), log.display());
            }
            if start.elapsed() > PATIENCE {
                bail!("{} does not answer; it wrote {}", contender.name(), log.display());
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        server.cold_start = start.elapsed();
        Ok(server)
    }

    pub(crate) fn process(&self) -> Process {
        Process::new(self.child.id())
    }

    pub(crate) fn requests(&self) -> Requests {
        Requests { port: self.port }
    }

    async fn answers(&self) -> bool {
        let Ok(mut connection) = Connection::open(self.port).await else { return false };
        connection.send(&self.requests().ok()).await.is_ok_and(|answer| answer.status == 200)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
