//! Holes that other libraries had, one test a row of the list that `docs/threat-model.md` keeps; the row's
//! number is in the name. Rows about origins, redirects and addresses stand beside the code they test.

use std::sync::Arc;

use hallpass::jwt::{self, Claims, Hs256, JwtError};
use hallpass::mailer::MailKind;
use hallpass::plugin::SignInMethod;
use hallpass::plugins::OneTimeToken;
use hallpass::types::Secret;
use hallpass::{AuthBuilder, MemoryStore, NewSession, RateLimit, RateLimitOptions, Refresh, SignInEmail};
use http::Method;
use serde_json::json;
use tokio::task::JoinSet;

use crate::app::{App, Call, PASSWORD, SECRET};
use crate::mail_app::MailApp;

#[tokio::test]
async fn row_5_and_39_and_112_other_spellings_reach_no_route_limit_or_block() {
    let one = RateLimit::new(1, std::time::Duration::from_secs(60));
    let app = App::with(|b| {
        b.disable_path("/sign-up/email").rate_limit(RateLimitOptions {
            rules: vec![("/ok".to_owned(), Some(one))],
            ..RateLimitOptions::default()
        })
    });
    assert_eq!(app.get("/ok").await.status.as_u16(), 200);
    for path in ["/ok", "//ok", "/./ok", "/ok/", "/OK", "/%6fk", "/ok%2f", "/ok;x", "/x/../ok"] {
        assert_ne!(app.get(path).await.status.as_u16(), 200, "{path}");
    }
    for path in [
        "//sign-up/email",
        "/sign-up//email",
        "/./sign-up/email",
        "/sign-up/email/",
        "/Sign-Up/email",
        "/sign-up%2femail",
    ] {
        let body = json!({"name": "A", "email": "a@b.co", "password": PASSWORD});
        assert_eq!(app.post(path, body).await.status.as_u16(), 404, "{path}");
    }
    assert_eq!(app.rows("user"), 0);
}

#[tokio::test]
async fn rows_45_46_47_addresses_that_read_two_ways_are_refused() {
    let app = App::new();
    for email in [
        "a\u{ff20}b.co",
        "a\u{ff20}evil.co@b.co",
        "\"e@attacker.com\"@victim.com",
        "a@x.co,b@y.co",
        "a@x.co;b@y.co",
        "a@x.co b@y.co",
        "a@x.co\r\nbcc: b@y.co",
        "<a@x.co>",
        "a@x.co\u{0}",
        " a@x.co",
        "a@x.co ",
        "а@x.co",
        "ﬁ@x.co",
    ] {
        let body = json!({"name": "A", "email": email, "password": PASSWORD});
        app.post("/sign-up/email", body).await.is(400, "VALIDATION_ERROR");
        app.post("/sign-in/email", json!({"email": email, "password": PASSWORD}))
            .await
            .is(400, "INVALID_EMAIL");
    }
    assert_eq!(app.rows("user"), 0);
}

#[tokio::test]
async fn row_49_malformed_headers_are_nobody_and_panic_nothing() {
    let app = App::new();
    for (name, value) in [
        ("authorization", "Bearer"),
        ("cookie", "="),
        ("cookie", ";;;"),
        ("cookie", "%"),
        ("cookie", "better-auth.session_token"),
    ] {
        let call = Call::new(Method::GET, "/get-session").header(name, value);
        assert_eq!(call.send(&app).await.text(), "null");
    }
}

async fn is_live(app: &App, cookie: &str) -> bool {
    Call::new(Method::GET, "/get-session").cookie(cookie).send(app).await.text() != "null"
}

#[tokio::test]
async fn row_72_what_was_ended_or_used_is_so_after_a_restart() {
    let store = MemoryStore::new();
    let start = || {
        let started = |builder: AuthBuilder| builder.plugin(OneTimeToken::new());
        MailApp::over(Arc::new(store.clone()), store.clone(), started)
    };
    let app = start();
    let ended = app.sign_up().await.cookie();
    let kept = app.sign_in(PASSWORD).await.cookie();
    let once = Call::new(Method::GET, "/one-time-token/generate").cookie(&kept).send(&app).await.json();
    app.post_as("/sign-out", &ended, json!({})).await;
    assert_eq!(app.post("/one-time-token/verify", once.clone()).await.status, 200);

    let app = start();
    assert!(!is_live(&app, &ended).await && is_live(&app, &kept).await);
    assert_eq!(app.post("/one-time-token/verify", once).await.status, 400);
    app.post("/request-password-reset", json!({"email": "test@example.com"})).await;
    let reset = json!({"newPassword": "another password", "token": app.token(MailKind::ResetPassword)});
    assert_eq!(app.post("/reset-password", reset.clone()).await.status, 200);
    let later = app.sign_in("another password").await.cookie();

    let app = start();
    assert!(!is_live(&app, &kept).await && is_live(&app, &later).await);
    assert_eq!(app.post("/reset-password", reset).await.status, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_80_and_90_a_hundred_wrong_passwords_at_once_count_a_hundred() {
    let limit = RateLimit::new(5, std::time::Duration::from_secs(60));
    let rules = vec![("/sign-in/email".to_owned(), Some(limit))];
    let app =
        Arc::new(App::with(|b| b.rate_limit(RateLimitOptions { rules, ..RateLimitOptions::default() })));
    app.sign_up().await;
    let mut running = JoinSet::new();
    for _ in 0..100 {
        let app = Arc::clone(&app);
        running.spawn(async move { app.sign_in("wrongpassword").await.status.as_u16() });
    }
    let statuses = running.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5);
    assert_eq!(app.sign_in(PASSWORD).await.status.as_u16(), 429, "the budget is spent");
}

#[tokio::test]
async fn row_93_a_cookie_cannot_be_computed_without_the_secret() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    let other = App::over(Arc::new(app.store.clone()), app.store.clone(), |b| {
        b.secret("another-secret-0123456789-abcdefghijklmnop")
    });
    let answer = Call::new(Method::GET, "/get-session").cookie(&cookie).send(&other).await;
    assert_eq!(answer.text(), "null");
}

#[tokio::test]
async fn row_101_no_secret_shows_in_debug_text() {
    let app = App::new();
    let token = app.sign_up().await.json()["token"].as_str().unwrap().to_owned();
    let signed_in = app.auth.sign_in_email(SignInEmail::new("test@example.com", PASSWORD)).await.unwrap();
    let lines = signed_in.cookies(&app.auth, None);
    let mut headers = http::HeaderMap::new();
    headers.insert("cookie", lines[0].to_str().unwrap().split(';').next().unwrap().parse().unwrap());
    let mut attempt = NewSession::new(&signed_in.user, SignInMethod::Password);
    attempt.headers = Some(&headers);
    app.clock.advance(std::time::Duration::from_secs(2 * 86_400));
    let answer = app.auth.get_session(&headers, Refresh::Now).await.unwrap();
    assert_eq!(answer.cookies.len(), 1);
    let (events, store) = (app.events.events(), &app.store);
    let shown = format!("{:?} {events:?} {store:?} {lines:?} {attempt:?} {answer:?}", app.auth);
    assert!(!shown.contains(signed_in.token.expose()), "{shown}");
    for secret in [SECRET, PASSWORD, token.as_str(), "$argon2id$"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn rows_102_103_104_tokens_with_odd_times_or_headers_are_refused() {
    let signer = Hs256::new(&Secret::from(SECRET));
    let now = hallpass::clock::Timestamp::from_millis(1_795_335_687_378);
    let claims = |exp: serde_json::Value| Claims::from_iter([("exp".to_owned(), exp)]);
    for odd in [
        json!("1895335687"),
        json!([1_895_335_687_u64]),
        json!(null),
        json!(-1),
        json!({}),
        json!(1_795_335_687),
    ] {
        let token = jwt::encode(&signer, &claims(odd.clone())).await.unwrap();
        assert_eq!(jwt::decode(&signer, &token, now).await, Err(JwtError::NotValidNow), "{odd}");
    }
    let good = jwt::encode(&signer, &claims(json!(1_795_335_688))).await.unwrap();
    assert!(good.starts_with("eyJhbGciOiJIUzI1NiJ9."), "the header is better-auth's: {good}");
    assert!(jwt::decode(&signer, &good, now).await.is_ok());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let payload = message.split_once('.').unwrap().1;
    for forged in [
        format!("eyJhbGciOiJub25lIn0.{payload}."),
        format!("eyJhbGciOiJub25lIn0.{payload}.{signature}"),
        message.to_owned(),
        format!("{message}."),
        format!("{good}."),
        format!("{good}="),
        String::new(),
        "..".to_owned(),
        r#"{"payload":"","signatures":[]}"#.to_owned(),
    ] {
        assert!(jwt::decode(&signer, &forged, now).await.is_err(), "{forged}");
    }
    let other = Hs256::new(&Secret::from("another-secret-0123456789-abcdefghijklmnop"));
    assert_eq!(jwt::decode(&other, &good, now).await, Err(JwtError::Signature));
}
