//! Known vulnerabilities among the dependencies, by the RustSec database.

mod advisory;
mod database;

use anyhow::{Result, bail};

use crate::deny::Policy;
use crate::graph::{Graph, Package};
use crate::project::Project;
use advisory::{Advisory, Concern};

/// Checks `Cargo.lock` against the database. Where that cannot be had, the answer says so and why.
pub(crate) fn step(project: &Project) -> Result<String> {
    let database = match database::fetch(project) {
        Ok(folder) => folder,
        Err(error) => {
            println!("advisories were NOT checked, since the database cannot be had:\n{error:#}");
            return Ok("NOT checked: the database cannot be had".to_owned());
        }
    };
    let policy = Policy::read(project)?;
    let ignored: Vec<&str> = policy.advisories.ignore.iter().map(|ignored| ignored.id.as_str()).collect();
    // Without a target all platforms count: a vulnerability on one of them is one.
    let graph = Graph::read(project, &[])?;
    let mut problems = Vec::new();
    for package in graph.packages.iter().filter(|package| package.source.is_some()) {
        for advisory in database::advisories(&database, &package.name)? {
            if !ignored.contains(&advisory.id()) {
                problems.extend(problem(&advisory, package, graph.is_direct(package)));
            }
        }
    }
    if !problems.is_empty() {
        bail!("{} advisories\n{}", problems.len(), problems.join("\n"));
    }
    Ok(format!("{} packages, none with an advisory", graph.packages.len()))
}

fn problem(advisory: &Advisory, package: &Package, is_direct: bool) -> Option<String> {
    let counts = match advisory.concern() {
        Concern::Vulnerability => true,
        // Nobody here can replace what a dependency depends on.
        Concern::Unmaintained => is_direct,
        Concern::None => false,
    };
    (counts && advisory.affects(&package.version)).then(|| format!("{}: {}", package.shown(), advisory.id()))
}
