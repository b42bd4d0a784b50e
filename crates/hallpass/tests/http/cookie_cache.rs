//! Session and user in a cookie: when it is believed, and when the store is asked.

use std::time::Duration;

use hallpass::store::{SessionStore as _, UserStore as _};
use hallpass::types::Email;
use hallpass::{CookieCache, CookieCacheStrategy, CookieCacheVersion, Refresh, SessionOptions};
use http::header::{COOKIE, HeaderMap};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Answer, App, Call, PASSWORD};

const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn caching(strategy: CookieCacheStrategy) -> App {
    with(CookieCache { strategy, ..CookieCache::default() })
}

fn with(cache: CookieCache) -> App {
    App::with(|b| b.session(SessionOptions { cookie_cache: Some(cache), ..SessionOptions::default() }))
}

async fn get(app: &App, cookie: &str) -> Answer {
    Call::new(Method::GET, "/get-session").cookie(cookie).send(app).await
}

fn headers(cookie: &str) -> HeaderMap {
    HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())])
}

/// Ends every session behind the browser's back.
async fn end_all(app: &App, cookie: &str) {
    let current = app.auth.session(&headers(cookie)).await.unwrap().unwrap();
    app.store.delete_sessions_of(&current.user.id, None).await.unwrap();
}

#[tokio::test]
async fn a_young_cookie_answers_and_the_store_is_not_asked() {
    let app = caching(CookieCacheStrategy::Compact);
    let cookie = app.sign_up().await.cookie();
    end_all(&app, &cookie).await;
    let answer = get(&app, &cookie).await;
    assert_eq!(answer.json()["user"]["name"], "A");
    assert!(answer.set_cookies().is_empty(), "{answer:?}");
    app.clock.advance(6 * MINUTE);
    let answer = get(&app, &cookie).await;
    assert_eq!(answer.json(), Value::Null);
    assert!(answer.cookie().is_empty(), "{answer:?}");
}

#[tokio::test]
async fn typed_calls_say_who_told() {
    let app = caching(CookieCacheStrategy::Jwt);
    let headers = headers(&app.sign_up().await.cookie());
    let cached = app.auth.get_session(&headers, Refresh::Now).await.unwrap().current.unwrap();
    assert!(cached.is_cached());
    assert!(!app.auth.session(&headers).await.unwrap().unwrap().is_cached());
    let confirmed = app.auth.confirm(&headers, cached.clone()).await.unwrap().unwrap();
    assert!(!confirmed.is_cached());
    app.store.delete_sessions_of(&cached.user.id, None).await.unwrap();
    assert!(app.auth.confirm(&headers, cached).await.unwrap().is_none());
}

#[tokio::test]
async fn a_cached_session_changes_nothing_once_it_has_ended() {
    let app = caching(CookieCacheStrategy::Compact);
    let cookie = app.sign_up().await.cookie();
    end_all(&app, &cookie).await;
    for (path, body) in [
        ("/update-user", json!({"name": "Mallory"})),
        ("/verify-password", json!({"password": PASSWORD})),
        ("/change-password", json!({"currentPassword": PASSWORD, "newPassword": "another password"})),
        ("/revoke-sessions", json!({})),
        ("/revoke-other-sessions", json!({})),
    ] {
        let answer = app.post_as(path, &cookie, body).await;
        answer.is(401, "UNAUTHORIZED");
        assert!(answer.cookie().is_empty(), "{path}: {answer:?}");
        assert!(
            answer.set_cookies().iter().any(|line| line.starts_with("better-auth.session_data=;")),
            "{path}"
        );
    }
    Call::new(Method::GET, "/list-sessions").cookie(&cookie).send(&app).await.is(401, "UNAUTHORIZED");
    assert_eq!(
        app.store.user_by_email(&Email::parse("test@example.com").unwrap()).await.unwrap().unwrap().name,
        "A"
    );
}

#[tokio::test]
async fn what_the_browser_does_itself_is_seen_at_once() {
    for strategy in [CookieCacheStrategy::Compact, CookieCacheStrategy::Jwt] {
        let app = caching(strategy);
        let cookie = app.sign_up().await.cookie();
        let cookie = app.post_as("/update-user", &cookie, json!({"name": "Änn"})).await.cookie();
        assert_eq!(get(&app, &cookie).await.json()["user"]["name"], "Änn");
        let out = app.post_as("/sign-out", &cookie, json!({})).await;
        assert!(out.cookie().is_empty());
        // Even who keeps a copy of both cookies has it for `max_age` at most.
        app.clock.advance(6 * MINUTE);
        assert_eq!(get(&app, &cookie).await.json(), Value::Null);
    }
}

#[tokio::test]
async fn a_version_by_the_user_is_asked_at_every_request() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    let version = Arc::new(AtomicU32::new(1));
    let of = Arc::clone(&version);
    let app = with(CookieCache {
        version: CookieCacheVersion::by(move |_, user| {
            format!("{}-{}", user.email, of.load(Ordering::Relaxed))
        }),
        ..CookieCache::default()
    });
    let cookie = app.sign_up().await.cookie();
    assert!(get(&app, &cookie).await.set_cookies().is_empty());
    version.store(2, Ordering::Relaxed);
    let renewed = get(&app, &cookie).await;
    assert!(renewed.cookie().starts_with("better-auth.session_data="), "{renewed:?}");
}

#[tokio::test]
async fn without_a_session_cookie_the_cache_is_nothing() {
    let app = caching(CookieCacheStrategy::Compact);
    let cookie = app.sign_up().await.cookie();
    let data = cookie.split("; ").find(|pair| pair.contains("session_data")).unwrap();
    assert_eq!(get(&app, data).await.json(), Value::Null);
    let forged = format!("better-auth.session_token=x.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; {data}");
    assert_eq!(get(&app, &forged).await.json(), Value::Null);
}

#[tokio::test]
async fn a_cache_that_was_turned_off_is_cleared() {
    let cookie = caching(CookieCacheStrategy::Compact).sign_up().await.cookie();
    let answer = get(&App::new(), &cookie).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json(), Value::Null);
    assert!(answer.set_cookies().iter().any(|line| line.starts_with("better-auth.session_data=; Max-Age=0")));
}

#[tokio::test]
async fn row_10_a_deleted_user_is_gone_from_this_browser_at_once_and_from_others_with_the_cache() {
    let app = App::with(|b| {
        let session =
            SessionOptions { cookie_cache: Some(CookieCache::default()), ..SessionOptions::default() };
        b.session(session).allow_user_deletion()
    });
    let here = app.sign_up().await.cookie();
    let there = app.sign_in(PASSWORD).await.cookie();
    let answer = app.post_as("/delete-user", &here, json!({"password": PASSWORD})).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.cookie().is_empty(), "{answer:?}");
    assert_eq!(app.auth.session(&headers(&there)).await.unwrap(), None);
    app.post_as("/update-user", &there, json!({"name": "B"})).await.is(401, "UNAUTHORIZED");
    app.clock.advance(5 * MINUTE + Duration::from_secs(1));
    assert_eq!(get(&app, &there).await.json(), Value::Null);
}

#[tokio::test]
async fn row_35_what_is_sensitive_asks_the_store_and_a_cached_session_ends_with_the_session() {
    let app = App::with(|b| {
        let cache = CookieCache { max_age: 10 * MINUTE, ..CookieCache::default() };
        let session =
            SessionOptions { expires_in: 10 * MINUTE, update_age: MINUTE, ..SessionOptions::default() };
        b.session(SessionOptions { cookie_cache: Some(cache), ..session })
    });
    let cookie = app.sign_up().await.cookie();
    app.clock.advance(9 * MINUTE);
    let renewed =
        Call::new(Method::GET, "/get-session?disableCookieCache=1").cookie(&cookie).send(&app).await;
    app.clock.advance(2 * MINUTE);
    // The first cookie holds the session as it was before it was kept alive: it counts no more, and the store knows.
    let answer = get(&app, &cookie).await;
    assert!(answer.cookie().contains("session_data="), "{answer:?}");
    assert!(get(&app, &renewed.cookie()).await.set_cookies().is_empty());
    // Ended elsewhere: whoever asks for more than a look finds out.
    end_all(&app, &renewed.cookie()).await;
    app.post_as("/verify-password", &renewed.cookie(), json!({"password": PASSWORD}))
        .await
        .is(401, "UNAUTHORIZED");
    app.clock.advance(10 * MINUTE);
    assert_eq!(get(&app, &renewed.cookie()).await.json(), Value::Null);
}

#[tokio::test]
async fn row_43_every_chunk_is_cleared_with_the_session() {
    let app = caching(CookieCacheStrategy::Compact);
    let body = json!({"name": "x".repeat(5000), "email": "test@example.com", "password": PASSWORD});
    let cookie = app.post("/sign-up/email", body).await.cookie();
    assert_eq!(cookie.matches("session_data.").count(), 2, "{cookie}");
    for answer in [
        app.post_as("/sign-out", &cookie, json!({})).await,
        // The session is gone: a look at it by the store clears all of it too.
        Call::new(Method::GET, "/get-session?disableCookieCache=1").cookie(&cookie).send(&app).await,
    ] {
        assert!(answer.cookie().is_empty(), "{answer:?}");
        for chunk in ["better-auth.session_data.0=;", "better-auth.session_data.1=;"] {
            assert!(answer.set_cookies().iter().any(|line| line.starts_with(chunk)), "{answer:?}");
        }
    }
}
