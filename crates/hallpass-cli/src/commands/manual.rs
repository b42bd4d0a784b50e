//! Completions and manual pages.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::arguments::Arguments;

/// Writes the completions of a shell to the output.
pub(crate) fn completions(shell: Shell) -> Result<ExitCode> {
    let mut command = Arguments::command();
    let mut written = Vec::new();
    clap_complete::generate(shell, &mut command, "hallpass", &mut written);
    io::Write::write_all(&mut io::stdout(), &written)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a manual page for the command and one for each subcommand.
pub(crate) fn man(directory: &Path) -> Result<ExitCode> {
    clap_mangen::generate_to(Arguments::command(), directory)
        .with_context(|| format!("cannot write manual pages into {}", directory.display()))?;
    Ok(ExitCode::SUCCESS)
}
