//! No statement of hallpass's reads a whole table, and a request who is signed in is one query, on every database.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod databases;
mod requests;
mod statements;
mod workload;
