//! The endpoints as a router.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use axum::routing::any;
use hallpass::Auth;

use crate::{body, peer};

/// Everything under [`Auth::base_path`], to be merged into an app's router or served alone.
///
/// Every method goes to [`Auth::handle`], `HEAD` and `OPTIONS` too, and every path under the base
/// path, known or not: a fallback of the app never sees one. The address of the client is passed on
/// when the app is served with `into_make_service_with_connect_info::<SocketAddr>()`; a
/// [`PeerAddress`](hallpass::endpoint::PeerAddress) that a layer of the app put into the request's extensions goes ahead of it.
///
/// A body is read only once the request's head has passed: route, sizes, rate limit. One that is larger than
/// [`Auth::max_body`] is refused with 413, one that takes longer than 30 seconds with 408. On
/// a Worker nothing but the platform bounds its time.
///
/// # Panics
/// When it is merged with routes of the app under the base path, as axum does with two routes of one
/// path.
pub fn router<S>(auth: Auth) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    // Braces stand for themselves when doubled; so do colons and stars without the checks.
    let base = auth.base_path().replace('{', "{{").replace('}', "}}");
    let endpoints = any(move |request: Request| handle(auth.clone(), request));
    let router = Router::new().without_v07_checks();
    let router = if base.is_empty() { router } else { router.route(&base, endpoints.clone()) };
    router.route(&format!("{base}/"), endpoints.clone()).route(&format!("{base}/{{*path}}"), endpoints)
}

async fn handle(auth: Auth, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    peer::tell(&mut parts).await;
    let mut admitted = match auth.admit(parts).await {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal.map(Body::from),
    };
    let body = if admitted.reads_body() { body::read(body, auth.max_body()).await } else { Ok(Bytes::new()) };
    match body {
        Ok(body) => admitted.answer(body).await,
        Err(error) => admitted.refuse(&error),
    }
    .map(Body::from)
}
