//! Every package comes from a known registry; none from a git repository.

use super::policy::Sources;
use crate::graph::{Graph, Package};

/// One line for each package from elsewhere.
pub(super) fn check(graph: &Graph, sources: &Sources) -> Vec<String> {
    graph.packages.iter().filter_map(|package| problem(package, sources)).collect()
}

fn problem(package: &Package, sources: &Sources) -> Option<String> {
    let source = package.source.as_ref()?;
    let registry = source.strip_prefix("registry+").or_else(|| source.strip_prefix("sparse+"));
    let known = registry.is_some_and(|registry| sources.allow_registry.iter().any(|known| known == registry));
    (!known).then(|| format!("{} comes from {source}, which deny.toml does not allow", package.shown()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::graph;

    #[test]
    fn a_git_repository_and_another_registry_are_refused() {
        let text = "unknown-registry = 'deny'\nunknown-git = 'deny'\n\
                    allow-registry = ['https://github.com/rust-lang/crates.io-index']";
        let sources: Sources = toml::from_str(text).unwrap();
        let mut graph = graph(&[("dep", "1.0.0", "MIT", None)]);
        assert!(check(&graph, &sources).is_empty());
        for elsewhere in ["git+https://example.com/dep#1234", "registry+https://example.com/index"] {
            graph.packages[1].source = Some(elsewhere.to_owned());
            assert_eq!(
                check(&graph, &sources),
                [format!("dep 1.0.0 comes from {elsewhere}, which deny.toml does not allow")]
            );
        }
    }
}
