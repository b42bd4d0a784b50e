//! Copies of sessions in a storage that may lag: what is read from them, for how long, and what never is.

use std::sync::Arc;
use std::time::Duration;

use hallpass::model::Extra;
use hallpass::storage::SecondaryStorage as _;
use hallpass::store::{SessionStore as _, UserChange, UserStore as _};
use hallpass::types::Email;
use hallpass::{
    Auth, AuthBuilder, BuildError, CookieCache, CookieCacheStrategy, MemoryStorage, MemoryStore,
    SecondaryOptions, SessionOptions, SessionPlacement,
};
use hallpass_testing::{Fault, FaultyStorage, FaultyStore, ImmediateTasks, MockClock, StubMailer};
use http::{HeaderMap, Method, header};
use serde_json::{Value, json};

use crate::app::{App, Call, PASSWORD, SECRET};

pub(crate) const STALE: Duration = Duration::from_secs(60);

pub(crate) struct Site {
    /// Two processes over one database and one storage.
    pub(crate) app: App,
    pub(crate) other: App,
    /// Of both.
    pub(crate) mailer: Arc<StubMailer>,
    database: Arc<FaultyStore<MemoryStore>>,
    storage: Arc<FaultyStorage<MemoryStorage>>,
    pub(crate) clock: Arc<MockClock>,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with(|builder, storage| builder.session_cache(storage, STALE))
    }

    /// By the option of a secondary storage that says the same.
    pub(crate) fn placed() -> Self {
        let sessions = SessionPlacement::Cached { max_stale: STALE };
        Self::with(|builder, storage| {
            builder.secondary_storage(storage, SecondaryOptions { sessions, ..SecondaryOptions::default() })
        })
    }

    fn with(cache: impl Fn(AuthBuilder, Arc<FaultyStorage<MemoryStorage>>) -> AuthBuilder) -> Self {
        let clock = Arc::new(MockClock::new());
        let memory = MemoryStore::new();
        let database = Arc::new(FaultyStore::new(memory.clone()));
        let storage = Arc::new(FaultyStorage::new(MemoryStorage::new(clock.clone(), 1_000)));
        let mailer = Arc::new(StubMailer::new());
        let process = |cached: bool| {
            let mut app = App::over(database.clone(), memory.clone(), |builder| {
                let builder = builder.clock(Arc::clone(&clock)).mailer(Arc::clone(&mailer));
                let builder = builder.background_tasks(ImmediateTasks::new());
                if cached { cache(builder, Arc::clone(&storage)) } else { builder }
            });
            app.clock = Arc::clone(&clock);
            app
        };
        // What the other one does deletes no copy, as if its deletions came late.
        Self { app: process(true), other: process(false), mailer, database, storage, clock }
    }

    pub(crate) async fn sees(&self, cookie: &str) -> bool {
        let answer = get("/get-session", cookie).send(&self.app).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json() != Value::Null
    }

    fn copies(&self) -> usize {
        self.storage.inner().entries().len()
    }
}

pub(crate) fn get(path: &str, cookie: &str) -> Call {
    Call::new(Method::GET, path).cookie(cookie)
}

pub(crate) fn headers(cookie: &str) -> HeaderMap {
    HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())])
}

#[tokio::test]
async fn a_copy_answers_without_the_database_and_no_longer_than_it_may() {
    for site in [Site::new(), Site::placed()] {
        let cookie = site.app.sign_up().await.cookie();
        let first = get("/get-session", &cookie).send(&site.app).await.json();
        assert_eq!(site.copies(), 1);
        site.database.arm(Fault::Always);
        assert_eq!(get("/get-session", &cookie).send(&site.app).await.json(), first, "field for field");
        assert_eq!(
            get("/list-accounts", &cookie).send(&site.app).await.status,
            500,
            "of that there is no copy"
        );
        site.clock.advance(STALE - Duration::from_millis(1));
        assert!(site.sees(&cookie).await);
        site.clock.advance(Duration::from_millis(1));
        assert_eq!(get("/get-session", &cookie).send(&site.app).await.status, 500);
        site.database.disarm();
        assert!(site.sees(&cookie).await);
    }
}

#[tokio::test]
async fn who_was_signed_out_elsewhere_changes_nothing_and_is_gone_within_the_bound() {
    for site in [Site::new(), Site::placed()] {
        let cookie = site.app.sign_up().await.cookie();
        assert!(site.sees(&cookie).await);
        site.clock.advance(STALE / 2);
        assert_eq!(site.other.post_as("/sign-out", &cookie, json!({})).await.status, 200);
        assert!(site.sees(&cookie).await, "the stated weakness: another process's sign-out is not seen yet");
        // What changes something, what is sensitive and what the app asks for itself ask the database.
        for (path, body) in [
            ("/update-user", json!({"name": "B"})),
            ("/change-password", json!({"currentPassword": PASSWORD, "newPassword": "another password"})),
            ("/revoke-sessions", json!({})),
            ("/list-sessions", Value::Null),
        ] {
            let refused = match body {
                Value::Null => get(path, &cookie).send(&site.app).await,
                body => site.app.post_as(path, &cookie, body).await,
            };
            assert_eq!(refused.status, 401, "{path}");
        }
        assert_eq!(site.app.auth.session(&headers(&cookie)).await.unwrap(), None);
        let bypassed = get("/get-session?disableCookieCache=true", &cookie).send(&site.app).await;
        assert_eq!(bypassed.json(), Value::Null);
        site.clock.advance(STALE / 2);
        assert!(!site.sees(&cookie).await);
    }
}

#[tokio::test]
async fn what_this_process_ends_or_changes_is_seen_at_once() {
    let site = Site::new();
    let ends: [(&str, Value); 4] = [
        ("/sign-out", json!({})),
        ("/revoke-sessions", json!({})),
        (
            "/change-password",
            json!({"currentPassword": PASSWORD, "newPassword": PASSWORD, "revokeOtherSessions": true}),
        ),
        ("/update-user", json!({"name": "Changed"})),
    ];
    site.app.sign_up().await;
    for (path, body) in ends {
        let cookie = site.app.sign_in(PASSWORD).await.cookie();
        assert!(site.sees(&cookie).await);
        assert_eq!(site.app.post_as(path, &cookie, body).await.status, 200, "{path}");
        let seen = get("/get-session", &cookie).send(&site.app).await.json();
        let expected = if path == "/update-user" { json!("Changed") } else { Value::Null };
        assert_eq!(seen["user"]["name"], expected, "{path}");
    }
    let cookie = site.app.sign_in(PASSWORD).await.cookie();
    let current = site.app.auth.session(&headers(&cookie)).await.unwrap().unwrap();
    assert!(site.sees(&cookie).await);
    assert!(site.app.auth.delete_user(&current.user.id).await.unwrap());
    assert!(!site.sees(&cookie).await);
    assert_eq!(site.copies(), 0);
}

#[tokio::test]
async fn a_storage_that_fails_lags_or_lies_grants_nothing_and_stops_nothing() {
    let site = Site::new();
    let cookie = site.app.sign_up().await.cookie();
    site.storage.arm(Fault::Always);
    assert!(site.sees(&cookie).await);
    assert_eq!(site.app.post_as("/sign-out", &cookie, json!({})).await.status, 200);
    assert!(!site.sees(&cookie).await);
    site.storage.disarm();

    let cookie = site.app.sign_in(PASSWORD).await.cookie();
    assert!(site.sees(&cookie).await);
    let (key, (good, _)) = site.storage.inner().entries().pop_first().unwrap();
    let another = good.replace("\"token\":\"", "\"token\":\"x");
    let from_the_future = {
        let mut copy: Value = serde_json::from_str(&good).unwrap();
        copy["readAt"] = json!("2999-01-01T00:00:00.000Z");
        copy["user"]["name"] = json!("Mallory");
        copy.to_string()
    };
    for text in ["", "{}", "no JSON", &another, &from_the_future] {
        site.storage.set(&key, text, None).await.unwrap();
        let seen = get("/get-session", &cookie).send(&site.app).await.json();
        assert_eq!(seen["user"]["name"], "A", "{text}");
    }
    // One that a lagging storage shows long after its time.
    site.storage.set(&key, &good, None).await.unwrap();
    site.other.post_as("/sign-out", &cookie, json!({})).await;
    site.clock.advance(STALE);
    site.storage.set(&key, &good, None).await.unwrap();
    assert!(!site.sees(&cookie).await);
}

#[tokio::test]
async fn a_session_that_is_due_is_prolonged_in_the_database_or_not_at_all() {
    let site = Site::new();
    let cookie = site.app.sign_up().await.cookie();
    let day = Duration::from_secs(24 * 3600);
    site.clock.advance(day - STALE / 2);
    let before = get("/get-session", &cookie).send(&site.app).await.json();
    site.clock.advance(STALE - Duration::from_secs(1));
    let due = get("/get-session", &cookie).send(&site.app).await;
    assert!(
        !due.set_cookies().is_empty() && due.json()["session"]["expiresAt"] != before["session"]["expiresAt"]
    );
    assert_eq!(get("/get-session", &cookie).send(&site.app).await.json(), due.json(), "no older copy");

    site.clock.advance(day - STALE / 2);
    assert!(site.sees(&cookie).await);
    site.clock.advance(STALE - Duration::from_secs(1));
    site.other.post_as("/sign-out", &cookie, json!({})).await;
    let lost = get("/get-session", &cookie).send(&site.app).await;
    assert_eq!(lost.status, 401, "{lost:?}");
    assert!(!site.sees(&cookie).await);
}

#[tokio::test]
async fn a_copy_has_hidden_fields_and_is_told_from_the_store_s_word() {
    let site = Site::new();
    let cookie = site.app.sign_up().await.cookie();
    for is_cached in [false, true] {
        let answer = site.app.auth.get_session(&headers(&cookie), hallpass::Refresh::Never).await.unwrap();
        let current = answer.current.unwrap();
        assert_eq!(current.is_cached(), is_cached);
        let confirmed = site.app.auth.confirm(&headers(&cookie), current).await.unwrap().unwrap();
        assert!(!confirmed.is_cached());
    }
    let user =
        site.app.store.user_by_email(&Email::parse("test@example.com").unwrap()).await.unwrap().unwrap();
    let change =
        UserChange { name: Some("B".to_owned()), updated_at: user.updated_at, ..UserChange::default() };
    site.app.store.update_user(&user.id, &change).await.unwrap();
    let stale = site.app.auth.get_session(&headers(&cookie), hallpass::Refresh::Never).await.unwrap();
    let confirmed = site.app.auth.confirm(&headers(&cookie), stale.current.unwrap()).await.unwrap().unwrap();
    assert_eq!(confirmed.user.name, "B");
    let session = site.app.store.sessions_of(&user.id, site.app.auth.now()).await.unwrap().pop().unwrap();
    assert_eq!(session.extra, Extra::new());
}

#[test]
fn copies_that_would_be_believed_for_too_long_or_of_other_places_are_refused() {
    let storage = || MemoryStorage::new(Arc::new(MockClock::new()), 10);
    let build = |max_stale: Duration| {
        Auth::builder(MemoryStore::new())
            .secret(SECRET)
            .base_url("http://localhost:3000")
            .session_cache(storage(), max_stale)
    };
    for refused in [Duration::ZERO, Duration::from_secs(3601)] {
        assert!(matches!(build(refused).build(), Err(BuildError::SessionCacheAge(age)) if age == refused));
    }
    assert!(build(Duration::from_secs(3600)).build().is_ok());
    let beside = |sessions| {
        let options = SecondaryOptions { sessions, ..SecondaryOptions::default() };
        build(STALE).secondary_storage(storage(), options).build()
    };
    let cached = SessionPlacement::Cached { max_stale: STALE };
    for refused in [SessionPlacement::StorageOnly, SessionPlacement::AlsoInDatabase, cached] {
        assert!(matches!(beside(refused), Err(BuildError::SessionCacheBesideAnother)), "{refused:?}");
    }
    assert!(beside(SessionPlacement::DatabaseOnly).is_ok());
    let sessions = SessionPlacement::Cached { max_stale: Duration::ZERO };
    let zero = Auth::builder(MemoryStore::new())
        .secret(SECRET)
        .base_url("http://localhost:3000")
        .secondary_storage(storage(), SecondaryOptions { sessions, ..SecondaryOptions::default() })
        .build();
    assert!(matches!(zero, Err(BuildError::SessionCacheAge(Duration::ZERO))));
    let cache = CookieCache { strategy: CookieCacheStrategy::Compact, ..CookieCache::default() };
    let stateless = Auth::stateless()
        .secret(SECRET)
        .base_url("http://localhost:3000")
        .session(SessionOptions { cookie_cache: Some(cache), ..SessionOptions::default() })
        .session_cache(storage(), STALE)
        .build();
    assert!(matches!(stateless, Err(BuildError::SessionCacheBesideAnother)), "{stateless:?}");
}
