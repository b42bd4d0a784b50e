//! Signing in by a mailed link.

use std::time::Duration;

use async_trait::async_trait;
use hallpass::mailer::MailKind;
use hallpass::model::Verification;
use hallpass::plugin::{Decision, Plugin, SignInAttempt};
use hallpass::plugins::MagicLink;
use hallpass::store::VerificationStore as _;
use hallpass::types::VerificationId;
use hallpass::{Auth, BuildError, Error, MemoryStore, TokenStorage, WireError};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Answer, App, Call, PASSWORD, SECRET};
use crate::mail_app::{MailApp, path_of};
use crate::races::at_once;

const EMAIL: &str = "test@example.com";

fn app() -> MailApp {
    MailApp::with(|b| b.plugin(MagicLink::new()))
}

async fn requested(app: &MailApp) -> String {
    let answer = app.post("/sign-in/magic-link", json!({"email": EMAIL})).await;
    assert_eq!(answer.text(), r#"{"status":true}"#);
    app.token(MailKind::MagicLink)
}

async fn follow(app: &App, token: &str) -> Answer {
    app.get(&format!("/magic-link/verify?token={token}")).await
}

/// Whether the answer is that the link is not good.
fn is_refused(answer: &Answer) -> bool {
    answer.header("location") == Some("http://localhost:3000/?error=INVALID_TOKEN")
        && answer.cookie().is_empty()
}

#[tokio::test]
async fn a_mailed_link_signs_in_once_and_signs_up_who_is_new() {
    let app = app();
    let body = json!({"email": EMAIL, "name": "Ada", "callbackURL": "/home", "metadata": {"lang": "de"}});
    app.post("/sign-in/magic-link", body).await;
    let mail = app.mail(MailKind::MagicLink);
    assert_eq!(mail.to.as_str(), EMAIL);
    assert_eq!(mail.metadata.as_ref().unwrap()["lang"], "de");
    let answer = app.get(&path_of(&mail)).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (302, Some("http://localhost:3000/home"))
    );
    let shown = Call::new(Method::GET, "/get-session").cookie(&answer.cookie()).send(&app).await.json();
    assert_eq!((&shown["user"]["name"], &shown["user"]["emailVerified"]), (&json!("Ada"), &json!(true)));
    assert_eq!((app.rows("user"), app.rows("account"), app.rows("verification")), (1, 0, 0));
    assert!(is_refused(&follow(&app, &mail.token.unwrap()).await));
}

#[tokio::test]
async fn a_browser_that_was_not_to_be_remembered_is_not_after_a_link_either() {
    let app = app();
    let token = requested(&app).await;
    let body = json!({"name": "A", "email": "b@example.com", "password": PASSWORD, "rememberMe": false});
    let unremembered = app.post("/sign-up/email", body).await.cookie();
    let path = format!("/magic-link/verify?token={token}");
    let answer = Call::new(Method::GET, &path).cookie(&unremembered).send(&app).await;
    let [session, forgotten] = answer.set_cookies()[..] else { panic!("{answer:?}") };
    assert!(session.contains("session_token=") && !session.contains("Max-Age"), "{session}");
    assert!(forgotten.contains("dont_remember=true") && !forgotten.contains("Max-Age"), "{forgotten}");
    // What is stored says the same.
    app.clock.advance(Duration::from_secs(86_400 + 1));
    let get = Call::new(Method::GET, "/get-session").cookie(&answer.cookie());
    assert_eq!(get.send(&app).await.json(), Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_follow_a_link_at_once_one_is_signed_in() {
    let app = app();
    let token = requested(&app).await;
    let path = format!("/magic-link/verify?token={token}");
    let answers = at_once(&app.app, 64, |_| Call::new(Method::GET, &path)).await;
    assert_eq!(answers.iter().filter(|answer| !is_refused(answer)).count(), 1);
    assert_eq!((app.rows("session"), app.rows("user")), (1, 1));
}

#[tokio::test]
async fn what_is_stored_opens_nothing() {
    let app = app();
    let token = requested(&app).await;
    let row = app.verification_rows().remove(0);
    assert!(!format!("{} {}", row.identifier, row.value).contains(&token), "{row:?}");
    let stored = row.identifier.strip_prefix("magic-link:").unwrap();
    assert!(is_refused(&follow(&app, stored).await));
    assert!(is_refused(&follow(&app, stored.strip_prefix("sha256:").unwrap()).await));
    assert!(!is_refused(&follow(&app, &token).await));
}

#[tokio::test]
async fn a_link_is_good_for_five_minutes() {
    let app = app();
    let (one, two) = (requested(&app).await, requested(&app).await);
    app.clock.advance(Duration::from_secs(299));
    assert!(!is_refused(&follow(&app, &one).await));
    app.clock.advance(Duration::from_secs(1));
    assert!(is_refused(&follow(&app, &two).await));
}

/// PEER-HOLES 33: whoever signed up with somebody else's address kept the password after the owner came.
#[tokio::test]
async fn row_33_proving_a_mailbox_purges_what_an_unproven_sign_up_left() {
    let app = app();
    let before = app.sign_up().await.cookie();
    let answer = follow(&app, &requested(&app).await).await;
    assert_eq!(answer.json()["user"]["emailVerified"], true);
    assert_eq!((app.rows("account"), app.rows("session")), (0, 1));
    let shown = Call::new(Method::GET, "/get-session").cookie(&before).send(&app).await;
    assert_eq!(shown.text(), "null");
    app.sign_in(PASSWORD).await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    // A second proof takes nothing away.
    follow(&app, &requested(&app).await).await;
    assert_eq!(app.rows("session"), 2);
}

/// PEER-HOLES 24: a value of the same table and another purpose was taken for a link.
#[tokio::test]
async fn row_24_tokens_of_other_purposes_are_no_links() {
    let app = app();
    app.sign_up().await;
    app.post("/request-password-reset", json!({"email": EMAIL, "redirectTo": "/x"})).await;
    let reset = app.token(MailKind::ResetPassword);
    assert!(is_refused(&follow(&app, &reset).await));
    let link = requested(&app).await;
    let body = json!({"newPassword": "another password", "token": link});
    app.post("/reset-password", body).await.is(400, "INVALID_TOKEN");
    // Whatever else lies under an identifier of this form is no link either.
    let token = "a".repeat(32);
    let now = app.auth.now();
    for value in
        [r#"{"callbackURL":"/","codeVerifier":"x"}"#, EMAIL, r#"{"type":"other","email":"test@example.com"}"#]
    {
        let row = Verification {
            id: VerificationId::generate(app.auth.random()),
            identifier: format!("magic-link:{token}"),
            value: value.to_owned(),
            expires_at: now.plus(Duration::from_secs(60)),
            created_at: now,
            updated_at: now,
        };
        app.store.put_verification(&row).await.unwrap();
        assert!(is_refused(&follow(&app, &token).await), "{value}");
    }
}

#[tokio::test]
async fn a_link_that_better_auth_mailed_is_good_and_plain_links_are_written_where_asked_for() {
    let options = hallpass::SessionOptions { tokens: TokenStorage::Plain, ..Default::default() };
    let app = MailApp::with(|b| b.plugin(MagicLink::new()).session(options));
    let token = requested(&app).await;
    let row = app.verification_rows().remove(0);
    assert_eq!(row.identifier, format!("magic-link:{token}"));
    assert_eq!(row.value, r#"{"type":"magic-link","email":"test@example.com"}"#);
    let other = self::app();
    other.store.put_verification(&row).await.unwrap();
    assert!(!is_refused(&follow(&other, &token).await));
}

/// PEER-HOLES 34 and 42.
#[tokio::test]
async fn row_34_and_42_foreign_pages_send_no_mail_and_nobody_learns_who_is_a_user() {
    let app = app();
    app.sign_up().await;
    let ask = |email: &str| Call::new(Method::POST, "/sign-in/magic-link").json(&json!({"email": email}));
    let navigation = ask(EMAIL).header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate");
    navigation
        .header("origin", "https://evil.example")
        .send(&app)
        .await
        .is(403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED");
    assert!(app.mailer.mails().is_empty());
    let (known, unknown) = (ask(EMAIL).send(&app).await, ask("nobody@example.com").send(&app).await);
    assert_eq!((known.status, known.headers, known.body), (unknown.status, unknown.headers, unknown.body));
    assert_eq!((app.rows("verification"), app.mailer.mails().len()), (2, 2));
}

#[tokio::test]
async fn where_nobody_new_is_wanted_a_link_signs_in_who_is_there_alone() {
    let app = MailApp::with(|b| b.plugin(MagicLink::new().without_sign_up()));
    let refused = follow(&app, &requested(&app).await).await;
    assert_eq!(refused.header("location"), Some("http://localhost:3000/?error=new_user_signup_disabled"));
    app.sign_up().await;
    assert_eq!(follow(&app, &requested(&app).await).await.status, StatusCode::OK);
}

/// Forbids every session.
#[derive(Debug)]
struct Banned;

#[async_trait]
impl Plugin for Banned {
    fn id(&self) -> &'static str {
        "banned"
    }

    async fn before_session(&self, _: &Auth, _: &SignInAttempt<'_>) -> Result<Decision, Error> {
        Ok(Decision::Refuse(WireError::new(StatusCode::FORBIDDEN, "BANNED_USER", "You have been banned")))
    }
}

#[tokio::test]
async fn who_may_not_sign_in_may_not_by_a_link() {
    let app = MailApp::with(|b| b.plugin(MagicLink::new()).plugin(Banned));
    let answer = follow(&app, &requested(&app).await).await;
    answer.is(403, "BANNED_USER");
    assert_eq!((app.rows("session"), answer.set_cookies().len()), (0, 0));
}

#[test]
fn links_that_cannot_be_mailed_or_last_for_ever_are_refused() {
    let build = |plugin: MagicLink, mails: bool| {
        let builder = Auth::builder(MemoryStore::new()).secret(SECRET).base_url("http://localhost:3000");
        let builder = if mails {
            let tasks = hallpass_testing::ImmediateTasks::new();
            builder.mailer(hallpass_testing::StubMailer::new()).background_tasks(tasks)
        } else {
            builder
        };
        builder.plugin(plugin).build()
    };
    let is_refused = |built| matches!(built, Err(BuildError::Plugin { plugin: "magic-link", .. }));
    assert!(is_refused(build(MagicLink::new(), false)));
    assert!(is_refused(build(MagicLink::new().expires_in(Duration::ZERO), true)));
    assert!(is_refused(build(MagicLink::new().expires_in(Duration::from_secs(86_401)), true)));
    assert!(build(MagicLink::new(), true).is_ok());
}
