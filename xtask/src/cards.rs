//! `cargo xtask cards`: the example app, served.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::run;
use crate::project::Project;

/// Builds and serves the example app until it is stopped.
pub(crate) fn serve(project: &Project) -> Result<()> {
    run(&mut project.cargo(["build", "--release", "--package", "quickstart"]))?;
    let data = match env::var_os("CARDS_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => project.target.join("cards"),
    };
    fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let data = data.canonicalize()?;
    let database = format!("sqlite:{}", data.join("quickstart.db").display());
    println!("The cards app is yet to come; this is examples/quickstart. Its data: {}", data.display());
    let mut app = Command::new(project.built("release", "quickstart"));
    replace_us(app.current_dir(&data).env("DATABASE_URL", database))
}

/// The app takes this process over, so that a signal meant for it reaches it.
#[cfg(unix)]
fn replace_us(app: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(app.exec()).context("cannot start quickstart")
}

#[cfg(not(unix))]
fn replace_us(app: &mut Command) -> Result<()> {
    run(app)
}
