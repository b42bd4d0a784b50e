//! The tests, by nextest where it is installed.

use std::io::{self, BufRead, BufReader, IsTerminal};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::command::{announce, find, run};
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
        run(project
            .cargo(["test", "--no-fail-fast", "--lib", "--bins", "--tests"])
            .args(workspace)
            .envs(servers.variables()))?;
        return Ok("by cargo test".to_owned());
    }
    let colour = if io::stderr().is_terminal() { "always" } else { "never" };
    let command = &mut project.cargo(["nextest", "run", "--no-fail-fast", "--color", colour]);
    // Ten slow tests are news; a thousand quick ones that passed bury the one that did not.
    let command = command.args(workspace).args(["--status-level", "slow"]);
    run_and_note_summary(command.envs(servers.variables()))
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
