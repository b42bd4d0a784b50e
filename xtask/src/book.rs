//! The book: `docs/`, checked and built.

mod links;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{capture, find, run};
use crate::project::Project;

/// The mdBook that `docs/book.toml` is written for.
const VERSION: &str = "0.5.4";

/// Checks the links between the pages and builds the book.
pub(crate) fn step(project: &Project) -> Result<String> {
    let docs = project.root.join("docs");
    let pages = links::Pages::read(&docs)?;
    let problems = pages.problems();
    if !problems.is_empty() {
        bail!("{} problems in docs/\n{}", problems.len(), problems.join("\n"));
    }
    run(Command::new(mdbook(project)?)
        .arg("build")
        .arg(&docs)
        .arg("--dest-dir")
        .arg(project.target.join("book")))?;
    Ok(format!("{} pages", pages.len()))
}

/// The installed mdBook if it is of the right line, else one of our own under `target/tools`.
fn mdbook(project: &Project) -> Result<PathBuf> {
    let tools = project.target.join("tools");
    let own = tools.join("bin/mdbook").with_extension(std::env::consts::EXE_EXTENSION);
    let line = VERSION.rsplit_once('.').map_or(VERSION, |(line, _)| line);
    for candidate in [Some(own.clone()), find("mdbook")].into_iter().flatten() {
        let version = capture(Command::new(&candidate).arg("--version"));
        if version.is_ok_and(|version| version.contains(&format!("v{line}."))) {
            return Ok(candidate);
        }
    }
    // Unoptimised it builds in a third of the time, and the book is small.
    run(project
        .cargo([
            "install",
            "mdbook",
            "--quiet",
            "--locked",
            "--no-default-features",
            "--version",
            VERSION,
            "--root",
        ])
        .arg(tools)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false"))?;
    Ok(own)
}
