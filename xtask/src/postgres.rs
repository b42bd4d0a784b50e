//! A PostgreSQL server for the tests, in a folder of its own, gone with it.

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
pub(crate) const VARIABLE: &str = "HALLPASS_TEST_POSTGRES";

/// What Debian calls it.
const PACKAGE: &str = "postgresql";

/// A running server. Dropping it stops it.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    owner: Option<Owner>,
    server: Option<Child>,
}

impl Postgres {
    /// Starts a server, and installs PostgreSQL first where that is wanted.
    pub(crate) fn start(installs: bool) -> Result<Self> {
        // What is lost with the machine's power is no matter here. Each test that runs has two pools.
        Self::start_with(installs, &["fsync=off", "max_connections=1000"])
    }

    /// The same as one that loses nothing, with memory for a million sessions.
    pub(crate) fn start_durable(installs: bool) -> Result<Self> {
        Self::start_with(installs, &["shared_buffers=512MB", "max_wal_size=4GB"])
    }

    fn start_with(installs: bool, settings: &[&str]) -> Result<Self> {
        let programs = match programs() {
            Some(programs) => programs,
            None if installs => {
                apt::install(&[PACKAGE])?;
                programs().with_context(|| format!("{PACKAGE} is installed, and has no initdb"))?
            }
            None => bail!("the tests need PostgreSQL; `cargo xtask test` installs it (Debian: {PACKAGE})"),
        };
        let folder = env::temp_dir().join(format!("hallpass-postgres-{}", std::process::id()));
        fs::DirBuilder::new().mode(0o700).create(&folder).context("cannot make the server's folder")?;
        let mut postgres = Self { programs, folder, owner: Owner::find("postgres")?, server: None };
        if let Some(owner) = postgres.owner {
            owner.take(&postgres.folder)?;
        }
        let data = postgres.data();
        capture(
            postgres.command("initdb").args(["--auth=trust", "--username=postgres", "--no-sync"]).args([
                "--encoding=UTF8",
                "--locale=C",
                "--pgdata",
                &data,
            ]),
        )?;
        let log = fs::File::create(postgres.folder.join("log"))?;
        let server = &mut postgres.command("postgres");
        server.args(["-D", &data, "-k"]).arg(&postgres.folder).args(["-c", "listen_addresses="]);
        server.args(settings.iter().flat_map(|setting| ["-c", setting]));
        announce(server);
        postgres.server = Some(server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?);
        postgres.wait()?;
        Ok(postgres)
    }

    /// How a client finds it.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.display())
    }

    fn wait(&mut self) -> Result<()> {
        /// A minute, for a machine that is busy.
        const TRIES: u32 = 600;
        for _ in 0..TRIES {
            let status = self.command("pg_isready").arg("-q").arg("-h").arg(&self.folder).status()?;
            if status.success() {
                return Ok(());
            }
            let ended = self.server.as_mut().map(Child::try_wait).transpose()?.flatten();
            let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            ensure!(ended.is_none(), "PostgreSQL did not start:\n{}", log());
            thread::sleep(Duration::from_millis(100));
        }
        bail!("PostgreSQL did not answer")
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    /// One of its programs, run by the server's owner.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(&self.folder);
        if let Some(owner) = self.owner {
            owner.run(&mut command);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let data = self.data();
            let stopped = capture(self.command("pg_ctl").args(["stop", "-m", "immediate", "-D", &data]));
            if stopped.is_err() {
                drop(server.kill());
            }
            drop(server.wait());
        }
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// The folder of PostgreSQL's programs: Debian's newest, or the one on the path.
fn programs() -> Option<PathBuf> {
    let of_debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = of_debian
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("initdb").is_file())
        .max_by_key(|folder| version(folder));
    newest.or_else(|| find("initdb")?.canonicalize().ok()?.parent().map(Path::to_path_buf))
}

/// The version of a folder `/usr/lib/postgresql/15/bin`.
fn version(folder: &Path) -> Option<u32> {
    folder.parent()?.file_name()?.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_until_it_is_dropped_and_leaves_nothing() {
        let postgres = Postgres::start(false).unwrap();
        let folder = postgres.folder.clone();
        assert!(postgres.url().ends_with(&folder.display().to_string()));
        let is_ready = |postgres: &Postgres| {
            postgres
                .command("pg_isready")
                .arg("-q")
                .arg("-h")
                .arg(&postgres.folder)
                .status()
                .unwrap()
                .success()
        };
        assert!(is_ready(&postgres));
        let process = postgres.server.as_ref().unwrap().id();
        drop(postgres);
        assert!(!folder.exists());
        assert!(!Path::new(&format!("/proc/{process}")).exists());
    }
}
