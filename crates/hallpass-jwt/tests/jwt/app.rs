//! An `Auth` with the plugin, and requests to it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hallpass::password::{Argon2id, InlineHasher, PasswordScheme};
use hallpass::random::SystemRandom;
use hallpass::store::Store;
use hallpass::{Auth, EmailPassword, MemoryStore, SessionOptions};
use hallpass_jwt::{Jwt, JwtOptions, MemoryJwkStore};
use hallpass_testing::MockClock;
use http::header::SET_COOKIE;
use http::{Request, Response};
use serde_json::{Value, json};

pub(crate) const SECRET: &str = "better-auth-golden-secret-0123456789abcdef";

pub(crate) struct App {
    pub(crate) auth: Auth,
    pub(crate) jwt: Jwt,
    pub(crate) keys: MemoryJwkStore,
    pub(crate) clock: Arc<MockClock>,
}

impl App {
    pub(crate) fn new(options: JwtOptions) -> Self {
        let keys = MemoryJwkStore::new();
        Self::with(Jwt::new(keys.clone(), options).unwrap(), keys)
    }

    pub(crate) fn with(jwt: Jwt, keys: MemoryJwkStore) -> Self {
        let clock = Arc::new(MockClock::new());
        let auth = auth(&jwt, Arc::clone(&clock), SECRET);
        Self { auth, jwt, keys, clock }
    }

    pub(crate) async fn get(&self, path: &str, cookie: &str) -> Response<Bytes> {
        let request = Request::get(format!("/api/auth{path}")).header("cookie", cookie);
        self.auth.handle(request.body(Bytes::new()).unwrap()).await
    }

    pub(crate) async fn json(&self, path: &str, cookie: &str) -> Value {
        let answer = self.get(path, cookie).await;
        assert_eq!(answer.status(), 200, "{answer:?}");
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// Signs up, and gives the cookie.
    pub(crate) async fn sign_up(&self) -> String {
        let all = self.sign_up_whole().await;
        all.split("; ").next().unwrap().to_owned()
    }

    /// Signs up, and gives all the cookies.
    pub(crate) async fn sign_up_whole(&self) -> String {
        let body = json!({"name": "A", "email": "test@example.com", "password": "password1234"});
        let request = Request::post("/api/auth/sign-up/email").header("content-type", "application/json");
        let answer = self.auth.handle(request.body(body.to_string().into()).unwrap()).await;
        let lines = answer.headers().get_all(SET_COOKIE).iter();
        let pairs: Vec<_> = lines.map(|line| line.to_str().unwrap().split(';').next().unwrap()).collect();
        pairs.join("; ")
    }

    /// A token from `/token`.
    pub(crate) async fn token(&self, cookie: &str) -> String {
        self.json("/token", cookie).await["token"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn auth(jwt: &Jwt, clock: Arc<MockClock>, secret: &str) -> Auth {
    auth_over(MemoryStore::new(), jwt, clock, secret)
}

pub(crate) fn auth_over(store: impl Store, jwt: &Jwt, clock: Arc<MockClock>, secret: &str) -> Auth {
    auth_with(store, jwt, clock, secret, SessionOptions::default())
}

pub(crate) fn auth_with(
    store: impl Store,
    jwt: &Jwt,
    clock: Arc<MockClock>,
    secret: &str,
    session: SessionOptions,
) -> Auth {
    let weak = PasswordScheme::Argon2id(Argon2id::danger_weaker_than_owasp(8, 1, 1).unwrap());
    Auth::builder(store)
        .secret(secret)
        .base_url("http://localhost:3000")
        .email_password(EmailPassword::default())
        .danger_without_rate_limit()
        .password_hasher(InlineHasher::new(weak, Arc::new(SystemRandom::default())))
        .clock(clock)
        .session(session)
        .plugin(jwt.clone())
        .build()
        .unwrap()
}

/// A part of a token: 0 is the header, 1 the claims.
pub(crate) fn part(token: &str, at: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}
