//! The lists of checks are whole: a check that is not listed would never run.

use std::collections::BTreeSet;

/// The names of the checks that a file defines.
fn defined(sources: &[&'static str]) -> BTreeSet<&'static str> {
    let lines = sources.iter().flat_map(|source| source.lines());
    lines.filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next()).collect()
}

#[test]
fn every_store_check_is_listed_once() {
    let sources = [
        include_str!("../src/store/accounts.rs"),
        include_str!("../src/store/answers.rs"),
        include_str!("../src/store/every_method.rs"),
        include_str!("../src/store/extra_fields.rs"),
        include_str!("../src/store/owners.rs"),
        include_str!("../src/store/password_hashes.rs"),
        include_str!("../src/store/races.rs"),
        include_str!("../src/store/session_lifetimes.rs"),
        include_str!("../src/store/session_races.rs"),
        include_str!("../src/store/sessions.rs"),
        include_str!("../src/store/user_changes.rs"),
        include_str!("../src/store/users.rs"),
        include_str!("../src/store/verification_races.rs"),
        include_str!("../src/store/verifications.rs"),
    ];
    let listed = hallpass_testing::store::checks();
    assert_eq!(listed.iter().map(|check| check.name()).collect::<BTreeSet<_>>(), defined(&sources));
    assert_eq!(listed.len(), defined(&sources).len(), "a check is listed twice");
}

#[test]
fn every_storage_check_is_listed_once() {
    let sources = [
        include_str!("../src/storage/atomic.rs"),
        include_str!("../src/storage/comparing.rs"),
        include_str!("../src/storage/races.rs"),
        include_str!("../src/storage/secondary.rs"),
    ];
    let listed = hallpass_testing::storage::checks();
    assert_eq!(listed.iter().map(|check| check.name()).collect::<BTreeSet<_>>(), defined(&sources));
    assert_eq!(listed.len(), defined(&sources).len(), "a check is listed twice");
}
