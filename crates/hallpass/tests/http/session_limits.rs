//! How long a session can be kept alive, and how many a user can have.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use hallpass::{CookieCache, MemoryStore, Refresh, SessionOptions};
use hallpass_testing::{Fault, FaultyStore};
use http::Method;
use http::header::{COOKIE, HeaderMap};
use serde_json::{Value, json};

use crate::app::{Answer, App, Call, PASSWORD};
use crate::races::at_once;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn living(lifetime: Duration, cookie_cache: Option<CookieCache>) -> App {
    App::with(|b| {
        b.session(SessionOptions { max_lifetime: Some(lifetime), cookie_cache, ..SessionOptions::default() })
    })
}

fn at_most(sessions: u32) -> SessionOptions {
    SessionOptions { max_per_user: NonZeroU32::new(sessions), ..SessionOptions::default() }
}

async fn get(app: &App, cookie: &str) -> Answer {
    Call::new(Method::GET, "/get-session").cookie(cookie).send(app).await
}

fn sign_in() -> Call {
    Call::new(Method::POST, "/sign-in/email")
        .json(&json!({"email": "test@example.com", "password": PASSWORD}))
}

#[tokio::test]
async fn use_keeps_a_session_alive_until_its_lifetime_is_over_and_no_longer() {
    for cache in [None, Some(CookieCache::default())] {
        let app = living(10 * DAY, cache);
        let cookie = app.sign_up().await.cookie();
        app.clock.advance(5 * DAY);
        // Five days are left of ten: session and cookies get no more.
        let kept = get(&app, &cookie).await;
        assert!(kept.set_cookies().iter().any(|line| line.contains("Max-Age=432000;")), "{kept:?}");
        let expires_at = kept.json()["session"]["expiresAt"].clone();
        app.clock.advance(4 * DAY);
        let again = get(&app, &cookie).await;
        assert_eq!(again.json()["session"]["expiresAt"], expires_at);
        assert!(!again.set_cookies().iter().any(|line| line.contains("session_token")), "nothing to renew");
        app.clock.advance(DAY + Duration::from_secs(1));
        let over = get(&app, &again.cookie()).await;
        assert_eq!(over.json(), Value::Null);
        assert_eq!(get(&app, &cookie).await.json(), Value::Null);
    }
}

#[tokio::test]
async fn a_lifetime_shorter_than_the_expiry_holds_from_the_beginning() {
    let app = living(Duration::from_secs(3600), None);
    let signed_up = app.sign_up().await;
    assert!(signed_up.set_cookies()[0].contains("Max-Age=3600;"), "{signed_up:?}");
    app.clock.advance(Duration::from_secs(3600));
    assert_eq!(get(&app, &signed_up.cookie()).await.json()["user"]["name"], "A");
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(get(&app, &signed_up.cookie()).await.json(), Value::Null);
}

#[tokio::test]
async fn sessions_of_before_there_was_a_lifetime_end_by_it_too() {
    let before = App::new();
    let cookie = before.sign_up().await.cookie();
    let after = App::over(Arc::new(before.store.clone()), before.store.clone(), |b| {
        let session = SessionOptions { max_lifetime: Some(2 * DAY), ..SessionOptions::default() };
        b.session(session).clock(Arc::clone(&before.clock))
    });
    let headers = HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())]);
    let current = after.auth.session(&headers).await.unwrap().unwrap();
    assert_eq!(after.auth.list_sessions(&current).await.unwrap().len(), 1);
    before.clock.advance(3 * DAY);
    assert!(after.auth.session(&headers).await.unwrap().is_none());
    assert!(after.auth.list_sessions(&current).await.unwrap().is_empty());
    after.post_as("/update-user", &cookie, json!({"name": "B"})).await.is(401, "UNAUTHORIZED");
    assert_eq!(
        before.auth.get_session(&headers, Refresh::Later).await.unwrap().current,
        None,
        "it was deleted"
    );
}

#[tokio::test]
async fn one_session_too_many_ends_the_oldest() {
    let app = App::with(|b| b.session(at_most(2)));
    let mut cookies = vec![app.sign_up().await.cookie()];
    for _ in 0..3 {
        app.clock.advance(Duration::from_secs(1));
        cookies.push(app.sign_in(PASSWORD).await.cookie());
    }
    let mut lives = Vec::new();
    for cookie in &cookies {
        lives.push(!get(&app, cookie).await.json().is_null());
    }
    assert_eq!(lives, [false, false, true, true]);
    // Another user's are another user's.
    app.post("/sign-up/email", json!({"name": "B", "email": "b@example.com", "password": PASSWORD})).await;
    assert_eq!(app.rows("session"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_sixty_four_sign_ins_at_once_there_are_as_many_sessions_as_there_may_be() {
    for most in [1, 5] {
        let app = Arc::new(App::with(|b| b.session(at_most(most))));
        app.sign_up().await;
        let answers = at_once(&app, 64, |_| sign_in()).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
        assert_eq!(app.rows("session"), u64::from(most));
    }
}

#[tokio::test]
async fn a_store_that_fails_leaves_no_session_too_many() {
    for number in 1..12 {
        for fault in [Fault::Before(number), Fault::After(number)] {
            let memory = MemoryStore::new();
            let store = Arc::new(FaultyStore::new(memory.clone()));
            let app = App::over(Arc::clone(&store) as Arc<_>, memory, |b| b.session(at_most(1)));
            app.sign_up().await;
            app.clock.advance(Duration::from_secs(1));
            store.disarm();
            store.arm(fault);
            let answer = sign_in().send(&app).await;
            store.disarm();
            // Written, and reported as failed: a session whose token nobody has. The next sign-in ends it.
            let is_orphan = matches!(fault, Fault::After(_)) && answer.status == 500;
            assert!(app.rows("session") <= 1 + u64::from(is_orphan), "{fault:?}: {answer:?}");
            assert_eq!(sign_in().send(&app).await.status, 200);
            assert_eq!(app.rows("session"), 1);
        }
    }
}
