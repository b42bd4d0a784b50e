//! hallpass on Redis: the contracts of its storages and stores, and what Redis adds to them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod cluster_faults;
mod common;
mod conformance;
mod faults;
mod lost_answers;
mod opening;
mod races;
mod settings;
mod snapshots;
mod values;
