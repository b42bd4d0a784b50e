//! The checks of the contracts in [`hallpass::store`]: a function for every sentence.
//!
//! A check takes a store with nothing in it, and panics when the store breaks the contract. Those that
//! need many callers, or to know more than the store, take a [`StoreFixture`].

mod list;

pub mod accounts;
pub mod answers;
pub mod every_method;
pub mod extra_fields;
pub mod owners;
pub mod password_hashes;
pub mod races;
pub mod session_lifetimes;
pub mod session_races;
pub mod sessions;
pub mod user_changes;
pub mod users;
pub mod verification_races;
pub mod verifications;

use crate::{Check, StoreFixture};

/// Every check, each once, to be run by name where [`store_tests!`](crate::store_tests) cannot.
pub fn checks() -> &'static [Check<StoreFixture>] {
    CHECKS
}

const CHECKS: &[Check<StoreFixture>] = crate::__store_checks! { [crate::macros::table] };
