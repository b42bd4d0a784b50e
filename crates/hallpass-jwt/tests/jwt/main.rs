//! The plugin `jwt`, through `Auth::handle` and by its calls.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod app;
mod better_auth;
mod endpoints;
mod keys;
mod sessions;
mod verify;
