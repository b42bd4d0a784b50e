//! The suite can fail: each classic defect of a store is caught by the check that is meant to catch it,
//! and each check catches one. A check that cannot fail is a defect itself.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod accounts;
mod defect;
mod schema;
mod sessions;
mod store;
mod users;
mod verifications;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt as _;
use hallpass_testing::{StoreFixture, run_store_check};

use crate::defect::{CAUGHT_BY, Defect};
use crate::store::BrokenStore;

mod without_a_defect {
    hallpass_testing::store_tests!(async { crate::fixture(None) });
}

fn fixture(defect: Option<Defect>) -> StoreFixture {
    let store = BrokenStore::new(defect);
    StoreFixture::new(store.another_handle()).also(store).rounds(500)
}

#[test]
fn every_defect_is_caught() {
    let mut missed = Vec::new();
    for (defect, checks) in CAUGHT_BY {
        for check in *checks {
            let run = || run_store_check(check, async { fixture(Some(*defect)) });
            if catch_unwind(AssertUnwindSafe(run)).is_ok() {
                missed.push((defect, check));
            }
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:#?}");
}

/// As where there are no threads, such as in a Worker: racers take turns in one future.
#[tokio::test]
async fn every_defect_is_caught_without_threads_too() {
    let checks = hallpass_testing::store::checks();
    for check in checks {
        check.run(&fixture(None)).await;
    }
    let mut missed = Vec::new();
    for (defect, names) in CAUGHT_BY {
        for check in checks.iter().filter(|check| names.contains(&check.name())) {
            let fixture = fixture(Some(*defect));
            if AssertUnwindSafe(check.run(&fixture)).catch_unwind().await.is_ok() {
                missed.push((defect, check));
            }
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:#?}");
}

#[test]
fn every_check_catches_a_defect() {
    let named: BTreeSet<_> = CAUGHT_BY.iter().flat_map(|(_, checks)| checks.iter().copied()).collect();
    let all: BTreeSet<_> = hallpass_testing::store::checks().iter().map(|check| check.name()).collect();
    assert_eq!(named, all);
}
