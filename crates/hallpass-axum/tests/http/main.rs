//! hallpass on axum, over real sockets.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod extract;
mod guard;
mod router;
mod server;
mod shutdown;
