//! `POST /sign-in/email` and `POST /sign-out`.

use std::sync::Mutex;

use hallpass::events::{RefusalReason, SecurityEvent};
use hallpass::model::Account;
use hallpass::password::{HashError, Password, PasswordHash, PasswordHasher, Verdict};
use hallpass::store::{AccountStore as _, UserStore as _};
use hallpass::types::{AccountId, Email};
use hallpass::{EmailPassword, EmailVerification, SignInEmail};
use http::Method;
use serde_json::json;

use crate::app::{App, Call, PASSWORD, cheap_hasher};

#[tokio::test]
async fn the_right_password_signs_in_with_a_new_token() {
    let app = App::new();
    let first = app.sign_up().await.json()["token"].clone();
    let answer = app.sign_in(PASSWORD).await;
    let json = answer.json();
    assert_eq!(json["redirect"], false);
    assert!(json.get("url").is_none() && json["token"] != first && answer.header("location").is_none());
    assert_eq!(json["user"]["email"], "test@example.com");
    assert_eq!(app.rows("session"), 2);
}

#[tokio::test]
async fn row_66_a_sign_in_takes_the_place_of_the_session_that_the_browser_had() {
    let app = App::new();
    let first = app.sign_up().await.cookie();
    let elsewhere = app.sign_in(PASSWORD).await.cookie();
    let body = json!({"email": "test@example.com", "password": PASSWORD});
    let again = |cookie: &str, password: &str| {
        let body = json!({"email": "test@example.com", "password": password});
        Call::new(Method::POST, "/sign-in/email")
            .cookie(cookie)
            .header("origin", "http://localhost:3000")
            .json(&body)
    };
    again(&first, "wrongpassword").send(&app).await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    assert_eq!(app.rows("session"), 2, "a refused sign-in ends nothing");
    let second = again(&first, PASSWORD).send(&app).await.cookie();
    let alive = |cookie: &str| Call::new(Method::GET, "/get-session").cookie(cookie).send(&app);
    assert_eq!(alive(&first).await.text(), "null");
    assert_ne!(alive(&second).await.text(), "null");
    assert_ne!(alive(&elsewhere).await.text(), "null");
    // A cookie that nobody signed ends nothing.
    let forged = elsewhere.replace('.', ".x");
    let call =
        Call::new(Method::POST, "/sign-in/email").cookie(&forged).header("origin", "http://localhost:3000");
    assert_eq!(call.json(&body).send(&app).await.status.as_u16(), 200);
    assert_ne!(alive(&elsewhere).await.text(), "null");
}

#[tokio::test]
async fn a_callback_is_named_in_body_and_header() {
    let app = App::new();
    app.sign_up().await;
    let body = json!({"email": "test@example.com", "password": PASSWORD, "callbackURL": "/dash"});
    let answer = app.post("/sign-in/email", body).await;
    let json = answer.json();
    assert_eq!((&json["redirect"], &json["url"]), (&json!(true), &json!("/dash")));
    assert_eq!(answer.header("location"), Some("/dash"));
}

#[tokio::test]
async fn unknown_and_wrong_look_alike() {
    let app = App::new();
    app.sign_up().await;
    let wrong = app.sign_in("wrongpassword").await;
    let unknown =
        app.post("/sign-in/email", json!({"email": "no@example.com", "password": "wrongpassword"})).await;
    wrong.is(401, "INVALID_EMAIL_OR_PASSWORD");
    assert_eq!(
        (wrong.status, wrong.headers.clone(), wrong.body.clone()),
        (unknown.status, unknown.headers, unknown.body)
    );
    let reasons: Vec<_> = app.events.events().iter().filter_map(reason).collect();
    assert_eq!(reasons, [RefusalReason::WrongPassword, RefusalReason::UnknownUser]);
}

fn reason(event: &SecurityEvent) -> Option<RefusalReason> {
    if let SecurityEvent::SignInRefused { reason, .. } = event { Some(*reason) } else { None }
}

#[tokio::test]
async fn validators_run_before_the_lookup_on_every_branch() {
    let app = App::new();
    app.sign_up().await;
    for email in ["test@example.com", "no@example.com"] {
        let body = json!({"email": email, "password": "x".repeat(129)});
        app.post("/sign-in/email", body).await.is(400, "PASSWORD_TOO_LONG");
    }
    app.post("/sign-in/email", json!({"email": "bad", "password": "x"})).await.is(400, "INVALID_EMAIL");
}

/// Counts what is asked of a hasher.
#[derive(Debug, Default)]
struct Counting(Mutex<Vec<&'static str>>);

#[async_trait::async_trait]
impl PasswordHasher for &'static Counting {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        self.0.lock().unwrap().push("hash");
        cheap_hasher().hash(password).await
    }

    async fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<Verdict, HashError> {
        self.0.lock().unwrap().push("verify");
        cheap_hasher().verify(password, hash).await
    }
}

#[tokio::test]
async fn row_82_an_unknown_user_costs_one_hash_as_a_wrong_password_does() {
    let counting: &'static Counting = Box::leak(Box::default());
    let app = App::with(|builder| builder.password_hasher(counting));
    app.sign_up().await;
    let asked = || std::mem::take(&mut *counting.0.lock().unwrap());
    asked();
    app.sign_in("wrongpassword").await;
    assert_eq!(asked(), ["verify"]);
    app.post("/sign-in/email", json!({"email": "no@example.com", "password": "wrongpassword"})).await;
    assert_eq!(asked(), ["hash"]);
}

#[tokio::test]
async fn a_better_auth_hash_is_verified_and_replaced() {
    let app = App::new();
    // «pässword», from better-auth 1.7.25.
    let hash = "000102030405060708090a0b0c0d0e0f:4d0d283f7449d979c31a602cc9bd620e5f53848f484c4bcb2177ed3e814eb13c6103504113a34cc637e58fdfc43bade04dbfd45dea9c309439dcc920e4d0e51d";
    app.sign_up().await;
    let email = Email::parse("test@example.com").unwrap();
    let (user, old) = app.store.credential_by_email(&email).await.unwrap().unwrap();
    app.store.delete_account(&old.unwrap().id).await.unwrap();
    let adopted =
        Account::credential(AccountId::from("adopted"), &user.id, PasswordHash::new(hash), user.created_at);
    app.store.add_account(&adopted).await.unwrap();
    app.events.take();

    app.sign_in("passwort").await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    let stored = || async {
        let (_, account) = app.store.credential_by_email(&email).await.unwrap().unwrap();
        account.unwrap().password.unwrap().into_string()
    };
    assert_eq!(stored().await, hash);
    // Typed with a combining diaeresis: the same password.
    assert_eq!(app.sign_in("pa\u{308}ssword").await.status.as_u16(), 200);
    assert!(stored().await.starts_with("$argon2id$"));
    assert!(app.events.take().iter().any(|event| matches!(event, SecurityEvent::PasswordRehashed { .. })));
    assert_eq!(app.sign_in("pässword").await.status.as_u16(), 200);
}

#[tokio::test]
async fn an_unproven_address_is_told_only_after_the_right_password() {
    let app = App::with(|b| {
        b.email_password(EmailPassword { require_email_verification: true, ..EmailPassword::default() })
            .email_verification(EmailVerification { left_to_app: true, ..EmailVerification::default() })
    });
    let body = json!({"name": "A", "email": "test@example.com", "password": PASSWORD});
    app.post("/sign-up/email", body).await;
    app.sign_in("wrongpassword").await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    app.sign_in(PASSWORD).await.is(403, "EMAIL_NOT_VERIFIED");
    assert_eq!(app.rows("session"), 0);
}

#[tokio::test]
async fn without_the_option_it_is_off() {
    let app = {
        let auth = hallpass::Auth::builder(hallpass::MemoryStore::new())
            .secret(crate::app::SECRET)
            .base_url("http://localhost:3000")
            .build()
            .unwrap();
        App { auth, ..App::new() }
    };
    app.sign_in(PASSWORD).await.is(400, "EMAIL_PASSWORD_DISABLED");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_clears_every_cookie() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    let out =
        || Call::new(Method::POST, "/sign-out").cookie(&cookie).header("origin", "http://localhost:3000");
    let answer = out().json(&json!({})).send(&app).await;
    assert_eq!(answer.text(), r#"{"success":true}"#);
    assert_eq!(
        answer.set_cookies(),
        ["session_token", "session_data", "dont_remember"]
            .map(|key| format!("better-auth.{key}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"))
    );
    assert_eq!(app.rows("session"), 0);
    let gone = Call::new(Method::GET, "/get-session").cookie(&cookie).send(&app).await;
    assert_eq!(gone.text(), "null");
    // Once more, without a body, and by nobody: still a success.
    assert_eq!(out().send(&app).await.text(), r#"{"success":true}"#);
    assert_eq!(Call::new(Method::POST, "/sign-out").send(&app).await.text(), r#"{"success":true}"#);
}

#[tokio::test]
async fn the_typed_calls_do_the_same_without_http() {
    let app = App::new();
    app.sign_up().await;
    let signed_in = app.auth.sign_in_email(SignInEmail::new("test@example.com", PASSWORD)).await.unwrap();
    assert_eq!(app.rows("session"), 2);
    assert!(app.auth.sign_out(&signed_in.token).await.unwrap());
    assert!(!app.auth.sign_out(&signed_in.token).await.unwrap());
    assert_eq!(app.rows("session"), 1);
}
