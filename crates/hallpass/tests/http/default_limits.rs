//! The default limit, kept apart from the limits of what can be guessed at.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hallpass::store::{StoreError, StoreErrorKind};
use hallpass::{AuthBuilder, MemoryStorage, RateLimit, RateLimitOptions, RequestLimiter};
use hallpass_testing::{FaultyStorage, MockClock};
use http::Method;
use serde_json::json;

use crate::app::{Answer, App, Call, PASSWORD};

type Counts = Arc<FaultyStorage<MemoryStorage>>;

/// An app that counts in a storage whose calls are seen.
fn counted(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> (App, Counts) {
    let counts = Arc::new(FaultyStorage::new(MemoryStorage::new(Arc::new(MockClock::new()), 1_000)));
    let options = RateLimitOptions {
        default: RateLimit::new(2, Duration::from_secs(10)),
        rules: vec![
            ("/list-sessions".to_owned(), Some(RateLimit::new(1, Duration::from_secs(60)))),
            ("/ok".to_owned(), None),
        ],
    };
    let app = App::with(|b| configure(b.rate_limit(options).rate_limit_storage(Arc::clone(&counts))));
    (app, counts)
}

async fn get(app: &App, path: &str, cookie: &str) -> Answer {
    Call::new(Method::GET, path).cookie(cookie).send(app).await
}

#[tokio::test]
async fn in_memory_costs_the_storage_nothing_for_who_is_signed_in_and_is_kept_all_the_same() {
    let (app, counts) = counted(AuthBuilder::default_limit_in_memory);
    let cookie = app.sign_up().await.cookie();
    counts.disarm();
    for expected in [200, 200, 429] {
        assert_eq!(get(&app, "/get-session", &cookie).await.status, expected);
    }
    assert_eq!(counts.calls(), [""; 0]);
    // What declares a limit or has a rule is counted where all processes see it.
    app.sign_in(PASSWORD).await;
    get(&app, "/list-sessions", &cookie).await;
    get(&app, "/ok", &cookie).await;
    assert_eq!(counts.calls(), ["increment", "increment"]);
    assert_eq!(get(&app, "/list-sessions", &cookie).await.status, 429);
    // It is over when its window is.
    app.clock.advance(Duration::from_secs(11));
    assert_eq!(get(&app, "/get-session", &cookie).await.status, 200);
}

/// Refuses or fails, and notes what it was asked.
#[derive(Debug, Default)]
struct Platforms {
    asked: Mutex<Vec<(String, RateLimit)>>,
    fails: Option<StoreErrorKind>,
}

#[async_trait]
impl RequestLimiter for Platforms {
    async fn admit(&self, key: &str, limit: RateLimit) -> Result<Option<Duration>, StoreError> {
        self.asked.lock().unwrap().push((key.to_owned(), limit));
        match self.fails {
            Some(kind) => Err(StoreError::new(kind, "the platform's limiter")),
            None => Ok(Some(Duration::from_secs(60))),
        }
    }
}

#[tokio::test]
async fn by_a_limiter_of_ones_own_is_for_routes_without_a_limit_alone() {
    let platforms = Arc::new(Platforms::default());
    let (app, counts) = counted(|b| b.default_limiter(Arc::clone(&platforms)));
    let cookie = app.sign_up().await.cookie();
    for _ in 0..2 {
        assert_eq!(app.sign_in(PASSWORD).await.status, 200);
    }
    // Counted exactly: the fourth in ten seconds.
    app.sign_in(PASSWORD).await;
    assert_eq!(app.sign_in(PASSWORD).await.status, 429);
    assert_eq!(get(&app, "/list-sessions", &cookie).await.status, 200);
    assert!(platforms.asked.lock().unwrap().is_empty());
    counts.disarm();
    let from = |path| Call::new(Method::GET, path).from("203.0.113.9").cookie(&cookie);
    let refused = from("/get-session").send(&app).await;
    assert_eq!((refused.status.as_u16(), refused.header("x-retry-after")), (429, Some("60")));
    assert_eq!(refused.json(), json!({"message": "Too many requests. Please try again later."}));
    let default = RateLimit::new(2, Duration::from_secs(10));
    assert_eq!(*platforms.asked.lock().unwrap(), [("203.0.113.9|/get-session".to_owned(), default)]);
    assert_eq!(counts.calls(), [""; 0]);
}

#[tokio::test]
async fn where_a_limiter_fails_who_is_signed_in_stays_so_and_nothing_else_goes_on() {
    for (kind, shown) in [(StoreErrorKind::Unavailable, 200), (StoreErrorKind::Unexpected, 500)] {
        let platforms = Platforms { fails: Some(kind), ..Platforms::default() };
        let (app, _) = counted(|b| b.default_limiter(Arc::new(platforms)));
        let cookie = app.sign_up().await.cookie();
        assert_eq!(get(&app, "/get-session", &cookie).await.status, shown, "{kind:?}");
        let out = Call::new(Method::POST, "/sign-out").cookie(&cookie).json(&json!({})).send(&app).await;
        assert_eq!(out.status, 500, "{kind:?}");
    }
}
