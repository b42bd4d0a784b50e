//! hallpass on PostgreSQL: the contracts of the stores, and what PostgreSQL and better-auth's databases add to them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod adopted;
mod common;
mod conformance;
#[path = "../shared/damage.rs"]
mod damage;
mod drizzle;
mod failures;
mod migrations;
mod prepared;
mod processes;
mod races;
mod server;
#[path = "../shared/server.rs"]
mod shared_server;
