//! `/list-sessions`, `/revoke-session`, `/revoke-sessions`, `/revoke-other-sessions`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass::events::SecurityEvent;
use hallpass::{SessionOptions, TokenStorage};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Method;
use serde_json::json;
use sha2::Sha256;

use crate::app::{Answer, App, Call, PASSWORD, SECRET};

const DAY: Duration = Duration::from_secs(86_400);

async fn get(app: &App, path: &str, cookie: &str) -> Answer {
    Call::new(Method::GET, path).cookie(cookie).send(app).await
}

async fn is_alive(app: &App, cookie: &str) -> bool {
    get(app, "/get-session", cookie).await.text() != "null"
}

/// Three sessions of one user, a moment apart.
async fn three(app: &App) -> [String; 3] {
    let first = app.sign_up().await.cookie();
    app.clock.advance(Duration::from_secs(1));
    let second = app.sign_in(PASSWORD).await.cookie();
    app.clock.advance(Duration::from_secs(1));
    [first, second, app.sign_in(PASSWORD).await.cookie()]
}

/// A session cookie of any value, signed as only who has the secret can.
fn signed(value: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(value.as_bytes());
    format!("better-auth.session_token={value}.{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn token(cookie: &str) -> String {
    cookie.split(['=', '.']).nth(2).unwrap().to_owned()
}

#[tokio::test]
async fn ones_own_session_is_listed_by_its_token_and_the_others_by_what_opens_nothing() {
    let app = App::new();
    let [first, second, third] = three(&app).await;
    let listed = get(&app, "/list-sessions", &second).await.json();
    let tokens: Vec<_> =
        listed.as_array().unwrap().iter().map(|s| s["token"].as_str().unwrap().to_owned()).collect();
    assert_eq!(tokens.len(), 3, "oldest first");
    assert_eq!(tokens[1], token(&second));
    for (handle, cookie) in [(&tokens[0], &first), (&tokens[2], &third)] {
        assert!(handle.starts_with("sha256:") && !handle.contains(&token(cookie)), "{handle}");
        // Presented as a token it is nobody, even signed.
        assert!(is_alive(&app, &signed(&token(cookie))).await && !is_alive(&app, &signed(handle)).await);
    }
    assert!(listed[0].get("expiresAt").is_some() && listed[0].get("userId").is_some());
}

#[tokio::test]
async fn a_session_is_ended_by_its_handle_or_its_token_and_only_by_its_user() {
    let app = App::new();
    let [first, second, third] = three(&app).await;
    let body = json!({"name": "B", "email": "other@example.com", "password": PASSWORD});
    let stranger = app.post("/sign-up/email", body).await.cookie();
    let handle = get(&app, "/list-sessions", &second).await.json()[0]["token"].clone();
    for token in [handle.clone(), json!(token(&first)), json!("nonsense"), json!("")] {
        let answer = app.post_as("/revoke-session", &stranger, json!({"token": token})).await;
        assert_eq!((answer.text(), answer.set_cookies().len()), (r#"{"status":true}"#, 0));
    }
    assert!(is_alive(&app, &first).await);
    app.events.take();
    assert_eq!(app.post_as("/revoke-session", &second, json!({"token": handle})).await.status.as_u16(), 200);
    assert!(!is_alive(&app, &first).await && is_alive(&app, &second).await);
    assert!(matches!(app.events.take()[..], [SecurityEvent::SessionRevoked { .. }]));
    app.post_as("/revoke-session", &second, json!({"token": token(&third)})).await;
    assert!(!is_alive(&app, &third).await);
    let own = app.post_as("/revoke-session", &second, json!({"token": token(&second)})).await;
    assert_eq!(own.set_cookies().len(), 3, "its cookies go too");
    assert!(!is_alive(&app, &second).await);
}

#[tokio::test]
async fn all_sessions_end_or_all_others() {
    let app = App::new();
    let [first, second, third] = three(&app).await;
    let others = app.post_as("/revoke-other-sessions", &second, json!({})).await;
    assert_eq!((others.text(), others.set_cookies().len()), (r#"{"status":true}"#, 0));
    assert!(!is_alive(&app, &first).await && is_alive(&app, &second).await && !is_alive(&app, &third).await);
    let again = app.sign_in(PASSWORD).await.cookie();
    let all = app.post_as("/revoke-sessions", &second, json!({})).await;
    assert_eq!((all.text(), all.set_cookies().len()), (r#"{"status":true}"#, 3));
    assert!(!is_alive(&app, &second).await && !is_alive(&app, &again).await);
    assert_eq!(app.rows("session"), 0);
}

#[tokio::test]
async fn nobody_may_and_an_old_session_may_not_list() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    app.get("/list-sessions").await.is(401, "UNAUTHORIZED");
    for path in ["/revoke-session", "/revoke-sessions", "/revoke-other-sessions"] {
        app.post(path, json!({"token": "x"})).await.is(401, "UNAUTHORIZED");
    }
    // A bad body is found before a missing session.
    app.post("/revoke-session", json!({})).await.is(400, "VALIDATION_ERROR");
    app.clock.advance(DAY);
    let stale = get(&app, "/list-sessions", &cookie).await;
    stale.is(403, "SESSION_NOT_FRESH");
    assert_eq!(stale.set_cookies().len(), 1, "kept alive all the same");
    assert_eq!(app.rows("session"), 1);
}

#[tokio::test]
async fn where_tokens_are_stored_plain_they_are_listed_so() {
    let app =
        App::with(|b| b.session(SessionOptions { tokens: TokenStorage::Plain, ..SessionOptions::default() }));
    let [first, second, _] = three(&app).await;
    let listed = get(&app, "/list-sessions", &second).await.json();
    assert_eq!(listed[0]["token"], token(&first));
    // The same rows, seen by a server that hashes, give no token away; and end by what it shows.
    let hashing = App::over(std::sync::Arc::new(app.store.clone()), app.store.clone(), |b| b);
    hashing.clock.advance(Duration::from_secs(2));
    let handle = get(&hashing, "/list-sessions", &second).await.json()[0]["token"].clone();
    assert!(handle.as_str().unwrap().starts_with("sha256:"));
    hashing.post_as("/revoke-session", &second, json!({"token": handle})).await;
    assert!(!is_alive(&app, &first).await);
}
