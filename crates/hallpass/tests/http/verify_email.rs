//! `/send-verification-email` and `/verify-email`, and the mails of signing up and in.

use std::sync::Arc;
use std::time::Duration;

use hallpass::jwt::{self, Hs256};
use hallpass::mailer::MailKind;
use hallpass::store::{UserChange, UserStore as _};
use hallpass::types::{Email, Secret};
use hallpass::{EmailPassword, EmailVerification, MemoryStore, SignUpEmail, VerifiedEmail, VerifyEmail};
use hallpass_testing::{Fault, FaultyStore};
use http::Method;
use serde_json::{Value, json};

use crate::app::{Call, PASSWORD, SECRET};
use crate::mail_app::{MailApp, path_of};

fn required() -> EmailPassword {
    EmailPassword { require_email_verification: true, ..EmailPassword::default() }
}

fn requiring(verification: EmailVerification) -> MailApp {
    MailApp::with(|b| b.email_password(required()).email_verification(verification))
}

async fn is_verified(app: &MailApp) -> bool {
    let email = Email::parse("test@example.com").unwrap();
    app.store.user_by_email(&email).await.unwrap().unwrap().email_verified
}

async fn signed_up(app: &MailApp) -> hallpass::mailer::Mail {
    let body = json!({"name": "A", "email": "test@example.com", "password": PASSWORD, "callbackURL": "/in"});
    app.post("/sign-up/email", body).await;
    app.mail(MailKind::VerifyEmail)
}

#[tokio::test]
async fn signing_up_mails_a_link_that_lets_the_user_in() {
    let app = requiring(EmailVerification::default());
    let mail = signed_up(&app).await;
    app.sign_in(PASSWORD).await.is(403, "EMAIL_NOT_VERIFIED");
    assert!(app.mailer.take().is_empty());
    let followed = app.get(&path_of(&mail)).await;
    assert_eq!((followed.status.as_u16(), followed.header("location")), (302, Some("/in")));
    assert!(followed.set_cookies().is_empty());
    assert_eq!(app.sign_in(PASSWORD).await.status.as_u16(), 200);
    assert_eq!(
        app.get(&path_of(&mail)).await.header("location"),
        Some("/in"),
        "once more it changes nothing"
    );
}

#[tokio::test]
async fn a_sign_in_mails_one_where_that_is_asked_for_and_only_after_the_right_password() {
    let options = EmailVerification {
        send_on_sign_up: Some(false),
        send_on_sign_in: true,
        ..EmailVerification::default()
    };
    let app = requiring(options);
    app.auth.sign_up_email(SignUpEmail::new("A", "test@example.com", PASSWORD)).await.unwrap();
    assert!(app.mailer.take().is_empty());
    app.sign_in("wrongpassword").await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    assert!(app.mailer.take().is_empty());
    app.sign_in(PASSWORD).await.is(403, "EMAIL_NOT_VERIFIED");
    let mail = app.mail(MailKind::VerifyEmail);
    app.get(&path_of(&mail)).await;
    assert_eq!(app.sign_in(PASSWORD).await.status.as_u16(), 200);
}

#[tokio::test]
async fn the_link_signs_in_once_where_that_is_asked_for() {
    let app = requiring(EmailVerification { auto_sign_in: true, ..EmailVerification::default() });
    let mail = signed_up(&app).await;
    let cookie = app.get(&path_of(&mail)).await.cookie();
    let shown = Call::new(Method::GET, "/get-session").cookie(&cookie).send(&app).await.json();
    assert_eq!(shown["user"]["emailVerified"], true);
    assert!(app.get(&path_of(&mail)).await.set_cookies().is_empty(), "a link that was used signs nobody in");
    assert_eq!(app.rows("session"), 1);
}

#[tokio::test]
async fn row_42_a_taken_address_gets_the_same_answer_and_the_same_work_and_its_user_is_told() {
    let app = requiring(EmailVerification::default());
    signed_up(&app).await;
    let again = json!({"name": "E", "email": "TEST@example.com", "password": "another password"});
    let answer = app.post("/sign-up/email", again).await;
    assert_eq!(answer.status.as_u16(), 200);
    let notice = app.mail(MailKind::ExistingUserSignUp);
    assert_eq!((notice.to.as_str(), notice.url, notice.token), ("test@example.com", None, None));
    let off = EmailPassword { notify_existing_user: false, ..required() };
    let app = MailApp::with(|b| b.email_password(off));
    signed_up(&app).await;
    signed_up_again_silently(&app).await;
}

async fn signed_up_again_silently(app: &MailApp) {
    let again = json!({"name": "E", "email": "test@example.com", "password": PASSWORD});
    assert_eq!(app.post("/sign-up/email", again).await.status.as_u16(), 200);
    assert!(app.mailer.take().is_empty());
}

#[tokio::test]
async fn row_42_asking_for_the_mail_does_not_tell_who_is_there() {
    let app = MailApp::new();
    app.sign_up().await;
    let ask =
        |email: &str| Call::new(Method::POST, "/send-verification-email").json(&json!({"email": email}));
    let known = ask("test@example.com").send(&app).await;
    let mail = app.mail(MailKind::VerifyEmail);
    let unknown = ask("nobody@example.com").send(&app).await;
    assert_eq!(
        (known.status, &known.headers, &known.body),
        (unknown.status, &unknown.headers, &unknown.body)
    );
    app.get(&path_of(&mail)).await;
    let proven = ask("test@example.com").send(&app).await;
    assert_eq!((known.status, &known.headers, &known.body), (proven.status, &proven.headers, &proven.body));
    assert!(app.mailer.take().is_empty(), "neither is written to");
}

#[tokio::test]
async fn who_is_signed_in_asks_for_their_own_address_alone() {
    let app = MailApp::new();
    let cookie = app.sign_up().await.cookie();
    let ask = |email: &str| app.post_as("/send-verification-email", &cookie, json!({"email": email}));
    ask("other@example.com").await.is(400, "EMAIL_MISMATCH");
    assert_eq!(ask("test@example.com").await.status.as_u16(), 200);
    let mail = app.mail(MailKind::VerifyEmail);
    app.get(&path_of(&mail)).await;
    ask("test@example.com").await.is(400, "EMAIL_ALREADY_VERIFIED");
    assert!(app.mailer.take().is_empty());
}

#[tokio::test]
async fn row_1_no_link_leads_off_the_trusted_origins_whatever_its_token() {
    let app = MailApp::new();
    app.sign_up().await;
    app.post("/send-verification-email", json!({"email": "test@example.com"})).await;
    let good = app.mail(MailKind::VerifyEmail).token.unwrap();
    for token in [good.as_str(), "nonsense"] {
        for target in ["https://evil.example", "//evil.example", "%2F%5Cevil.example", "javascript:alert(1)"]
        {
            for path in ["/verify-email", "/delete-user/callback", "/reset-password/x"] {
                let answer = app.get(&format!("{path}?token={token}&callbackURL={target}")).await;
                answer.is(403, "INVALID_CALLBACK_URL");
            }
        }
    }
    assert!(!is_verified(&app).await);
}

#[tokio::test]
async fn a_token_is_good_for_its_user_and_address_alone() {
    let app = MailApp::new();
    app.sign_up().await;
    let signer = Hs256::new(&Secret::from(SECRET));
    let now = app.auth.now().as_millis() / 1000;
    let good = json!({"email": "test@example.com", "iat": now, "exp": now + 60});
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let expired = with("exp", json!(now));
    let bad = [
        with("email", json!("a@b.co")),
        with("email", json!(7)),
        with("email", json!("test@example.com\r\n")),
        with("userId", json!("x")),
        with("updateTo", json!("new@example.com")),
        with("updateTo", json!("not an address")),
        // What the same secret has signed for another purpose.
        with("sub", json!("x")),
        with("aud", json!("http://localhost:3000")),
        with("session", json!({"token": "x"})),
        expired,
    ];
    for claims in bad {
        let token = jwt::encode(&signer, claims.as_object().unwrap()).await.unwrap();
        let answer = app.get(&format!("/verify-email?token={token}")).await;
        assert_eq!(answer.status.as_u16(), 401, "{claims}");
        assert!(!is_verified(&app).await, "{claims}");
    }
    let other = Hs256::new(&Secret::from("another-secret-0123456789-abcdefghijklmnop"));
    let forged = jwt::encode(&other, good.as_object().unwrap()).await.unwrap();
    app.get(&format!("/verify-email?token={forged}")).await.is(401, "INVALID_TOKEN");
    let token = jwt::encode(&signer, good.as_object().unwrap()).await.unwrap();
    assert_eq!(
        app.get(&format!("/verify-email?token={token}")).await.text(),
        r#"{"status":true,"user":null}"#
    );
    assert!(is_verified(&app).await);
}

#[tokio::test]
async fn a_link_proves_the_address_that_it_was_mailed_to_and_no_later_one() {
    let app = MailApp::new();
    app.sign_up().await;
    app.post("/send-verification-email", json!({"email": "test@example.com"})).await;
    let mail = app.mail(MailKind::VerifyEmail);
    let user = mail.user.clone().unwrap().id;
    let moved = UserChange { email: Some(Email::parse("new@b.co").unwrap()), ..UserChange::default() };
    app.store.update_user(&user, &moved).await.unwrap();
    app.get(&path_of(&mail)).await;
    assert!(!app.store.user(&user).await.unwrap().unwrap().email_verified);
}

#[tokio::test]
async fn a_fault_at_any_store_call_proves_nothing_untold_and_the_link_goes_on_to_work() {
    let prepare = async || {
        let memory = MemoryStore::new();
        let store = Arc::new(FaultyStore::new(memory.clone()));
        let options = EmailVerification { auto_sign_in: true, ..EmailVerification::default() };
        let app = MailApp::over(Arc::clone(&store) as Arc<_>, memory, |b| {
            b.email_password(required()).email_verification(options)
        });
        let mail = signed_up(&app).await;
        store.disarm();
        (app, store, mail)
    };
    let (dry, store, mail) = prepare().await;
    dry.get(&path_of(&mail)).await;
    for number in 1..=store.calls().len() {
        for fault in [Fault::Before(number), Fault::After(number)] {
            let (app, store, mail) = prepare().await;
            store.arm(fault);
            let answer = app.get(&path_of(&mail)).await;
            assert_eq!((answer.status.as_u16(), answer.cookie().as_str()), (500, ""), "{fault:?}");
            store.disarm();
            assert_eq!(app.get(&path_of(&mail)).await.status.as_u16(), 302, "{fault:?}");
            assert_eq!(app.sign_in(PASSWORD).await.status.as_u16(), 200, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn the_typed_calls_say_what_came_of_a_link() {
    let app = MailApp::new();
    app.sign_up().await;
    app.auth.send_verification_email("test@example.com", None, None).await.unwrap();
    let token = app.token(MailKind::VerifyEmail);
    let follow = || app.auth.verify_email(VerifyEmail::new(&token));
    let verified = follow().await.unwrap();
    assert!(matches!(verified, VerifiedEmail::Now { ref user, signed_in: None } if user.email_verified));
    assert!(matches!(follow().await, Ok(VerifiedEmail::Already(_))));
    app.clock.advance(Duration::from_secs(3600));
    assert!(follow().await.is_err());
    assert!(app.auth.verify_email(VerifyEmail::new("")).await.is_err());
}

#[tokio::test]
async fn the_session_of_a_link_that_was_followed_by_the_typed_call_knows_its_client() {
    let app = MailApp::with(|b| {
        b.email_verification(EmailVerification { auto_sign_in: true, ..EmailVerification::default() })
    });
    let left = app.sign_up().await.cookie();
    app.auth.send_verification_email("test@example.com", None, None).await.unwrap();
    let token = app.token(MailKind::VerifyEmail);
    let mut followed = VerifyEmail::new(&token);
    (followed.client.address, followed.client.user_agent) =
        (Some([203, 0, 113, 7].into()), Some("phone".to_owned()));
    let headers = http::HeaderMap::from_iter([(http::header::COOKIE, left.parse().unwrap())]);
    followed.headers = Some(&headers);
    let verified = app.auth.verify_email(followed).await.unwrap();
    let VerifiedEmail::Now { signed_in: Some(signed_in), .. } = verified else { panic!("{verified:?}") };
    assert_eq!(signed_in.session.ip_address.as_deref(), Some("203.0.113.7"));
    assert_eq!(signed_in.session.user_agent.as_deref(), Some("phone"));
    assert!(app.auth.session(&headers).await.unwrap().is_none(), "the session that the browser had ends");
}
