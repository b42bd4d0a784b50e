//! A copy of the database under `target/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::advisory::Advisory;
use crate::command::capture;
use crate::project::Project;

const DATABASE: &str = "https://github.com/rustsec/advisory-db";

/// A fresh copy of the database.
pub(super) fn fetch(project: &Project) -> Result<PathBuf> {
    let folder = project.target.join("advisory-db");
    if folder.join(".git").is_dir() {
        capture(git(&folder).args(["fetch", "--quiet", "--depth", "1", "origin", "HEAD"]))?;
        capture(git(&folder).args(["reset", "--quiet", "--hard", "FETCH_HEAD"]))?;
    } else {
        capture(git(&project.target).args(["clone", "--quiet", "--depth", "1", DATABASE, "advisory-db"]))?;
    }
    Ok(folder)
}

/// Git in a folder. A stalled line is given up after 20 s, and nobody is there to type a password.
fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(folder).env("GIT_TERMINAL_PROMPT", "0");
    git.args(["-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=20"]);
    git
}

/// What the database has on a crate.
pub(super) fn advisories(database: &Path, name: &str) -> Result<Vec<Advisory>> {
    let Ok(files) = database.join("crates").join(name).read_dir() else { return Ok(Vec::new()) };
    let mut advisories = Vec::new();
    for file in files {
        let path = file?.path();
        let text = fs::read_to_string(&path)?;
        advisories.push(Advisory::parse(&text).with_context(|| path.display().to_string())?);
    }
    Ok(advisories)
}
