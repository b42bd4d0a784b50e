//! `docs/threat-model.md` names tests: they must be there, and none that bears a row's number be left out.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod sources;

use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../threat-model.md");

/// The names of all functions in the crates.
fn functions() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, text) in sources::rust_files() {
        let after_fn = text.split("fn ").skip(1);
        names.extend(after_fn.filter_map(|rest| rest.split(['(', '<']).next()).map(str::to_owned));
    }
    names
}

/// What the page writes as code and is the name of a test: a sentence, or a row. `…` stands for the rest.
fn named() -> impl Iterator<Item = &'static str> {
    let code = PAGE.split('`').skip(1).step_by(2);
    code.filter(|code| !code.contains([' ', ':', '.', '=', '/']))
        .filter(|code| code.matches('_').count() >= 3 || code.starts_with("row"))
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let functions = functions();
    let missing: Vec<_> = named()
        .filter(|name| match name.strip_suffix('…') {
            Some(start) => !functions.iter().any(|function| function.starts_with(start)),
            None => !functions.contains(*name),
        })
        .collect();
    assert!(named().count() > 40, "the page names fewer tests than are known to be on it");
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_test_of_a_row_is_on_the_page() {
    let is_of_a_row = |name: &&String| {
        let number = name.strip_prefix("row_").or_else(|| name.strip_prefix("rows_"));
        number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let functions = functions();
    let left_out: Vec<_> =
        functions.iter().filter(is_of_a_row).filter(|name| !PAGE.contains(*name)).collect();
    assert!(left_out.is_empty(), "{left_out:?}");
}
