//! Typed calls that wrap no more than their endpoints do, called as an app calls them.

use hallpass::mailer::MailKind;
use hallpass::model::Extra;
use hallpass::password::Password;
use hallpass::plugins::{HaveIBeenPwned, MultiSession, OfflineList};
use hallpass::schema::ExtraField;
use hallpass::store::{AccountStore as _, SessionStore as _};
use hallpass::types::UserId;
use hallpass::{CurrentSession, Error, UserDeletion};
use http::Method;
use http::header::HeaderMap;
use serde_json::{Value, json};

use crate::app::{App, Call, PASSWORD};
use crate::mail_app::MailApp;

const NEW: &str = "another password";
const BROWSER: &str = "Mozilla/5.0 (a browser)";

fn headers(cookie: &str) -> HeaderMap {
    Call::new(Method::GET, "/").cookie(cookie).headers()
}

async fn current(app: &App, cookie: &str) -> Option<CurrentSession> {
    app.auth.session(&headers(cookie)).await.unwrap()
}

/// A user with a session from a browser, and another beside it.
async fn signed_in_twice() -> (App, CurrentSession, String) {
    let app = App::new();
    let other = app.sign_up().await.cookie();
    let body = json!({"email": "test@example.com", "password": PASSWORD});
    let call = Call::new(Method::POST, "/sign-in/email").header("user-agent", BROWSER).json(&body);
    let cookie = call.send(&app).await.cookie();
    let session = current(&app, &cookie).await.unwrap();
    assert_eq!(session.session.user_agent.as_deref(), Some(BROWSER));
    (app, session, other)
}

#[tokio::test]
async fn changing_a_password_by_call_leaves_the_sessions_unless_they_are_to_end() {
    let (app, session, other) = signed_in_twice().await;
    let change = async |old: &str, new: &str| {
        app.auth.change_password(&session, &old.into(), &new.into(), false).await.map(|given| given.is_some())
    };
    assert!(matches!(change("wrong password", NEW).await, Err(Error::InvalidPassword)));
    assert!(matches!(change(PASSWORD, "short").await, Err(Error::PasswordTooShort)));
    assert!(matches!(change(PASSWORD, &"x".repeat(129)).await, Err(Error::PasswordTooLong)));
    assert_eq!(app.sign_in(PASSWORD).await.status.as_u16(), 200, "what is refused changes nothing");
    assert!(!change(PASSWORD, NEW).await.unwrap(), "no session is given");
    assert!(matches!(change(PASSWORD, NEW).await, Err(Error::InvalidPassword)), "it is the old one no more");
    app.sign_in(PASSWORD).await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    assert_eq!(app.sign_in(NEW).await.status.as_u16(), 200);
    assert!(current(&app, &other).await.is_some(), "the others go on");
}

#[tokio::test]
async fn a_changed_password_ends_every_session_where_asked_and_gives_one_of_an_unknown_client() {
    let (app, session, other) = signed_in_twice().await;
    let change = async |old: &str| app.auth.change_password(&session, &old.into(), &NEW.into(), true).await;
    assert!(matches!(change("wrong password").await, Err(Error::InvalidPassword)));
    assert!(current(&app, &other).await.is_some(), "a wrong password ends nothing");
    let given = change(PASSWORD).await.unwrap().unwrap();
    let left = app.store.sessions_of(&session.user.id, app.auth.now()).await.unwrap();
    assert_eq!(left.iter().map(|left| &left.id).collect::<Vec<_>>(), [&given.session.id]);
    assert!(given.session.id != session.session.id && given.token != session.token);
    let unknown = |text: &Option<String>| text.as_deref().unwrap_or_default().is_empty();
    assert!(unknown(&given.session.user_agent) && unknown(&given.session.ip_address));
    assert!(given.remember);
    assert_eq!(given.cookies(&app.auth, None).len(), 1);
    assert!(current(&app, &other).await.is_none());
    assert!(matches!(change(NEW).await, Err(Error::Unauthorized)), "the session that asks has ended");
}

#[tokio::test]
async fn a_password_is_verified_by_call_and_is_its_users_alone() {
    let app = App::new();
    let user = current(&app, &app.sign_up().await.cookie()).await.unwrap().user.id;
    let verify = async |user: &UserId, text: &str| app.auth.verify_password(user, &Password::new(text)).await;
    assert!(verify(&user, PASSWORD).await.unwrap());
    assert!(!verify(&user, "wrong password").await.unwrap());
    assert!(!verify(&"nobody".into(), PASSWORD).await.unwrap());
    assert!(matches!(verify(&user, &"x".repeat(129)).await, Err(Error::PasswordTooLong)));
    let account = app.auth.accounts_of(&user).await.unwrap().remove(0);
    app.store.delete_account(&account.id).await.unwrap();
    assert!(!verify(&user, PASSWORD).await.unwrap(), "who has no password has none that is right");
}

#[tokio::test]
async fn the_accounts_of_a_user_are_that_users_and_no_others() {
    let app = App::new();
    let user = current(&app, &app.sign_up().await.cookie()).await.unwrap().user.id;
    let body = json!({"name": "B", "email": "b@example.com", "password": PASSWORD});
    app.post("/sign-up/email", body).await;
    let accounts = app.auth.accounts_of(&user).await.unwrap();
    let told: Vec<_> = accounts.iter().map(|account| (&account.user_id, &*account.provider_id)).collect();
    assert_eq!(told, [(&user, "credential")]);
    assert_eq!(app.auth.accounts_of(&"nobody".into()).await.unwrap(), []);
}

#[tokio::test]
async fn the_sessions_of_a_device_are_the_live_ones_whose_cookies_it_has() {
    let app = App::with(|builder| builder.plugin(MultiSession::new()));
    let mut cookies = Vec::new();
    for email in ["one@example.com", "two@example.com"] {
        let body = json!({"name": "A", "email": email, "password": PASSWORD});
        cookies.push(app.post("/sign-up/email", body).await.cookie());
    }
    let held = async |cookie: &str| -> Vec<String> {
        let sessions = MultiSession::device_sessions(&app.auth, &headers(cookie)).await.unwrap();
        sessions.iter().map(|session| session.user.email.as_str().to_owned()).collect()
    };
    let both = cookies.join("; ");
    assert_eq!(held(&both).await, ["one@example.com", "two@example.com"]);
    assert_eq!(held(&cookies[1]).await, ["two@example.com"]);
    assert_eq!(held("a=b").await, Vec::<String>::new());
    assert_eq!(held(&both.replace("_multi-", "_other-")).await, Vec::<String>::new(), "by their names");
    let first = current(&app, &cookies[0]).await.unwrap();
    assert!(app.auth.sign_out(&first.token).await.unwrap());
    assert_eq!(held(&both).await, ["two@example.com"]);
}

#[tokio::test]
async fn a_breached_password_is_told_by_call() {
    let plugin = HaveIBeenPwned::offline(OfflineList::from_passwords([PASSWORD]));
    assert!(plugin.is_compromised(&PASSWORD.into()).await.unwrap());
    assert!(!plugin.is_compromised(&NEW.into()).await.unwrap());
}

#[tokio::test]
async fn the_app_sets_fields_of_a_live_session_and_only_declared_ones() {
    let app = App::with(|builder| builder.session_field(ExtraField::text("origin")));
    let cookie = app.sign_up().await.cookie();
    let session = current(&app, &cookie).await.unwrap();
    let set = async |name: &str, value: Value| {
        app.auth.update_session(&session, [(name.to_owned(), value)].into_iter().collect()).await
    };
    // Not for clients: for the app it is.
    assert_eq!(set("origin", json!("console")).await.unwrap().extra["origin"], "console");
    assert_eq!(current(&app, &cookie).await.unwrap().session.extra["origin"], "console");
    assert!(matches!(set("theme", json!("dark")).await, Err(Error::UndeclaredField(_))));
    assert!(set("origin", json!(1)).await.is_err(), "no text");
    let nothing = app.auth.update_session(&session, Extra::default()).await;
    assert!(matches!(nothing, Err(Error::NothingToUpdate)));
    assert!(app.auth.sign_out(&session.token).await.unwrap());
    assert!(matches!(set("origin", json!("console")).await, Err(Error::SessionLost)));
}

#[tokio::test]
async fn a_user_is_deleted_by_the_mailed_token_once_and_by_nobody_elses() {
    let by_mail = UserDeletion { by_mail: true, ..UserDeletion::default() };
    let app = MailApp::with(|builder| builder.user_deletion(by_mail));
    let session = current(&app, &app.sign_up().await.cookie()).await.unwrap();
    let body = json!({"name": "B", "email": "b@example.com", "password": PASSWORD});
    let other = current(&app, &app.post("/sign-up/email", body).await.cookie()).await.unwrap();
    let ask = async || {
        app.auth.request_user_deletion(&session, Some("/bye")).await.unwrap();
        let mail = app.mail(MailKind::DeleteAccount);
        assert_eq!(mail.to.as_str(), "test@example.com");
        mail.token.unwrap()
    };
    let delete =
        async |session: &CurrentSession, token: &str| app.auth.delete_user_by_token(session, token).await;
    assert!(matches!(delete(&session, "made up").await, Err(Error::InvalidToken)));
    let token = ask().await;
    assert!(matches!(delete(&other, &token).await, Err(Error::InvalidToken)));
    assert!(matches!(delete(&session, &token).await, Err(Error::InvalidToken)), "it came into wrong hands");
    assert_eq!(app.rows("user"), 2);
    delete(&session, &ask().await).await.unwrap();
    assert_eq!((app.rows("user"), app.rows("session")), (1, 1));

    let off = App::with(|builder| builder.allow_user_deletion());
    let session = current(&off, &off.sign_up().await.cookie()).await.unwrap();
    assert!(off.auth.request_user_deletion(&session, None).await.is_err(), "not by mail");
}

#[tokio::test]
async fn the_origin_of_a_request_to_the_apps_own_route_is_checked_by_call() {
    let app = App::new();
    let check = |method: &str, headers: &[(&str, &str)]| {
        let mut request = http::Request::builder().method(method).uri("/notes");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        app.auth.check_origin(&request.body(()).unwrap().into_parts().0)
    };
    let (cookie, ours, foreign) =
        (("cookie", "a=b"), ("origin", "http://localhost:3000"), ("origin", "https://evil.example"));
    check("POST", &[cookie, ours]).unwrap();
    assert!(matches!(check("POST", &[cookie, foreign]), Err(Error::InvalidOrigin)));
    assert!(matches!(check("POST", &[cookie]), Err(Error::MissingOrNullOrigin)));
    check("POST", &[foreign]).unwrap();
    check("GET", &[cookie, foreign]).unwrap();
    let socket = ("sec-websocket-key", "x");
    assert!(matches!(check("GET", &[cookie, foreign, socket]), Err(Error::InvalidOrigin)));
}
