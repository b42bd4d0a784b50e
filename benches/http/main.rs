//! hallpass beside better-auth: both servers in turn, the same requests over loopback HTTP, one table and one plot.
//!
//! A closed loop: each connection sends its next request when the answer to the last has come. The client runs
//! on the same machine and on one thread; the CPU that it takes from the server is in the table.
#![expect(
    clippy::future_not_send,
    reason = "the client is one thread, to leave the other cores to the server"
)]

mod contender;
mod fill;
mod goals;
mod load;
mod measure;
mod options;
mod plot;
mod process;
mod requests;
mod results;
mod server;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use hallpass_benches::measured::Machine;

use crate::contender::Contender;
use crate::options::Options;
use crate::results::Results;

fn main() -> Result<()> {
    let Some(options) = Options::from_arguments()? else {
        print!("{}", options::HELP);
        return Ok(());
    };
    let target = target_folder()?;
    let folder = target.join("bench").join("http-comparison");
    let contenders: Vec<_> = Contender::ALL
        .into_iter()
        .filter(|one| options.only.map_or(one.is_usual(), |only| only == *one))
        .collect();
    // All is built before anything is measured.
    for contender in &contenders {
        contender.prepare()?;
    }
    let machine = Machine::read();
    if machine.load_before > 1.0 {
        eprintln!(
            "this machine is, or was just, busy (load {}): the figures may be rough",
            machine.load_before
        );
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut measured = Vec::new();
    for contender in contenders {
        measured.push(runtime.block_on(measure::contender(contender, &options, &target, &folder))?);
    }
    let results = Results {
        machine,
        seconds_a_phase: options.seconds,
        connections: options.connections,
        servers: measured,
    };

    println!("{}", table::render(&results));
    println!("{}", goals::render(&results));
    let json = folder.with_extension("json");
    let svg = folder.with_extension("svg");
    fs::write(&json, serde_json::to_string_pretty(&results)? + "\n")?;
    fs::write(&svg, plot::render(&results))?;
    println!("{}\n{}", svg.display(), json.display());
    Ok(())
}

/// Cargo's target folder: this program lies in a folder of it that is named by the profile.
fn target_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().and_then(Path::parent).context("this program is not in a target folder")?;
    Ok(folder.to_owned())
}
