//! An `Auth` for tests, and requests to it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use hallpass::endpoint::PeerAddress;
use hallpass::password::{Argon2id, InlineHasher, PasswordScheme};
use hallpass::random::SystemRandom;
use hallpass::store::Store;
use hallpass::{Auth, AuthBuilder, EmailPassword, MemoryStore};
use hallpass_testing::{MockClock, RecordingEvents};
use http::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, SET_COOKIE};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

pub(crate) const SECRET: &str = "better-auth-golden-secret-0123456789abcdef";
pub(crate) const PASSWORD: &str = "password1234";

/// A library with a memory store, cheap hashes, no rate limits and a clock that stands still.
pub(crate) struct App {
    pub(crate) auth: Auth,
    pub(crate) clock: Arc<MockClock>,
    pub(crate) events: Arc<RecordingEvents>,
    pub(crate) store: MemoryStore,
}

/// Hashes that cost next to nothing; what they are worth is not what these tests are about.
pub(crate) fn cheap_hasher() -> InlineHasher {
    let weak = Argon2id::danger_weaker_than_owasp(8, 1, 1).unwrap();
    InlineHasher::new(PasswordScheme::Argon2id(weak), Arc::new(SystemRandom::default()))
}

impl App {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// With more said to the builder.
    pub(crate) fn with(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Self {
        let store = MemoryStore::new();
        Self::over(Arc::new(store.clone()), store, configure)
    }

    /// Over a store that wraps `store`.
    pub(crate) fn over(
        wrapped: Arc<dyn Store>,
        store: MemoryStore,
        configure: impl FnOnce(AuthBuilder) -> AuthBuilder,
    ) -> Self {
        let (clock, events) = (Arc::new(MockClock::new()), Arc::new(RecordingEvents::new()));
        let builder = Auth::builder_over(wrapped)
            .secret(SECRET)
            .base_url("http://localhost:3000")
            .email_password(EmailPassword::default())
            .danger_without_rate_limit()
            .password_hasher(cheap_hasher())
            .clock(Arc::clone(&clock))
            .events(Arc::clone(&events));
        let auth = configure(builder).build().unwrap();
        Self { auth, clock, events, store }
    }

    /// How many rows a table has.
    pub(crate) fn rows(&self, table: &str) -> u64 {
        self.store.counts().into_iter().find(|(name, _)| *name == table).unwrap().1
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Call::new(Method::GET, path).send(self).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        Call::new(Method::POST, path).json(&body).send(self).await
    }

    /// Posts as the page of who has this cookie.
    pub(crate) async fn post_as(&self, path: &str, cookie: &str, body: Value) -> Answer {
        let call = Call::new(Method::POST, path).cookie(cookie).header("origin", "http://localhost:3000");
        call.json(&body).send(self).await
    }

    /// Signs up `test@example.com`.
    pub(crate) async fn sign_up(&self) -> Answer {
        let answer = self
            .post("/sign-up/email", json!({"name": "A", "email": "test@example.com", "password": PASSWORD}))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer
    }

    pub(crate) async fn sign_in(&self, password: &str) -> Answer {
        self.post("/sign-in/email", json!({"email": "test@example.com", "password": password})).await
    }
}

/// A request to be sent.
#[derive(Clone)]
pub(crate) struct Call {
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Bytes,
    peer: IpAddr,
}

impl Call {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self::to(method, &format!("/api/auth{path}"))
    }

    /// To a path that need not be below the base path.
    pub(crate) fn to(method: Method, target: &str) -> Self {
        let peer = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
        Self { method, target: target.to_owned(), headers: HeaderMap::new(), body: Bytes::new(), peer }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        self
    }

    pub(crate) fn cookie(self, line: &str) -> Self {
        self.header(COOKIE.as_str(), line)
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) fn body(self, media: &str, body: impl Into<Bytes>) -> Self {
        let mut call = self.header(CONTENT_TYPE.as_str(), media);
        call.body = body.into();
        call
    }

    /// A body without a content type.
    pub(crate) fn bare_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn from(mut self, peer: &str) -> Self {
        self.peer = peer.parse().unwrap();
        self
    }

    pub(crate) fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    pub(crate) async fn send(self, app: &App) -> Answer {
        let mut request = Request::builder().method(self.method).uri(self.target).body(self.body).unwrap();
        *request.headers_mut() = self.headers;
        request.extensions_mut().insert(PeerAddress(self.peer));
        let (parts, body) = app.auth.handle(request).await.into_parts();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect()
    }

    /// What a browser would send back: the pairs of all cookies that were set and not expired.
    pub(crate) fn cookie(&self) -> String {
        let lines = self.set_cookies();
        let live = lines.iter().filter(|line| !line.contains("; Max-Age=0"));
        live.map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn is(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.code().as_str()), (status, code), "{self:?}");
    }
}
