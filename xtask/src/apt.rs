//! Debian packages that a bare machine lacks.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{capture, find, run};

/// Installs `packages`, or refuses with the one command to type.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let packages_shown = packages.join(" ");
    if find("apt-get").is_none() {
        bail!("this needs what Debian calls {packages_shown}; install it by this system's own means");
    }
    if capture(Command::new("id").arg("-u"))?.trim() != "0" {
        bail!(
            "this needs {packages_shown}; type: sudo sh -c 'apt-get update && apt-get install -y \
             --no-install-recommends {packages_shown}'"
        );
    }
    // An old index names versions that are gone, or too old for us.
    run(Command::new("apt-get").args(["update", "-q"]))?;
    run(Command::new("apt-get")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "-y", "-q", "--no-install-recommends"])
        .args(packages))
}
