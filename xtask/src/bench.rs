//! Benchmarks: the hot parts by criterion, whether times tell who is a user, and whole servers side by side over HTTP.

use anyhow::{Result, bail};

use crate::command::run;
use crate::project::Project;

/// `cargo xtask bench [micro|http|timing] [args…]`.
pub(crate) fn bench(project: &Project, arguments: &[String]) -> Result<()> {
    match arguments {
        [] => {
            micro(project, &[])?;
            timing(project, &[])?;
            http(project, &[])
        }
        [kind, rest @ ..] if kind == "micro" => micro(project, rest),
        [kind, rest @ ..] if kind == "http" => http(project, rest),
        [kind, rest @ ..] if kind == "timing" => timing(project, rest),
        [other, ..] => {
            bail!("`bench` takes `micro`, `timing` or `http`, then arguments for it; not `{other}`")
        }
    }
}

fn micro(project: &Project, arguments: &[String]) -> Result<()> {
    run(project.cargo(["bench", "--package", "hallpass-benches", "--bench", "micro", "--"]).args(arguments))
}

fn timing(project: &Project, arguments: &[String]) -> Result<()> {
    run(project
        .cargo(["run", "--release", "--package", "hallpass-benches", "--bin", "timing", "--"])
        .args(arguments))
}

fn http(project: &Project, arguments: &[String]) -> Result<()> {
    run(project
        .cargo(["run", "--release", "--package", "hallpass-benches", "--bin", "http-comparison", "--"])
        .args(arguments))
}
