//! The project's chores, as `cargo xtask …`. CI runs nothing else, so what passes here passes there.

mod advisories;
mod apt;
mod bench;
mod book;
mod cards;
mod command;
mod conformance;
mod deny;
mod graph;
mod lints;
mod mariadb;
mod nextest;
mod postgres;
mod project;
mod redis;
mod report;
mod suite;
mod unprivileged;
mod wasm;
mod wire;
mod worker;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::project::Project;

const USAGE: &str = "\
cargo xtask <chore>

  test                 everything CI runs; installs what it lacks and says so
  test --fast          the inner loop: fmt, clippy, nextest; installs nothing
  test --only a,b      only these steps: fmt clippy rustdoc deny advisories wasm book
                       doctest nextest wire worker
  wire [args…]         differential run of hallpass against better-auth; args go to
                       tests/wire/run.mjs, and without any the takeover runs too
  wire --seed N --steps M --walks K
                       random walks alone, by the seeds from N (1) on: K (500) of M (30)
                       steps; a difference is told with its seed and a shorter walk
  bench [micro|timing|http|scale] [args…]
                       criterion benches, whether the time of an answer tells who is a user, the
                       HTTP comparison with better-auth, then hallpass as its store grows to a
                       million users and sessions; args go to the one that is named
  cards                serve the example app on http://localhost:3000
                       (PORT: another port; CARDS_DATA: where it keeps its data)
  worker [--build]     build the example Worker and serve it in workerd on
                       http://localhost:8787 (PORT: another port); or only build it
  deny                 licences, banned crates, duplicate versions and sources, by deny.toml
  advisories           known vulnerabilities among the dependencies, by the RustSec database
  wasm                 check the crates that must compile for wasm32-unknown-unknown
  book                 check and build docs/ into target/book
  help                 this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match chore(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn chore(arguments: &[String]) -> Result<()> {
    let (name, rest) = match arguments {
        [] => ("help", arguments),
        [name, rest @ ..] => (name.as_str(), rest),
    };
    if matches!(name, "help" | "-h" | "--help") {
        print!("{USAGE}");
        return Ok(());
    }
    let project = Project::find()?;
    match name {
        "test" => return suite::test(&project, rest),
        "wire" => return wire::wire(&project, rest),
        "bench" => return bench::bench(&project, rest),
        "worker" => return worker::worker(&project, rest),
        _ => {}
    }
    if let Some(argument) = rest.first() {
        bail!("`{name}` takes no argument, and got `{argument}`");
    }
    let note = match name {
        "cards" => return cards::serve(&project),
        "deny" => deny::step(&project)?,
        "advisories" => advisories::step(&project)?,
        "wasm" => wasm::step(&project)?,
        "book" => book::step(&project)?,
        _ => bail!("no chore is called `{name}`\n\n{USAGE}"),
    };
    println!("{name}: {note}");
    Ok(())
}
