//! One request, from bytes to bytes: route, limit, origin, shape, session, handler, answer.
//!
//! Each check happens here, once, for every endpoint. The order is better-auth's where a client can
//! tell: a bad body is found before a missing session, a foreign origin before a bad body's fields.

mod need;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{COOKIE, HOST, HeaderMap, HeaderValue, ORIGIN, SEC_WEBSOCKET_KEY, USER_AGENT};
use http::request::Parts;
use http::uri::Authority;
use http::{Method, Response, StatusCode};
use serde_json::{Map, Value};
use tracing::{Instrument as _, Span};

use self::need::{Asked, Need, need};
use crate::auth::{Auth, Inner};
use crate::clock::Timestamp;
use crate::csrf::{self, Refusal};
use crate::endpoint::{Client, Endpoint, PeerAddress, Request};
use crate::error::{Error, RedirectParameter};
use crate::events::SecurityEvent;
use crate::input;
use crate::plugin::{Call, Exchange, Head};
use crate::reply::Reply;
use crate::router::{Params, Route};
use crate::session::CurrentSession;
use crate::shape::{Part, is_truthy};
use crate::store::StoreErrorKind;

/// A request whose head has passed what can be judged by it: it asks for an endpoint, is not too heavy, and
/// is within its client's limit. An adapter asks for this before it reads a body, so that a body costs memory
/// only where it will be looked at.
pub struct Admitted {
    auth: Auth,
    endpoint: Arc<Endpoint>,
    params: Params,
    parts: Parts,
    address: Option<IpAddr>,
    /// Known once the body is.
    client: Client,
    started: Timestamp,
    span: Span,
    /// What goes out with whatever is answered: a session that was kept alive on the way.
    cookies: Vec<HeaderValue>,
    /// The session that was kept alive by them.
    kept: Option<CurrentSession>,
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers, query and path carry cookies and tokens.
        f.debug_struct("Admitted")
            .field("method", &self.parts.method)
            .field("route", &self.endpoint.path)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Auth {
    /// Answers a request under the base path.
    ///
    /// An adapter puts the peer's address into the request's extensions as
    /// [`PeerAddress`](crate::endpoint::PeerAddress), and stops reading a body at
    /// [`max_body`](Self::max_body) bytes. One that can reads the body only after [`admit`](Self::admit).
    pub async fn handle(&self, request: http::Request<Bytes>) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        match self.admit(parts).await {
            Ok(admitted) => admitted.answer(body).await,
            Err(refusal) => refusal,
        }
    }

    /// Judges a request by its head.
    ///
    /// # Errors
    /// The answer that refuses it.
    pub async fn admit(&self, parts: Parts) -> Result<Box<Admitted>, Response<Bytes>> {
        let inner = self.inner();
        let Some((endpoint, params)) = route(inner, &parts) else {
            return Err(Reply::empty(StatusCode::NOT_FOUND).into_response());
        };
        let span = tracing::info_span!(
            "auth",
            method = %parts.method,
            route = endpoint.path,
            status = tracing::field::Empty,
            code = tracing::field::Empty,
            millis = tracing::field::Empty,
        );
        let address = client_address(inner, &parts);
        let auth = self.at(|| authority(&parts));
        let mut admitted = Admitted {
            auth,
            endpoint,
            params,
            parts,
            address,
            client: Client::default(),
            started: inner.clock.now(),
            span: span.clone(),
            cookies: Vec::new(),
            kept: None,
        };
        if inner.disabled.contains(admitted.endpoint.path) {
            let text = HeaderValue::from_static("text/plain;charset=UTF-8");
            let reply = Reply::with_body(StatusCode::NOT_FOUND, text, Bytes::from_static(b"Not Found"));
            return Err(admitted.finish(reply));
        }
        match admitted.check_head().instrument(span).await {
            Ok(()) => Ok(Box::new(admitted)),
            Err(error) => Err(admitted.refuse(&error)),
        }
    }
}

impl Auth {
    /// Refuses what another site made a browser send to one of the app's own routes: a request that
    /// comes with cookies, from no trusted origin, and may change something or open a WebSocket.
    ///
    /// # Errors
    /// [`Error::MissingOrNullOrigin`] and [`Error::InvalidOrigin`].
    pub fn check_origin(&self, parts: &Parts) -> Result<(), Error> {
        // A WebSocket begins as a GET, and the same-origin policy does not hold for it.
        let opens_socket = parts.headers.contains_key(SEC_WEBSOCKET_KEY);
        if only_reads(&parts.method) && !opens_socket {
            return Ok(());
        }
        check_origin(self.inner(), parts, false).inspect_err(|_| {
            let address = client_address(self.inner(), parts);
            self.emit(&SecurityEvent::OriginRefused { route: None, address });
        })
    }
}

impl Admitted {
    /// Whether the endpoint looks at a body. If not, there is no need to read one.
    pub fn reads_body(&self) -> bool {
        !self.endpoint.media.is_empty() && !only_reads(&self.parts.method)
    }

    /// Answers the request.
    pub async fn answer(mut self, body: Bytes) -> Response<Bytes> {
        let span = self.span.clone();
        async {
            let reply = match self.call(body).await {
                Ok(reply) => reply,
                Err(error) => {
                    self.tell(&error);
                    Reply::error(&error)
                }
            };
            // What a handler says about a cookie goes after, and so ahead of, what was said on the way to it.
            let mut before = std::mem::take(&mut self.cookies);
            if sets_session(&self.auth, &reply) {
                // The last of them alone, as with better-auth: a session that is given anew needs no other.
                before.drain(..before.len().saturating_sub(1));
            }
            let mut reply = reply.cookies_before(before);
            if let Some(kept) = self.kept.take().filter(|_| sets_session(&self.auth, &reply)) {
                reply = reply.keeps(kept);
            }
            let reply = self.after(reply).await;
            self.finish(reply)
        }
        .instrument(span)
        .await
    }

    /// The answer as the plugins leave it.
    async fn after(&self, mut reply: Reply) -> Reply {
        let exchange = Exchange {
            route: self.endpoint.path,
            method: &self.parts.method,
            headers: &self.parts.headers,
            client: &self.client,
        };
        for plugin in &self.auth.inner().plugins {
            let taken = reply.retractions();
            reply = match plugin.after_request(&self.auth, &exchange, reply).await {
                Ok(reply) => reply,
                Err(error) => {
                    self.tell(&error);
                    // What was done stays done: a session that ended is to be gone from the browser too.
                    Reply::error(&error).cookies_before(taken)
                }
            };
        }
        reply
    }

    /// Refuses the request, and tells whoever should know.
    pub fn refuse(&mut self, error: &Error) -> Response<Bytes> {
        self.tell(error);
        self.finish(Reply::error(error))
    }

    /// Logs a refusal, and tells whoever subscribed to its kind.
    fn tell(&self, error: &Error) {
        let (route, address) = (self.endpoint.path, self.address);
        self.span.in_scope(|| match error {
            Error::RateLimited { .. } => self.auth.emit(&SecurityEvent::LimitHit { route, address }),
            Error::InvalidOrigin
            | Error::MissingOrNullOrigin
            | Error::CrossSiteNavigation
            | Error::InvalidRedirect(_) => {
                self.auth.emit(&SecurityEvent::OriginRefused { route: Some(route), address });
            }
            _ => error.log(),
        });
        if let Some(code) = error.wire().code() {
            self.span.record("code", code);
        }
    }

    fn finish(&self, reply: Reply) -> Response<Bytes> {
        self.span.record("status", reply.status().as_u16());
        self.span.record("millis", self.started.until(self.auth.now()).as_millis());
        self.span.in_scope(|| tracing::debug!("answered"));
        reply.into_response()
    }

    async fn check_head(&self) -> Result<(), Error> {
        let inner = self.auth.inner();
        check_header_sizes(inner, &self.parts.headers)?;
        if let Some(limiter) = &inner.limiter {
            let client = inner.addresses.bucket(self.address);
            match limiter.admit(self.endpoint.path, self.endpoint.limit, client).await {
                Err(Error::Store(error))
                    if self.endpoint.goes_uncounted && error.kind() == StoreErrorKind::Unavailable =>
                {
                    tracing::warn!(%error, "a request is not counted");
                }
                admitted => admitted?,
            }
        }
        for plugin in &inner.plugins {
            let (method, headers) = (&self.parts.method, &self.parts.headers);
            let head = Head { route: self.endpoint.path, method, headers, address: self.address };
            plugin.admit(&self.auth, &head).await?;
        }
        Ok(())
    }

    async fn call(&mut self, body: Bytes) -> Result<Reply, Error> {
        let (inner, endpoint, parts) = (self.auth.inner(), &self.endpoint, &mut self.parts);
        if body.len() > inner.limits.body {
            return Err(Error::BodyTooLarge);
        }
        let user_agent = parts.headers.get(USER_AGENT).map(input::latin1);
        self.client = Client { address: self.address, user_agent };
        let mut body = input::body(endpoint, parts, &body)?;
        let mut query = input::query(parts.uri.query());
        let changes = !only_reads(&parts.method);
        if changes {
            check_origin(inner, parts, false)?;
        }
        check_redirects(inner, body.as_ref(), &query)?;
        for plugin in &inner.plugins {
            let (method, headers) = (&parts.method, &parts.headers);
            let (route, client) = (endpoint.path, &self.client);
            let mut call = Call { route, method, headers, client, body: &mut body, query: &mut query };
            if let Some(reply) = plugin.before_request(&self.auth, &mut call).await? {
                return Ok(reply);
            }
        }
        let body = match &endpoint.body {
            Some(shape) => shape.check(Part::Body, body).map_err(Error::Invalid)?,
            None => Map::new(),
        };
        let is_asked = |name: &str| query.get(name).is_some_and(is_truthy);
        let asked =
            Asked { stays: is_asked("disableRefresh"), bypasses_cache: is_asked("disableCookieCache") };
        let query = match &endpoint.query {
            Some(shape) => shape.check(Part::Query, Some(Value::Object(query))).map_err(Error::Invalid)?,
            None => query,
        };
        if changes && endpoint.guards_login {
            check_origin(inner, parts, true)?;
        }
        let session = match need(&self.auth, endpoint, parts, &asked).await? {
            Need::Met(session, cookies) => {
                self.kept = session.as_deref().filter(|_| !cookies.is_empty()).cloned();
                self.cookies = cookies;
                session
            }
            Need::Unmet(reply) => return Ok(reply),
        };
        // Plugins look at the headers once more when the answer is there.
        let headers =
            if inner.plugins.is_empty() { std::mem::take(&mut parts.headers) } else { parts.headers.clone() };
        let request = Request {
            auth: self.auth.clone(),
            method: parts.method.clone(),
            headers,
            body,
            query,
            params: std::mem::take(&mut self.params),
            client: self.client.clone(),
            session: session.map(|session| *session),
        };
        endpoint.call(request).await
    }
}

/// Whether an answer gives the browser a session's cookie.
pub(crate) fn sets_session(auth: &Auth, reply: &Reply) -> bool {
    reply.set_cookie(auth.inner().cookies.token_definition().name()).is_some()
}

/// Whether requests of this method change nothing (RFC 9110 §9.2.1).
pub(crate) fn only_reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Where the request came from, as far as the policy lets it be known.
pub(crate) fn client_address(inner: &Inner, parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<PeerAddress>().map(|peer| peer.0);
    inner.addresses.resolve(&parts.headers, peer)
}

/// The endpoint that the method and the path mean.
fn route(inner: &Inner, parts: &Parts) -> Option<Route> {
    let path = parts.uri.path().strip_prefix(inner.base_path.as_str())?;
    let path = match path.strip_suffix('/') {
        Some(shorter) if inner.allow_trailing_slash && !shorter.is_empty() => shorter,
        _ => path,
    };
    inner.router.find(&parts.method, path)
}

fn check_header_sizes(inner: &Inner, headers: &HeaderMap) -> Result<(), Error> {
    let mut cookies = 0;
    for (name, value) in headers {
        if name == COOKIE {
            cookies += value.len();
        } else if value.len() > inner.limits.header {
            return Err(Error::HeadersTooLarge);
        }
    }
    if cookies > inner.limits.cookies { Err(Error::HeadersTooLarge) } else { Ok(()) }
}

/// Refuses what another site made a browser send.
pub(crate) fn check_origin(inner: &Inner, parts: &Parts, form: bool) -> Result<(), Error> {
    // Where the request was sent to, as the browser saw it; needed only when it hides where it came from.
    let hidden = parts.headers.get(ORIGIN).is_some_and(|origin| origin == "null");
    let request_origin = hidden.then(|| {
        let scheme = inner.origin.split(':').next().unwrap_or_default();
        Some(format!("{scheme}://{}", authority(parts)?))
    });
    csrf::check(&parts.headers, &inner.trusted, request_origin.flatten().as_deref(), form).map_err(
        |refusal| match refusal {
            Refusal::MissingOrNullOrigin => Error::MissingOrNullOrigin,
            Refusal::InvalidOrigin => Error::InvalidOrigin,
            Refusal::CrossSiteNavigation => Error::CrossSiteNavigation,
        },
    )
}

/// The host, and the port if one is written, that the request was sent to.
fn authority(parts: &Parts) -> Option<Authority> {
    let named = parts.headers.get(HOST).map(|host| Authority::try_from(host.as_bytes()).ok());
    named.unwrap_or_else(|| parts.uri.authority().cloned())
}

/// Refuses to be told to send a browser off the trusted origins: in every body and every query, on
/// every method and route.
fn check_redirects(inner: &Inner, body: Option<&Value>, query: &Map<String, Value>) -> Result<(), Error> {
    let fields = body.and_then(Value::as_object);
    for (name, parameter) in RedirectParameter::ALL {
        for given in [fields.and_then(|fields| fields.get(name)), query.get(name)].into_iter().flatten() {
            match given {
                Value::Null | Value::Bool(false) => {}
                Value::Number(number) if number.as_f64() == Some(0.0) => {}
                Value::String(target) if target.is_empty() || inner.trusted.trusts_redirect(target) => {}
                Value::String(_) => return Err(Error::InvalidRedirect(parameter)),
                _ => return Err(parameter.not_a_string()),
            }
        }
    }
    Ok(())
}
