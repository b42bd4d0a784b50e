//! What may be depended on: the checks of `cargo deny check licenses bans sources`, by its own
//! configuration file, in a moment and with nothing to install. Where cargo-deny is installed, it runs.

mod bans;
mod duplicates;
mod licences;
mod policy;
mod sources;

use anyhow::{Result, bail};

use crate::command::{find, run};
use crate::graph::Graph;
use crate::project::Project;

pub(crate) use policy::Policy;

/// Checks the dependencies against `deny.toml`.
pub(crate) fn step(project: &Project) -> Result<String> {
    if find("cargo-deny").is_some() {
        run(&mut project.cargo(["deny", "--locked", "check", "licenses", "bans", "sources"]))?;
        return Ok("by cargo-deny".to_owned());
    }
    let policy = Policy::read(project)?;
    let graph = Graph::read(project, &policy.graph.targets)?;
    let problems = [
        licences::check(&graph, &policy.licenses)?,
        bans::check(&graph, &policy.bans),
        duplicates::check(&graph, &policy.bans.skip),
        sources::check(&graph, &policy.sources),
    ]
    .concat();
    if !problems.is_empty() {
        bail!("{} of deny.toml's rules broken\n{}", problems.len(), problems.join("\n"));
    }
    Ok(format!("{} packages keep deny.toml's rules", graph.packages.len()))
}
