//! How often codes are guessed at, and where they set no password.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hallpass::mailer::MailKind;
use hallpass::model::Verification;
use hallpass::plugin::{Change, Plugin};
use hallpass::plugins::{CodePurpose, EmailOtp};
use hallpass::store::VerificationStore as _;
use hallpass::{Auth, Error, MemoryStore, PasswordReset};
use http::Method;
use serde_json::json;

use crate::app::{Answer, Call, PASSWORD, SECRET, cheap_hasher};
use crate::mail_app::MailApp;
use crate::races::at_once;

const EMAIL: &str = "test@example.com";
const PURPOSES: [(CodePurpose, &str); 3] = [
    (CodePurpose::SignIn, "sign-in"),
    (CodePurpose::VerifyEmail, "email-verification"),
    (CodePurpose::ResetPassword, "forget-password"),
];

fn check(email: &str, purpose: &str, code: &str) -> Call {
    let body = json!({"email": email, "type": purpose, "otp": code});
    Call::new(Method::POST, "/email-otp/check-verification-otp").json(&body)
}

fn told(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

/// Asks for a code and guesses wrong, `times` times, whatever the codes are for.
async fn guess_wrong(app: &MailApp, email: &str, times: usize) -> Vec<(u16, String)> {
    let codes = EmailOtp::new();
    let mut answers = Vec::new();
    for (purpose, name) in PURPOSES.into_iter().cycle().take(times) {
        codes.create(&app.auth, email, purpose).await.unwrap();
        answers.push(told(&check(email, name, "x").send(app).await));
    }
    answers
}

/// What the right code is answered.
async fn guess_right(app: &MailApp, email: &str) -> (u16, String) {
    let code = EmailOtp::new().create(&app.auth, email, CodePurpose::VerifyEmail).await.unwrap();
    told(&check(email, "email-verification", &code).send(app).await)
}

#[tokio::test]
async fn row_32_an_address_is_guessed_at_ten_times_an_hour_however_many_codes_are_asked_for() {
    let app = MailApp::with(|b| b.plugin(EmailOtp::new()));
    app.sign_up().await;
    let wrong = (400, "INVALID_OTP".to_owned());
    let too_many = (403, "TOO_MANY_ATTEMPTS".to_owned());
    for (email, right) in [(EMAIL, (200, "")), ("nobody@example.com", (400, "USER_NOT_FOUND"))] {
        assert_eq!(guess_wrong(&app, email, 10).await, vec![wrong.clone(); 10], "{email}");
        assert_eq!(guess_right(&app, email).await, too_many, "{email}");
        assert_eq!(guess_wrong(&app, email, 2).await, vec![too_many.clone(); 2], "{email}");
        // Whoever goes on does not lengthen the hour.
        app.clock.advance(Duration::from_secs(3599));
        assert_eq!(guess_right(&app, email).await, too_many, "{email}");
        app.clock.advance(Duration::from_secs(1));
        assert_eq!(guess_right(&app, email).await, (right.0, right.1.to_owned()), "{email}");
    }
}

#[tokio::test]
async fn a_right_code_begins_the_count_of_its_address_anew() {
    let app = MailApp::with(|b| b.plugin(EmailOtp::new()));
    app.sign_up().await;
    for _ in 0..3 {
        guess_wrong(&app, EMAIL, 9).await;
        guess_wrong(&app, "nobody@example.com", 1).await;
        assert_eq!(guess_right(&app, EMAIL).await.0, 200);
    }
}

#[tokio::test]
async fn codes_to_a_new_address_count_at_that_address() {
    let app = MailApp::with(|b| b.plugin(EmailOtp::new().change_email(false)));
    let cookie = app.sign_up().await.cookie();
    let new = json!({"newEmail": "new@example.com", "otp": "x"});
    for round in 0..11 {
        app.post_as("/email-otp/request-email-change", &cookie, new.clone()).await;
        let code = if round < 10 { (400, "INVALID_OTP") } else { (403, "TOO_MANY_ATTEMPTS") };
        app.post_as("/email-otp/change-email", &cookie, new.clone()).await.is(code.0, code.1);
    }
    assert_eq!(guess_right(&app, EMAIL).await.0, 200);
    assert_eq!(guess_right(&app, "new@example.com").await.0, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_codes_asked_for_and_guessed_at_once_no_more_than_ten_are_compared() {
    for _ in 0..5 {
        let app = MailApp::with(|b| b.plugin(EmailOtp::new().change_email(false)));
        app.sign_up().await;
        // A code of each of a hundred users for one address: each is taken out by one guess, all can be at once.
        let mut cookies = Vec::new();
        for index in 0..100 {
            let body = json!({"name": "A", "email": format!("{index}@example.com"), "password": PASSWORD});
            let cookie = app.post("/sign-up/email", body).await.cookie();
            let new = json!({"newEmail": "new@example.com"});
            app.post_as("/email-otp/request-email-change", &cookie, new).await;
            cookies.push(cookie);
        }
        let answers = at_once(&app.app, 100, |index| {
            Call::new(Method::POST, "/email-otp/change-email")
                .cookie(&cookies[index])
                .header("origin", "http://localhost:3000")
                .json(&json!({"newEmail": "new@example.com", "otp": "x"}))
        })
        .await;
        let (wrong, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 400);
        assert_eq!((wrong.len(), refused.len()), (10, 90));
        refused.iter().for_each(|answer| answer.is(403, "TOO_MANY_ATTEMPTS"));
    }
}

/// Asks for a code whenever one was taken out, as if somebody did at that moment.
#[derive(Debug, Clone, Default)]
struct Meanwhile(Arc<Mutex<Option<String>>>);

#[async_trait]
impl Plugin for Meanwhile {
    fn id(&self) -> &'static str {
        "meanwhile"
    }

    async fn after_change(&self, auth: &Auth, change: &Change<'_>) -> Result<(), Error> {
        if matches!(change, Change::TakeVerification { .. }) && self.0.lock().unwrap().is_none() {
            let code = EmailOtp::new().create(auth, EMAIL, CodePurpose::VerifyEmail).await?;
            *self.0.lock().unwrap() = Some(code);
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_code_that_is_issued_while_an_older_one_is_guessed_at_stays() {
    for is_right in [false, true] {
        let meanwhile = Meanwhile::default();
        let app = MailApp::with(|b| b.plugin(EmailOtp::new()).plugin(meanwhile.clone()));
        app.sign_up().await;
        let old = EmailOtp::new().create(&app.auth, EMAIL, CodePurpose::VerifyEmail).await.unwrap();
        let guess = if is_right { &old } else { "x" };
        let answer = check(EMAIL, "email-verification", guess).send(&app).await;
        assert_eq!(answer.status == 200, is_right);
        let new = meanwhile.0.lock().unwrap().clone().unwrap();
        assert_eq!(check(EMAIL, "email-verification", &new).send(&app).await.status, 200);
    }
}

/// Puts an older code there whenever one was taken out: another guess had it in hand.
#[derive(Debug, Clone)]
struct OlderIsBack(Arc<Mutex<Option<(MemoryStore, Verification)>>>);

#[async_trait]
impl Plugin for OlderIsBack {
    fn id(&self) -> &'static str {
        "older-is-back"
    }

    async fn after_change(&self, _: &Auth, change: &Change<'_>) -> Result<(), Error> {
        let older = matches!(change, Change::TakeVerification { .. })
            .then(|| self.0.lock().unwrap().take())
            .flatten();
        if let Some((store, older)) = older {
            store.put_verification(&older).await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn of_two_codes_that_are_put_back_the_newer_stays() {
    let plugin = OlderIsBack(Arc::default());
    let app = MailApp::with(|b| b.plugin(EmailOtp::new()).plugin(plugin.clone()));
    app.sign_up().await;
    let codes = EmailOtp::new();
    codes.create(&app.auth, EMAIL, CodePurpose::VerifyEmail).await.unwrap();
    let older = app.verification_rows().pop().unwrap();
    app.clock.advance(Duration::from_secs(1));
    let newer = codes.create(&app.auth, EMAIL, CodePurpose::VerifyEmail).await.unwrap();
    *plugin.0.lock().unwrap() = Some((app.store.clone(), older));
    check(EMAIL, "email-verification", "x").send(&app).await.is(400, "INVALID_OTP");
    assert_eq!(check(EMAIL, "email-verification", &newer).send(&app).await.status, 200);
}

#[tokio::test]
async fn a_code_from_before_a_password_was_set_by_mail_changes_nothing() {
    let app = MailApp::with(|b| b.plugin(EmailOtp::new()));
    app.sign_up().await;
    app.post("/email-otp/request-password-reset", json!({"email": EMAIL})).await;
    let otp = app.mail(MailKind::ResetPasswordCode).otp.unwrap();
    app.clock.advance(Duration::from_secs(60));
    app.post("/request-password-reset", json!({"email": EMAIL})).await;
    let body = json!({"token": app.token(MailKind::ResetPassword), "newPassword": "set by a link"});
    assert_eq!(app.post("/reset-password", body).await.status, 200);
    let session = app.sign_in("set by a link").await.cookie();
    let body = json!({"email": EMAIL, "otp": otp, "password": "set by a code"});
    app.post("/email-otp/reset-password", body).await.is(400, "INVALID_OTP");
    let shown = Call::new(Method::GET, "/get-session").cookie(&session).send(&app).await;
    assert_eq!(shown.json()["user"]["emailVerified"], false);
    assert_eq!(app.sign_in("set by a link").await.status, 200);
}

#[tokio::test]
async fn codes_set_no_password_where_passwords_cannot_be_reset() {
    let off = PasswordReset { enabled: false, ..PasswordReset::default() };
    let app = MailApp::with(|b| b.plugin(EmailOtp::new()).password_reset(off));
    app.sign_up().await;
    let code = EmailOtp::new().create(&app.auth, EMAIL, CodePurpose::ResetPassword).await.unwrap();
    let body =
        json!({"email": EMAIL, "type": "forget-password", "otp": code, "password": "another password"});
    for path in [
        "/email-otp/request-password-reset",
        "/forget-password/email-otp",
        "/email-otp/send-verification-otp",
        "/email-otp/reset-password",
    ] {
        app.post(path, body.clone()).await.is(400, "RESET_PASSWORD_DISABLED");
    }
    assert!(app.mailer.mails().is_empty());
    assert_eq!(app.sign_in(PASSWORD).await.status, 200);
}

#[tokio::test]
async fn codes_set_no_password_where_there_are_none() {
    let mailer = Arc::new(hallpass_testing::StubMailer::new());
    let codes = EmailOtp::new();
    let auth = Auth::builder(MemoryStore::new())
        .secret(SECRET)
        .base_url("http://localhost:3000")
        .password_hasher(cheap_hasher())
        .mailer(Arc::clone(&mailer))
        .background_tasks(hallpass_testing::ImmediateTasks::new())
        .plugin(codes.clone())
        .build()
        .unwrap();
    let code = codes.create(&auth, EMAIL, CodePurpose::SignIn).await.unwrap();
    codes.sign_in(&auth, hallpass::plugins::SignInCode::new(EMAIL, code), None).await.unwrap();
    assert!(codes.send(&auth, EMAIL, CodePurpose::ResetPassword).await.is_err());
    let code = codes.create(&auth, EMAIL, CodePurpose::ResetPassword).await.unwrap();
    let set = codes.reset_password(&auth, EMAIL, &code, &PASSWORD.to_owned().into()).await;
    assert!(matches!(set, Err(Error::Mail(_))));
    assert!(mailer.mails().iter().all(|mail| mail.kind != MailKind::ResetPasswordCode));
}
