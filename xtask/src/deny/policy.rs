//! `deny.toml`: the part of cargo-deny's configuration that these checks know. A setting they do not know
//! is refused, so that none is ignored.

use std::fs;

use anyhow::{Context, Result, anyhow};
use semver::{Version, VersionReq};
use serde::Deserialize;

use crate::graph::Package;
use crate::project::Project;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    pub(super) graph: Targets,
    pub(crate) advisories: Advisories,
    pub(super) licenses: Licences,
    pub(super) bans: Bans,
    pub(super) sources: Sources,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Targets {
    pub(super) targets: Vec<String>,
    /// Always on here.
    #[serde(rename = "all-features")]
    _all_features: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advisories {
    #[serde(rename = "unmaintained")]
    _unmaintained: OnlyOurs,
    /// Advisories that do not concern the project, and why.
    pub(crate) ignore: Vec<Ignored>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ignored {
    pub(crate) id: String,
    #[serde(rename = "reason")]
    _reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Licences {
    /// SPDX licences, each with its exception if it has one.
    pub(super) allow: Vec<String>,
    pub(super) exceptions: Vec<LicenceException>,
}

/// More licences for one crate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LicenceException {
    pub(super) allow: Vec<String>,
    #[serde(rename = "crate")]
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Bans {
    #[serde(rename = "multiple-versions")]
    _multiple_versions: Deny,
    #[serde(rename = "wildcards")]
    _wildcards: Deny,
    pub(super) deny: Vec<Spec>,
    pub(super) skip: Vec<Spec>,
}

/// A crate, or one version of it, and why it is in the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spec {
    /// `name` or `name@1.2.3`, or a requirement after the `@`.
    #[serde(rename = "crate")]
    pub(super) spec: String,
    pub(super) reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Sources {
    #[serde(rename = "unknown-registry")]
    _unknown_registry: Deny,
    #[serde(rename = "unknown-git")]
    _unknown_git: Deny,
    pub(super) allow_registry: Vec<String>,
}

/// The one answer that is as strict as these checks are.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Deny {
    Deny,
}

/// An unmaintained crate counts where a member of the workspace names it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OnlyOurs {
    Workspace,
}

impl Policy {
    /// The project's `deny.toml`.
    pub(crate) fn read(project: &Project) -> Result<Self> {
        let file = project.root.join("deny.toml");
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        toml::from_str(&text).map_err(|error| anyhow!("deny.toml: {error}"))
    }
}

impl Spec {
    pub(super) fn matches(&self, package: &Package) -> bool {
        let (name, version) = match self.spec.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (self.spec.as_str(), None),
        };
        name == package.name
            && version.is_none_or(|version| match Version::parse(version) {
                Ok(exact) => exact == package.version,
                Err(_) => VersionReq::parse(version).is_ok_and(|range| range.matches(&package.version)),
            })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::graph::tests::graph;

    pub(crate) fn spec(spec: &str) -> Spec {
        Spec { spec: spec.to_owned(), reason: "a test".to_owned() }
    }

    #[test]
    fn a_full_version_names_just_that_version_and_a_bare_name_names_all() {
        let graph = graph(&[("syn", "1.0.109", "MIT", None)]);
        let syn = graph.packages.last().unwrap();
        assert!(spec("syn").matches(syn));
        assert!(spec("syn@1.0.109").matches(syn));
        assert!(spec("syn@^1").matches(syn));
        assert!(!spec("syn@1.0.108").matches(syn));
        assert!(!spec("syn@^2").matches(syn));
        assert!(!spec("synstructure").matches(syn));
    }

    #[test]
    fn a_setting_that_the_checks_do_not_know_is_refused() {
        let known = "unknown-registry = 'deny'\nunknown-git = 'deny'\nallow-registry = []\n";
        assert!(toml::from_str::<Sources>(known).is_ok());
        assert!(toml::from_str::<Sources>(&format!("{known}private = []\n")).is_err());
        assert!(toml::from_str::<Sources>(&known.replace("git = 'deny'", "git = 'warn'")).is_err());
    }
}
