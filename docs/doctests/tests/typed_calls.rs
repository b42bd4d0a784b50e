//! `docs/typed-calls.md` lists calls: each is called in a test, not only by the endpoint that wraps it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod sources;

const PAGE: &str = include_str!("../../typed-calls.md");

/// The names in the first column of the tables.
fn listed() -> impl Iterator<Item = &'static str> {
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let code = rows.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    code.filter_map(|code| code.split_once('(')).map(|(name, _)| name)
}

#[test]
fn every_call_that_the_page_lists_is_called_in_a_test() {
    let files = sources::rust_files().into_iter();
    let tests = files.filter(|(path, _)| path.iter().any(|part| part == "tests"));
    // Without white space, since a chain of calls may go over lines.
    let tests: Vec<String> = tests.map(|(_, text)| text.split_whitespace().collect()).collect();
    let is_called = |name: &str| tests.iter().any(|text| text.contains(&format!("auth.{name}(")));
    let missing: Vec<_> = listed().filter(|name| !is_called(name)).collect();
    assert!(listed().count() > 30, "the page lists fewer calls than are known to be on it");
    assert!(missing.is_empty(), "{missing:?}");
}
