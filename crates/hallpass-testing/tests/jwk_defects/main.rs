//! The suite of stores of keys can fail: each classic defect is caught by the check that is meant to catch it, and each
//! check catches one.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeSet;
use std::fmt::{self, Debug};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::store::StoreError;
use hallpass_jwt::{JwkStore, StoredKey};
use hallpass_testing::{jwk, run_jwk_check};

use crate::Defect::*;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Defect {
    CutsKeys,
    CutsMoments,
    FillsWhatIsNotThere,
    OneAtTheMomentSigns,
    OneForEverDoesNotSign,
    RefusesAndAddsAllTheSame,
    AlgorithmsAreNotTold,
    UnnamedIsOfNone,
    ForgetsWhatIsOver,
    ShowsKeys,
    LooksThenReplaces,
}

/// Every defect, with the checks that are to fail on it.
const CAUGHT_BY: &[(Defect, &[&str])] = &[
    (CutsKeys, &["a_key_is_read_back_exactly"]),
    (CutsMoments, &["a_key_is_read_back_exactly"]),
    (FillsWhatIsNotThere, &["a_key_without_what_need_not_be_there_is_read_back_too"]),
    (OneAtTheMomentSigns, &["a_key_is_added_where_none_signs_so_long"]),
    (OneForEverDoesNotSign, &["a_key_that_signs_longer_or_for_ever_leaves_no_place"]),
    (RefusesAndAddsAllTheSame, &["a_key_that_signs_longer_or_for_ever_leaves_no_place"]),
    (AlgorithmsAreNotTold, &["a_key_of_another_algorithm_is_not_in_the_way"]),
    (UnnamedIsOfNone, &["a_key_that_does_not_say_its_algorithm_counts_as_one_for_the_named"]),
    (ForgetsWhatIsOver, &["a_key_that_signs_no_more_is_kept"]),
    (ShowsKeys, &["debug_shows_no_key"]),
    (LooksThenReplaces, &["of_two_hundred_who_add_a_key_those_who_did_find_theirs"]),
];

/// A store of one list, with a defect if any.
struct BrokenKeys {
    defect: Option<Defect>,
    keys: Mutex<Vec<StoredKey>>,
}

impl BrokenKeys {
    fn new(defect: Option<Defect>) -> Self {
        Self { defect, keys: Mutex::default() }
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    fn is_in_the_way(&self, there: &StoredKey, key: &StoredKey, until: Timestamp, unnamed: &str) -> bool {
        let is_of = |key: &StoredKey| match (&key.alg, self.has(UnnamedIsOfNone)) {
            (None, true) => String::new(),
            (alg, _) => alg.clone().unwrap_or_else(|| unnamed.to_owned()),
        };
        let signs = match there.expires_at {
            None => !self.has(OneForEverDoesNotSign),
            Some(end) if self.has(OneAtTheMomentSigns) => end >= until,
            Some(end) => end > until,
        };
        signs && (self.has(AlgorithmsAreNotTold) || is_of(there) == is_of(key))
    }

    fn kept(&self, key: &StoredKey) -> StoredKey {
        let mut key = key.clone();
        match self.defect {
            Some(CutsKeys) => key.private_key = key.private_key.chars().take(255).collect(),
            Some(CutsMoments) => {
                key.created_at = Timestamp::from_millis(key.created_at.as_millis() / 1_000 * 1_000);
            }
            Some(FillsWhatIsNotThere) => key.alg = key.alg.or(Some(String::new())),
            _ => {}
        }
        key
    }
}

impl Debug for BrokenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.keys.lock().unwrap();
        match self.has(ShowsKeys) {
            true => f.debug_list().entries(keys.iter().map(|key| &key.private_key)).finish(),
            false => f.debug_list().entries(&*keys).finish(),
        }
    }
}

#[async_trait]
impl JwkStore for BrokenKeys {
    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        Ok(self.keys.lock().unwrap().clone())
    }

    async fn add_key(&self, key: &StoredKey, until: Timestamp, unnamed: &str) -> Result<bool, StoreError> {
        if self.has(LooksThenReplaces) {
            let before = self.keys().await?;
            tokio::task::yield_now().await;
            let is_there = before.iter().any(|there| self.is_in_the_way(there, key, until, unnamed));
            if !is_there {
                *self.keys.lock().unwrap() = before.into_iter().chain([key.clone()]).collect();
            }
            return Ok(!is_there);
        }
        let mut keys = self.keys.lock().unwrap();
        let is_there = keys.iter().any(|there| self.is_in_the_way(there, key, until, unnamed));
        if self.has(ForgetsWhatIsOver) {
            keys.retain(|there| there.expires_at.is_none_or(|end| end > until));
        }
        if !is_there || self.has(RefusesAndAddsAllTheSame) {
            keys.push(self.kept(key));
        }
        Ok(!is_there)
    }
}

mod without_a_defect {
    hallpass_testing::jwk_store_tests!(async { crate::BrokenKeys::new(None) });
}

#[test]
fn every_defect_is_caught() {
    let mut missed = Vec::new();
    for (defect, checks) in CAUGHT_BY {
        for check in *checks {
            let run = || run_jwk_check(check, async { BrokenKeys::new(Some(*defect)) });
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
    let all: BTreeSet<_> = jwk::checks().iter().map(|check| check.name()).collect();
    assert_eq!(named, all);
}
