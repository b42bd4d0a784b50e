//! Benchmarks: the hot parts by criterion, and whole servers side by side over HTTP.

use anyhow::{Result, bail};

use crate::command::run;
use crate::project::Project;

/// `cargo xtask bench [micro|http] [args…]`.
pub(crate) fn bench(project: &Project, arguments: &[String]) -> Result<()> {
    match arguments {
        [] => {
            micro(project, &[])?;
            http(project, &[])
        }
        [kind, rest @ ..] if kind == "micro" => micro(project, rest),
        [kind, rest @ ..] if kind == "http" => http(project, rest),
        [other, ..] => bail!("`bench` takes `micro` or `http`, then arguments for it; not `{other}`"),
    }
}

fn micro(project: &Project, arguments: &[String]) -> Result<()> {
    run(project.cargo(["bench", "--package", "hallpass-benches", "--bench", "*", "--"]).args(arguments))
}

fn http(project: &Project, arguments: &[String]) -> Result<()> {
    run(project
        .cargo(["run", "--release", "--package", "hallpass-benches", "--bin", "http-comparison", "--"])
        .args(arguments))
}
