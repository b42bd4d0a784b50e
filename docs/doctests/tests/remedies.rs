//! `docs/operations.md` says of every failure what its error says.

use hallpass_sql::Remedy;

const PAGE: &str = include_str!("../../operations.md");

#[test]
fn every_remedy_is_on_the_page_in_the_words_of_the_error() {
    let missing: Vec<_> =
        Remedy::ALL.iter().filter(|remedy| !PAGE.contains(&format!("| {remedy} |"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
