//! The wire server as a process, on a real file: killed, raced, searched for secrets.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod at_rest;
mod command_line;
mod crash;
mod process;
mod sign_ups;
