//! What shows that a store keeps hallpass's contracts, and the doubles that make time, chance, mail
//! and failure a test's own.
//!
//! | Here | For |
//! |---|---|
//! | [`store_tests!`] | one `#[test]` for every sentence of the contracts of [`hallpass::store`] |
//! | [`storage_tests!`] | the same for [`hallpass::storage`] |
//! | [`store::checks`], [`storage::checks`] | the same lists at run time, for where `#[test]` cannot go |
//! | [`StoreFixture`], [`StorageFixture`] | what a check runs against, with what the suite has to know |
//! | [`MockClock`] | time that stands until it is moved |
//! | [`SeededRandom`] | the same bytes every time |
//! | [`StubMailer`] | keeps mails, or refuses them |
//! | [`StubHttpClient`] | answers requests to elsewhere, and keeps them |
//! | [`RecordingEvents`] | keeps security events |
//! | [`ImmediateTasks`], [`ManualTasks`] | background work at once, or when told |
//! | [`process_tests!`] | races over several processes, and processes that are killed at work |
//! | `jwk_store_tests!`, `jwk` | the same for `hallpass_jwt::JwkStore`, by the feature `jwt` |
//! | [`storage_process_tests!`] | the races over a storage that several processes share |
//! | [`DefectiveStore`], [`DefectiveStorage`] | break one contract, to see a test fail |
//! | [`LaggingStorage`] | a key-value storage that shows what is old, as Workers KV may |
//! | [`FaultyStore`], [`FaultyStorage`] | fail at a chosen call, before or after it took effect |
//!
//! # Proving a store
//! All of a store's `tests/conformance.rs`:
//! ```
//! use hallpass::MemoryStore; // or your own
//!
//! hallpass_testing::store_tests!(async { MemoryStore::new() });
//! ```
//! The block makes a store with nothing in it and is run once a check. What the suite has to know
//! goes into a [`StoreFixture`]:
//! ```
//! # use hallpass::MemoryStore;
//! use hallpass_testing::StoreFixture;
//!
//! hallpass_testing::store_tests!(async {
//!     let store = MemoryStore::new(); // a database in a temporary directory, say
//!     let directory = "dropped after the check";
//!     StoreFixture::new(store).keep(directory)
//! });
//! ```
//! Each check runs on a runtime of four threads of its own, so that its races are real. A store that
//! lives where there are no threads is driven by name instead:
//! ```
//! # async fn example(name: &str) {
//! # use hallpass::MemoryStore;
//! # use hallpass_testing::{StoreFixture, store};
//! let check = store::checks().iter().find(|check| check.name() == name);
//! if let Some(check) = check {
//!     check.run(&StoreFixture::new(MemoryStore::new())).await; // panics when the contract is broken
//! }
//! # }
//! ```
//!
//! # What a failure says
//! A check is named after what the contract says, and its panic tells what the store did instead:
//! ```text
//! test two_hundred_takers_of_one_verification_make_one ... FAILED
//! assertion `left == right` failed: so many callers got it
//!   left: 8
//!  right: 1
//! ```
//! Its documentation, in [`store`] and [`storage`], names the methods and the sentence. None depends on time or on luck: a check
//! that fails now and then has found a store that breaks its contract now and then. That the checks themselves can fail
//! is known of each: a store that is broken in all the classic ways is caught in every one of them.
//!
//! # Beyond the suite
//! [`process_tests!`] is for databases that several processes share. [`FaultyStore`] and [`FaultyStorage`] are for the other side, for
//! flows over a store that fails. The book's page *Writing an adapter* goes through a whole one, `examples/redb`, and the page
//! *What stores promise* has every promise of every method beside its checks.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a check fails by panicking")]

mod check;
mod doubles;
mod fixture;
#[cfg(feature = "jwt")]
pub mod jwk;
mod macros;
#[cfg(not(target_family = "wasm"))]
pub mod processes;
mod race;
#[cfg(not(target_family = "wasm"))]
mod runtime;
mod sample;
pub mod samples;
pub mod storage;
pub mod store;

pub use check::Check;
pub use doubles::{
    DefectiveStorage, DefectiveStore, Fault, FaultyStorage, FaultyStore, ImmediateTasks, LaggingStorage,
    ManualTasks, MockClock, RecordingEvents, SeededRandom, StorageDefect, StoreDefect, StubHttpClient,
    StubMailer,
};
pub use fixture::{StorageFixture, StoreFixture};
#[cfg(all(feature = "jwt", not(target_family = "wasm")))]
pub use runtime::run_jwk_check;
#[cfg(not(target_family = "wasm"))]
pub use runtime::{run_storage_check, run_store_check};
