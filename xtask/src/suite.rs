//! `cargo xtask test`: the steps, and which of them to run.

use anyhow::{Context, Result, bail};

use crate::project::Project;
use crate::report::Report;
use crate::{advisories, book, deny, lints, nextest, wasm, wire, worker};

/// A step answers with a few words for the table.
type Step = fn(&Project) -> Result<String>;

/// Quick ones first. The tests are near the end, so that a log which is read from its end shows them.
const STEPS: [(&str, Step); 11] = [
    ("fmt", lints::fmt),
    ("deny", deny::step),
    ("advisories", advisories::step),
    ("clippy", lints::clippy),
    ("rustdoc", lints::rustdoc),
    ("wasm", wasm::step),
    ("book", book::step),
    ("doctest", lints::doctest),
    ("nextest", nextest::step),
    ("wire", wire::step),
    ("worker", worker::step),
];

/// The inner loop. None of these installs anything.
const FAST: [(&str, Step); 3] =
    [("fmt", lints::fmt), ("clippy", lints::clippy_fast), ("nextest", nextest::fast)];

/// Runs the steps that `arguments` ask for, all of them where it is empty.
pub(crate) fn test(project: &Project, arguments: &[String]) -> Result<()> {
    let mut report = Report::new();
    for (name, step) in chosen(arguments)? {
        report.step(name, || step(project));
    }
    report.finish()
}

fn chosen(arguments: &[String]) -> Result<Vec<(&'static str, Step)>> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Ok(STEPS.to_vec()),
        ["--fast"] => Ok(FAST.to_vec()),
        ["--only", names] => names
            .split(',')
            .map(|name| {
                let known = STEPS.iter().find(|(step, _)| *step == name);
                known.copied().with_context(|| format!("no step is called `{name}`"))
            })
            .collect(),
        _ => bail!("`test` takes nothing, `--fast` or `--only a,b`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> Result<Vec<&'static str>> {
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        Ok(chosen(&arguments)?.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn without_arguments_every_step_runs() {
        assert_eq!(names(&[]).unwrap().len(), STEPS.len());
    }

    #[test]
    fn only_the_named_steps_run_in_the_order_given() {
        assert_eq!(names(&["--only", "deny,fmt"]).unwrap(), ["deny", "fmt"]);
    }

    #[test]
    fn a_misspelt_step_or_option_is_refused() {
        assert!(names(&["--only", "fmt,clipy"]).is_err());
        assert!(names(&["--only"]).is_err());
        assert!(names(&["--quick"]).is_err());
    }
}
