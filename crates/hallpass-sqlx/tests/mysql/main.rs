//! hallpass on MySQL and MariaDB: the contracts of the stores, and what these databases and better-auth's tables add to
//! them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod adopted;
mod common;
mod conformance;
#[path = "../shared/damage.rs"]
mod damage;
mod failures;
mod loose;
mod migrations;
mod prepared;
mod processes;
mod races;
mod server;
#[path = "../shared/server.rs"]
mod shared_server;
