//! `/request-password-reset` and `/reset-password`.

use std::sync::Arc;
use std::time::Duration;

use hallpass::events::SecurityEvent;
use hallpass::mailer::MailKind;
use hallpass::model::{Account, Verification};
use hallpass::store::{AccountStore as _, UserChange, UserStore as _, VerificationStore as _};
use hallpass::types::{Email, UserId, VerificationId};
use hallpass::{Error, MailFlowError, MemoryStore, PasswordReset, SessionOptions, SignUpEmail, TokenStorage};
use hallpass_testing::{Fault, FaultyStore};
use http::Method;
use serde_json::json;

use crate::app::{App, Call, PASSWORD};
use crate::mail_app::{MailApp, path_of};

const NEW: &str = "another password";

/// Signs up, waits a minute, and asks for a reset.
async fn requested(app: &MailApp) -> String {
    app.sign_up().await;
    app.clock.advance(Duration::from_secs(60));
    request(app).await
}

pub(crate) async fn request(app: &MailApp) -> String {
    let body = json!({"email": "test@example.com", "redirectTo": "/new-password"});
    app.post("/request-password-reset", body).await;
    app.token(MailKind::ResetPassword)
}

pub(crate) fn reset(token: &str, password: &str) -> Call {
    Call::new(Method::POST, "/reset-password").json(&json!({"newPassword": password, "token": token}))
}

async fn user(app: &App) -> UserId {
    let email = Email::parse("test@example.com").unwrap();
    app.store.user_by_email(&email).await.unwrap().unwrap().id
}

#[tokio::test]
async fn the_mailed_token_sets_a_new_password_once_and_ends_every_session() {
    let app = MailApp::new();
    let cookie = app.sign_up().await.cookie();
    app.clock.advance(Duration::from_secs(60));
    let body = json!({"email": "test@example.com", "redirectTo": "/new-password"});
    app.post("/request-password-reset", body).await;
    let mail = app.mail(MailKind::ResetPassword);
    assert_eq!(mail.to.as_str(), "test@example.com");
    let followed = app.get(&path_of(&mail)).await;
    let token = mail.token.unwrap();
    let page = format!("http://localhost:3000/new-password?token={token}");
    assert_eq!((followed.status.as_u16(), followed.header("location")), (302, Some(page.as_str())));
    assert!(mail.text.contains(mail.url.as_deref().unwrap()) && mail.html.contains(&token));

    let answer = reset(&token, NEW).send(&app).await;
    assert_eq!((answer.text(), answer.set_cookies().len()), (r#"{"status":true}"#, 0));
    // What is left is a note of when it was set.
    assert_eq!((app.rows("session"), app.rows("verification")), (0, 1));
    let shown = Call::new(Method::GET, "/get-session").cookie(&cookie).send(&app).await;
    assert_eq!(shown.text(), "null");
    app.sign_in(PASSWORD).await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    assert_eq!(app.sign_in(NEW).await.status.as_u16(), 200);
    reset(&token, "a third password").send(&app).await.is(400, "INVALID_TOKEN");
    assert!(app.events.events().iter().any(|event| matches!(event, SecurityEvent::PasswordChanged { .. })));
}

#[tokio::test]
async fn sessions_go_on_only_where_that_is_asked_for() {
    let options = PasswordReset { keeps_sessions: true, ..PasswordReset::default() };
    let app = MailApp::with(|b| b.password_reset(options));
    let token = requested(&app).await;
    assert_eq!(reset(&token, NEW).send(&app).await.status.as_u16(), 200);
    assert_eq!(app.rows("session"), 1);
}

#[tokio::test]
async fn row_42_known_and_unknown_addresses_get_the_same_answer_and_cost_the_same_writes() {
    let app = MailApp::new();
    app.sign_up().await;
    let ask = |email: &str| {
        let call = Call::new(Method::POST, "/request-password-reset");
        call.json(&json!({"email": email, "redirectTo": "/new-password"}))
    };
    let known = ask("test@example.com").send(&app).await;
    let rows = app.rows("verification");
    let unknown = ask("nobody@example.com").send(&app).await;
    assert_eq!(
        (known.status, &known.headers, &known.body),
        (unknown.status, &unknown.headers, &unknown.body)
    );
    assert_eq!((rows, app.rows("verification")), (1, 2));
    assert_eq!(app.mail(MailKind::ResetPassword).to.as_str(), "test@example.com");
    // What was written for nobody is swept away with what was for somebody.
    app.clock.advance(Duration::from_secs(3601));
    assert_eq!(app.auth.sweep().await.unwrap().verifications, 2);
}

#[tokio::test]
async fn rows_29_58_74_89_the_link_goes_to_the_configured_host_whatever_the_request_says() {
    let app = MailApp::new();
    app.sign_up().await;
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-forwarded-proto", "https"),
        ("origin", "http://localhost:3000"),
    ] {
        let call = Call::new(Method::POST, "/request-password-reset").header(name, value);
        let answer = call.json(&json!({"email": "test@example.com", "redirectTo": "/x"})).send(&app).await;
        assert_eq!(answer.status.as_u16(), 200, "{name}");
        let mail = app.mail(MailKind::ResetPassword);
        assert!(path_of(&mail).starts_with("/reset-password/"), "{name}");
        assert!(!format!("{}{}", mail.text, mail.html).contains("evil"), "{name}");
    }
}

#[tokio::test]
async fn row_34_a_foreign_page_sends_no_mail_even_without_cookies() {
    let app = MailApp::new();
    app.sign_up().await;
    for path in ["/request-password-reset", "/send-verification-email"] {
        for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
            let call = Call::new(Method::POST, path).header(name, value);
            let answer = call.json(&json!({"email": "test@example.com"})).send(&app).await;
            assert_eq!(answer.status.as_u16(), 403, "{path} {name}");
        }
    }
    assert!(app.mailer.mails().is_empty());
}

#[tokio::test]
async fn a_token_expires_after_an_hour_by_default() {
    let app = MailApp::new();
    let token = requested(&app).await;
    app.clock.advance(Duration::from_secs(3599));
    assert!(app.auth.is_reset_token(&token).await.unwrap());
    app.clock.advance(Duration::from_secs(1));
    assert!(!app.auth.is_reset_token(&token).await.unwrap());
    reset(&token, NEW).send(&app).await.is(400, "INVALID_TOKEN");
}

#[tokio::test]
async fn a_token_ends_when_a_later_one_is_used_or_the_address_changes() {
    let app = MailApp::new();
    let (first, second) = (requested(&app).await, request(&app).await);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(reset(&second, NEW).send(&app).await.status.as_u16(), 200);
    reset(&first, "a third password").send(&app).await.is(400, "INVALID_TOKEN");

    app.clock.advance(Duration::from_secs(60));
    let token = request(&app).await;
    let other = Email::parse("other@example.com").unwrap();
    let change = UserChange { email: Some(other), ..UserChange::default() };
    app.store.update_user(&user(&app).await, &change).await.unwrap();
    reset(&token, "a third password").send(&app).await.is(400, "INVALID_TOKEN");
    assert!(!app.auth.is_reset_token(&token).await.unwrap());
}

#[tokio::test]
async fn who_knows_the_password_does_not_keep_the_owner_from_setting_another() {
    let app = MailApp::new();
    let thief = app.sign_up().await.cookie();
    app.clock.advance(Duration::from_secs(60));
    let token = request(&app).await;
    app.clock.advance(Duration::from_secs(30));
    let body = json!({"currentPassword": PASSWORD, "newPassword": "the thief's password"});
    assert_eq!(app.post_as("/change-password", &thief, body).await.status, 200);
    app.clock.advance(Duration::from_secs(30));
    let answer = reset(&token, NEW).send(&app).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(app.post_as("/update-user", &thief, json!({"name": "Thief"})).await.status, 401);
}

#[tokio::test]
async fn a_password_that_is_refused_costs_no_token() {
    let app = MailApp::new();
    let token = requested(&app).await;
    reset(&token, "short").send(&app).await.is(400, "PASSWORD_TOO_SHORT");
    reset(&token, &"x".repeat(129)).send(&app).await.is(400, "PASSWORD_TOO_LONG");
    assert_eq!(reset(&token, NEW).send(&app).await.status.as_u16(), 200);
}

#[tokio::test]
async fn nothing_that_is_stored_is_a_token() {
    let app = MailApp::new();
    let token = requested(&app).await;
    for row in app.verification_rows() {
        let identifier = row.identifier;
        assert!(!identifier.contains(&token) && !row.value.contains(&token), "{identifier}");
        let rest = identifier.strip_prefix("reset-password:").unwrap();
        let hash = rest.strip_prefix("sha256:").unwrap();
        for stolen in [identifier.as_str(), rest, hash, row.id.as_str(), &row.value] {
            reset(stolen, NEW).send(&app).await.is(400, "INVALID_TOKEN");
        }
    }
}

async fn put(app: &App, identifier: &str, value: &UserId) {
    let now = app.auth.now();
    let verification = Verification {
        id: VerificationId::from("x"),
        identifier: identifier.to_owned(),
        value: value.as_str().to_owned(),
        expires_at: now.plus(Duration::from_secs(60)),
        created_at: now,
        updated_at: now,
    };
    app.store.put_verification(&verification).await.unwrap();
}

#[tokio::test]
async fn a_token_that_better_auth_stored_plain_is_good_once() {
    let app = MailApp::new();
    app.sign_up().await;
    let token = "abcdefghijklmnopqrstuvWX";
    put(&app, &format!("reset-password:{token}"), &user(&app).await).await;
    assert!(app.auth.is_reset_token(token).await.unwrap());
    assert_eq!(reset(token, NEW).send(&app).await.status.as_u16(), 200);
    reset(token, NEW).send(&app).await.is(400, "INVALID_TOKEN");
    assert_eq!(app.sign_in(NEW).await.status.as_u16(), 200);
}

#[tokio::test]
async fn row_24_a_token_of_another_purpose_resets_nothing() {
    let app = MailApp::new();
    app.sign_up().await;
    let token = "abcdefghijklmnopqrstuvWX";
    for identifier in [token.to_owned(), format!("delete-account-{token}"), format!("magic-link:{token}")] {
        put(&app, &identifier, &user(&app).await).await;
        reset(token, NEW).send(&app).await.is(400, "INVALID_TOKEN");
    }
}

#[tokio::test]
async fn where_tokens_are_stored_plain_better_auth_finds_them() {
    let options = SessionOptions { tokens: TokenStorage::Plain, ..SessionOptions::default() };
    let app = MailApp::with(|b| b.session(options));
    let token = requested(&app).await;
    let rows = app.verification_rows();
    assert_eq!(rows[0].identifier, format!("reset-password:{token}"));
    assert_eq!(rows[0].value, user(&app).await.as_str());
    assert_eq!(reset(&token, NEW).send(&app).await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_user_without_a_password_gets_one() {
    let app = MailApp::new();
    app.sign_up().await;
    let account: Account = app.store.accounts_of(&user(&app).await).await.unwrap().remove(0);
    app.store.delete_account(&account.id).await.unwrap();
    let token = request(&app).await;
    assert_eq!(reset(&token, NEW).send(&app).await.status.as_u16(), 200);
    assert_eq!(app.sign_in(NEW).await.status.as_u16(), 200);
}

#[tokio::test]
async fn without_a_mailer_or_passwords_nothing_can_be_reset() {
    let disabled = |error: Error| matches!(error, Error::Mail(MailFlowError::ResetPasswordDisabled));
    let app = App::new();
    app.sign_up().await;
    let body = json!({"email": "test@example.com"});
    app.post("/request-password-reset", body).await.is(400, "RESET_PASSWORD_DISABLED");
    let off = PasswordReset { enabled: false, ..PasswordReset::default() };
    let app = MailApp::with(|b| b.password_reset(off));
    assert!(disabled(app.auth.request_password_reset("a@b.co", None).await.unwrap_err()));
}

#[tokio::test]
async fn the_page_of_the_options_stands_in_for_one_that_is_not_named() {
    let options = PasswordReset { page: Some("/new".to_owned()), ..PasswordReset::default() };
    let app = MailApp::with(|b| b.password_reset(options));
    app.auth.sign_up_email(SignUpEmail::new("A", "test@example.com", PASSWORD)).await.unwrap();
    app.auth.request_password_reset("test@example.com", None).await.unwrap();
    let mail = app.mail(MailKind::ResetPassword);
    let location = app.get(&path_of(&mail)).await.header("location").unwrap().to_owned();
    assert_eq!(location, format!("http://localhost:3000/new?token={}", mail.token.unwrap()));
}

#[tokio::test]
async fn of_a_fault_at_any_store_call_comes_one_password_and_no_old_session_with_a_new_one() {
    let prepare = async || {
        let memory = MemoryStore::new();
        let store = Arc::new(FaultyStore::new(memory.clone()));
        let app = MailApp::over(Arc::clone(&store) as Arc<_>, memory, |b| b);
        let stolen = app.sign_up().await.cookie();
        app.clock.advance(Duration::from_secs(60));
        let token = request(&app).await;
        store.disarm();
        (app, store, token, stolen)
    };
    let (dry, store, token, _) = prepare().await;
    assert_eq!(reset(&token, NEW).send(&dry).await.status.as_u16(), 200);
    let calls = store.calls().len();
    assert!(calls >= 7, "{calls}");
    for number in 1..=calls {
        for fault in [Fault::Before(number), Fault::After(number)] {
            let (app, store, token, stolen) = prepare().await;
            store.arm(fault);
            let answer = reset(&token, NEW).send(&app).await;
            assert_eq!((answer.status.as_u16(), answer.text()), (500, ""), "{fault:?}");
            store.disarm();
            let has_changed = app.sign_in(NEW).await.status == 200;
            assert_ne!(has_changed, app.sign_in(PASSWORD).await.status == 200, "{fault:?}: one password");
            let shown = Call::new(Method::GET, "/get-session").cookie(&stolen).send(&app).await;
            assert!(!has_changed || shown.text() == "null", "{fault:?}: the stolen session is over");
            // Whatever happened, another mail helps.
            app.clock.advance(Duration::from_secs(60));
            let token = request(&app).await;
            assert_eq!(reset(&token, "a third password").send(&app).await.status.as_u16(), 200, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn asking_for_a_mail_while_the_store_fails_sends_none_and_is_told_to_the_operator_alone() {
    let memory = MemoryStore::new();
    let store = Arc::new(FaultyStore::new(memory.clone()));
    let app = MailApp::over(Arc::clone(&store) as Arc<_>, memory, |b| b);
    app.sign_up().await;
    for number in 1..=2 {
        for fault in [Fault::Before(number), Fault::After(number)] {
            store.disarm();
            store.arm(fault);
            let answer = app.post("/request-password-reset", json!({"email": "test@example.com"})).await;
            assert_eq!(answer.status.as_u16(), 200, "{fault:?}");
            assert!(app.mailer.take().is_empty(), "{fault:?}");
            let told = app.events.take();
            let is_it = |event: &_| {
                matches!(event, SecurityEvent::MailNotSent { kind: MailKind::ResetPassword, user: None })
            };
            assert!(told.iter().any(is_it), "{fault:?}: {told:?}");
        }
    }
}
