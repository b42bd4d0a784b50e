//! hallpass on SQLite: the contracts of the stores, and what SQLite and better-auth's files add to them.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod adopted;
mod common;
mod conformance;
mod dates;
mod extra_fields;
mod failures;
mod issuer;
mod layouts;
mod migrations;
mod names;
mod opening;
mod processes;
mod unenforced;
mod unenforced_secondary;
mod unique;
