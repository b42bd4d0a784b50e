//! The `hallpass` command: brings a database up and says what is amiss with it; imports, finds, verifies, signs out,
//! deletes and exports users; makes secrets.

mod arguments;
mod commands;
mod connection;
mod https;
mod output;
mod plugins;
mod progress;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};
use crate::output::Output;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json);
    match run(arguments, &output) {
        Ok(code) => code,
        Err(error) => {
            output.error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments, output: &Output) -> anyhow::Result<ExitCode> {
    let Arguments { database, command, .. } = arguments;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Secret => commands::secret(output),
            Command::Generate(wanted) => commands::generate(&wanted, output).await,
            Command::Migrate(wanted) => commands::migrate(&database, &wanted, output).await,
            Command::Doctor(wanted) => commands::doctor(&database, &wanted, output).await,
            Command::Import(wanted) => commands::import(&database, &wanted, output).await,
            Command::Users(wanted) => commands::users(&database, wanted, output).await,
            Command::Sessions(wanted) => commands::sessions(&database, wanted, output).await,
            Command::Completions { shell } => commands::completions(shell),
            Command::Man { directory } => commands::man(&directory),
        }
    })
}
