//! No crate comes in two versions, but for those that `deny.toml` skips.

use std::collections::BTreeMap;

use super::policy::Spec;
use crate::graph::{Graph, Package};

/// One line for each crate with several versions. What only tests need is let be, as cargo-deny does.
pub(super) fn check(graph: &Graph, skipped: &[Spec]) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in graph.without_dev() {
        if !skipped.iter().any(|skip| skip.matches(package)) {
            versions.entry(&package.name).or_default().push(package);
        }
    }
    let several = versions.into_values().filter(|packages| packages.len() > 1);
    several.map(|packages| format!("two versions: {}", shown(graph, &packages))).collect()
}

fn shown(graph: &Graph, packages: &[&Package]) -> String {
    let with_dependents =
        |package: &&Package| format!("{} by {}", package.shown(), graph.dependents(package).join(", "));
    packages.iter().map(with_dependents).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deny::policy::tests::spec;
    use crate::graph::tests::graph;

    #[test]
    fn two_versions_of_a_crate_are_refused_with_where_they_come_from() {
        let graph = graph(&[("syn", "1.0.0", "MIT", None), ("syn", "2.0.0", "MIT", Some("build"))]);
        assert_eq!(check(&graph, &[]), ["two versions: syn 1.0.0 by app 0.1.0; syn 2.0.0 by app 0.1.0"]);
    }

    #[test]
    fn a_skipped_version_does_not_count_and_a_third_still_does() {
        let two = [("syn", "1.0.0", "MIT", None), ("syn", "2.0.0", "MIT", None)];
        assert!(check(&graph(&two), &[spec("syn@1.0.0")]).is_empty());
        let three = [two[0], two[1], ("syn", "3.0.0", "MIT", None)];
        assert_eq!(check(&graph(&three), &[spec("syn@1.0.0")]).len(), 1);
    }

    #[test]
    fn a_second_version_that_only_tests_need_is_let_be() {
        let graph = graph(&[("syn", "1.0.0", "MIT", Some("dev")), ("syn", "2.0.0", "MIT", None)]);
        assert!(check(&graph, &[]).is_empty());
    }
}
