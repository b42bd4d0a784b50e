//! hallpass on Redis: the contracts of its storages and stores, and what Redis adds to them.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod cluster_faults;
mod common;
mod conformance;
mod crashes;
mod faults;
mod lost_answers;
mod opening;
mod outages;
mod processes;
mod races;
mod settings;
mod snapshots;
mod values;
