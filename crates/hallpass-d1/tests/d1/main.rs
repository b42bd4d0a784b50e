//! D1 over its HTTP API: the contracts of the stores, answers that are lost, readers that lag, and what goes wrong.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod api;
mod conformance;
mod failures;
mod flows;
