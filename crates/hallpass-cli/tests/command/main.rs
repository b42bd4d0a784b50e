//! The command as it is used: run, and looked at what it says and does.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod adopted;
mod basics;
mod common;
mod doctor;
mod doctor_redis;
mod failures;
mod import;
mod import_databases;
mod import_passwords;
mod json;
mod migrations;
mod servers;
mod terminal;
mod users;
