//! What takes tokens.

use hallpass::types::Email;
use http::Method;
use serde_json::{Value, json};

use super::{EMAIL, Site, Taken, Taker, email, encoded};
use crate::app::{Answer, Call};

pub(super) const TAKERS: &[Taker] = &[
    Taker {
        name: "session cookie",
        route: None,
        take: |site, token| {
            Box::pin(async move {
                let cookie = format!("better-auth.session_token={}", encoded(token));
                let call = Call::new(Method::GET, "/get-session").cookie(&cookie);
                call.send(&site.app).await.json() != Value::Null
            })
        },
    },
    Taker {
        name: "bearer",
        route: None,
        take: |site, token| {
            Box::pin(async move {
                let call = Call::new(Method::GET, "/get-session");
                let call = call.header("authorization", &format!("Bearer {token}"));
                call.send(&site.app).await.json() != Value::Null
            })
        },
    },
    Taker {
        name: "multi-session cookie",
        route: Some("/multi-session/set-active"),
        take: |site, token| {
            Box::pin(async move {
                let answer = multi_session(site, "/multi-session/set-active", token).await;
                answer.status == 200
            })
        },
    },
    Taker {
        name: "link to a password reset",
        route: Some("/reset-password/:token"),
        take: |site, token| {
            Box::pin(async move {
                let path = format!("/reset-password/{}?callbackURL=/x", encoded(token));
                let answer = site.app.get(&path).await;
                answer.header("location").is_some_and(|location| location.contains("token="))
            })
        },
    },
    Taker {
        name: "password reset",
        route: Some("/reset-password"),
        take: |site, token| {
            Box::pin(async move {
                let body = json!({"newPassword": "another password", "token": token});
                let is_taken = site.app.post("/reset-password", body).await.status == 200;
                let is_changed = site.app.sign_in("another password").await.status == 200;
                assert_eq!(is_taken, is_changed);
                is_taken
            })
        },
    },
    Taker {
        name: "e-mail verification",
        route: Some("/verify-email"),
        take: |site, token| {
            Box::pin(async move {
                site.app.get(&format!("/verify-email?token={}", encoded(token))).await.status == 200
            })
        },
    },
    Taker {
        name: "account deletion",
        route: Some("/delete-user/callback"),
        take: |site, token| {
            Box::pin(async move {
                let path = format!("/delete-user/callback?token={}", encoded(token));
                Call::new(Method::GET, &path).cookie(&site.cookie).send(&site.app).await;
                is_deleted(site).await
            })
        },
    },
    Taker {
        name: "account deletion by the page",
        route: Some("/delete-user"),
        take: |site, token| {
            Box::pin(async move {
                site.post("/delete-user", json!({"token": token})).await;
                is_deleted(site).await
            })
        },
    },
    Taker {
        name: "one-time token",
        route: Some("/one-time-token/verify"),
        take: |site, token| {
            Box::pin(async move {
                site.app.post("/one-time-token/verify", json!({"token": token})).await.status == 200
            })
        },
    },
    Taker {
        name: "multi-session revocation",
        route: Some("/multi-session/revoke"),
        take: |site, token| {
            Box::pin(async move {
                let before = site.app.rows("session");
                multi_session(site, "/multi-session/revoke", token).await;
                site.app.rows("session") < before
            })
        },
    },
    Taker {
        name: "revocation of a session",
        route: Some("/revoke-session"),
        take: |site, token| {
            Box::pin(async move {
                let before = site.app.rows("session");
                site.post("/revoke-session", json!({"token": token})).await;
                site.app.rows("session") < before
            })
        },
    },
    Taker {
        name: "session and user in a cookie",
        route: None,
        take: |site, token| {
            Box::pin(async move {
                let user = site.app.auth.store().user_by_email(&email()).await.unwrap().unwrap();
                site.app.auth.store().delete_sessions_of(&user.id, None).await.unwrap();
                let cookie = format!("{}; better-auth.session_data={}", site.cookie, encoded(token));
                let call = Call::new(Method::GET, "/get-session").cookie(&cookie);
                call.send(&site.app).await.json() != Value::Null
            })
        },
    },
    Taker {
        name: "magic link",
        route: Some("/magic-link/verify"),
        take: |site, token| {
            Box::pin(async move {
                let answer = site.app.get(&format!("/magic-link/verify?token={}", encoded(token))).await;
                !answer.cookie().is_empty()
            })
        },
    },
    Taker {
        name: "sign-in by a code",
        route: Some("/sign-in/email-otp"),
        take: |site, token| with_code(site, "/sign-in/email-otp", json!({"otp": token})),
    },
    Taker {
        name: "proof of an address by a code",
        route: Some("/email-otp/verify-email"),
        take: |site, token| with_code(site, "/email-otp/verify-email", json!({"otp": token})),
    },
    Taker {
        name: "password reset by a code",
        route: Some("/email-otp/reset-password"),
        take: |site, token| {
            let body = json!({"otp": token, "password": "another password"});
            with_code(site, "/email-otp/reset-password", body)
        },
    },
    Taker {
        name: "look at a code to sign in",
        route: Some(CHECK),
        take: |site, token| with_code(site, CHECK, json!({"otp": token, "type": "sign-in"})),
    },
    Taker {
        name: "look at a code that proves an address",
        route: Some(CHECK),
        take: |site, token| with_code(site, CHECK, json!({"otp": token, "type": "email-verification"})),
    },
    Taker {
        name: "look at a code to set a password",
        route: Some(CHECK),
        take: |site, token| with_code(site, CHECK, json!({"otp": token, "type": "forget-password"})),
    },
    Taker {
        name: "wish to change the address",
        route: Some("/email-otp/request-email-change"),
        take: |site, token| {
            with_code(site, "/email-otp/request-email-change", json!({"otp": token, "newEmail": NEW_EMAIL}))
        },
    },
    Taker {
        name: "change of address by a code",
        route: Some("/email-otp/change-email"),
        take: |site, token| {
            Box::pin(async move {
                let body = json!({"otp": token, "newEmail": NEW_EMAIL});
                site.post("/email-otp/change-email", body).await;
                let changed = Email::parse(NEW_EMAIL).unwrap();
                site.app.auth.store().user_by_email(&changed).await.unwrap().is_some()
            })
        },
    },
    Taker {
        name: "another service",
        route: None,
        take: |site, token| Box::pin(async move { site.jwt.verify(&site.app.auth, token).await.is_ok() }),
    },
];

const CHECK: &str = "/email-otp/check-verification-otp";
const NEW_EMAIL: &str = "new@example.com";

/// Asks as the user, by the user's address.
fn with_code<'a>(site: &'a Site, path: &'static str, mut body: Value) -> Taken<'a> {
    body["email"] = json!(EMAIL);
    Box::pin(async move { site.post(path, body).await.status == 200 })
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
