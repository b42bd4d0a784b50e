//! hallpass on axum, over real sockets.

mod client;
mod extract;
mod guard;
mod router;
mod server;
mod shutdown;
