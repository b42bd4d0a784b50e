//! The moments at which plugins take part.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hallpass::mailer::MailKind;
use hallpass::model::Account;
use hallpass::password::{Password, PasswordHash};
use hallpass::plugin::{Call as Incoming, Change, Exchange, Plugin};
use hallpass::plugins::{CodePurpose, EmailOtp};
use hallpass::reply::Reply;
use hallpass::schema::ExtraField;
use hallpass::store::{AccountStore as _, UserStore as _};
use hallpass::types::{AccountId, Email};
use hallpass::{Auth, EmailPassword, Error, WireError, cookie_names};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{App, Call, PASSWORD};
use crate::mail_app::MailApp;

/// The name of a change, for logs and vetoes.
fn name(change: &Change<'_>) -> &'static str {
    match change {
        Change::CreateUser { .. } => "create user",
        Change::UpdateUser { .. } => "update user",
        Change::DeleteUser { .. } => "delete user",
        Change::CreateAccount { .. } => "create account",
        Change::UpdatePassword { .. } => "update password",
        Change::DeleteAccount { .. } => "delete account",
        Change::CreateSession { .. } => "create session",
        Change::UpdateSession { .. } => "update session",
        Change::DeleteSession { .. } => "delete session",
        Change::DeleteSessions { .. } => "delete sessions",
        Change::CreateVerification { .. } => "create verification",
        Change::UpdateVerification { .. } => "update verification",
        Change::TakeVerification { .. } => "take verification",
        _ => "another",
    }
}

/// The name of a change, and why a session ends.
fn told(change: &Change<'_>) -> String {
    match change {
        Change::DeleteSession { reason, .. } | Change::DeleteSessions { reason, .. } => {
            format!("{}: {reason:?}", name(change))
        }
        _ => name(change).to_owned(),
    }
}

/// Writes down what it is asked and told, and forbids one change.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    forbids: Mutex<Option<&'static str>>,
    seen: Mutex<Vec<String>>,
}

impl Witness {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    fn note(&self, line: String) {
        self.seen.lock().unwrap().push(line);
    }
}

/// A handle to a [`Witness`], as a plugin.
#[derive(Debug, Clone, Default)]
pub(crate) struct Witnessed(pub(crate) Arc<Witness>);

#[async_trait]
impl Plugin for Witnessed {
    fn id(&self) -> &'static str {
        "witness"
    }

    async fn before_change(&self, _: &Auth, change: &mut Change<'_>) -> Result<(), Error> {
        self.0.note(format!("before {}", told(change)));
        if *self.0.forbids.lock().unwrap() == Some(name(change)) {
            return Err(Error::Refused(WireError::new(StatusCode::FORBIDDEN, "FORBIDDEN", "No")));
        }
        Ok(())
    }

    async fn after_change(&self, _: &Auth, change: &Change<'_>) -> Result<(), Error> {
        self.0.note(format!("after {}", told(change)));
        Ok(())
    }
}

fn witnessed() -> (App, Arc<Witness>) {
    let plugin = Witnessed::default();
    let witness = Arc::clone(&plugin.0);
    (App::with(|b| b.plugin(plugin).allow_user_deletion()), witness)
}

#[tokio::test]
async fn every_change_is_asked_for_before_and_told_after() {
    let (app, witness) = witnessed();
    let signed_up = app.sign_up().await;
    let expected = [
        "before create user",
        "before create account",
        "after create user",
        "after create account",
        "before create session",
        "after create session",
    ];
    assert_eq!(witness.take(), expected);

    let cookie = signed_up.cookie();
    app.post_as("/update-user", &cookie, json!({"name": "B"})).await;
    assert_eq!(witness.take(), ["before update user", "after update user"]);
    app.clock.advance(std::time::Duration::from_secs(86_400));
    Call::new(Method::GET, "/get-session").cookie(&cookie).send(&app).await;
    assert_eq!(witness.take(), ["before update session", "after update session"]);
    let change = json!({"currentPassword": PASSWORD, "newPassword": "another password"});
    app.post_as("/change-password", &cookie, change).await;
    assert_eq!(witness.take(), ["before update password", "after update password"]);
    app.post_as("/revoke-other-sessions", &cookie, json!({})).await;
    assert_eq!(witness.take(), ["before delete sessions: Revoked"], "there are none");
    let signed_in = app.sign_in("another password").await.cookie();
    witness.take();
    app.post_as("/sign-out", &signed_in, json!({})).await;
    assert_eq!(witness.take(), ["before delete session: SignedOut", "after delete session: SignedOut"]);
    let other = app.sign_in("another password").await.cookie();
    witness.take();
    let again = json!({"email": "test@example.com", "password": "another password"});
    app.post_as("/sign-in/email", &other, again).await;
    let replaced = ["before delete session: Replaced", "after delete session: Replaced"];
    assert_eq!(witness.take(), [&replaced[..], &["before create session", "after create session"]].concat());
    app.post_as("/revoke-other-sessions", &cookie, json!({})).await;
    assert_eq!(witness.take(), ["before delete sessions: Revoked", "after delete sessions: Revoked"]);
    app.post_as("/delete-user", &cookie, json!({"password": "another password"})).await;
    assert_eq!(witness.take(), ["before delete user", "after delete user"]);
}

/// A user with a second account, whose password can be reset by mail.
async fn with_mail() -> (MailApp, Arc<Witness>, String, Account) {
    let plugin = Witnessed::default();
    let witness = Arc::clone(&plugin.0);
    let app = MailApp::with(|b| b.plugin(plugin).session_field(ExtraField::text("theme").input()));
    let cookie = app.sign_up().await.cookie();
    let user = app.store.user_by_email(&Email::parse("test@example.com").unwrap()).await.unwrap().unwrap();
    let credential = app.store.accounts_of(&user.id).await.unwrap().remove(0);
    let second = Account {
        id: AccountId::from("second"),
        provider_id: "github".to_owned(),
        account_id: "12345".to_owned(),
        password: None,
        ..credential
    };
    assert!(app.auth.add_account(second.clone()).await.unwrap());
    witness.take();
    app.mailer.take();
    (app, witness, cookie, second)
}

#[tokio::test]
async fn accounts_and_verifications_have_their_moments_too() {
    let (app, witness, cookie, _) = with_mail().await;
    app.post_as("/unlink-account", &cookie, json!({"providerId": "github"})).await;
    assert_eq!(witness.take(), ["before delete account", "after delete account"]);
    app.post("/request-password-reset", json!({"email": "test@example.com"})).await;
    assert_eq!(witness.take(), ["before create verification", "after create verification"]);
    let token = app.token(MailKind::ResetPassword);
    app.post("/reset-password", json!({"newPassword": "12345678", "token": token})).await;
    let expected = [
        "before take verification",
        "after take verification",
        "before delete sessions: PasswordChanged",
        "after delete sessions: PasswordChanged",
        "before update password",
        "after update password",
        "before delete sessions: PasswordChanged",
    ];
    assert_eq!(witness.take(), expected);
}

#[tokio::test]
async fn sessions_accounts_and_verifications_stay_as_they_are_where_that_is_forbidden() {
    let (app, witness, cookie, second) = with_mail().await;
    let forbid = |change| *witness.forbids.lock().unwrap() = Some(change);
    forbid("delete account");
    app.post_as("/unlink-account", &cookie, json!({"providerId": "github"})).await.is(403, "FORBIDDEN");
    assert_eq!(app.rows("account"), 2);
    assert!(app.auth.delete_account(&second).await.is_err());
    forbid("create verification");
    let request = json!({"email": "test@example.com"});
    // What becomes of a request for a mail is told to nobody who asks.
    assert_eq!(app.post("/request-password-reset", request.clone()).await.status, 200);
    assert_eq!((app.rows("verification"), app.mailer.take().len()), (0, 0));
    forbid("take verification");
    app.post("/request-password-reset", request).await;
    let token = app.token(MailKind::ResetPassword);
    let reset = json!({"newPassword": "12345678", "token": token});
    app.post("/reset-password", reset.clone()).await.is(403, "FORBIDDEN");
    assert_eq!(app.rows("verification"), 1);
    forbid("update session");
    let themed = json!({"theme": "dark"});
    app.post_as("/update-session", &cookie, themed).await.is(403, "FORBIDDEN");
    forbid("create account");
    let link = Account::credential("a".into(), &second.user_id, PasswordHash::new("hash"), app.auth.now());
    let added = app.auth.add_account(Account { provider_id: "gitlab".to_owned(), ..link }).await;
    assert!(added.is_err());
    assert_eq!(app.rows("account"), 2);
    forbid("update session");
    let stored = async || app.auth.session(&cookie_header(&cookie)).await.unwrap().unwrap().session;
    let before = stored().await;
    app.clock.advance(std::time::Duration::from_secs(86_400));
    Call::new(Method::GET, "/get-session").cookie(&cookie).send(&app).await.is(403, "FORBIDDEN");
    assert_eq!(stored().await, before);
}

#[tokio::test]
async fn a_code_that_goes_back_is_an_update_and_gone_where_that_is_forbidden() {
    let plugin = Witnessed::default();
    let witness = Arc::clone(&plugin.0);
    let app = MailApp::with(|b| b.plugin(EmailOtp::new()).plugin(plugin));
    app.sign_up().await;
    let code = EmailOtp::new().create(&app.auth, "test@example.com", CodePurpose::VerifyEmail).await.unwrap();
    let check = |otp: &str| json!({"email": "test@example.com", "type": "email-verification", "otp": otp});
    witness.take();
    for (otp, status) in [("x", 400), (&*code, 200)] {
        assert_eq!(app.post("/email-otp/check-verification-otp", check(otp)).await.status, status);
        let moments = ["take verification", "update verification"];
        let expected: Vec<_> = moments
            .iter()
            .flat_map(|moment| [format!("before {moment}"), format!("after {moment}")])
            .collect();
        assert_eq!(witness.take(), expected);
    }
    *witness.forbids.lock().unwrap() = Some("update verification");
    app.post("/email-otp/check-verification-otp", check("x")).await.is(403, "FORBIDDEN");
    assert_eq!(app.rows("verification"), 0);
}

fn cookie_header(cookie: &str) -> http::HeaderMap {
    http::HeaderMap::from_iter([(http::header::COOKIE, cookie.parse().unwrap())])
}

#[tokio::test]
async fn where_sign_ups_hide_taken_addresses_what_a_plugin_says_tells_none() {
    let plugin = Witnessed::default();
    let witness = Arc::clone(&plugin.0);
    let options = EmailPassword { auto_sign_in: false, ..EmailPassword::default() };
    let app = App::with(|b| b.plugin(plugin).email_password(options));
    let sign_up = |email: &str| {
        let body = json!({"name": "A", "email": email, "password": PASSWORD});
        Call::new(Method::POST, "/sign-up/email").json(&body)
    };
    sign_up("test@example.com").send(&app).await;
    for change in ["create user", "create account"] {
        *witness.forbids.lock().unwrap() = Some(change);
        for email in ["test@example.com", "free@example.com"] {
            sign_up(email).send(&app).await.is(403, "FORBIDDEN");
        }
    }
}

#[tokio::test]
async fn what_is_forbidden_before_is_not_written() {
    let (app, witness) = witnessed();
    let forbid = |change| *witness.forbids.lock().unwrap() = Some(change);
    let body = || json!({"name": "A", "email": "test@example.com", "password": PASSWORD});
    for change in ["create user", "create account"] {
        forbid(change);
        app.post("/sign-up/email", body()).await.is(403, "FORBIDDEN");
        assert_eq!((app.rows("user"), app.rows("account")), (0, 0), "{change}");
    }
    forbid("nothing");
    let cookie = app.sign_up().await.cookie();
    for (change, path, body) in [
        ("create session", "/sign-in/email", json!({"email": "test@example.com", "password": PASSWORD})),
        ("update user", "/update-user", json!({"name": "B"})),
        (
            "update password",
            "/change-password",
            json!({"currentPassword": PASSWORD, "newPassword": "12345678"}),
        ),
        ("delete session", "/sign-out", json!({})),
        ("delete sessions", "/revoke-sessions", json!({})),
        ("delete user", "/delete-user", json!({"password": PASSWORD})),
    ] {
        forbid(change);
        let answer = match change {
            // A cookie would end its session first.
            "create session" => app.post(path, body).await,
            _ => app.post_as(path, &cookie, body).await,
        };
        answer.is(403, "FORBIDDEN");
        assert_eq!((app.rows("user"), app.rows("session")), (1, 1), "{change}");
    }
    forbid("nothing");
    let shown = Call::new(Method::GET, "/get-session").cookie(&cookie).send(&app).await.json();
    assert_eq!(shown["user"]["name"], "A");
    assert_eq!(app.sign_in(PASSWORD).await.status.as_u16(), 200);
}

/// Trims names on their way in, and marks answers on their way out.
#[derive(Debug)]
struct Editor;

#[async_trait]
impl Plugin for Editor {
    fn id(&self) -> &'static str {
        "editor"
    }

    fn cookies(&self) -> &'static [&'static str] {
        &["mark"]
    }

    async fn check_password(&self, _: &Auth, password: &Password) -> Result<(), Error> {
        if password.expose() == "compromised password" { Err(Error::InvalidPassword) } else { Ok(()) }
    }

    async fn before_request(&self, _: &Auth, call: &mut Incoming<'_>) -> Result<Option<Reply>, Error> {
        if call.text("name") == Some("shortcut") {
            return Ok(Some(Reply::json(&json!("taken"))));
        }
        let trimmed = call.text("name").map(|name| name.trim().to_owned());
        if let (Some(trimmed), Some(Value::Object(fields))) = (trimmed, call.body.as_mut()) {
            fields.insert("name".to_owned(), trimmed.into());
        }
        Ok(None)
    }

    async fn after_request(
        &self,
        auth: &Auth,
        exchange: &Exchange<'_>,
        reply: Reply,
    ) -> Result<Reply, Error> {
        let user = reply.new_session().map(|session| session.user.name.clone());
        let opened = reply.set_cookie(auth.session_cookie().name()).is_some();
        let mark = auth.cookie("mark");
        let known = mark.signed_value(exchange.headers).is_some();
        let names = cookie_names(exchange.headers).count();
        let line = mark.set_signed("marked", None);
        let text = format!("{} {user:?} {opened} {known} {names}", exchange.route);
        let header = http::HeaderName::from_static("x-mark");
        Ok(reply.header(header, text.parse().unwrap()).exposes("x-mark").cookies(line))
    }
}

#[tokio::test]
async fn requests_can_be_changed_and_answered_before_their_endpoint() {
    let app = App::with(|b| b.plugin(Editor));
    let body = |name: &str| json!({"name": name, "email": "test@example.com", "password": PASSWORD});
    assert_eq!(app.post("/sign-up/email", body("shortcut")).await.json(), "taken");
    assert_eq!(app.rows("user"), 0);
    assert_eq!(app.post("/sign-up/email", body("  A ")).await.json()["user"]["name"], "A");
}

#[tokio::test]
async fn every_answer_passes_by_and_tells_whom_it_signs_in() {
    let app = App::with(|b| b.plugin(Editor));
    let signed_up = app.sign_up().await;
    assert_eq!(signed_up.header("x-mark"), Some("/sign-up/email Some(\"A\") true false 0"));
    assert_eq!(signed_up.header("access-control-expose-headers"), Some("x-mark"));
    let session = Call::new(Method::GET, "/get-session").cookie(&signed_up.cookie()).send(&app).await;
    assert_eq!(session.header("x-mark"), Some("/get-session None false true 2"));
    let forged = Call::new(Method::GET, "/get-session").cookie("better-auth.mark=marked.x").send(&app).await;
    assert_eq!(forged.header("x-mark"), Some("/get-session None false false 1"));
    let refused = app.sign_in("wrong password").await;
    assert_eq!(refused.header("x-mark"), Some("/sign-in/email None false false 0"));
    refused.is(401, "INVALID_EMAIL_OR_PASSWORD");
}

#[tokio::test]
async fn a_new_password_can_be_refused_wherever_it_is_given() {
    let app = App::with(|b| b.plugin(Editor));
    let body = json!({"name": "A", "email": "x@example.com", "password": "compromised password"});
    app.post("/sign-up/email", body).await.is(400, "INVALID_PASSWORD");
    assert_eq!(app.rows("user"), 0);
    let cookie = app.sign_up().await.cookie();
    let change = json!({"currentPassword": PASSWORD, "newPassword": "compromised password"});
    app.post_as("/change-password", &cookie, change).await.is(400, "INVALID_PASSWORD");
    assert_eq!(app.sign_in(PASSWORD).await.status.as_u16(), 200);
}

/// Fails once there is an answer.
#[derive(Debug)]
struct Failing;

#[async_trait]
impl Plugin for Failing {
    fn id(&self) -> &'static str {
        "failing"
    }

    async fn after_request(&self, _: &Auth, _: &Exchange<'_>, _: Reply) -> Result<Reply, Error> {
        Err(Error::Internal("a plugin failed"))
    }
}

#[tokio::test]
async fn a_plugin_that_fails_at_the_end_leaves_no_ended_session_in_the_browser_and_gives_none() {
    let memory = hallpass::MemoryStore::new();
    let app = App::over(Arc::new(memory.clone()), memory.clone(), |b| b);
    let failing = App::over(Arc::new(memory.clone()), memory, |b| b.plugin(Failing));
    let cookie = app.sign_up().await.cookie();
    let signed_in = failing.sign_in(PASSWORD).await;
    assert_eq!((signed_in.status.as_u16(), signed_in.set_cookies()), (500, Vec::new()));
    let expected = app.post_as("/sign-out", &app.sign_in(PASSWORD).await.cookie(), json!({})).await;
    let signed_out = failing.post_as("/sign-out", &cookie, json!({})).await;
    assert_eq!(signed_out.status.as_u16(), 500);
    assert_eq!(signed_out.set_cookies(), expected.set_cookies());
    assert_eq!(signed_out.set_cookies().len(), 3);
}

#[test]
fn a_verification_that_is_taken_does_not_show_its_secret_in_debug() {
    let change = Change::TakeVerification { identifier: "reset-password:secret" };
    assert_eq!(format!("{change:?}"), "TakeVerification");
}
