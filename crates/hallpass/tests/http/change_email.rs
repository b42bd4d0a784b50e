//! `/change-email`, and the links that follow.

use std::time::Duration;

use hallpass::mailer::{Mail, MailKind};
use hallpass::store::{UserChange, UserStore as _};
use hallpass::types::Email;
use hallpass::{ChangeEmail, Error, VerifiedEmail, VerifyEmail};
use http::Method;
use serde_json::{Value, json};

use crate::app::{App, Call, PASSWORD};
use crate::mail_app::{MailApp, path_of};

fn changeable(options: ChangeEmail) -> MailApp {
    MailApp::with(|b| b.change_email(options))
}

/// Signs up and proves the address.
async fn proven(app: &MailApp) -> String {
    let cookie = app.sign_up().await.cookie();
    app.post("/send-verification-email", json!({"email": "test@example.com"})).await;
    app.get(&path_of(&app.mail(MailKind::VerifyEmail))).await;
    cookie
}

async fn ask(app: &MailApp, cookie: &str, email: &str) {
    let answer = app.post_as("/change-email", cookie, json!({"newEmail": email, "callbackURL": "/x"})).await;
    assert_eq!(answer.text(), r#"{"status":true}"#);
}

async fn user(app: &App, cookie: &str) -> Value {
    Call::new(Method::GET, "/get-session").cookie(cookie).send(app).await.json()["user"].clone()
}

async fn follow(app: &MailApp, mail: &Mail) -> String {
    app.get(&path_of(mail)).await.header("location").unwrap().to_owned()
}

#[tokio::test]
async fn the_old_address_is_asked_first_and_then_the_new_one() {
    let app = changeable(ChangeEmail::default());
    let cookie = proven(&app).await;
    ask(&app, &cookie, "New@example.com").await;
    let first = app.mail(MailKind::ChangeEmail);
    assert_eq!(first.to.as_str(), "test@example.com");
    assert!(first.text.contains("new@example.com"));
    assert_eq!(follow(&app, &first).await, "/x");
    let second = app.mail(MailKind::VerifyEmail);
    assert_eq!(second.to.as_str(), "new@example.com");
    assert_eq!(user(&app, &cookie).await["email"], "test@example.com", "nothing has changed yet");
    assert_eq!(follow(&app, &second).await, "/x");
    let after = user(&app, &cookie).await;
    assert_eq!((&after["email"], &after["emailVerified"]), (&json!("new@example.com"), &json!(true)));
    for old in [&first, &second] {
        assert_eq!(follow(&app, old).await, "/x?error=INVALID_TOKEN");
    }
    assert!(app.mailer.take().is_empty());
}

#[tokio::test]
async fn row_79_of_two_changes_only_the_mailed_address_becomes_the_users() {
    let app = changeable(ChangeEmail { confirm_at_old_address: false, ..ChangeEmail::default() });
    let cookie = proven(&app).await;
    let mut mails = Vec::new();
    for name in ["one", "two"] {
        ask(&app, &cookie, &format!("{name}@example.com")).await;
        mails.push(app.mail(MailKind::VerifyEmail));
    }
    let (one, two) = tokio::join!(follow(&app, &mails[0]), follow(&app, &mails[1]));
    let good = [&one, &two].into_iter().filter(|location| *location == "/x").count();
    assert_eq!(good, 1, "{one} {two}");
    let winner = if one == "/x" { &mails[0].to } else { &mails[1].to };
    assert_eq!(user(&app, &cookie).await["email"], winner.as_str());
}

#[tokio::test]
async fn a_taken_address_is_answered_as_a_free_one_and_gets_no_mail() {
    for confirm_at_old_address in [true, false] {
        let app = changeable(ChangeEmail { confirm_at_old_address, ..ChangeEmail::default() });
        let cookie = proven(&app).await;
        let other = json!({"name": "B", "email": "taken@example.com", "password": PASSWORD});
        app.post("/sign-up/email", other).await;
        ask(&app, &cookie, "taken@example.com").await;
        if confirm_at_old_address {
            // The asker's own mailbox tells nothing: it is asked about every address.
            assert_eq!(follow(&app, &app.mail(MailKind::ChangeEmail)).await, "/x");
        }
        assert!(app.mailer.take().is_empty());
    }
}

#[tokio::test]
async fn row_33_a_strangers_link_does_not_outlive_the_proof_of_the_mailbox() {
    for seconds in [0, 60] {
        let app = changeable(ChangeEmail::default());
        // A stranger signs up with somebody's address, and asks for a change to one of the stranger's own.
        let cookie = app.sign_up().await.cookie();
        ask(&app, &cookie, "stranger@example.com").await;
        let strangers = app.mail(MailKind::VerifyEmail);
        app.clock.advance(Duration::from_secs(seconds));
        // The owner of the mailbox comes, and what the stranger had goes.
        let email = Email::parse("test@example.com").unwrap();
        let user = app.store.user_by_email(&email).await.unwrap().unwrap();
        app.auth.prove_mailbox(&user.id, &email).await.unwrap().unwrap();
        assert_eq!(follow(&app, &strangers).await, "/x?error=INVALID_TOKEN", "{seconds}");
        let user = app.store.user(&user.id).await.unwrap().unwrap();
        assert_eq!((user.email, user.email_verified), (email, true));
    }
}

#[tokio::test]
async fn an_address_that_was_proven_meanwhile_is_not_replaced_at_once() {
    let app = changeable(ChangeEmail { update_unverified: true, ..ChangeEmail::default() });
    let cookie = app.sign_up().await.cookie();
    let headers = http::HeaderMap::from_iter([(http::header::COOKIE, cookie.parse().unwrap())]);
    let current = app.auth.session(&headers).await.unwrap().unwrap();
    // Proven between the reading of the session and the change.
    let email = Email::parse("test@example.com").unwrap();
    app.auth.store().update_user(&current.user.id, &proven_now(&email)).await.unwrap();
    let refused = app.auth.change_email(&current, "boss@example.com", None).await;
    assert!(matches!(refused, Err(Error::Unauthorized)), "{refused:?}");
    let user = app.store.user(&current.user.id).await.unwrap().unwrap();
    assert_eq!((user.email, user.email_verified), (email.clone(), true));
    // And a mailbox that is no longer the user's proves nothing.
    let moved = UserChange { email: Email::parse("boss@example.com").ok(), ..UserChange::default() };
    app.auth.store().update_user(&user.id, &moved).await.unwrap();
    assert_eq!(app.auth.prove_mailbox(&user.id, &email).await.unwrap(), None);
}

fn proven_now(email: &Email) -> UserChange {
    UserChange { email_verified: Some(true), if_email: Some(email.clone()), ..UserChange::default() }
}

#[tokio::test]
async fn a_link_is_good_for_no_other_user_who_is_signed_in() {
    let app = changeable(ChangeEmail::default());
    let cookie = proven(&app).await;
    ask(&app, &cookie, "new@example.com").await;
    let mail = app.mail(MailKind::ChangeEmail);
    let other = json!({"name": "B", "email": "b@example.com", "password": PASSWORD});
    let other = app.post("/sign-up/email", other).await.cookie();
    let answer = Call::new(Method::GET, &path_of(&mail)).cookie(&other).send(&app).await;
    assert_eq!(answer.header("location"), Some("/x?error=INVALID_USER"));
    assert!(app.mailer.take().is_empty());
}

#[tokio::test]
async fn what_a_thief_of_a_session_has_asked_for_ends_when_the_password_is_set_anew() {
    let app = changeable(ChangeEmail { confirm_at_old_address: false, ..ChangeEmail::default() });
    let cookie = proven(&app).await;
    app.clock.advance(Duration::from_secs(60));
    ask(&app, &cookie, "thief@example.com").await;
    let thiefs = app.mail(MailKind::VerifyEmail);
    app.clock.advance(Duration::from_secs(60));
    app.post("/request-password-reset", json!({"email": "test@example.com", "redirectTo": "/x"})).await;
    let token = app.token(MailKind::ResetPassword);
    app.auth.reset_password(&token, &"another password".into()).await.unwrap();
    assert_eq!(follow(&app, &thiefs).await, "/x?error=INVALID_TOKEN");
    let email = Email::parse("thief@example.com").unwrap();
    assert!(app.store.user_by_email(&email).await.unwrap().is_none());
}

#[tokio::test]
async fn an_address_that_was_never_proven_can_be_replaced_at_once() {
    let app = changeable(ChangeEmail { update_unverified: true, ..ChangeEmail::default() });
    let cookie = app.sign_up().await.cookie();
    app.post("/send-verification-email", json!({"email": "test@example.com"})).await;
    let old = app.mail(MailKind::VerifyEmail);
    ask(&app, &cookie, "new@example.com").await;
    let new = app.mail(MailKind::VerifyEmail);
    assert_eq!(
        (new.to.as_str(), &user(&app, &cookie).await["email"]),
        ("new@example.com", &json!("new@example.com"))
    );
    assert_eq!(follow(&app, &old).await, "/?error=USER_NOT_FOUND");
    assert_eq!(
        user(&app, &cookie).await["emailVerified"],
        false,
        "the old link proves nothing of the new address"
    );
    follow(&app, &new).await;
    assert_eq!(user(&app, &cookie).await["emailVerified"], true);
}

#[tokio::test]
async fn it_is_off_unless_asked_for_and_the_same_address_is_none() {
    let app = MailApp::new();
    let cookie = app.sign_up().await.cookie();
    app.post_as("/change-email", &cookie, json!({"newEmail": "a@b.co"}))
        .await
        .is(400, "CHANGE_EMAIL_DISABLED");
    app.post("/change-email", json!({"newEmail": "a@b.co"})).await.is(401, "UNAUTHORIZED");
    let app = changeable(ChangeEmail::default());
    let cookie = app.sign_up().await.cookie();
    let same = app.post_as("/change-email", &cookie, json!({"newEmail": "TEST@example.com"})).await;
    assert_eq!((same.status.as_u16(), same.text()), (400, r#"{"message":"Email is the same"}"#));
}

#[tokio::test]
async fn an_address_that_was_taken_meanwhile_stays_whose_it_is() {
    let app = changeable(ChangeEmail { confirm_at_old_address: false, ..ChangeEmail::default() });
    let cookie = proven(&app).await;
    ask(&app, &cookie, "new@example.com").await;
    let mail = app.mail(MailKind::VerifyEmail);
    app.post("/sign-up/email", json!({"name": "B", "email": "new@example.com", "password": PASSWORD})).await;
    assert_eq!(follow(&app, &mail).await, "/x?error=USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
    assert_eq!(user(&app, &cookie).await["email"], "test@example.com");
}

#[tokio::test]
async fn the_typed_call_does_the_same() {
    let app = changeable(ChangeEmail { confirm_at_old_address: false, ..ChangeEmail::default() });
    let cookie = proven(&app).await;
    let headers = http::HeaderMap::from_iter([(http::header::COOKIE, cookie.parse().unwrap())]);
    let current = app.auth.session(&headers).await.unwrap().unwrap();
    assert_eq!(app.auth.change_email(&current, "new@example.com", None).await.unwrap(), None);
    let token = app.token(MailKind::VerifyEmail);
    let mut followed = VerifyEmail::new(&token);
    followed.current = Some(&current);
    let changed = app.auth.verify_email(followed).await.unwrap();
    assert!(matches!(changed, VerifiedEmail::Changed(user) if user.email.as_str() == "new@example.com"));
}

#[tokio::test]
async fn whose_session_has_ended_meanwhile_changes_no_address_at_once() {
    let app = changeable(ChangeEmail { update_unverified: true, ..ChangeEmail::default() });
    let cookie = app.sign_up().await.cookie();
    let headers = http::HeaderMap::from_iter([(http::header::COOKIE, cookie.parse().unwrap())]);
    let current = app.auth.session(&headers).await.unwrap().unwrap();
    app.auth.revoke_sessions(&current.user.id).await.unwrap();
    let refused = app.auth.change_email(&current, "new@example.com", None).await;
    assert!(matches!(refused, Err(Error::Unauthorized)), "{refused:?}");
    let user = app.auth.store().user(&current.user.id).await.unwrap().unwrap();
    assert_eq!(user.email.as_str(), "test@example.com");
}
