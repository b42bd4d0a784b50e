//! How somebody signed in last.

use std::borrow::Cow;
use std::time::Duration;

use hallpass::mailer::MailKind;
use hallpass::plugin::SignInMethod;
use hallpass::plugins::{LastLoginMethod, MagicLink, Username};
use hallpass::{EmailPassword, SignInEmail};
use http::Method;
use serde_json::{Value, json};

use crate::app::{Answer, App, Call, PASSWORD};
use crate::mail_app::MailApp;

fn line(answer: &Answer) -> Option<String> {
    let lines = answer.set_cookies();
    lines.iter().find(|line| line.contains("last_used_login_method")).map(|&line| line.to_owned())
}

async fn stored(app: &App) -> Value {
    let cookie = app.sign_in(PASSWORD).await.cookie();
    Call::new(Method::GET, "/get-session").cookie(&cookie).send(app).await.json()["user"]["lastLoginMethod"]
        .clone()
}

#[tokio::test]
async fn whoever_is_signed_in_has_a_cookie_that_the_page_can_read() {
    let app = App::with(|b| b.plugin(LastLoginMethod::new()));
    let expected = "better-auth.last_used_login_method=email; Max-Age=2592000; Path=/; SameSite=Lax";
    let signed_up = app.sign_up().await;
    assert_eq!(line(&signed_up).as_deref(), Some(expected));
    assert_eq!(line(&app.sign_in(PASSWORD).await).as_deref(), Some(expected));
    assert_eq!(line(&app.sign_in("wrong password").await), None);
    let cookie = signed_up.cookie();
    let change = json!({"currentPassword": PASSWORD, "newPassword": "12345678", "revokeOtherSessions": true});
    for (path, body) in [("/change-password", change), ("/sign-out", json!({}))] {
        assert_eq!(line(&app.post_as(path, &cookie, body).await), None, "{path}");
    }
}

#[tokio::test]
async fn a_sign_in_by_a_username_has_no_name_unless_it_is_given_one() {
    let user = json!({"name": "A", "email": "test@example.com", "password": PASSWORD, "username": "annie"});
    let body = json!({"username": "annie", "password": PASSWORD});
    let named = |method| (method == SignInMethod::Username).then_some(Cow::Borrowed("name"));
    for (plugin, expected) in [
        (LastLoginMethod::new(), None),
        (LastLoginMethod::new().resolve(named), Some("better-auth.last_used_login_method=name")),
    ] {
        let app = App::with(|b| b.plugin(Username::new()).plugin(plugin));
        app.post("/sign-up/email", user.clone()).await;
        let answer = app.post("/sign-in/username", body.clone()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(line(&answer).as_deref().and_then(|line| line.split(';').next()), expected);
    }
}

#[tokio::test]
async fn methods_can_be_named_otherwise_and_the_cookie_left_out() {
    let named = |method| (method == SignInMethod::SignUp).then_some(Cow::Borrowed("a b"));
    let plugin = LastLoginMethod::new().resolve(named).max_age(Duration::from_secs(9));
    let plugin = plugin.store_cookie_if(|exchange, name| {
        exchange.headers.get("x-consent").is_none_or(|consent| consent != "no") && name != "email"
    });
    let app = App::with(|b| b.plugin(plugin));
    let expected = "better-auth.last_used_login_method=a%20b; Max-Age=9; Path=/; SameSite=Lax";
    assert_eq!(line(&app.sign_up().await).as_deref(), Some(expected));
    assert_eq!(line(&app.sign_in(PASSWORD).await), None);
    let body = json!({"name": "A", "email": "b@example.com", "password": PASSWORD});
    let call = Call::new(Method::POST, "/sign-up/email").header("x-consent", "no").json(&body);
    assert_eq!(line(&call.send(&app).await), None);
}

#[tokio::test]
async fn the_method_can_be_kept_with_the_user_and_nobody_else_sets_it() {
    let app = App::with(|b| b.plugin(LastLoginMethod::new().store_in_database()));
    let body =
        json!({"name": "A", "email": "test@example.com", "password": PASSWORD, "lastLoginMethod": "x"});
    app.post("/sign-up/email", body).await.is(400, "FIELD_NOT_ALLOWED");
    let signed_up = app.sign_up().await;
    assert_eq!(signed_up.json()["user"]["lastLoginMethod"], "email");
    let answer = app.post_as("/update-user", &signed_up.cookie(), json!({"lastLoginMethod": "x"})).await;
    answer.is(400, "FIELD_NOT_ALLOWED");
    assert_eq!(stored(&app).await, "email");
}

#[tokio::test]
async fn who_signs_up_and_is_not_signed_in_has_no_method_yet() {
    let options = EmailPassword { auto_sign_in: false, ..EmailPassword::default() };
    let app = App::with(|b| b.email_password(options).plugin(LastLoginMethod::new().store_in_database()));
    let free = app.sign_up().await;
    let taken = app.sign_up().await;
    let method = |answer: &Answer| answer.json()["user"]["lastLoginMethod"].clone();
    assert_eq!((method(&free), method(&taken)), (Value::Null, Value::Null));
    // The app's own code signs in without HTTP.
    let input = SignInEmail::new("test@example.com", PASSWORD);
    app.auth.sign_in_email(input).await.unwrap();
    assert_eq!(stored(&app).await, "email");
}

#[tokio::test]
async fn who_comes_by_a_mailed_link_has_the_method_from_the_first_answer_on() {
    let app =
        MailApp::with(|b| b.plugin(MagicLink::new()).plugin(LastLoginMethod::new().store_in_database()));
    app.post("/sign-in/magic-link", json!({"email": "test@example.com"})).await;
    let token = app.token(MailKind::MagicLink);
    let answer = app.get(&format!("/magic-link/verify?token={token}")).await;
    assert_eq!(answer.json()["user"]["lastLoginMethod"], "magic-link");
    let shown = Call::new(Method::GET, "/get-session").cookie(&answer.cookie()).send(&app).await;
    assert_eq!(shown.json()["user"]["lastLoginMethod"], "magic-link");
}
