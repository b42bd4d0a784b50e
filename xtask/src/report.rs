//! Named steps, timed, and the table that ends a run.

use std::fmt::{self, Display, Formatter};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// What became of the steps so far. A failing step does not end the run: one run says all that is wrong.
#[derive(Debug)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    step: &'static str,
    took: Duration,
    outcome: Result<String, String>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// Runs one step. It answers with a few words for the table, such as how many tests ran.
    pub(crate) fn step(&mut self, step: &'static str, run: impl FnOnce() -> Result<String>) {
        println!("\n━━━ {step} ━━━");
        let start = now();
        let outcome = run().map_err(|error| format!("{error:#}"));
        let took = start.elapsed();
        if let Err(reason) = &outcome {
            println!("{step} FAILED: {reason}");
        }
        self.rows.push(Row { step, took, outcome });
    }

    /// Prints the table; an error if a step failed.
    pub(crate) fn finish(self) -> Result<()> {
        println!("\n{self}");
        let failed: Vec<_> =
            self.rows.iter().filter(|row| row.outcome.is_err()).map(|row| row.step).collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<12} {:<6} {:>8}", "step", "", "seconds")?;
        for Row { step, took, outcome } in &self.rows {
            // The reason of a failure stands above, in full; the table keeps to one line a step.
            let (word, note) = match outcome {
                Ok(note) => ("ok", note.as_str()),
                Err(reason) => ("FAILED", reason.lines().next().unwrap_or_default()),
            };
            let row = format!("{step:<12} {word:<6} {:>8.1}  {note}", took.as_secs_f64());
            writeln!(f, "{}", row.trim_end())?;
        }
        let total: Duration = self.rows.iter().map(|row| row.took).sum();
        write!(f, "{:<12} {:<6} {:>8.1}", "total", "", total.as_secs_f64())
    }
}

#[expect(clippy::disallowed_methods, reason = "a report measures the real clock; there is none to inject")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_fails_the_run_and_the_later_steps_still_ran() {
        let mut report = Report::new();
        let mut ran = false;
        report.step("first", || bail!("broken\nin two lines"));
        report.step("second", || {
            ran = true;
            Ok("3 tests".to_owned())
        });
        let table = report.to_string();
        assert!(ran);
        assert!(table.lines().any(|line| line.starts_with("first") && line.ends_with("broken")), "{table}");
        assert!(table.lines().any(|line| line.starts_with("second") && line.ends_with("3 tests")), "{table}");
        assert_eq!(report.finish().unwrap_err().to_string(), "failed: first");
    }

    #[test]
    fn a_run_without_a_failure_succeeds() {
        let mut report = Report::new();
        report.step("only", || Ok(String::new()));
        assert!(report.finish().is_ok());
    }
}
