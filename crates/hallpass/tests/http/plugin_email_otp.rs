//! Codes that are mailed and typed in.

use std::time::Duration;

use hallpass::mailer::MailKind;
use hallpass::model::Verification;
use hallpass::plugins::{CodePurpose, EmailOtp};
use hallpass::store::{SessionStore as _, UserStore as _, VerificationStore as _};
use hallpass::types::Email;
use hallpass::{Auth, BuildError, CookieCache, Error, MemoryStore, SessionOptions, TokenStorage};
use http::Method;
use http::header::{COOKIE, HeaderMap};
use serde_json::json;

use crate::app::{Answer, App, Call, PASSWORD, SECRET};
use crate::mail_app::MailApp;
use crate::races::at_once;

const EMAIL: &str = "test@example.com";

fn app() -> MailApp {
    MailApp::with(|b| b.plugin(EmailOtp::new()))
}

async fn sent(app: &MailApp, purpose: &str, kind: MailKind) -> String {
    let answer = app.post("/email-otp/send-verification-otp", json!({"email": EMAIL, "type": purpose})).await;
    assert_eq!(answer.text(), r#"{"success":true}"#);
    app.mail(kind).otp.unwrap()
}

async fn sign_in_code(app: &MailApp) -> String {
    sent(app, "sign-in", MailKind::SignInCode).await
}

fn guess(code: &str) -> Call {
    Call::new(Method::POST, "/sign-in/email-otp").json(&json!({"email": EMAIL, "otp": code}))
}

async fn sign_in(app: &App, code: &str) -> Answer {
    guess(code).send(app).await
}

/// A code that is not this one.
fn other_than(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

#[tokio::test]
async fn a_code_signs_in_once_and_signs_up_who_is_new() {
    let app = app();
    let code = sign_in_code(&app).await;
    assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()));
    let answer = sign_in(&app, &code).await;
    assert_eq!(answer.json()["user"]["emailVerified"], true, "{answer:?}");
    let shown = Call::new(Method::GET, "/get-session").cookie(&answer.cookie()).send(&app).await.json();
    assert_eq!(shown["user"]["email"], EMAIL);
    sign_in(&app, &code).await.is(400, "INVALID_OTP");
    assert_eq!((app.rows("user"), app.rows("session"), app.rows("verification")), (1, 1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_bring_a_code_at_once_one_is_signed_in() {
    let app = app();
    let code = sign_in_code(&app).await;
    let answers = at_once(&app.app, 64, |_| guess(&code)).await;
    let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((good.len(), app.rows("session"), app.rows("user")), (1, 1, 1));
    bad.iter().for_each(|answer| answer.is(400, "INVALID_OTP"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_wrong_guesses_at_once_three_are_compared_and_none_is_lost() {
    for _ in 0..10 {
        let app = app();
        let code = sign_in_code(&app).await;
        let wrong = other_than(&code);
        let answers = at_once(&app.app, 100, |_| guess(wrong)).await;
        assert!(answers.iter().all(|answer| answer.status != 200));
        // Whatever was compared was counted: each count was written once, and none beyond the third.
        let counts: Vec<_> = app
            .verification_rows()
            .iter()
            .map(|row| row.value.rsplit(':').next().unwrap().to_owned())
            .collect();
        assert!(
            ["0", "1", "2", "3"].starts_with(&counts.iter().map(String::as_str).collect::<Vec<_>>()),
            "{counts:?}"
        );
        // What is left of the three is all that is left.
        for _ in counts.len()..4 {
            sign_in(&app, wrong).await;
        }
        assert_ne!(sign_in(&app, &code).await.status, 200);
        assert_eq!(app.rows("user"), 0);
    }
}

#[tokio::test]
async fn after_three_wrong_guesses_the_right_one_is_too_late() {
    let app = app();
    let code = sign_in_code(&app).await;
    for _ in 0..3 {
        sign_in(&app, other_than(&code)).await.is(400, "INVALID_OTP");
    }
    sign_in(&app, &code).await.is(403, "TOO_MANY_ATTEMPTS");
    sign_in(&app, &code).await.is(400, "INVALID_OTP");
}

#[tokio::test]
async fn a_code_is_good_for_five_minutes() {
    let app = app();
    let code = sign_in_code(&app).await;
    app.clock.advance(Duration::from_secs(300));
    sign_in(&app, &code).await.is(400, "OTP_EXPIRED");
    sign_in(&app, &code).await.is(400, "INVALID_OTP");
    let code = sign_in_code(&app).await;
    app.clock.advance(Duration::from_secs(299));
    assert_eq!(sign_in(&app, &code).await.status, 200);
}

#[tokio::test]
async fn what_is_stored_tells_no_code_and_is_none() {
    let app = app();
    let code = sign_in_code(&app).await;
    let row = app.verification_rows().remove(0);
    assert_eq!(row.identifier, "sign-in-otp-test@example.com");
    assert!(row.value.starts_with("hmac:") && !row.value.contains(&code), "{row:?}");
    sign_in(&app, &row.value).await.is(400, "INVALID_OTP");
    sign_in(&app, row.value.strip_suffix(":0").unwrap()).await.is(400, "INVALID_OTP");
    assert_eq!(sign_in(&app, &code).await.status, 200);
}

/// PEER-HOLES 24: what was stored for one purpose was good for another.
#[tokio::test]
async fn row_24_a_code_is_good_for_its_purpose_and_address_even_if_its_row_is_moved() {
    let app = app();
    app.sign_up().await;
    let code = sent(&app, "email-verification", MailKind::VerifyEmailCode).await;
    sign_in(&app, &code).await.is(400, "INVALID_OTP");
    let row = app.verification_rows().pop().unwrap();
    for identifier in ["sign-in-otp-test@example.com", "email-verification-otp-eve@example.com"] {
        app.store
            .put_verification(&Verification { identifier: identifier.to_owned(), ..row.clone() })
            .await
            .unwrap();
    }
    sign_in(&app, &code).await.is(400, "INVALID_OTP");
    let verify =
        |email: &'static str| app.post("/email-otp/verify-email", json!({"email": email, "otp": code}));
    verify("eve@example.com").await.is(400, "INVALID_OTP");
    assert_eq!(verify(EMAIL).await.json()["user"]["emailVerified"], true);
}

#[tokio::test]
async fn codes_that_better_auth_left_are_good_and_plain_ones_are_written_where_asked_for() {
    let options = SessionOptions { tokens: TokenStorage::Plain, ..SessionOptions::default() };
    let plain = MailApp::with(|b| b.plugin(EmailOtp::new()).session(options));
    let code = sign_in_code(&plain).await;
    let row = plain.verification_rows().remove(0);
    assert_eq!(row.value, format!("{code}:0"));
    let app = app();
    // SHA-256 of 123456, in base64: better-auth's `storeOTP: "hashed"`.
    let hashed = "jZae727K08KaOmKSgOaGzww_XVqGr_PKEgIMkjrcbJI:2";
    for (value, code) in [(row.value.as_str(), code.as_str()), (hashed, "123456")] {
        let row = Verification { value: value.to_owned(), ..row.clone() };
        app.store.put_verification(&row).await.unwrap();
        assert_eq!(sign_in(&app, code).await.status, 200, "{value}");
    }
    app.store.put_verification(&Verification { value: hashed.to_owned(), ..row }).await.unwrap();
    sign_in(&app, hashed.strip_suffix(":2").unwrap()).await.is(400, "INVALID_OTP");
}

/// PEER-HOLES 33: whoever signed up with somebody else's address kept the password after the owner came.
#[tokio::test]
async fn row_33_signing_in_and_setting_a_password_purge_what_an_unproven_sign_up_left() {
    for resets in [false, true] {
        let app = app();
        let before = app.sign_up().await.cookie();
        app.clock.advance(Duration::from_secs(60));
        if resets {
            app.post("/email-otp/request-password-reset", json!({"email": EMAIL})).await;
            let otp = app.mail(MailKind::ResetPasswordCode).otp.unwrap();
            let body = json!({"email": EMAIL, "otp": otp, "password": "another password"});
            assert_eq!(app.post("/email-otp/reset-password", body.clone()).await.status, 200);
            app.post("/email-otp/reset-password", body).await.is(400, "INVALID_OTP");
            assert_eq!(app.sign_in("another password").await.status, 200);
        } else {
            let code = sign_in_code(&app).await;
            assert_eq!(sign_in(&app, &code).await.json()["user"]["emailVerified"], true);
            assert_eq!(app.rows("account"), 0);
        }
        let shown = Call::new(Method::GET, "/get-session").cookie(&before).send(&app).await;
        assert_eq!((shown.text(), app.rows("session")), ("null", 1));
        app.sign_in(PASSWORD).await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    }
}

/// PEER-HOLES 42: who is a user shows neither in answers, nor in what is written, nor in how guesses end.
#[tokio::test]
async fn row_42_known_and_unknown_addresses_look_alike() {
    let app = app();
    app.sign_up().await;
    for (path, extra) in [
        ("/email-otp/send-verification-otp", Some("email-verification")),
        ("/email-otp/send-verification-otp", Some("forget-password")),
        ("/email-otp/request-password-reset", None),
    ] {
        let mut seen = Vec::new();
        for email in [EMAIL, "nobody@example.com"] {
            let written = app.verification_rows().len();
            let sent = app.post(path, json!({"email": email, "type": extra})).await;
            let mut answers = vec![sent];
            for _ in 0..5 {
                let body = json!({"email": email, "otp": "x", "password": PASSWORD});
                let path =
                    if extra == Some("email-verification") { "verify-email" } else { "reset-password" };
                answers.push(app.post(&format!("/email-otp/{path}"), body).await);
            }
            let answers: Vec<_> =
                answers.into_iter().map(|answer| (answer.status, answer.headers, answer.body)).collect();
            seen.push((answers, app.verification_rows().len() - written));
        }
        assert_eq!(seen[0], seen[1], "{path}");
        assert!(app.mailer.take().iter().all(|mail| mail.to.as_str() == EMAIL));
    }
}

/// PEER-HOLES 34.
#[tokio::test]
async fn row_34_foreign_pages_send_no_codes_and_sign_nobody_in() {
    let app = app();
    let code = sign_in_code(&app).await;
    let send = Call::new(Method::POST, "/email-otp/send-verification-otp");
    for call in [send.json(&json!({"email": EMAIL, "type": "sign-in"})), guess(&code)] {
        let call = call.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate");
        let answer = call.header("origin", "https://evil.example").send(&app).await;
        answer.is(403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED");
    }
    assert!(app.mailer.mails().is_empty());
    assert_eq!(sign_in(&app, &code).await.status, 200);
}

#[tokio::test]
async fn an_address_is_changed_by_a_code_to_the_new_one_and_nobody_learns_whether_it_is_taken() {
    let app = MailApp::with(|b| b.plugin(EmailOtp::new().change_email(false)));
    let cookie = app.sign_up().await.cookie();
    let other = json!({"name": "B", "email": "taken@example.com", "password": PASSWORD});
    app.post("/sign-up/email", other).await;
    let mut answers = Vec::new();
    for new in ["taken@example.com", "new@example.com"] {
        let answer = app.post_as("/email-otp/request-email-change", &cookie, json!({"newEmail": new})).await;
        answers.push((answer.status, answer.headers, answer.body));
    }
    assert_eq!(answers[0], answers[1]);
    let mail = app.mail(MailKind::ChangeEmailCode);
    assert_eq!(mail.to.as_str(), "new@example.com");
    let body = json!({"newEmail": "new@example.com", "otp": mail.otp});
    assert_eq!(app.post_as("/email-otp/change-email", &cookie, body).await.status, 200);
    let shown = Call::new(Method::GET, "/get-session").cookie(&cookie).send(&app).await.json();
    assert_eq!(
        (&shown["user"]["email"], &shown["user"]["emailVerified"]),
        (&json!("new@example.com"), &json!(true))
    );
}

#[tokio::test]
async fn proving_an_address_renews_the_copy_in_the_browser_of_a_session_that_is_there_and_of_no_other() {
    let cache = CookieCache::default();
    let session = SessionOptions { cookie_cache: Some(cache), ..SessionOptions::default() };
    let app = MailApp::with(|b| b.plugin(EmailOtp::new()).session(session));
    let cookie = app.sign_up().await.cookie();
    let other = json!({"name": "B", "email": "other@example.com", "password": PASSWORD});
    let others = app.post("/sign-up/email", other).await.cookie();
    let prove = async |cookie: &str| {
        let code = EmailOtp::new().create(&app.auth, EMAIL, CodePurpose::VerifyEmail).await.unwrap();
        let answer =
            app.post_as("/email-otp/verify-email", cookie, json!({"email": EMAIL, "otp": code})).await;
        assert_eq!(answer.status, 200);
        answer
    };
    let copy = prove(&cookie).await.cookie();
    let token = cookie.split("; ").find(|pair| pair.contains("session_token")).unwrap();
    let renewed = format!("{token}; {copy}");
    let shown = Call::new(Method::GET, "/get-session").cookie(&renewed).send(&app).await;
    assert!(copy.starts_with("better-auth.session_data=") && shown.set_cookies().is_empty(), "{shown:?}");
    assert_eq!(shown.json()["user"]["emailVerified"], true);
    assert!(prove(&others).await.set_cookies().is_empty(), "of somebody else");
    let user = app.store.user_by_email(&Email::parse(EMAIL).unwrap()).await.unwrap().unwrap();
    app.store.delete_sessions_of(&user.id, None).await.unwrap();
    let ended = prove(&renewed).await;
    assert!(ended.cookie().is_empty(), "{ended:?}");
    for name in ["session_token", "session_data"] {
        let line = format!("better-auth.{name}=; Max-Age=0;");
        assert!(ended.set_cookies().iter().any(|sent| sent.starts_with(&line)), "{ended:?}");
    }
}

#[tokio::test]
async fn the_apps_own_code_can_make_and_look_at_codes() {
    let codes = EmailOtp::new();
    let app = MailApp::with(|b| b.plugin(codes.clone()));
    app.sign_up().await;
    let code = codes.create(&app.auth, EMAIL, CodePurpose::VerifyEmail).await.unwrap();
    codes.check(&app.auth, EMAIL, CodePurpose::VerifyEmail, &code).await.unwrap();
    assert!(codes.check(&app.auth, EMAIL, CodePurpose::SignIn, &code).await.is_err());
    let verified = codes.verify_email(&app.auth, EMAIL, &code, &Default::default(), None).await.unwrap();
    assert!(verified.user.email_verified && verified.signed_in.is_none());
    assert!(app.mailer.mails().is_empty());
}

#[test]
fn codes_that_cannot_be_mailed_or_are_guessed_easily_are_refused() {
    let build = |plugin: EmailOtp, mails: bool| {
        let builder = Auth::builder(MemoryStore::new()).secret(SECRET).base_url("http://localhost:3000");
        let tasks = hallpass_testing::ImmediateTasks::new();
        let builder = if mails {
            builder.mailer(hallpass_testing::StubMailer::new()).background_tasks(tasks)
        } else {
            builder
        };
        builder.plugin(plugin).build()
    };
    let is_refused = |built| matches!(built, Err(BuildError::Plugin { plugin: "email-otp", .. }));
    assert!(is_refused(build(EmailOtp::new(), false)));
    for plugin in [
        EmailOtp::new().length(5),
        EmailOtp::new().length(13),
        EmailOtp::new().attempts(0),
        EmailOtp::new().attempts(11),
        EmailOtp::new().expires_in(Duration::ZERO),
        EmailOtp::new().expires_in(Duration::from_secs(3601)),
    ] {
        assert!(is_refused(build(plugin, true)));
    }
    assert!(build(EmailOtp::new(), true).is_ok());
}

#[tokio::test]
async fn whose_session_has_ended_meanwhile_changes_no_address_by_a_code() {
    let plugin = EmailOtp::new().change_email(false);
    let app = MailApp::with(|b| b.plugin(plugin.clone()));
    let cookie = app.sign_up().await.cookie();
    let headers = HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())]);
    let current = app.auth.session(&headers).await.unwrap().unwrap();
    plugin.request_email_change(&app.auth, &current, "new@example.com", None).await.unwrap();
    let code = app.mail(MailKind::ChangeEmailCode).otp.unwrap();
    app.auth.revoke_sessions(&current.user.id).await.unwrap();
    let refused = plugin.change_to(&app.auth, &current, "new@example.com", &code).await;
    assert!(matches!(refused, Err(Error::Unauthorized)), "{refused:?}");
}
