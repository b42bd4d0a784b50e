//! A server of a test's own, which is killed and started again.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// A server that is killed when dropped.
pub(crate) struct Server {
    pub(crate) folder: TempDir,
    owner: Option<(u32, u32)>,
    arguments: Vec<String>,
    program: PathBuf,
    child: Option<Child>,
}

impl Server {
    /// In a folder of its own, run by `user` where this is root: these servers are not run by root.
    pub(crate) fn new(program: &Path, user: &str) -> Self {
        let id = |arguments: &[&str]| -> Option<u32> {
            let output = Command::new("id").args(arguments).output().ok()?;
            String::from_utf8(output.stdout).ok()?.trim().parse().ok()
        };
        let is_root = id(&["-u"]) == Some(0);
        let owner = is_root.then(|| (id(&["-u", user]).unwrap(), id(&["-g", user]).unwrap()));
        let folder = tempfile::tempdir().unwrap();
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        Self { folder, owner, arguments: Vec::new(), program: program.to_owned(), child: None }
    }

    /// A program, run by the server's owner.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Starts it, and again where it ends by itself because something of the last one is still there, until it
    /// `answers`.
    pub(crate) async fn start(&mut self, arguments: Vec<String>, answers: impl AsyncFn() -> bool) {
        self.arguments = arguments;
        self.start_again(answers).await;
    }

    async fn start_again(&mut self, answers: impl AsyncFn() -> bool) {
        for _ in 0..2_000 {
            let has_ended = match &mut self.child {
                Some(child) => child.try_wait().unwrap().is_some(),
                None => true,
            };
            if has_ended {
                self.child = Some(self.command(&self.program).args(&self.arguments).spawn().unwrap());
            }
            if answers().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{} does not answer", self.program.display());
    }

    /// SIGKILL, and another in the same folder.
    pub(crate) async fn restart(&mut self, answers: impl AsyncFn() -> bool) {
        self.kill();
        self.start_again(answers).await;
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
