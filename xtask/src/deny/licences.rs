//! Every package's licence is one of those allowed.

use anyhow::{Context, Result};
use spdx::{Expression, Licensee, ParseMode};

use super::policy::Licences;
use crate::graph::{Graph, Package};

/// One line for each package whose licence does not do.
pub(super) fn check(graph: &Graph, licences: &Licences) -> Result<Vec<String>> {
    let allowed = parse(&licences.allow)?;
    let mut problems = Vec::new();
    for package in &graph.packages {
        let mut allowed_here = allowed.clone();
        for exception in licences.exceptions.iter().filter(|exception| exception.name == package.name) {
            allowed_here.extend(parse(&exception.allow)?);
        }
        problems.extend(problem(package, &allowed_here));
    }
    Ok(problems)
}

fn parse(licences: &[String]) -> Result<Vec<Licensee>> {
    licences
        .iter()
        .map(|licence| Licensee::parse(licence).with_context(|| format!("`{licence}` is no SPDX licence")))
        .collect()
}

fn problem(package: &Package, allowed: &[Licensee]) -> Option<String> {
    let shown = package.shown();
    let Some(license) = &package.license else { return Some(format!("{shown} names no licence")) };
    // Older manifests write `MIT/Apache-2.0`, which the lax mode reads as OR.
    let Ok(expression) = Expression::parse_mode(license, ParseMode::LAX) else {
        return Some(format!("{shown}: `{license}` is no licence expression"));
    };
    let holds = expression.evaluate(|required| allowed.iter().any(|licence| licence.satisfies(required)));
    (!holds).then(|| format!("{shown}: the licence {license} is not allowed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deny::policy::LicenceException;
    use crate::graph::tests::graph;

    fn problems(license: &str, allow: &[&str]) -> Vec<String> {
        let allow = allow.iter().map(|&licence| licence.to_owned()).collect();
        let licences = Licences { allow, exceptions: Vec::new() };
        check(&graph(&[("dep", "1.0.0", license, None)]), &licences).unwrap()
    }

    #[test]
    fn one_side_of_or_suffices_and_both_sides_of_and_are_needed() {
        assert!(problems("GPL-3.0-only OR MIT", &["MIT"]).is_empty());
        assert!(problems("MIT/GPL-3.0-only", &["MIT"]).is_empty());
        assert_eq!(
            problems("MIT AND Unicode-3.0", &["MIT"]),
            ["dep 1.0.0: the licence MIT AND Unicode-3.0 is not allowed"]
        );
        assert!(problems("MIT AND Unicode-3.0", &["MIT", "Unicode-3.0"]).is_empty());
        assert!(problems("(MIT OR Apache-2.0) AND Unicode-3.0", &["MIT", "Unicode-3.0"]).is_empty());
    }

    #[test]
    fn an_exception_to_a_licence_is_allowed_only_by_its_name() {
        let licence = "Apache-2.0 WITH LLVM-exception";
        assert_eq!(problems(licence, &["MIT", "Apache-2.0"]).len(), 1);
        assert!(problems(licence, &["MIT", "Apache-2.0 WITH LLVM-exception"]).is_empty());
    }

    #[test]
    fn no_licence_and_a_made_up_one_are_refused() {
        assert_eq!(
            problems("Do What You Like", &["MIT"]),
            ["dep 1.0.0: `Do What You Like` is no licence expression"]
        );
        let mut graph = graph(&[]);
        graph.packages[0].license = None;
        let licences = Licences { allow: Vec::new(), exceptions: Vec::new() };
        assert_eq!(check(&graph, &licences).unwrap(), ["app 0.1.0 names no licence"]);
    }

    #[test]
    fn an_exception_for_one_crate_does_not_reach_another() {
        let graph = graph(&[("a", "1.0.0", "MPL-2.0", None), ("b", "1.0.0", "MPL-2.0", None)]);
        let exception = LicenceException { allow: vec!["MPL-2.0".to_owned()], name: "a".to_owned() };
        let licences = Licences { allow: vec!["MIT".to_owned()], exceptions: vec![exception] };
        assert_eq!(check(&graph, &licences).unwrap(), ["b 1.0.0: the licence MPL-2.0 is not allowed"]);
    }
}
