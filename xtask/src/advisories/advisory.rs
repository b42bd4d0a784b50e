//! One advisory: TOML in a code block, then prose.

use anyhow::{Context, Result};
use semver::{Version, VersionReq};
use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Debug, Deserialize)]
pub(super) struct Advisory {
    advisory: About,
    versions: Versions,
}

#[derive(Debug, Deserialize)]
struct About {
    id: String,
    /// `unmaintained`, `unsound` or `notice`; absent for a vulnerability.
    informational: Option<String>,
    /// When it was taken back.
    withdrawn: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Versions {
    patched: Vec<VersionReq>,
    #[serde(default)]
    unaffected: Vec<VersionReq>,
}

/// How much an advisory is to be minded.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Concern {
    /// A hole, or unsound code that may be one.
    Vulnerability,
    Unmaintained,
    /// A notice, or an advisory that was taken back.
    None,
}

impl Advisory {
    pub(super) fn parse(file: &str) -> Result<Self> {
        let after_fence = file.trim_start().strip_prefix("```toml").context("no TOML at the start")?;
        let (front, _) = after_fence.split_once("\n```").context("the TOML does not end")?;
        Ok(toml::from_str(front)?)
    }

    pub(super) fn id(&self) -> &str {
        &self.advisory.id
    }

    pub(super) fn concern(&self) -> Concern {
        if self.advisory.withdrawn.is_some() {
            return Concern::None;
        }
        match self.advisory.informational.as_deref() {
            None | Some("unsound") => Concern::Vulnerability,
            Some("unmaintained") => Concern::Unmaintained,
            Some(_) => Concern::None,
        }
    }

    pub(super) fn affects(&self, version: &Version) -> bool {
        let Versions { patched, unaffected } = &self.versions;
        !patched.iter().chain(unaffected).any(|range| range.matches(version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advisory(about: &str) -> Advisory {
        let file = format!(
            "```toml\n[advisory]\nid = \"RUSTSEC-2020-0001\"\npackage = \"dep\"\ndate = \"2020-01-01\"\n{about}\n\
             [versions]\npatched = [\">= 1.2.3\", \"^1.0.9, <1.1\"]\nunaffected = [\"< 0.5\"]\n```\n\n# A hole\n"
        );
        Advisory::parse(&file).unwrap()
    }

    #[test]
    fn versions_before_the_hole_and_after_the_mend_are_not_affected() {
        let affected = |version: &str| advisory("").affects(&Version::parse(version).unwrap());
        assert!(affected("1.2.2"));
        assert!(affected("1.0.8"));
        assert!(affected("0.5.0"));
        assert!(!affected("1.2.3"));
        assert!(!affected("1.0.10"));
        assert!(!affected("0.4.9"));
    }

    #[test]
    fn unsound_code_counts_as_a_hole_and_a_withdrawn_advisory_for_nothing() {
        assert_eq!(advisory("").concern(), Concern::Vulnerability);
        assert_eq!(advisory("informational = \"unsound\"").concern(), Concern::Vulnerability);
        assert_eq!(advisory("informational = \"unmaintained\"").concern(), Concern::Unmaintained);
        assert_eq!(advisory("informational = \"notice\"").concern(), Concern::None);
        assert_eq!(advisory("withdrawn = \"2021-01-01\"").concern(), Concern::None);
    }
}
