//! The tests, by nextest where it is installed.

use std::fs;
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, ensure};

use crate::command::{announce, find};
use crate::conformance::{self, Ran, Suites};
use crate::mariadb::{self, MariaDb};
use crate::postgres::{Postgres, VARIABLE};
use crate::project::Project;
use crate::redis::Redis;

/// The servers that tests run on.
struct Servers {
    postgres: Postgres,
    mariadb: MariaDb,
    redis: Redis,
}

impl Servers {
    fn start(installs: bool) -> Result<Self> {
        Ok(Self {
            postgres: Postgres::start(installs)?,
            mariadb: MariaDb::start(installs)?,
            redis: Redis::start(installs)?,
        })
    }

    /// The variables by which tests find the servers, and their values.
    fn variables(&self) -> impl Iterator<Item = (&'static str, String)> {
        let databases = [(VARIABLE, self.postgres.url()), (mariadb::VARIABLE, self.mariadb.url())];
        databases.into_iter().chain(self.redis.variables())
    }
}

/// Runs every test but the examples in the documentation. Installs what the tests need.
pub(crate) fn step(project: &Project) -> Result<String> {
    tests(project, &Servers::start(true)?)
}

/// The same, and installs nothing.
pub(crate) fn fast(project: &Project) -> Result<String> {
    tests(project, &Servers::start(false)?)
}

fn tests(project: &Project, servers: &Servers) -> Result<String> {
    let workspace = ["--workspace", "--all-features", "--locked"];
    if find("cargo-nextest").is_none() {
        println!(
            "cargo-nextest is not installed (`cargo install cargo-nextest --locked`); `cargo test` runs instead"
        );
        let mut command =
            project.cargo(["test", "--no-fail-fast", "--color", "never", "--lib", "--bins", "--tests"]);
        command.args(workspace).envs(servers.variables());
        return by_cargo_test(command);
    }
    let report = project.root.join("target/nextest/default/junit.xml");
    // What an earlier run left is not what ran in this one.
    if report.exists() {
        fs::remove_file(&report).with_context(|| format!("cannot remove {}", report.display()))?;
    }
    let colour = if io::stderr().is_terminal() { "always" } else { "never" };
    let command = &mut project.cargo(["nextest", "run", "--no-fail-fast", "--color", colour]);
    // Ten slow tests are news; a thousand quick ones that passed bury the one that did not.
    let command = command.args(workspace).args(["--status-level", "slow"]);
    let summary = run_and_note_summary(command.envs(servers.variables()));
    let told = fs::read_to_string(&report).with_context(|| format!("nextest left no {}", report.display()));
    ended(summary, &conformance::of_junit(&told?))
}

/// Prints which stores the conformance suite ran over. That a test failed says more than that one did not run.
fn ended(summary: Result<String>, ran: &[Ran]) -> Result<String> {
    let suites = Suites::of(ran);
    println!("\n{suites}");
    Ok(format!("{}; {}", summary?, suites.whole()?))
}

/// Passes on what nextest writes to standard error, and gives back its closing line.
fn run_and_note_summary(command: &mut Command) -> Result<String> {
    let shown = announce(command);
    let mut child = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{shown}`"))?;
    let mut summary = None;
    let written = child.stderr.take().context("nextest's standard error was not piped")?;
    for line in BufReader::new(written).lines() {
        let line = line?;
        eprintln!("{line}");
        summary = counts(&line).map(str::to_owned).or(summary);
    }
    let status = child.wait()?;
    ensure!(status.success(), "{}", summary.unwrap_or_else(|| format!("`{shown}` failed: {status}")));
    summary.context("nextest ran no test")
}

/// Passes on what `cargo test` writes, which tells what ran.
fn by_cargo_test(mut command: Command) -> Result<String> {
    let shown = announce(&command);
    // One pipe for both, for the order tells which binary a test is of.
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("cannot start `{shown}`"))?;
    // Its ends of the pipe are ours too, and would keep it open.
    drop(command);
    let mut lines = Vec::new();
    for line in BufReader::new(reader).lines() {
        let line = line?;
        println!("{line}");
        lines.push(line);
    }
    let status = child.wait()?;
    let summary = if status.success() {
        Ok("by cargo test".to_owned())
    } else {
        Err(anyhow!("`{shown}` failed: {status}"))
    };
    ended(summary, &conformance::of_cargo_test(lines.iter().map(String::as_str)))
}

/// The counts in nextest's closing line: `Summary [ 1.2s] 12 tests run: 12 passed, 0 skipped`.
fn counts(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("Summary [")?.split_once(']').map(|(_, counts)| counts.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_gives_the_counts() {
        let line = "     Summary [   0.012s] 12 tests run: 12 passed, 0 skipped";
        assert_eq!(counts(line), Some("12 tests run: 12 passed, 0 skipped"));
    }

    #[test]
    fn a_test_that_prints_a_summary_of_its_own_is_not_taken_for_it() {
        assert_eq!(counts("PASS [0.1s] summary::of_tests"), None);
        assert_eq!(counts("Summary: 3 tests run"), None);
    }
}
