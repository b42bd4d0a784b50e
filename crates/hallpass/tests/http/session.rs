//! `GET /get-session`.

use std::time::Duration;

use hallpass::TokenStorage;
use hallpass::clock::Timestamp;
use hallpass::{Refresh, SessionOptions};
use http::Method;
use http::header::HeaderMap;
use serde_json::json;

use crate::app::{Answer, App, Call, PASSWORD};

const DAY: Duration = Duration::from_secs(86_400);

async fn get_session(app: &App, cookie: &str) -> Answer {
    Call::new(Method::GET, "/get-session").cookie(cookie).send(app).await
}

fn expiry(answer: &Answer) -> Timestamp {
    Timestamp::parse(answer.json()["session"]["expiresAt"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn the_session_and_its_user_are_shown_as_better_auth_shows_them() {
    let app = App::new();
    let call =
        Call::new(Method::POST, "/sign-up/email").header("user-agent", "UA/1").from("::ffff:203.0.113.7");
    let signed_up =
        call.json(&json!({"name": "A", "email": "test@example.com", "password": PASSWORD})).send(&app).await;
    let (token, user) = (signed_up.json()["token"].clone(), signed_up.json()["user"].clone());
    let answer = get_session(&app, &signed_up.cookie()).await;
    let id = answer.json()["session"]["id"].clone();
    let now = hallpass::clock::Clock::now(&*app.clock);
    assert_eq!(
        answer.text(),
        format!(
            r#"{{"session":{{"expiresAt":"{}","token":{token},"createdAt":"{now}","updatedAt":"{now}","ipAddress":"203.0.113.7","userAgent":"UA/1","userId":{},"id":{id}}},"user":{user}}}"#,
            now.plus(7 * DAY),
            user["id"],
        )
    );
    assert_eq!(
        (answer.header("cache-control"), answer.header("pragma")),
        (Some("no-store"), Some("no-cache"))
    );
    assert!(answer.set_cookies().is_empty());
}

#[tokio::test]
async fn no_cookie_and_a_forged_cookie_are_nobody_and_clear_nothing() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    let token = cookie.split(['=', '.']).nth(2).unwrap().to_owned();
    for forged in [
        String::new(),
        "other=1".to_owned(),
        format!("better-auth.session_token={token}"),
        format!("better-auth.session_token={token}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D"),
        cookie.replace("session_token=", "session_token=x"),
        "better-auth.session_token=%zz".to_owned(),
    ] {
        let answer = get_session(&app, &forged).await;
        assert_eq!((answer.text(), answer.set_cookies().len()), ("null", 0), "{forged}");
    }
    assert_eq!(app.get("/get-session").await.text(), "null");
}

#[tokio::test]
async fn the_expiry_moves_once_the_session_is_a_day_old_and_not_before() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    let first = expiry(&get_session(&app, &cookie).await);
    app.clock.advance(DAY - Duration::from_millis(1));
    let early = get_session(&app, &cookie).await;
    assert!(expiry(&early) == first && early.set_cookies().is_empty());
    app.clock.advance(Duration::from_millis(1));
    let unrefreshed =
        Call::new(Method::GET, "/get-session?disableRefresh=false").cookie(&cookie).send(&app).await;
    assert!(expiry(&unrefreshed) == first && unrefreshed.set_cookies().is_empty());
    let moved = get_session(&app, &cookie).await;
    assert_eq!(expiry(&moved), first.plus(DAY));
    assert_eq!(moved.cookie(), cookie, "the token stays");
    assert!(moved.set_cookies()[0].contains("Max-Age=604800"));
}

#[tokio::test]
async fn an_expired_session_is_nobody_its_row_goes_and_the_cookies_are_cleared() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    app.clock.advance(7 * DAY);
    assert_ne!(get_session(&app, &format!("{cookie}; x=1")).await.text(), "null", "to the last millisecond");
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    app.clock.advance(7 * DAY + Duration::from_millis(1));
    let answer = get_session(&app, &cookie).await;
    assert_eq!((answer.text(), answer.set_cookies().len(), answer.cookie().as_str()), ("null", 3, ""));
    assert_eq!(app.rows("session"), 0);
    assert_eq!(get_session(&app, &cookie).await.set_cookies().len(), 3, "an unknown token is cleared too");
}

#[tokio::test]
async fn who_did_not_want_to_be_remembered_is_not_kept_alive() {
    let app =
        App::with(|b| b.session(SessionOptions { update_age: Duration::ZERO, ..SessionOptions::default() }));
    let body = json!({"name": "A", "email": "a@b.co", "password": PASSWORD, "rememberMe": false});
    let cookie = app.post("/sign-up/email", body).await.cookie();
    let first = expiry(&get_session(&app, &cookie).await);
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(expiry(&get_session(&app, &cookie).await), first);
    // Signing in again to be remembered takes the note back.
    let again = Call::new(Method::POST, "/sign-in/email")
        .cookie(&cookie)
        .header("origin", "http://localhost:3000")
        .json(&json!({"email": "a@b.co", "password": PASSWORD}))
        .send(&app)
        .await;
    let lines = again.set_cookies();
    assert!(lines[1].starts_with("better-auth.dont_remember=; Max-Age=0"), "{lines:?}");
}

#[tokio::test]
async fn the_note_not_to_remember_is_no_other_signed_value() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    let misused = format!("{cookie}; {}", cookie.replace("session_token", "dont_remember"));
    app.clock.advance(DAY);
    assert_eq!(get_session(&app, &misused).await.set_cookies().len(), 1, "refreshed");
}

#[tokio::test]
async fn refreshing_can_be_switched_off() {
    let options = SessionOptions { refresh: false, update_age: Duration::ZERO, ..SessionOptions::default() };
    let app = App::with(|b| b.session(options));
    let cookie = app.sign_up().await.cookie();
    let first = expiry(&get_session(&app, &cookie).await);
    app.clock.advance(DAY);
    assert_eq!(expiry(&get_session(&app, &cookie).await), first);
}

#[tokio::test]
async fn post_is_refused_while_get_refreshes() {
    let app = App::new();
    let answer = app.post("/get-session", json!({})).await;
    answer.is(405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED");
    assert_eq!(answer.header("pragma"), Some("no-cache"));
}

#[tokio::test]
async fn deferred_get_only_tells_and_post_refreshes() {
    let app = App::with(|b| b.session(SessionOptions { defer_refresh: true, ..SessionOptions::default() }));
    let cookie = app.sign_up().await.cookie();
    assert_eq!(get_session(&app, &cookie).await.json()["needsRefresh"], false);
    app.clock.advance(DAY);
    let told = get_session(&app, &cookie).await;
    assert!(told.json()["needsRefresh"] == true && told.set_cookies().is_empty(), "{told:?}");
    let post = || {
        Call::new(Method::POST, "/get-session")
            .cookie(&cookie)
            .header("origin", "http://localhost:3000")
            .send(&app)
    };
    let left = Call::new(Method::GET, "/get-session?disableRefresh=1").cookie(&cookie).send(&app).await;
    assert!(left.json().get("needsRefresh").is_none());
    let moved = post().await;
    assert_eq!(expiry(&moved), expiry(&told).plus(DAY));
    assert!(moved.json().get("needsRefresh").is_none() && moved.set_cookies().len() == 1);
    app.clock.advance(8 * DAY);
    for target in ["/get-session", "/get-session?disableRefresh=1"] {
        let expired = Call::new(Method::GET, target).cookie(&cookie).send(&app).await;
        assert_eq!((expired.text(), app.rows("session")), ("null", 1), "GET writes nothing");
    }
    assert_eq!((post().await.text(), app.rows("session")), ("null", 0));
}

#[tokio::test]
async fn a_session_that_better_auth_stored_is_found_and_one_stored_plain_too() {
    // Written with tokens plain, as better-auth does; read by a server that hashes them; and back.
    let plain =
        App::with(|b| b.session(SessionOptions { tokens: TokenStorage::Plain, ..SessionOptions::default() }));
    let cookie = plain.sign_up().await.cookie();
    let hashing = App::over(std::sync::Arc::new(plain.store.clone()), plain.store.clone(), |b| b);
    assert_ne!(get_session(&hashing, &cookie).await.text(), "null");
    let cookie = hashing.sign_in(PASSWORD).await.cookie();
    assert_ne!(get_session(&plain, &cookie).await.text(), "null");
}

#[tokio::test]
async fn sweeping_deletes_what_has_expired_and_nothing_else() {
    let app = App::new();
    app.sign_up().await;
    app.clock.advance(4 * DAY);
    let live = app.sign_in(PASSWORD).await.cookie();
    assert_eq!(app.auth.sweep().await.unwrap().sessions, 0);
    app.clock.advance(4 * DAY);
    assert_eq!((app.auth.sweep().await.unwrap().sessions, app.rows("session")), (1, 1));
    assert_ne!(get_session(&app, &live).await.text(), "null");
}

#[tokio::test]
async fn the_typed_calls_read_headers_without_a_request() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    let mut headers = HeaderMap::new();
    assert!(app.auth.session(&headers).await.unwrap().is_none());
    headers.insert("cookie", cookie.parse().unwrap());
    let current = app.auth.session(&headers).await.unwrap().unwrap();
    assert_eq!(current.user.email.as_str(), "test@example.com");
    app.clock.advance(2 * DAY);
    let before = app.auth.session(&headers).await.unwrap().unwrap();
    assert_eq!(before.session.expires_at, current.session.expires_at, "reading moves nothing");
    let answer = app.auth.get_session(&headers, Refresh::Now).await.unwrap();
    assert_eq!(answer.cookies.len(), 1);
    assert!(answer.current.unwrap().session.expires_at > current.session.expires_at);
}
