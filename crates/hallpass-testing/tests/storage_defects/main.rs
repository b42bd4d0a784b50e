//! The suite can fail: each classic defect of a storage is caught by the check that is meant to catch
//! it, and each check catches one.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod storage;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hallpass_testing::{MockClock, StorageFixture, run_storage_check};

use crate::storage::{BrokenStorage, Defect, Defect::*};

/// Every defect, with the checks that are to fail on it.
const CAUGHT_BY: &[(Defect, &[&str])] = &[
    (TrimsValues, &["a_value_is_read_back_exactly"]),
    (MissingIsAnError, &["a_key_that_was_never_set_has_no_value"]),
    (FirstValueStays, &["a_value_is_set_in_place_of_the_last"]),
    (DeletesNothing, &["a_deleted_value_is_gone", "a_deleted_counter_begins_anew"]),
    (KeysAreMatchedWithoutCase, &["keys_are_matched_whole"]),
    (NothingExpires, &["a_value_is_forgotten_after_its_ttl"]),
    (FirstTtlStays, &["a_new_value_has_its_own_ttl"]),
    (KeysAreCut, &["a_key_is_any_text"]),
    (NothingIsForEver, &["a_ttl_is_any_span"]),
    (TakingLeaves, &["a_value_is_taken_once"]),
    (TakesTheExpired, &["an_expired_value_is_not_taken"]),
    (CountsFromZero, &["a_counter_counts_from_one"]),
    (CountingLengthens, &["counting_on_does_not_lengthen_a_counters_life"]),
    (EmptyIsAbsent, &["a_value_is_set_where_there_is_none"]),
    (AbsentOrNotTheTtlIsSet, &["a_value_that_is_not_set_changes_nothing"]),
    (ExpiredIsPresent, &["an_expired_value_counts_as_absent"]),
    (SweepsAll, &["a_sweep_leaves_what_lives"]),
    (SweepsWithoutLimit, &["a_sweep_leaves_what_lives"]),
    (LooksThenSweeps, &["a_sweep_never_deletes_what_was_written_anew"]),
    (GetsThenDeletes, &["two_hundred_takers_of_one_value_make_one"]),
    (
        GetsThenAddsOne,
        &["two_hundred_increments_count_two_hundred", "a_counter_that_expired_begins_anew_once"],
    ),
    (GetsThenSets, &["two_hundred_setters_of_one_key_make_one"]),
    (ReplacesNothing, &["a_value_is_replaced_where_it_is_the_expected"]),
    (ReplacesWithoutComparing, &["a_value_that_is_another_is_not_replaced"]),
    (ReplacesWithoutCase, &["a_value_that_is_another_is_not_replaced"]),
    (ReplacementInserts, &["a_value_that_is_gone_is_not_replaced"]),
    (ReplacementKeepsTheTtl, &["a_replacement_has_its_own_ttl"]),
    (ComparesAndDeletesNothing, &["a_value_is_deleted_where_it_is_the_expected"]),
    (CountersAreNotCompared, &["a_counter_is_compared_by_its_number"]),
    (
        ComparesThenSets,
        &[
            "two_hundred_who_compare_one_value_make_one",
            "no_change_is_lost_between_comparing_and_setting",
            "a_deleted_value_is_not_set_again",
        ],
    ),
    (ComparesThenDeletes, &["two_hundred_who_compare_one_value_make_one"]),
];

fn fixture(defect: Option<Defect>) -> StorageFixture {
    let clock = Arc::new(MockClock::new());
    StorageFixture::new(BrokenStorage::new(defect, clock.clone()), clock)
}

mod without_a_defect {
    hallpass_testing::storage_tests!(async { crate::fixture(None) });
}

#[test]
fn every_defect_is_caught() {
    let mut missed = Vec::new();
    for (defect, checks) in CAUGHT_BY {
        for check in *checks {
            let run = || run_storage_check(check, async { fixture(Some(*defect)) });
            if catch_unwind(AssertUnwindSafe(run)).is_ok() {
                missed.push((defect, check));
            }
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:#?}");
}

#[test]
fn every_check_catches_a_defect() {
    let named: BTreeSet<_> = CAUGHT_BY.iter().flat_map(|(_, checks)| checks.iter().copied()).collect();
    let all: BTreeSet<_> = hallpass_testing::storage::checks().iter().map(|check| check.name()).collect();
    assert_eq!(named, all);
}
