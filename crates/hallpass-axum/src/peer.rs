//! Who is at the other end of the connection.

use http::request::Parts;

/// Passes on what axum knows of it, unless a layer of the app has said who it is.
#[cfg(not(target_family = "wasm"))]
pub(crate) async fn tell(parts: &mut Parts) {
    use std::net::SocketAddr;

    use axum::extract::{ConnectInfo, FromRequestParts as _};
    use hallpass::endpoint::PeerAddress;

    if parts.extensions.get::<PeerAddress>().is_none()
        && let Ok(ConnectInfo(peer)) = ConnectInfo::<SocketAddr>::from_request_parts(parts, &()).await
    {
        parts.extensions.insert(PeerAddress(peer.ip()));
    }
}

/// A Worker has no connection: Cloudflare says who it is by a header.
#[cfg(target_family = "wasm")]
#[expect(clippy::unused_async, reason = "as elsewhere")]
pub(crate) async fn tell(_parts: &mut Parts) {}
