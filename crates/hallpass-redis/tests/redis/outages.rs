//! An app whose Redis ends and comes back, with sessions in each of the places that there are.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hallpass::endpoint::PeerAddress;
use hallpass::password::{Argon2id, InlineHasher, PasswordScheme};
use hallpass::random::SystemRandom;
use hallpass::store::{SessionStore as _, UserStore as _};
use hallpass::types::Email;
use hallpass::{
    Auth, EmailPassword, MemoryStore, RateLimitOptions, SecondaryOptions, SessionPlacement,
    VerificationPlacement,
};
use hallpass_redis::RedisStorage;
use hallpass_testing::MockClock;
use http::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Request, Response};
use serde_json::{Value, json};

use crate::common::{Server, until};

const EVERYWHERE: [SessionPlacement; 5] = [
    SessionPlacement::StorageOnly,
    SessionPlacement::AlsoInDatabase,
    SessionPlacement::RecordedInDatabase,
    SessionPlacement::DatabaseOnly,
    SessionPlacement::Cached { max_stale: Duration::from_secs(30) },
];

fn is_decided_by_database(placement: SessionPlacement) -> bool {
    !matches!(placement, SessionPlacement::StorageOnly | SessionPlacement::RecordedInDatabase)
}

struct App {
    auth: Auth,
    database: MemoryStore,
    clock: Arc<MockClock>,
    server: Server,
    calls: AtomicU8,
}

type Answer = Response<Bytes>;

impl App {
    async fn start(sessions: SessionPlacement) -> Self {
        let server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]).await;
        let storage = RedisStorage::connect(&server.url()).await.unwrap();
        let (database, clock) = (MemoryStore::new(), Arc::new(MockClock::new()));
        let options = SecondaryOptions { sessions, verifications: VerificationPlacement::default() };
        let weak = Argon2id::danger_weaker_than_owasp(8, 1, 1).unwrap();
        let hasher = InlineHasher::new(PasswordScheme::Argon2id(weak), Arc::new(SystemRandom::default()));
        let auth = Auth::builder(database.clone())
            .secret("a secret that is long enough for tests")
            .base_url("http://localhost:3000")
            .email_password(EmailPassword::default())
            .rate_limit(RateLimitOptions::default())
            .secondary_storage(storage, options)
            .password_hasher(hasher)
            .clock(Arc::clone(&clock))
            .build()
            .unwrap();
        Self { auth, database, clock, server, calls: AtomicU8::new(0) }
    }

    /// Each call comes from elsewhere, so that none is one too many.
    async fn call(&self, method: &str, path: &str, cookie: &str, body: Option<Value>) -> Answer {
        let request = Request::builder().method(method).uri(format!("/api/auth{path}"));
        let request = request.header(COOKIE, cookie).header(ORIGIN, "http://localhost:3000");
        let request = request.header(CONTENT_TYPE, "application/json");
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let mut request = request.body(Bytes::from(body)).unwrap();
        let peer = Ipv4Addr::new(198, 51, 100, self.calls.fetch_add(1, Ordering::Relaxed));
        request.extensions_mut().insert(PeerAddress(IpAddr::V4(peer)));
        self.auth.handle(request).await
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.call("GET", path, cookie, None).await
    }

    async fn sign_up(&self, name: &str) -> String {
        let body = json!({"name": name, "email": format!("{name}@example.com"), "password": "a password"});
        let answer = self.call("POST", "/sign-up/email", "", Some(body)).await;
        assert_eq!(answer.status(), 200, "{answer:?}");
        cookie(&answer)
    }

    async fn sign_in(&self, name: &str, password: &str) -> Answer {
        let body = json!({"email": format!("{name}@example.com"), "password": password});
        self.call("POST", "/sign-in/email", "", Some(body)).await
    }

    /// Ends a user's sessions in the database, as another process does while Redis is gone.
    async fn end_in_database(&self, name: &str) {
        let email = Email::parse(&format!("{name}@example.com")).unwrap();
        let user = self.database.user_by_email(&email).await.unwrap().unwrap();
        self.database.delete_sessions_of(&user.id, None).await.unwrap();
    }
}

/// What a browser sends back.
fn cookie(answer: &Answer) -> String {
    let line = answer.headers().get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap());
    line.filter(|line| !line.contains("Max-Age=0")).map(|line| line.split(';').next().unwrap()).collect()
}

/// Whether a session is shown.
fn is_live(answer: &Answer) -> bool {
    answer.status() == 200 && answer.body() != "null"
}

#[tokio::test]
async fn while_redis_is_gone_the_database_says_who_is_signed_in_and_nobody_signs_in() {
    for placement in EVERYWHERE {
        let mut app = App::start(placement).await;
        let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
        // Copies are made.
        assert!(
            is_live(&app.get("/get-session", &ada).await) && is_live(&app.get("/get-session", &bob).await)
        );
        app.server.kill();
        app.end_in_database("bob").await;

        let is_known = is_decided_by_database(placement);
        let answer = app.get("/get-session", &ada).await;
        assert_eq!(answer.status(), if is_known { 200 } else { 500 }, "{placement:?}: {answer:?}");
        assert_eq!(is_live(&answer), is_known, "{placement:?}: {answer:?}");
        let answer = app.get("/get-session", &bob).await;
        assert_eq!(answer.status(), if is_known { 200 } else { 500 }, "{placement:?}: {answer:?}");
        assert!(!is_live(&answer), "{placement:?}: {answer:?}");
        // So in the app itself.
        let own = |cookie: &str| HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())]);
        let known = app.auth.session(&own(&ada)).await.map(|found| found.is_some());
        assert_eq!(known.ok(), is_known.then_some(true), "{placement:?}");
        let known = app.auth.session(&own(&bob)).await.map(|found| found.is_some());
        assert_eq!(known.ok(), is_known.then_some(false), "{placement:?}");
        // Everything else is limited, and is not answered where it cannot be counted.
        assert_eq!(app.get("/list-sessions", &ada).await.status(), 500, "{placement:?}");
        // Whoever guesses does not learn more than whoever knows.
        for password in ["a password", "another password"] {
            let answer = app.sign_in("ada", password).await;
            assert!(answer.status().is_server_error(), "{placement:?}: {answer:?}");
            assert!(cookie(&answer).is_empty() && answer.body().is_empty(), "{placement:?}: {answer:?}");
        }
        let body = json!({"name": "Eve", "email": "eve@example.com", "password": "a password"});
        let answer = app.call("POST", "/sign-up/email", "", Some(body)).await;
        assert!(answer.status().is_server_error(), "{placement:?}: {answer:?}");
        let eve = app.database.user_by_email(&Email::parse("eve@example.com").unwrap()).await.unwrap();
        assert!(eve.is_none(), "{placement:?}: signed up without being counted");

        app.server.restart().await;
        until(async || app.get("/list-sessions", &ada).await.status() == 200).await;
        assert!(is_live(&app.get("/get-session", &ada).await), "{placement:?}");
        assert_eq!(
            app.get("/list-sessions", &bob).await.status(),
            if is_known { 401 } else { 200 },
            "{placement:?}"
        );
        // Copies are as old as is said at most.
        app.clock.advance(Duration::from_secs(30));
        assert_eq!(is_live(&app.get("/get-session", &bob).await), !is_known, "{placement:?}");
        until(async || app.sign_in("ada", "a password").await.status() == 200).await;
        assert_eq!(app.sign_in("ada", "another password").await.status(), 401, "{placement:?}");
    }
}

#[tokio::test]
async fn whoever_signs_out_while_redis_is_gone_is_refused_and_signs_out_when_it_is_back() {
    for placement in EVERYWHERE {
        let mut app = App::start(placement).await;
        let ada = app.sign_up("ada").await;
        app.server.kill();
        let answer = app.call("POST", "/sign-out", &ada, Some(json!({}))).await;
        assert_eq!(answer.status(), 500, "{placement:?}: {answer:?}");
        assert!(answer.headers().get(SET_COOKIE).is_none(), "{placement:?}: the browser would forget it");
        app.server.restart().await;
        until(async || app.get("/list-sessions", &ada).await.status() == 200).await;
        let answer = app.call("POST", "/sign-out", &ada, Some(json!({}))).await;
        assert_eq!(answer.status(), 200, "{placement:?}: {answer:?}");
        assert_eq!(app.get("/list-sessions", &ada).await.status(), 401, "{placement:?}");
    }
}
