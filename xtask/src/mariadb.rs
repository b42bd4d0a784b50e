//! A MariaDB server for the tests, in a folder of its own, gone with it.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use anyhow::{Context, Result, bail, ensure};

use crate::apt;
use crate::command::{announce, capture, find};
use crate::unprivileged::Owner;

/// The variable by which tests find the server.
pub(crate) const VARIABLE: &str = "HALLPASS_TEST_MYSQL";

/// What Debian calls it.
const PACKAGE: &str = "mariadb-server";

/// A running server. Dropping it stops it.
pub(crate) struct MariaDb {
    folder: PathBuf,
    owner: Option<Owner>,
    server: Option<Child>,
}

impl MariaDb {
    /// Starts a server, and installs MariaDB first where that is wanted.
    pub(crate) fn start(installs: bool) -> Result<Self> {
        if program("mariadbd").is_none() {
            ensure!(installs, "the tests need MariaDB; `cargo xtask test` installs it (Debian: {PACKAGE})");
            apt::install(&[PACKAGE])?;
        }
        let folder = env::temp_dir().join(format!("hallpass-mariadb-{}", std::process::id()));
        fs::DirBuilder::new().mode(0o700).create(&folder).context("cannot make the server's folder")?;
        let mut mariadb = Self { folder, owner: Owner::find("mysql")?, server: None };
        if let Some(owner) = mariadb.owner {
            owner.take(&mariadb.folder)?;
        }
        let data = format!("--datadir={}", mariadb.folder.join("data").display());
        let root = "--auth-root-authentication-method=normal";
        let install = &mut mariadb.command("mariadb-install-db")?;
        capture(install.args(["--no-defaults", root, "--skip-test-db", &data]))?;
        let log = fs::File::create(mariadb.folder.join("log"))?;
        let server = &mut mariadb.command("mariadbd")?;
        server.args(["--no-defaults", "--skip-networking", &data]);
        server.arg(format!("--socket={}", mariadb.socket().display()));
        server.arg(format!("--pid-file={}", mariadb.folder.join("pid").display()));
        // As Debian has it, and MySQL nearly.
        server.args(["--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci"]);
        // What is lost with the machine's power is no matter here. Each test that runs has two pools.
        server.args(["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync"]);
        server.arg("--max-connections=1000");
        announce(server);
        mariadb.server = Some(server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?);
        mariadb.wait()?;
        Ok(mariadb)
    }

    /// How a client finds it.
    pub(crate) fn url(&self) -> String {
        format!("mysql://root@localhost/?socket={}", self.socket().display())
    }

    fn wait(&mut self) -> Result<()> {
        /// A minute, for a machine that is busy.
        const TRIES: u32 = 600;
        for _ in 0..TRIES {
            if self.answers()? {
                return Ok(());
            }
            let ended = self.server.as_mut().map(Child::try_wait).transpose()?.flatten();
            let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            ensure!(ended.is_none(), "MariaDB did not start:\n{}", log());
            thread::sleep(Duration::from_millis(100));
        }
        bail!("MariaDB did not answer")
    }

    fn answers(&self) -> Result<bool> {
        let mut ping = self.command("mariadb-admin")?;
        let ping = ping.args(["--no-defaults", "--user=root", "--socket"]).arg(self.socket()).arg("ping");
        Ok(ping.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success())
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// One of its programs, run by the server's owner.
    fn command(&self, name: &str) -> Result<Command> {
        let program = program(name).with_context(|| format!("{PACKAGE} is installed, and has no {name}"))?;
        let mut command = Command::new(program);
        command.current_dir(&self.folder);
        if let Some(owner) = self.owner {
            owner.run(&mut command);
        }
        Ok(command)
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            drop(server.kill());
            drop(server.wait());
        }
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// A program on the path, or where Debian has servers, which is not on everybody's.
fn program(name: &str) -> Option<PathBuf> {
    find(name).or_else(|| Some(Path::new("/usr/sbin").join(name)).filter(|path| path.is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_until_it_is_dropped_and_leaves_nothing() {
        let mariadb = MariaDb::start(false).unwrap();
        let folder = mariadb.folder.clone();
        assert!(mariadb.url().contains(&folder.display().to_string()));
        assert!(mariadb.answers().unwrap());
        let process = mariadb.server.as_ref().unwrap().id();
        drop(mariadb);
        assert!(!folder.exists());
        assert!(!Path::new(&format!("/proc/{process}")).exists());
    }
}
