//! A guard for whole routers.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use hallpass::{Auth, Error};
use http::header::{CACHE_CONTROL, HeaderValue, SEC_WEBSOCKET_KEY, SET_COOKIE};
use tower_layer::Layer;
use tower_service::Service;

use crate::extract::{CurrentUser, Known};
use crate::rejection::Rejection;

/// A layer that lets through only who is signed in; all others get 401.
///
/// ```
/// # use axum::{Router, routing::get};
/// # use hallpass_axum::{CurrentUser, require_session};
/// # fn members(auth: hallpass::Auth) -> Router<hallpass::Auth> {
/// Router::new()
///     .route("/profile", get(async |user: CurrentUser| user.email.to_string()))
///     .route_layer(require_session(auth))
/// # }
/// ```
///
/// By `route_layer`, paths that no route has stay 404; by `layer`, they are 401 as well. The router of
/// the endpoints itself must stay outside, or nobody could sign in.
///
/// * Extractors behind it ask the store no more.
/// * Sessions stay alive by use, as with `GET /get-session`: the refreshed cookie goes out with the
///   answer, and so does what clears the cookies of a session that has ended. What the handler says
///   about a cookie goes ahead of what the guard says.
/// * A request with cookies that may change something, or opens a WebSocket, must come from a trusted
///   origin, and gets 403 otherwise.
/// * An answer is not kept by caches (`no-store`), unless its handler says otherwise and it carries no
///   cookie of the guard's.
/// * A store that fails is 500, and the handler is not reached.
pub fn require_session(auth: Auth) -> RequireSession {
    RequireSession { auth }
}

/// The layer that [`require_session`] makes.
#[derive(Debug, Clone)]
pub struct RequireSession {
    auth: Auth,
}

impl<S> Layer<S> for RequireSession {
    type Service = SessionGuard<S>;

    fn layer(&self, inner: S) -> SessionGuard<S> {
        SessionGuard { auth: self.auth.clone(), inner }
    }
}

/// A service behind [`require_session`].
#[derive(Debug, Clone)]
pub struct SessionGuard<S> {
    auth: Auth,
    inner: S,
}

impl<S> Service<Request> for SessionGuard<S>
where
    S: Service<Request, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The service that was found ready is the one to call; its clone need not be ready.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let auth = self.auth.clone();
        Box::pin(async move {
            match admit(auth, request).await {
                Ok((request, cookies)) => {
                    inner.call(request).await.map(|answer| with_cookies(answer.into_response(), cookies))
                }
                Err(refusal) => Ok(refusal),
            }
        })
    }
}

/// The request with its user known, and the cookies to go out; or the answer that refuses it.
async fn admit(auth: Auth, request: Request) -> Result<(Request, Vec<HeaderValue>), Response> {
    let (mut parts, body) = request.into_parts();
    let refuse = |error: Error, cookies| with_cookies(Rejection::from(error).into_response(), cookies);
    auth.check_origin(&parts).map_err(|error| refuse(error, Vec::new()))?;
    let answer =
        auth.get_session(&parts.headers, auth.refresh_for(&parts.method)).await.map_err(|error| {
            let is_over = matches!(error, Error::SessionLost);
            refuse(error, if is_over { auth.sign_out_cookies(&parts.headers) } else { Vec::new() })
        })?;
    let Some(current) = answer.current else {
        return Err(refuse(Error::Unauthorized, answer.cookies));
    };
    // What the browser's cookie told is enough to show something, and not to change it, nor to decide by a field that
    // it does not hold; nor to open a socket, which lives on and may do anything.
    let only_shows = parts.method.is_safe() && !parts.headers.contains_key(SEC_WEBSOCKET_KEY);
    let confirmed = if only_shows && !auth.schema().has_hidden_fields() {
        Some(current)
    } else {
        auth.confirm(&parts.headers, current).await.map_err(|error| refuse(error, Vec::new()))?
    };
    let Some(current) = confirmed else {
        return Err(refuse(Error::Unauthorized, auth.sign_out_cookies(&parts.headers)));
    };
    parts.extensions.insert(Known { auth, user: Some(CurrentUser::new(current)) });
    Ok((Request::from_parts(parts, body), answer.cookies))
}

fn with_cookies(mut response: Response, cookies: Vec<HeaderValue>) -> Response {
    let headers = response.headers_mut();
    // A shared cache may keep an answer for everybody, whoever asked for it by what cookie (RFC 9111
    // speaks of `Authorization` alone).
    if !cookies.is_empty() || !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    // Of two lines about one cookie browsers keep the last: a handler that signs out has the last word.
    let own: Vec<_> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    headers.remove(SET_COOKIE);
    for line in cookies.into_iter().chain(own) {
        headers.append(SET_COOKIE, line);
    }
    response
}
