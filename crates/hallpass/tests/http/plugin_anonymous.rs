//! Users who have not said who they are.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hallpass::mailer::MailKind;
use hallpass::plugins::{Anonymous, Bearer, CodePurpose, EmailOtp, MagicLink, MultiSession, OnLink};
use hallpass::types::UserId;
use hallpass::{Auth, ChangeEmail, CurrentSession, EmailPassword, EmailVerification, Error};
use http::Method;
use serde_json::json;

use crate::app::{Answer, App, Call, PASSWORD};
use crate::mail_app::{MailApp, path_of};

async fn sign_in(app: &App) -> Answer {
    let answer = app.post("/sign-in/anonymous", json!({})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

async fn sign_up(app: &App, cookie: &str) -> Answer {
    let body = json!({"name": "A", "email": "test@example.com", "password": PASSWORD});
    app.post_as("/sign-up/email", cookie, body).await
}

/// Writes down who becomes whom, and fails if told to.
#[derive(Clone, Default)]
struct Links {
    seen: Arc<Mutex<Vec<(String, String)>>>,
    fails: Arc<AtomicBool>,
}

#[async_trait]
impl OnLink for Links {
    async fn link(
        &self,
        auth: &Auth,
        anonymous: &CurrentSession,
        signed_in: &CurrentSession,
    ) -> Result<(), Error> {
        // Both are there while things are taken over.
        assert!(auth.store().user(&anonymous.user.id).await?.is_some());
        assert!(auth.store().user(&signed_in.user.id).await?.is_some());
        if self.fails.load(Ordering::SeqCst) {
            return Err(Error::Internal("the basket is on fire"));
        }
        let pair = (anonymous.user.email.to_string(), signed_in.user.email.to_string());
        self.seen.lock().unwrap().push(pair);
        Ok(())
    }
}

#[tokio::test]
async fn an_anonymous_user_becomes_another_and_is_gone() {
    let links = Links::default();
    let app = App::with(|b| b.plugin(Anonymous::new().on_link(links.clone())));
    let anonymous = sign_in(&app).await;
    let user = &anonymous.json()["user"];
    assert_eq!((&user["isAnonymous"], &user["name"]), (&json!(true), &json!("Anonymous")));
    let email = user["email"].as_str().unwrap().to_owned();
    assert!(email.ends_with("@anonymous.placeholder.invalid"), "{email}");
    let again = app.post_as("/sign-in/anonymous", &anonymous.cookie(), json!({})).await;
    again.is(400, "ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY");
    let signed_up = sign_up(&app, &anonymous.cookie()).await;
    assert_eq!(signed_up.json()["user"]["isAnonymous"], false);
    assert_eq!(*links.seen.lock().unwrap(), [(email, "test@example.com".to_owned())]);
    assert_eq!((app.rows("user"), app.rows("session")), (1, 1));
}

#[tokio::test]
async fn a_sign_in_that_fails_takes_nothing_over() {
    let links = Links::default();
    let app = App::with(|b| b.plugin(Anonymous::new().on_link(links.clone())));
    app.sign_up().await;
    let cookie = sign_in(&app).await.cookie();
    let body = |password: &str| json!({"email": "test@example.com", "password": password});
    app.post_as("/sign-in/email", &cookie, body("wrong password")).await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    assert!(links.seen.lock().unwrap().is_empty());
    assert_eq!((app.rows("user"), app.rows("session")), (2, 2));
    links.fails.store(true, Ordering::SeqCst);
    let failed = app.post_as("/sign-in/email", &cookie, body(PASSWORD)).await;
    assert_eq!((failed.status.as_u16(), failed.set_cookies().len()), (500, 0));
    assert_eq!((app.rows("user"), app.rows("session")), (2, 2));
    links.fails.store(false, Ordering::SeqCst);
    assert_eq!(app.post_as("/sign-in/email", &cookie, body(PASSWORD)).await.status, 200);
    assert_eq!((links.seen.lock().unwrap().len(), app.rows("user"), app.rows("session")), (1, 1, 2));
}

#[tokio::test]
async fn only_an_anonymous_user_deletes_themselves_so() {
    let app = App::with(|b| b.plugin(Anonymous::new()));
    app.post("/delete-anonymous-user", json!({})).await.is(401, "UNAUTHORIZED");
    let known = app.sign_up().await.cookie();
    app.post_as("/delete-anonymous-user", &known, json!({})).await.is(403, "USER_IS_NOT_ANONYMOUS");
    let cookie = sign_in(&app).await.cookie();
    let deleted = app.post_as("/delete-anonymous-user", &cookie, json!({})).await;
    assert_eq!((deleted.status.as_u16(), deleted.cookie().as_str()), (200, ""));
    assert_eq!((app.rows("user"), app.rows("session")), (1, 1));
    let body = json!({"name": "A", "email": "b@example.com", "password": PASSWORD, "isAnonymous": true});
    assert_eq!(app.post("/sign-up/email", body).await.json()["user"]["isAnonymous"], false);
    app.post_as("/update-user", &known, json!({"isAnonymous": true})).await.is(400, "FIELD_NOT_ALLOWED");
}

#[tokio::test]
async fn anonymous_users_can_be_kept_and_their_session_ends_all_the_same() {
    let app = App::with(|b| b.plugin(Anonymous::new().keep_users()));
    let cookie = sign_in(&app).await.cookie();
    app.post_as("/delete-anonymous-user", &cookie, json!({})).await.is(400, "DELETE_ANONYMOUS_USER_DISABLED");
    sign_up(&app, &cookie).await;
    assert_eq!((app.rows("user"), app.rows("session")), (2, 1));
}

#[tokio::test]
async fn names_and_addresses_can_be_made_by_the_app() {
    let plugin = Anonymous::new()
        .generate_name(|headers| {
            headers.get("x-name").and_then(|name| name.to_str().ok()).unwrap_or("").into()
        })
        .generate_email(|_| "Guest@Example.com".to_owned());
    let app = App::with(|b| b.plugin(plugin));
    let named =
        Call::new(Method::POST, "/sign-in/anonymous").header("x-name", "Guest").send(&app).await.json();
    assert_eq!(
        (&named["user"]["name"], &named["user"]["email"]),
        (&json!("Guest"), &json!("guest@example.com"))
    );
    assert_eq!(app.post("/sign-in/anonymous", json!({})).await.status, 500);
    let wrong = App::with(|b| b.plugin(Anonymous::new().generate_email(|_| "nobody".to_owned())));
    wrong.post("/sign-in/anonymous", json!({})).await.is(400, "INVALID_EMAIL_FORMAT");
    let domain = App::with(|b| b.plugin(Anonymous::new().email_domain("example.org")));
    let email = sign_in(&domain).await.json()["user"]["email"].as_str().unwrap().to_owned();
    assert!(email.starts_with("temp-") && email.ends_with("@example.org"), "{email}");
    assert_eq!((app.rows("user"), wrong.rows("user")), (1, 0));
}

#[tokio::test]
async fn a_client_without_cookies_becomes_another_too_and_a_foreign_page_makes_nobody_anonymous() {
    let app = App::with(|b| b.plugin(Anonymous::new()).plugin(Bearer::new()).plugin(MultiSession::new()));
    let token = sign_in(&app).await.json()["token"].as_str().unwrap().to_owned();
    let body = json!({"name": "A", "email": "test@example.com", "password": PASSWORD});
    let call = Call::new(Method::POST, "/sign-up/email").header("authorization", &format!("Bearer {token}"));
    assert_eq!(call.json(&body).send(&app).await.status, 200);
    assert_eq!((app.rows("user"), app.rows("session")), (1, 1));
    let foreign = Call::new(Method::POST, "/sign-in/anonymous").header("origin", "https://evil.example");
    foreign.send(&app).await.is(403, "INVALID_ORIGIN");
}

#[tokio::test]
async fn who_was_anonymous_and_has_a_proven_address_is_not_deleted_by_signing_in_elsewhere() {
    let options = ChangeEmail { update_unverified: true, ..ChangeEmail::default() };
    let app = MailApp::with(|b| b.plugin(EmailOtp::new()).plugin(Anonymous::new()).change_email(options));
    app.sign_up().await;
    let stranger = app.post("/sign-in/anonymous", json!({})).await.cookie();
    let answer = app.post_as("/change-email", &stranger, json!({"newEmail": "owner@example.com"})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let code = EmailOtp::new().create(&app.auth, "owner@example.com", CodePurpose::SignIn).await.unwrap();
    let owner = app.post("/sign-in/email-otp", json!({"email": "owner@example.com", "otp": code})).await;
    assert_eq!((owner.status.as_u16(), &owner.json()["user"]["emailVerified"]), (200, &json!(true)));
    assert_eq!(app.rows("user"), 2);
    let body = json!({"email": "test@example.com", "password": PASSWORD});
    app.post_as("/sign-in/email", &owner.cookie(), body).await;
    assert_eq!(app.rows("user"), 2, "the owner's account was deleted");
}

#[tokio::test]
async fn who_was_anonymous_and_has_a_password_is_not_deleted_by_signing_in_elsewhere() {
    let app = App::with(|b| b.plugin(Anonymous::new()));
    app.sign_up().await;
    let anonymous = sign_in(&app).await;
    let id = UserId::from(anonymous.json()["user"]["id"].as_str().unwrap());
    app.auth.set_password(&id, &PASSWORD.into()).await.unwrap();
    let body = json!({"email": "test@example.com", "password": PASSWORD});
    assert_eq!(app.post_as("/sign-in/email", &anonymous.cookie(), body).await.status, 200);
    assert_eq!(app.rows("user"), 2);
}

#[tokio::test]
async fn a_mailed_link_takes_an_anonymous_user_along_only_if_they_asked_for_it() {
    for asks in [false, true] {
        let links = Links::default();
        let app =
            MailApp::with(|b| b.plugin(MagicLink::new()).plugin(Anonymous::new().on_link(links.clone())));
        let anonymous = sign_in(&app).await.cookie();
        let asker = if asks { anonymous.as_str() } else { "" };
        app.post_as("/sign-in/magic-link", asker, json!({"email": "Test@example.com"})).await;
        let path = path_of(&app.mail(MailKind::MagicLink));
        let answer = Call::new(Method::GET, &path).cookie(&anonymous).send(&app).await;
        assert!(!answer.cookie().is_empty(), "{answer:?}");
        assert_eq!((links.seen.lock().unwrap().len(), app.rows("user")), if asks { (1, 1) } else { (0, 2) });
        assert_eq!((app.rows("session"), app.rows("verification")), (1, 0));
    }
}

#[tokio::test]
async fn a_verification_link_takes_an_anonymous_user_along_only_if_they_asked_for_it() {
    for asks in [false, true] {
        let links = Links::default();
        let app = MailApp::with(|b| {
            b.plugin(Anonymous::new().on_link(links.clone()))
                .email_verification(EmailVerification { auto_sign_in: true, ..EmailVerification::default() })
                .email_password(EmailPassword {
                    require_email_verification: true,
                    ..EmailPassword::default()
                })
        });
        let anonymous = sign_in(&app).await.cookie();
        sign_up(&app, if asks { &anonymous } else { "" }).await;
        let path = path_of(&app.mail(MailKind::VerifyEmail));
        let answer = Call::new(Method::GET, &path).cookie(&anonymous).send(&app).await;
        assert!(!answer.cookie().is_empty(), "{answer:?}");
        assert_eq!((links.seen.lock().unwrap().len(), app.rows("user")), if asks { (1, 1) } else { (0, 2) });
        assert_eq!(app.rows("session"), 1);
    }
}
