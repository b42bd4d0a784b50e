//! Where the project lies, and cargo to run in it.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

/// The checkout that this run is about.
#[derive(Debug)]
pub(crate) struct Project {
    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, where everything that a chore makes goes too.
    pub(crate) target: PathBuf,
}

impl Project {
    /// The project whose `cargo xtask` this is.
    pub(crate) fn find() -> Result<Self> {
        let own = env::var_os("CARGO_MANIFEST_DIR").context("start it as `cargo xtask`")?;
        let root = PathBuf::from(own).parent().context("xtask lies outside of the workspace")?.to_path_buf();
        let target = root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
        Ok(Self { root, target })
    }

    /// `program`, to be run at the root.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// Cargo with these arguments, to be run at the root.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.command("cargo");
        command.args(arguments);
        command
    }

    /// A program that cargo has built, by its name and profile folder (`debug` or `release`).
    pub(crate) fn built(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(name).with_extension(env::consts::EXE_EXTENSION)
    }
}
