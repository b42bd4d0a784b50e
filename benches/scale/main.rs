//! hallpass as its store grows: the same requests over more and more users and sessions, in SQLite and PostgreSQL.
//!
//! The library is asked directly, one request after the other, so that what is seen is the store.

mod measure;
mod options;
mod report;
mod stores;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use hallpass_benches::measured::Machine;

use crate::options::Options;
use crate::report::Report;
use crate::stores::Store;

fn main() -> Result<()> {
    let Some(options) = Options::from_arguments()? else {
        print!("{}", options::HELP);
        return Ok(());
    };
    let target = target_folder()?;
    let folder = target.join("bench").join("scale");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let machine = Machine::read();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut report = Report { machine, stores: Vec::new() };
    for store in Store::ALL.into_iter().filter(|store| options.only.is_none_or(|only| only == *store)) {
        report.stores.push(runtime.block_on(measure::store(store, &options, &folder))?);
    }
    println!("{report}");
    fs::write(folder.with_extension("json"), serde_json::to_string_pretty(&report)? + "\n")?;
    fs::write(folder.with_extension("svg"), report.plot())?;
    println!("{}", folder.with_extension("svg").display());
    // Some hundred MB that nobody needs any more.
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Cargo's target folder: this program lies in a folder of it that is named by the profile.
fn target_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().and_then(Path::parent).context("this program is not in a target folder")?;
    Ok(folder.to_owned())
}
