//! What takes tokens.

use hallpass::types::Email;
use http::Method;
use serde_json::{Value, json};

use super::{EMAIL, Site, Taker, email, encoded};
use crate::app::{Answer, Call};

/// A taker: its name, the route that is there for it, and whether it takes a token.
macro_rules! taker {
    ($name:expr, $route:expr, |$site:ident, $token:ident| $takes:expr) => {
        Taker { name: $name, route: $route, take: |$site, $token| Box::pin(async move { $takes }) }
    };
}

pub(super) const TAKERS: &[Taker] = &[
    taker!("session cookie", None, |site, token| {
        let cookie = format!("better-auth.session_token={}", encoded(token));
        is_signed_in(site, |call| call.cookie(&cookie)).await
    }),
    taker!("bearer", None, |site, token| {
        is_signed_in(site, |call| call.header("authorization", &format!("Bearer {token}"))).await
    }),
    taker!("multi-session cookie", Some("/multi-session/set-active"), |site, token| {
        multi_session(site, "/multi-session/set-active", token).await.status == 200
    }),
    taker!("link to a password reset", Some("/reset-password/:token"), |site, token| {
        let path = format!("/reset-password/{}?callbackURL=/x", encoded(token));
        let answer = site.app.get(&path).await;
        answer.header("location").is_some_and(|location| location.contains("token="))
    }),
    taker!("password reset", Some("/reset-password"), |site, token| {
        let body = json!({"newPassword": "another password", "token": token});
        let is_taken = site.app.post("/reset-password", body).await.status == 200;
        let is_changed = site.app.sign_in("another password").await.status == 200;
        assert_eq!(is_taken, is_changed);
        is_taken
    }),
    taker!("e-mail verification", Some("/verify-email"), |site, token| {
        site.app.get(&format!("/verify-email?token={}", encoded(token))).await.status == 200
    }),
    taker!("account deletion", Some("/delete-user/callback"), |site, token| {
        let path = format!("/delete-user/callback?token={}", encoded(token));
        Call::new(Method::GET, &path).cookie(&site.cookie).send(&site.app).await;
        is_deleted(site).await
    }),
    taker!("account deletion by the page", Some("/delete-user"), |site, token| {
        site.post("/delete-user", json!({"token": token})).await;
        is_deleted(site).await
    }),
    taker!("one-time token", Some("/one-time-token/verify"), |site, token| {
        site.app.post("/one-time-token/verify", json!({"token": token})).await.status == 200
    }),
    taker!("multi-session revocation", Some("/multi-session/revoke"), |site, token| {
        ends_a_session(site, multi_session(site, "/multi-session/revoke", token)).await
    }),
    taker!("revocation of a session", Some("/revoke-session"), |site, token| {
        ends_a_session(site, site.post("/revoke-session", json!({"token": token}))).await
    }),
    taker!("session and user in a cookie", None, |site, token| {
        let user = site.app.auth.store().user_by_email(&email()).await.unwrap().unwrap();
        site.app.auth.store().delete_sessions_of(&user.id, None).await.unwrap();
        let cookie = format!("{}; better-auth.session_data={}", site.cookie, encoded(token));
        is_signed_in(site, |call| call.cookie(&cookie)).await
    }),
    taker!("magic link", Some("/magic-link/verify"), |site, token| {
        let answer = site.app.get(&format!("/magic-link/verify?token={}", encoded(token))).await;
        !answer.cookie().is_empty()
    }),
    taker!("sign-in by a code", Some("/sign-in/email-otp"), |site, token| with_code(
        site,
        "/sign-in/email-otp",
        json!({"otp": token})
    )
    .await),
    taker!("proof of an address by a code", Some("/email-otp/verify-email"), |site, token| with_code(
        site,
        "/email-otp/verify-email",
        json!({"otp": token})
    )
    .await),
    taker!("password reset by a code", Some("/email-otp/reset-password"), |site, token| {
        let body = json!({"otp": token, "password": "another password"});
        with_code(site, "/email-otp/reset-password", body).await
    }),
    taker!("look at a code to sign in", Some(CHECK), |site, token| with_code(
        site,
        CHECK,
        json!({"otp": token, "type": "sign-in"})
    )
    .await),
    taker!("look at a code that proves an address", Some(CHECK), |site, token| with_code(
        site,
        CHECK,
        json!({"otp": token, "type": "email-verification"})
    )
    .await),
    taker!("look at a code to set a password", Some(CHECK), |site, token| with_code(
        site,
        CHECK,
        json!({"otp": token, "type": "forget-password"})
    )
    .await),
    taker!("wish to change the address", Some("/email-otp/request-email-change"), |site, token| {
        with_code(site, "/email-otp/request-email-change", json!({"otp": token, "newEmail": NEW_EMAIL})).await
    }),
    taker!("change of address by a code", Some("/email-otp/change-email"), |site, token| {
        let body = json!({"otp": token, "newEmail": NEW_EMAIL});
        site.post("/email-otp/change-email", body).await;
        let changed = Email::parse(NEW_EMAIL).unwrap();
        site.app.auth.store().user_by_email(&changed).await.unwrap().is_some()
    }),
    taker!("another service", None, |site, token| site.jwt.verify(&site.app.auth, token).await.is_ok()),
];

const CHECK: &str = "/email-otp/check-verification-otp";
const NEW_EMAIL: &str = "new@example.com";

/// Whether a request for the session that `call` completes is answered with one.
async fn is_signed_in(site: &Site, call: impl FnOnce(Call) -> Call) -> bool {
    call(Call::new(Method::GET, "/get-session")).send(&site.app).await.json() != Value::Null
}

async fn ends_a_session(site: &Site, call: impl Future<Output = Answer>) -> bool {
    let before = site.app.rows("session");
    call.await;
    site.app.rows("session") < before
}

/// Asks as the user, by the user's address.
async fn with_code(site: &Site, path: &str, mut body: Value) -> bool {
    body["email"] = json!(EMAIL);
    site.post(path, body).await.status == 200
}

/// Asks with a cookie of one of several sessions, and with the session's own.
async fn multi_session(site: &Site, path: &str, token: &str) -> Answer {
    let bare = token.split('.').next().unwrap_or_default();
    let held =
        format!("better-auth.session_token_multi-{}={}", encoded(&bare.to_lowercase()), encoded(token));
    let call = Call::new(Method::POST, path).cookie(&format!("{}; {held}", site.cookie));
    let call = call.header("origin", "http://localhost:3000");
    call.json(&json!({"sessionToken": bare})).send(&site.app).await
}

async fn is_deleted(site: &Site) -> bool {
    site.app.auth.store().user_by_email(&email()).await.unwrap().is_none()
}
