//! One request, from bytes to bytes: route, limit, origin, shape, session, handler, answer.
//!
//! Each check happens here, once, for every endpoint. The order is better-auth's where a client can
//! tell: a bad body is found before a missing session, a foreign origin before a bad body's fields.

use std::borrow::Cow;
use std::net::IpAddr;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST, HeaderMap, HeaderValue, ORIGIN, USER_AGENT};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use serde_json::{Map, Value};
use tracing::Instrument as _;

use crate::auth::{Auth, Inner};
use crate::csrf::{self, Refusal};
use crate::endpoint::{Client, Endpoint, PeerAddress, Request, SessionNeed};
use crate::error::{Error, RedirectParameter};
use crate::events::SecurityEvent;
use crate::reply::Reply;
use crate::router::Route;
use crate::session::CurrentSession;
use crate::shape::Part;

/// Answers a request.
pub(crate) async fn handle(auth: &Auth, request: http::Request<Bytes>) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    let inner = auth.inner();
    let Some((endpoint, params)) = route(inner, &parts) else {
        return Reply::empty(StatusCode::NOT_FOUND).into_response();
    };
    let span = tracing::info_span!(
        "auth",
        method = %parts.method,
        route = endpoint.path,
        status = tracing::field::Empty,
        code = tracing::field::Empty,
        millis = tracing::field::Empty,
    );
    let started = inner.clock.now();
    let address = client_address(inner, &parts);
    async {
        let reply = match answer(auth, &endpoint, params, parts, body, address).await {
            Ok(reply) => reply,
            Err(error) => refuse(auth, &endpoint, address, &error),
        };
        let span = tracing::Span::current();
        span.record("status", reply.status().as_u16());
        span.record("millis", started.until(inner.clock.now()).as_millis());
        tracing::debug!("answered");
        reply.into_response()
    }
    .instrument(span.clone())
    .await
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

async fn answer(
    auth: &Auth,
    endpoint: &Endpoint,
    params: Vec<(&'static str, String)>,
    parts: Parts,
    body: Bytes,
    address: Option<IpAddr>,
) -> Result<Reply, Error> {
    let inner = auth.inner();
    if inner.disabled.contains(endpoint.path) {
        let text = HeaderValue::from_static("text/plain;charset=UTF-8");
        return Ok(Reply::with_body(StatusCode::NOT_FOUND, text, Bytes::from_static(b"Not Found")));
    }
    check_header_sizes(inner, &parts.headers)?;
    if let Some(limiter) = &inner.limiter {
        limiter.admit(endpoint.path, endpoint.limit, inner.addresses.bucket(address)).await?;
    }
    if body.len() > inner.limits.body {
        return Err(Error::BodyTooLarge);
    }
    let body = read_body(endpoint, &parts, &body)?;
    let query = read_query(parts.uri.query());
    let changes = !only_reads(&parts.method);
    if changes {
        check_origin(inner, &parts, false)?;
    }
    check_redirects(inner, body.as_ref(), &query)?;
    let body = match &endpoint.body {
        Some(shape) => shape.check(Part::Body, body).map_err(Error::Invalid)?,
        None => Map::new(),
    };
    let query = match &endpoint.query {
        Some(shape) => shape.check(Part::Query, Some(Value::Object(query))).map_err(Error::Invalid)?,
        None => query,
    };
    if changes && endpoint.guards_login {
        check_origin(inner, &parts, true)?;
    }
    let session = need(auth, endpoint.session, &parts.headers).await?;
    let user_agent = parts.headers.get(USER_AGENT).map(latin1);
    let client = Client { address, user_agent };
    let request = Request {
        auth: auth.clone(),
        method: parts.method,
        headers: parts.headers,
        body,
        query,
        params,
        client,
        session,
    };
    endpoint.call(request).await
}

/// Turns an error into its answer, and tells whoever should know.
fn refuse(auth: &Auth, endpoint: &Endpoint, address: Option<IpAddr>, error: &Error) -> Reply {
    let route = endpoint.path;
    match error {
        Error::RateLimited { .. } => auth.emit(&SecurityEvent::LimitHit { route, address }),
        Error::InvalidOrigin
        | Error::MissingOrNullOrigin
        | Error::CrossSiteNavigation
        | Error::InvalidRedirect(_) => {
            auth.emit(&SecurityEvent::OriginRefused { route: Some(route), address })
        }
        _ => error.log(),
    }
    if let Some(code) = error.wire().code() {
        tracing::Span::current().record("code", code);
    }
    Reply::error(error)
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

/// The body as JSON would have it; `None` when there is none. As on Node, bytes that come without a
/// content type are no body.
fn read_body(endpoint: &Endpoint, parts: &Parts, body: &Bytes) -> Result<Option<Value>, Error> {
    let Some(sent) = parts.headers.get(CONTENT_TYPE) else { return Ok(None) };
    let sent = latin1(sent);
    if endpoint.media.is_empty() || body.is_empty() || sent.trim().is_empty() || parts.method == Method::GET {
        return Ok(None);
    }
    let media = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !endpoint.media.contains(&media.as_str()) {
        return Err(Error::UnsupportedMediaType { sent, allowed: endpoint.media });
    }
    if media == "application/x-www-form-urlencoded" {
        let fields =
            form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), value.into_owned().into()));
        return Ok(Some(Value::Object(fields.collect())));
    }
    // The Fetch standard's "UTF-8 decode": a byte order mark goes, and bad bytes become U+FFFD.
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text: Cow<'_, str> = String::from_utf8_lossy(text);
    serde_json::from_str(&text).map(Some).map_err(|_| Error::InvalidJson)
}

/// A header's text as Node and browsers read it: every byte a character (RFC 9110 §5.5).
fn latin1(value: &HeaderValue) -> String {
    value.as_bytes().iter().map(|byte| char::from(*byte)).collect()
}

/// The query's fields; a name that comes more than once becomes an array.
fn read_query(query: Option<&str>) -> Map<String, Value> {
    let mut fields: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let value = Value::String(value.into_owned());
        match fields.get_mut(name.as_ref()) {
            None => {
                fields.insert(name.into_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => {
                let first_value = first.take();
                *first = Value::Array(vec![first_value, value]);
            }
        }
    }
    fields
}

/// Refuses what another site made a browser send.
pub(crate) fn check_origin(inner: &Inner, parts: &Parts, form: bool) -> Result<(), Error> {
    // Where the request was sent to, as the browser saw it; needed only when it hides where it came from.
    let hidden = parts.headers.get(ORIGIN).is_some_and(|origin| origin == "null");
    let request_origin = hidden.then(|| {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str))?;
        Some(format!("{}://{host}", inner.base_url.scheme()))
    });
    csrf::check(&parts.headers, &inner.trusted, request_origin.flatten().as_deref(), form).map_err(
        |refusal| match refusal {
            Refusal::MissingOrNullOrigin => Error::MissingOrNullOrigin,
            Refusal::InvalidOrigin => Error::InvalidOrigin,
            Refusal::CrossSiteNavigation => Error::CrossSiteNavigation,
        },
    )
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

/// Finds the session that an endpoint needs.
async fn need(auth: &Auth, need: SessionNeed, headers: &HeaderMap) -> Result<Option<CurrentSession>, Error> {
    if need == SessionNeed::None {
        return Ok(None);
    }
    let current = auth.session(headers).await?.ok_or(Error::Unauthorized)?;
    let inner = auth.inner();
    let fresh_age = inner.session.fresh_age;
    if need == SessionNeed::Fresh
        && !fresh_age.is_zero()
        && current.session.created_at.until(inner.clock.now()) >= fresh_age
    {
        return Err(Error::SessionNotFresh);
    }
    Ok(Some(current))
}
