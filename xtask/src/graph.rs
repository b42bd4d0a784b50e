//! What the workspace depends on, as `cargo metadata` tells it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use semver::Version;
use serde::Deserialize;

use crate::command::capture;
use crate::project::Project;

/// The packages that are built for some target, and who asks for whom.
#[derive(Debug, Deserialize)]
pub(crate) struct Graph {
    pub(crate) packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    resolve: Resolve,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    id: String,
    pub(crate) name: String,
    pub(crate) version: Version,
    /// None for a member of the workspace.
    pub(crate) source: Option<String>,
    pub(crate) license: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// What a manifest asks for, before cargo chose a version.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) req: String,
    pub(crate) path: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Debug, Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Debug, Deserialize)]
struct EdgeKind {
    /// None for an ordinary dependency, else `dev` or `build`.
    kind: Option<String>,
}

impl Graph {
    /// The graph with every feature on, for these target triples together.
    pub(crate) fn read(project: &Project, targets: &[String]) -> Result<Self> {
        let mut command = project.cargo(["metadata", "--format-version", "1", "--all-features", "--locked"]);
        for target in targets {
            command.args(["--filter-platform", target]);
        }
        Self::parse(&capture(&mut command)?)
    }

    pub(crate) fn parse(metadata: &str) -> Result<Self> {
        serde_json::from_str(metadata).context("cargo metadata is not as expected")
    }

    pub(crate) fn is_member(&self, package: &Package) -> bool {
        self.workspace_members.contains(&package.id)
    }

    /// Whether a member of the workspace names the package in its manifest.
    pub(crate) fn is_direct(&self, package: &Package) -> bool {
        let members = self.resolve.nodes.iter().filter(|node| self.workspace_members.contains(&node.id));
        members.flat_map(|node| &node.deps).any(|edge| edge.pkg == package.id)
    }

    /// What is built when no test, bench or example is.
    pub(crate) fn without_dev(&self) -> Vec<&Package> {
        let edges: BTreeMap<&str, &[Edge]> =
            self.resolve.nodes.iter().map(|node| (node.id.as_str(), node.deps.as_slice())).collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut next: Vec<&str> = self.workspace_members.iter().map(String::as_str).collect();
        while let Some(id) = next.pop() {
            if seen.insert(id) {
                let deps = edges.get(id).copied().unwrap_or_default();
                next.extend(deps.iter().filter(|edge| !edge.is_dev_only()).map(|edge| edge.pkg.as_str()));
            }
        }
        self.packages.iter().filter(|package| seen.contains(package.id.as_str())).collect()
    }

    /// The names and versions of those that depend on the package, for telling where it comes from.
    pub(crate) fn dependents(&self, package: &Package) -> Vec<String> {
        let nodes = self.resolve.nodes.iter();
        let ids: BTreeSet<&str> = nodes
            .filter(|node| node.deps.iter().any(|edge| edge.pkg == package.id))
            .map(|node| node.id.as_str())
            .collect();
        self.packages.iter().filter(|other| ids.contains(other.id.as_str())).map(Package::shown).collect()
    }
}

impl Package {
    /// `name 1.2.3`.
    pub(crate) fn shown(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

impl Edge {
    fn is_dev_only(&self) -> bool {
        self.dep_kinds.iter().all(|edge| edge.kind.as_deref() == Some("dev"))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A graph of one member, `app`, and these dependencies of it: name, version, licence, kind of edge.
    pub(crate) fn graph(dependencies: &[(&str, &str, &str, Option<&str>)]) -> Graph {
        let crates_io = "registry+https://github.com/rust-lang/crates.io-index";
        let mut packages = vec![serde_json::json!({
            "id": "app", "name": "app", "version": "0.1.0", "source": null, "license": "MIT",
            "dependencies": [],
        })];
        let mut edges = Vec::new();
        for (name, version, license, kind) in dependencies {
            let id = format!("{name}@{version}");
            packages.push(serde_json::json!({
                "id": id, "name": name, "version": version, "source": crates_io, "license": license,
                "dependencies": [],
            }));
            edges.push(serde_json::json!({ "pkg": id, "dep_kinds": [{ "kind": kind }] }));
        }
        let metadata = serde_json::json!({
            "packages": packages,
            "workspace_members": ["app"],
            "resolve": { "nodes": [{ "id": "app", "deps": edges }] },
        });
        Graph::parse(&metadata.to_string()).unwrap()
    }

    #[test]
    fn what_only_tests_need_is_not_part_of_what_is_built() {
        let graph = graph(&[("a", "1.0.0", "MIT", None), ("b", "1.0.0", "MIT", Some("dev"))]);
        let names: Vec<_> = graph.without_dev().iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["app", "a"]);
    }

    #[test]
    fn dependents_say_where_a_package_comes_from() {
        let graph = graph(&[("a", "1.0.0", "MIT", None)]);
        let a = graph.packages.iter().find(|package| package.name == "a").unwrap();
        assert_eq!(graph.dependents(a), ["app 0.1.0"]);
        assert!(graph.is_direct(a));
    }
}
