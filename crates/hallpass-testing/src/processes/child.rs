//! A test that starts itself again.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const ADDRESS: &str = "HALLPASS_TEST_ADDRESS";
const DEFECT: &str = "HALLPASS_TEST_DEFECT";
const NAME: &str = "HALLPASS_TEST_NAME";
/// The process that started this one: what a shell has set by chance names none.
const PARENT: &str = "HALLPASS_TEST_PARENT";

/// What another process is to work on.
pub(super) struct Role {
    pub(super) address: String,
    /// The name of what it breaks.
    pub(super) defect: Option<String>,
    /// What it calls what it makes.
    pub(super) name: String,
}

impl Role {
    /// `None` in the test itself.
    pub(super) fn of_this_process() -> Option<Self> {
        let address = std::env::var(ADDRESS).ok()?;
        let parent = std::env::var(PARENT).unwrap_or_default();
        assert_eq!(parent, std::os::unix::process::parent_id().to_string(), "{ADDRESS} is the tests' own");
        let defect = Some(std::env::var(DEFECT).unwrap_or_default()).filter(|name| !name.is_empty());
        Some(Self { address, defect, name: std::env::var(NAME).unwrap_or_default() })
    }

    /// Which of these it breaks.
    pub(super) fn defect_of<T: Copy + ToString>(&self, known: &[T]) -> Option<T> {
        let name = self.defect.as_ref()?;
        Some(*known.iter().find(|known| known.to_string() == *name).unwrap())
    }

    /// Starts `test` again in this role. It is named with its crate, which the test's own name lacks.
    pub(super) fn start(self, test: &str) -> Process {
        let test = test.split_once("::").map_or(test, |(_, name)| name);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env(ADDRESS, self.address)
            .env(DEFECT, self.defect.unwrap_or_default())
            .env(NAME, self.name)
            .env(PARENT, std::process::id().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stdout.take().unwrap()).lines();
        Process { stdin: child.stdin.take(), told, child }
    }
}

/// Another process; killed when dropped.
pub(super) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    told: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Says one line.
    pub(super) fn tell(&mut self, line: &str) {
        writeln!(self.stdin.as_ref().unwrap(), "{line}").unwrap();
    }

    /// The next whole line that it says to the test; `None` when it has ended.
    pub(super) fn hear(&mut self) -> Option<String> {
        loop {
            let line = self.told.next()?.ok()?;
            // The harness writes too, and a line may be cut off.
            let ours = line.split_once('\u{1}').map(|(_, line)| line);
            if let Some(line) = ours.and_then(|line| line.strip_suffix('\u{2}')) {
                return Some(line.to_owned());
            }
        }
    }

    /// SIGKILL.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Says a line to the test that started this process.
pub(super) fn say(line: &str) {
    println!("\u{1}{line}\u{2}");
}
