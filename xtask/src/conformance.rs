//! Which stores the conformance suite of `hallpass-testing` ran over, counted from the tests that ran: a store
//! that drops out, or of whose checks some did not run, fails the run.

mod ran;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

use anyhow::{Result, bail};

pub(crate) use ran::{Ran, of_cargo_test, of_junit, of_node};

/// The lists of checks, as the macros have them.
const STORE_CHECKS: &str = include_str!("../../crates/hallpass-testing/src/store/list.rs");
const STORAGE_CHECKS: &str = include_str!("../../crates/hallpass-testing/src/storage/list.rs");
const KEY_CHECKS: &str = include_str!("../../crates/hallpass-testing/src/jwk/list.rs");

/// Where the checks run, as test binary and module, and over what. Each has to run, and what is not here must not:
/// nobody would miss it.
const STORES: &[(&str, &str)] = &[
    ("memory::store", "MemoryStore"),
    ("memory::shared_store", "Arc<dyn Store> of a MemoryStore"),
    ("memory::store_that_could_fail", "FaultyStore without a fault"),
    ("memory::store_that_could_be_defective", "DefectiveStore without a defect"),
    ("defects::without_a_defect", "store of plain lists"),
    ("secondary::storage_only", "SecondaryStore, sessions in the storage"),
    ("secondary::also_in_database", "SecondaryStore, sessions in both"),
    ("secondary::recorded_in_database", "SecondaryStore, sessions recorded"),
    ("secondary::database_only", "SecondaryStore, sessions in the database"),
    ("secondary::cached", "SecondaryStore, sessions cached"),
    ("secondary::with_copies", "CachedStore"),
    ("secondary::with_copies_that_are_never_believed", "CachedStore by copies, max_stale 0"),
    ("sqlite::conformance::memory", "SQLite, in memory"),
    ("sqlite::conformance::camel_iso", "SQLite, camelCase"),
    ("sqlite::conformance::snake_millis", "SQLite, snake_case"),
    ("sqlite::conformance::with_other_names", "SQLite, other names"),
    ("sqlite::camel_case", "SQLite by sqlx, camelCase"),
    ("sqlite::snake_case", "SQLite by sqlx, snake_case"),
    ("conformance", "redb, the adapter in examples/"),
    ("postgres::conformance::camel_case", "PostgreSQL, camelCase"),
    ("postgres::conformance::snake_case", "PostgreSQL, snake_case"),
    ("postgres::conformance::with_other_names", "PostgreSQL, other names"),
    ("mysql::conformance::camel_case", "MariaDB, camelCase"),
    ("mysql::conformance::snake_case", "MariaDB, snake_case"),
    ("mysql::conformance::with_other_names", "MariaDB, other names"),
    ("redis::conformance::sessions_on_a_server", "Redis, sessions in it alone"),
    ("redis::conformance::sessions_on_a_server_and_in_the_database", "Redis, sessions in both"),
    ("redis::conformance::sessions_on_a_server_recorded_in_the_database", "Redis, sessions recorded"),
    ("redis::conformance::sessions_on_a_cluster", "Redis Cluster, sessions in it alone"),
    ("redis::conformance::sessions_on_a_cluster_and_in_the_database", "Redis Cluster, sessions in both"),
    (
        "redis::conformance::sessions_on_a_cluster_recorded_in_the_database",
        "Redis Cluster, sessions recorded",
    ),
    ("d1::conformance::camel_case", "D1 over HTTP, camelCase"),
    ("d1::conformance::snake_case", "D1 over HTTP, snake_case"),
    ("redis::conformance::copies_on_a_server", "CachedStore by copies in Redis"),
    ("redis::conformance::copies_on_a_cluster", "CachedStore by copies in Redis Cluster"),
];

/// The same of key-value storages.
const STORAGES: &[(&str, &str)] = &[
    ("memory::storage", "MemoryStorage"),
    ("memory::shared_storage", "Arc<dyn AtomicStorage> of one"),
    ("memory::storage_that_could_fail", "FaultyStorage without a fault"),
    ("memory::storage_that_could_be_defective", "DefectiveStorage without a defect"),
    ("storage_defects::without_a_defect", "storage of one list"),
    ("sqlite::conformance::storage", "table of SQLite, camelCase"),
    ("sqlite::conformance::storage_in_snake_case", "table of SQLite, snake_case"),
    ("sqlite::conformance::storage_with_other_names", "table of SQLite, other names"),
    ("sqlite::storage", "table of SQLite by sqlx"),
    ("postgres::conformance::storage", "table of PostgreSQL, camelCase"),
    ("postgres::conformance::storage_in_snake_case", "table of PostgreSQL, snake_case"),
    ("postgres::conformance::storage_with_other_names", "table of PostgreSQL, other names"),
    ("mysql::conformance::storage", "table of MariaDB, camelCase"),
    ("mysql::conformance::storage_in_snake_case_of_a_loose_collation", "table of MariaDB, snake_case"),
    ("mysql::conformance::storage_with_other_names", "table of MariaDB, other names"),
    ("redis::conformance::storage_on_a_server", "Redis"),
    ("redis::conformance::storage_on_a_cluster", "Redis Cluster"),
    ("redis::conformance::storage_over_the_apps_own_connection", "Redis by the app's own connection"),
];

/// The same of the Worker in `tests/worker/suite`.
const STORES_IN_WORKERD: &[(&str, &str)] =
    &[("d1::camel", "D1 in workerd, camelCase"), ("d1::snake", "D1 in workerd, snake_case")];
const STORAGES_IN_WORKERD: &[(&str, &str)] = &[("d1::storage", "table of D1 in workerd")];

/// The same of stores of keys.
const KEY_STORES: &[(&str, &str)] = &[
    ("jwk_defects::without_a_defect", "store of keys in one list"),
    ("key_stores::memory", "MemoryJwkStore"),
    ("key_stores::shared", "Arc<dyn JwkStore> of one"),
    ("key_stores::sqlite::camel_case", "keys in SQLite, camelCase"),
    ("key_stores::sqlite::snake_case", "keys in SQLite, snake_case"),
    ("key_stores::postgres::camel_case", "keys in PostgreSQL, camelCase"),
    ("key_stores::postgres::snake_case", "keys in PostgreSQL, snake_case"),
    ("key_stores::mariadb::camel_case", "keys in MariaDB, camelCase"),
    ("key_stores::mariadb::snake_case", "keys in MariaDB, snake_case"),
];

/// What the checks came to, place by place.
#[derive(Debug)]
pub(crate) struct Suites {
    rows: Vec<Row>,
    unlisted: Vec<String>,
}

#[derive(Debug)]
struct Row {
    of: &'static str,
    label: &'static str,
    expected: usize,
    ran: usize,
    failed: usize,
}

/// The checks of one contract, and the places where they are to run.
struct Contract {
    of: &'static str,
    checks: BTreeSet<&'static str>,
    places: &'static [(&'static str, &'static str)],
}

impl Suites {
    /// Picks the checks out of all tests that ran.
    pub(crate) fn of(ran: &[Ran]) -> Self {
        let stores = Contract { of: "stores", checks: names(STORE_CHECKS), places: STORES };
        let storages = Contract { of: "storages", checks: names(STORAGE_CHECKS), places: STORAGES };
        let keys = Contract { of: "stores of keys", checks: names(KEY_CHECKS), places: KEY_STORES };
        Self::counted(ran, &[stores, storages, keys])
    }

    /// The same of the tests that ran in workerd.
    pub(crate) fn in_workerd(ran: &[Ran]) -> Self {
        let stores = Contract { of: "stores", checks: names(STORE_CHECKS), places: STORES_IN_WORKERD };
        let storages =
            Contract { of: "storages", checks: names(STORAGE_CHECKS), places: STORAGES_IN_WORKERD };
        Self::counted(ran, &[stores, storages])
    }

    fn counted(ran: &[Ran], contracts: &[Contract]) -> Self {
        let mut places: BTreeMap<&str, Vec<(&str, bool)>> = BTreeMap::new();
        for test in ran {
            if contracts.iter().any(|contract| contract.checks.contains(test.name())) {
                places.entry(test.place()).or_default().push((test.name(), test.has_failed));
            }
        }
        let mut rows = Vec::new();
        for Contract { of, checks, places: listed } in contracts {
            for (place, label) in *listed {
                let tests = places.remove(place).unwrap_or_default();
                let names: BTreeSet<_> =
                    tests.iter().map(|(name, _)| *name).filter(|name| checks.contains(name)).collect();
                let failed = tests.iter().filter(|(_, has_failed)| *has_failed).count();
                rows.push(Row { of, label, expected: checks.len(), ran: names.len(), failed });
            }
        }
        Self { rows, unlisted: places.into_keys().map(str::to_owned).collect() }
    }

    /// A few words for the table of steps.
    ///
    /// # Errors
    /// A suite did not run, or not all of it, or is not listed here.
    pub(crate) fn whole(&self) -> Result<String> {
        let short: Vec<_> = self.rows.iter().filter(|row| row.ran < row.expected).collect();
        if !short.is_empty() {
            let told = short.iter().map(|row| format!("{} ({} of {})", row.label, row.ran, row.expected));
            bail!("checks of the conformance suite did not run: {}", told.collect::<Vec<_>>().join(", "));
        }
        if !self.unlisted.is_empty() {
            bail!("not listed in xtask/src/conformance.rs: {}", self.unlisted.join(", "));
        }
        let checks: usize = self.rows.iter().map(|row| row.ran).sum();
        Ok(format!("{checks} checks of {} suites", self.rows.len()))
    }
}

impl Display for Suites {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut last = "";
        for Row { of, label, expected, ran, failed } in &self.rows {
            if *of != last {
                let end = if last.is_empty() { "" } else { "\n\n" };
                write!(f, "{end}{:<42} {:>6} {:>6}", format!("conformance of {of}"), "checks", "failed")?;
                last = of;
            }
            let note = if ran < expected { format!("  {expected} expected") } else { String::new() };
            write!(f, "\n{label:<42} {ran:>6} {failed:>6}{note}")?;
        }
        Ok(())
    }
}

/// The names of the checks in a list: those that stand on lines of their own, with a comma.
fn names(list: &str) -> BTreeSet<&str> {
    let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    list.lines().filter_map(|line| line.trim().strip_suffix(',')).filter(is_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[(&str, &str)] = &[("memory::store", "memory"), ("sqlite::file", "a file")];

    fn count(tests: &[(&str, bool)]) -> Suites {
        let ran: Vec<_> = tests
            .iter()
            .map(|(name, has_failed)| Ran { name: (*name).to_owned(), has_failed: *has_failed })
            .collect();
        Suites::counted(
            &ran,
            &[Contract { of: "stores", checks: BTreeSet::from(["one", "two"]), places: TWO }],
        )
    }

    const WHOLE: [(&str, bool); 4] = [
        ("memory::store::one", false),
        ("memory::store::two", false),
        ("sqlite::file::one", false),
        ("sqlite::file::two", true),
    ];

    #[test]
    fn checks_are_counted_by_store_with_those_that_failed() {
        let suites = count(&WHOLE);
        let table = suites.to_string();
        let numbers = |label: &str| -> Vec<String> {
            let line = table.lines().find_map(|line| line.strip_prefix(label)).unwrap();
            line.split_whitespace().map(str::to_owned).collect()
        };
        assert_eq!(
            (numbers("memory"), numbers("a file")),
            (vec!["2".into(), "0".into()], vec!["2".into(), "1".into()])
        );
        assert_eq!(suites.whole().unwrap(), "4 checks of 2 suites");
    }

    #[test]
    fn a_store_that_dropped_out_fails_the_run_and_is_named() {
        let suites = count(&WHOLE[..2]);
        let refusal = suites.whole().unwrap_err().to_string();
        assert!(refusal.contains("a file (0 of 2)") && !refusal.contains("memory"), "{refusal}");
        assert!(suites.to_string().contains("2 expected"));
    }

    #[test]
    fn a_check_that_did_not_run_fails_the_run_even_if_another_ran_twice() {
        let refusal = count(&[WHOLE[0], WHOLE[0], WHOLE[2], WHOLE[3]]).whole().unwrap_err().to_string();
        assert!(refusal.contains("memory (1 of 2)"), "{refusal}");
    }

    #[test]
    fn a_store_that_nobody_would_miss_fails_the_run() {
        let tests: Vec<_> = WHOLE.into_iter().chain([("redis::new::one", false)]).collect();
        assert!(count(&tests).whole().unwrap_err().to_string().contains("redis::new"));
    }

    #[test]
    fn other_tests_are_not_counted() {
        let others = [("memory::store::three", true), ("memory::other", false), ("elsewhere::a::b", false)];
        let tests: Vec<_> = WHOLE.into_iter().chain(others).collect();
        assert_eq!(count(&tests).whole().unwrap(), "4 checks of 2 suites");
    }

    #[test]
    fn the_lists_of_checks_are_read_and_no_place_is_listed_twice() {
        let (store, storage) = (names(STORE_CHECKS), names(STORAGE_CHECKS));
        assert!(store.contains("a_verification_is_taken_once") && store.len() > 80, "{}", store.len());
        assert!(storage.contains("a_value_is_taken_once") && storage.len() > 20, "{}", storage.len());
        let places: Vec<_> = STORES
            .iter()
            .chain(STORAGES)
            .chain(KEY_STORES)
            .chain(STORES_IN_WORKERD)
            .chain(STORAGES_IN_WORKERD)
            .map(|(place, _)| place)
            .collect();
        assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), places.len());
    }
}
