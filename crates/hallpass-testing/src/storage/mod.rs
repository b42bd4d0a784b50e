//! The checks of the contracts in [`hallpass::storage`]: a function for every
//! sentence.
//!
//! A check takes a storage with nothing in it, and panics when the storage breaks the contract. Those
//! that need many callers, or time to pass, take a [`StorageFixture`].

mod list;

pub mod atomic;
pub mod comparing;
pub mod races;
pub mod secondary;

use crate::{Check, StorageFixture};

/// Every check, each once, to be run by name where [`storage_tests!`](crate::storage_tests) cannot.
pub fn checks() -> &'static [Check<StorageFixture>] {
    CHECKS
}

const CHECKS: &[Check<StorageFixture>] = crate::__storage_checks! { [crate::macros::table] };
