//! hallpass on axum, over real sockets.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod client;
mod extract;
mod guard;
mod router;
mod server;
mod shutdown;
