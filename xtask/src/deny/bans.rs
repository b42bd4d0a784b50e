//! Crates that must not come in, and requirements that say nothing.

use super::policy::Bans;
use crate::graph::Graph;

/// One line for each banned package, and for each `*` in a manifest of the workspace.
pub(super) fn check(graph: &Graph, bans: &Bans) -> Vec<String> {
    let mut problems = Vec::new();
    for package in &graph.packages {
        for ban in bans.deny.iter().filter(|ban| ban.matches(package)) {
            let dependents = graph.dependents(package).join(", ");
            problems.push(format!(
                "{} is banned ({}); it comes by {dependents}",
                package.shown(),
                ban.reason
            ));
        }
    }
    for member in graph.packages.iter().filter(|package| graph.is_member(package)) {
        for dependency in &member.dependencies {
            if dependency.req == "*" && dependency.path.is_none() {
                problems.push(format!("{} asks for any version of {}", member.name, dependency.name));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Dependency;
    use crate::graph::tests::graph;

    fn bans() -> Bans {
        let text = "multiple-versions = 'deny'\nwildcards = 'deny'\nskip = []\n\
                    deny = [{ crate = 'openssl', reason = 'rustls is used' }]";
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_banned_crate_is_refused_with_the_reason_and_where_it_comes_from() {
        let graph = graph(&[("openssl", "0.10.1", "MIT", None), ("openssl-probe", "0.1.0", "MIT", None)]);
        assert_eq!(
            check(&graph, &bans()),
            ["openssl 0.10.1 is banned (rustls is used); it comes by app 0.1.0"]
        );
    }

    #[test]
    fn a_requirement_for_any_version_is_refused_but_for_a_path() {
        let mut graph = graph(&[]);
        let any = |path: Option<&str>| Dependency {
            name: "dep".to_owned(),
            req: "*".to_owned(),
            path: path.map(str::to_owned),
        };
        graph.packages[0].dependencies = vec![any(Some("../dep"))];
        assert!(check(&graph, &bans()).is_empty());
        graph.packages[0].dependencies = vec![any(None)];
        assert_eq!(check(&graph, &bans()), ["app asks for any version of dep"]);
    }
}
