//! What a handler answers.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, SET_COOKIE,
};
use http::{HeaderMap, Response, StatusCode};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

use crate::plugin::SignInMethod;
use crate::session::CurrentSession;
use crate::wire_error::WireError;

/// An answer: status, headers, body.
#[derive(Clone)]
pub struct Reply {
    status: StatusCode,
    status_text: Option<&'static str>,
    headers: HeaderMap,
    body: Bytes,
    given: Option<Given>,
    shown: Option<Arc<CurrentSession>>,
}

/// The session whose cookie an answer sets.
#[derive(Clone)]
struct Given {
    session: Arc<CurrentSession>,
    /// How its user has just proved who they are; none of a session that was there before.
    method: Option<SignInMethod>,
}

/// The status text of better-auth's `Response`, for platforms whose responses have one (Workers). Over
/// HTTP/1 better-auth's own Node server sends the standard phrases, and so does an adapter that leaves
/// this alone. An extension of the responses that [`Auth::handle`](crate::Auth::handle) gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a text and nothing else")]
pub struct StatusText(pub &'static str);

const CONTROLS_AND_SPACE: AsciiSet = CONTROLS.add(b' ');
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl Reply {
    /// 200 with `value` as JSON.
    pub fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self::with_body(StatusCode::OK, JSON, body.into()),
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                Self::refusal(&WireError::silent(StatusCode::INTERNAL_SERVER_ERROR))
            }
        }
    }

    /// A status and nothing else: no body, no content type.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            status_text: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            given: None,
            shown: None,
        }
    }

    /// A body of any type.
    pub fn with_body(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Self {
        let mut headers = HeaderMap::with_capacity(6);
        headers.insert(CONTENT_TYPE, content_type);
        Self { headers, body, ..Self::empty(status) }
    }

    /// 302 to `location`, which the caller has checked.
    pub fn redirect(location: &str) -> Self {
        Self::empty(StatusCode::FOUND).location(location)
    }

    /// [`redirect`](Self::redirect), in the form in which better-auth leads on from a link: as JSON, of which
    /// there is none.
    pub(crate) fn leads_on(location: &str) -> Self {
        Self::redirect(location).header(CONTENT_TYPE, JSON)
    }

    /// An error.
    pub fn refusal(wire: &WireError) -> Self {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            message: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            code: Option<&'static str>,
        }
        let body = match (wire.message(), wire.code()) {
            (None, None) => Bytes::new(),
            (message, code) => serde_json::to_vec(&Body { message, code }).unwrap_or_default().into(),
        };
        let mut reply = if wire.is_silent() {
            Self::empty(wire.status())
        } else {
            Self::with_body(wire.status(), JSON, body)
        };
        reply.status_text = Some(wire.status_text());
        reply
    }

    /// With a header, in place of one of that name.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// With a `Location` header. What may not stand in a URL, white space and what is not ASCII, is
    /// percent-encoded on the way.
    #[must_use]
    pub fn location(mut self, location: &str) -> Self {
        let encoded = utf8_percent_encode(location, &CONTROLS_AND_SPACE).to_string();
        if let Ok(value) = HeaderValue::from_str(&encoded) {
            self.headers.insert(LOCATION, value);
        }
        self
    }

    /// With `Set-Cookie` lines, after those that are there.
    #[must_use]
    pub fn cookies(mut self, lines: impl IntoIterator<Item = HeaderValue>) -> Self {
        for line in lines {
            self.headers.append(SET_COOKIE, line);
        }
        self
    }

    /// With `Set-Cookie` lines ahead of those that are there, but for cookies that those expire: a value that
    /// is taken back is not on the wire at all.
    #[must_use]
    pub(crate) fn cookies_before(mut self, mut lines: Vec<HeaderValue>) -> Self {
        if lines.is_empty() {
            return self;
        }
        let own: Vec<_> = self.headers.get_all(SET_COOKIE).iter().cloned().collect();
        for name in own.iter().filter_map(expired) {
            lines.retain(|line| !is_about(line, name));
        }
        self.headers.remove(SET_COOKIE);
        self.cookies(lines).cookies(own)
    }

    /// The `Set-Cookie` lines that take a cookie away and do not only make room for another value.
    pub(crate) fn retractions(&self) -> Vec<HeaderValue> {
        let lines: Vec<_> = self.headers.get_all(SET_COOKIE).iter().cloned().collect();
        without_retractions(&lines).into_iter().filter(|line| expired(line).is_some()).collect()
    }

    /// With the session that the answer gives the browser, for plugins to see; its cookies are set apart.
    #[must_use]
    pub(crate) fn gives(mut self, session: CurrentSession, method: SignInMethod) -> Self {
        self.given = Some(Given { session: Arc::new(session), method: Some(method) });
        self
    }

    /// With the session that the browser had before and gets anew, for plugins to see; its cookies are set apart.
    #[must_use]
    pub(crate) fn keeps(mut self, session: CurrentSession) -> Self {
        if self.given.is_none() {
            self.given = Some(Given { session: Arc::new(session), method: None });
        }
        self
    }

    /// Who is signed in by this answer and was not before, if somebody is.
    pub fn new_session(&self) -> Option<&CurrentSession> {
        self.given.as_ref().filter(|given| given.method.is_some()).map(|given| &*given.session)
    }

    /// How whoever is signed in by this answer has proved who they are.
    pub fn sign_in_method(&self) -> Option<SignInMethod> {
        self.given.as_ref()?.method
    }

    /// Whose cookie the answer sets, if it does: the session of somebody who has just been signed in, or one that
    /// was there before and is kept alive, or made the browser's again.
    pub fn session(&self) -> Option<&CurrentSession> {
        self.given.as_ref().map(|given| &*given.session)
    }

    /// With the session that the answer tells of, for plugins to see.
    #[must_use]
    pub(crate) fn shows(mut self, session: CurrentSession) -> Self {
        self.shown = Some(Arc::new(session));
        self
    }

    /// Whose session the answer tells of, if it does: `/get-session` of who is signed in.
    pub fn shown_session(&self) -> Option<&CurrentSession> {
        self.shown.as_deref()
    }

    /// With another status.
    #[must_use]
    pub fn status_is(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// With another body of the same type.
    #[must_use]
    pub fn body_is(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// With `name` among the headers that `Access-Control-Expose-Headers` lets a page of another origin read.
    #[must_use]
    pub fn exposes(mut self, name: &str) -> Self {
        let there = self.headers.get(ACCESS_CONTROL_EXPOSE_HEADERS).and_then(|line| line.to_str().ok());
        let mut names: Vec<&str> =
            there.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if !names.contains(&name) {
            names.push(name);
        }
        if let Ok(line) = HeaderValue::from_str(&names.join(", ")) {
            self.headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, line);
        }
        self
    }

    /// What `Set-Cookie` lines say about the cookie of this name: its value, percent-encoded; `None` when none
    /// does, or when it is taken away.
    pub fn set_cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers.get_all(SET_COOKIE).iter();
        let mut about = lines.filter_map(|line| {
            let line = std::str::from_utf8(line.as_bytes()).ok()?;
            line.strip_prefix(name)?.strip_prefix('=')
        });
        let (value, attributes) = about.next_back()?.split_once(';')?;
        (!value.is_empty() && !attributes.contains("Max-Age=0;")).then_some(value)
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The response. Nothing that a credential route says may be kept by a cache (SECURITY rule 13),
    /// so `Cache-Control: no-store` goes on all of them.
    pub fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(text) = self.status_text {
            response.extensions_mut().insert(StatusText(text));
        }
        response
    }
}

/// `Set-Cookie` lines without those that expire a cookie which a later one sets.
pub(crate) fn without_retractions(lines: &[HeaderValue]) -> Vec<HeaderValue> {
    let is_set_later = |at: usize, line: &HeaderValue| {
        let Some(name) = expired(line) else { return false };
        lines.iter().skip(at + 1).any(|later| {
            later.as_bytes().strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"="))
        })
    };
    let kept = lines.iter().enumerate().filter(|(at, line)| !is_set_later(*at, line));
    kept.map(|(_, line)| line.clone()).collect()
}

/// The name of the cookie that a `Set-Cookie` line expires.
fn expired(line: &HeaderValue) -> Option<&str> {
    let (name, _) = std::str::from_utf8(line.as_bytes()).ok()?.split_once("=; Max-Age=0;")?;
    Some(name)
}

/// Whether a `Set-Cookie` line is about this cookie or a chunk of it (`name.0`).
pub(crate) fn is_about(line: &HeaderValue, name: &str) -> bool {
    let rest = line.as_bytes().strip_prefix(name.as_bytes());
    rest.is_some_and(|rest| rest.starts_with(b"=") || rest.starts_with(b"."))
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers and body carry tokens.
        f.debug_struct("Reply").field("status", &self.status).finish_non_exhaustive()
    }
}
