//! The page of what stores promise has every method of the traits, and every check.

use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../store-contract.md");

/// What the table has between backticks in one of its columns, counted from 1.
fn column(number: usize) -> BTreeSet<&'static str> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.split(" | ").nth(number - 1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_method_of_the_traits_is_on_the_page() {
    let sources = [
        include_str!("../../../crates/hallpass/src/store.rs"),
        include_str!("../../../crates/hallpass/src/storage.rs"),
        include_str!("../../../crates/hallpass-jwt/src/store.rs"),
    ];
    let mut methods = BTreeSet::new();
    for source in sources {
        // A trait ends with the brace in the first column; what else is in the file has methods too.
        for part in source.split("\npub trait ").skip(1) {
            let body = part.split("\n}").next().unwrap_or_default();
            let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
            let names = lines.filter_map(|line| line.strip_prefix("async fn ").or(line.strip_prefix("fn ")));
            methods.extend(names.filter_map(|name| name.split('(').next()));
        }
    }
    assert!(methods.len() > 30, "{methods:?}");
    let listed: BTreeSet<_> = column(1).into_iter().map(|cell| cell.trim_matches(['|', ' '])).collect();
    assert_eq!(listed, methods);
}

#[test]
fn every_check_is_on_the_page_and_nothing_that_is_none() {
    let stores = hallpass_testing::store::checks().iter().map(|check| check.name());
    let storages = hallpass_testing::storage::checks().iter().map(|check| check.name());
    let keys = hallpass_testing::jwk::checks().iter().map(|check| check.name());
    assert_eq!(column(3), stores.chain(storages).chain(keys).collect());
}
