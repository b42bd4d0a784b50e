//! `/verify-password`, `/change-password`, `/list-accounts`, and giving a password to who has none.

use hallpass::Error;
use hallpass::password::Password;
use hallpass::store::{AccountStore as _, UserStore as _};
use hallpass::types::Email;
use http::Method;
use serde_json::json;

use crate::app::{App, Call, PASSWORD};

const NEW: &str = "another password";

#[tokio::test]
async fn a_password_is_proven_by_who_is_signed_in() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    let verify = |password: String| app.post_as("/verify-password", &cookie, json!({"password": password}));
    assert_eq!(verify(PASSWORD.to_owned()).await.text(), r#"{"status":true}"#);
    verify("wrongpassword".to_owned()).await.is(400, "INVALID_PASSWORD");
    verify("x".repeat(129)).await.is(400, "PASSWORD_TOO_LONG");
    app.post("/verify-password", json!({"password": PASSWORD})).await.is(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn row_85_a_new_password_takes_the_old_ones_place() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    let other = app.sign_in(PASSWORD).await.cookie();
    let change = |old: &str, new: &str| {
        app.post_as("/change-password", &cookie, json!({"currentPassword": old, "newPassword": new}))
    };
    change("wrongpassword", NEW).await.is(400, "INVALID_PASSWORD");
    change(PASSWORD, "short").await.is(400, "PASSWORD_TOO_SHORT");
    change(PASSWORD, &"x".repeat(129)).await.is(400, "PASSWORD_TOO_LONG");
    change(&"x".repeat(129), NEW).await.is(400, "PASSWORD_TOO_LONG");
    assert_eq!(app.sign_in(PASSWORD).await.status.as_u16(), 200, "what is refused changes nothing");
    let answer = change(PASSWORD, NEW).await;
    assert!(answer.json()["token"].is_null() && answer.set_cookies().is_empty());
    assert_eq!(answer.json()["user"]["email"], "test@example.com");
    app.sign_in(PASSWORD).await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    assert_eq!(app.sign_in(NEW).await.status.as_u16(), 200);
    for cookie in [&cookie, &other] {
        assert_ne!(Call::new(Method::GET, "/get-session").cookie(cookie).send(&app).await.text(), "null");
    }
}

#[tokio::test]
async fn with_revoke_other_sessions_every_session_ends_and_this_browser_gets_a_new_one() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    app.sign_in(PASSWORD).await;
    let body = json!({"currentPassword": PASSWORD, "newPassword": NEW, "revokeOtherSessions": true});
    let answer = app.post_as("/change-password", &cookie, body).await;
    assert_eq!(app.rows("session"), 1);
    let session = Call::new(Method::GET, "/get-session").cookie(&answer.cookie()).send(&app).await.json();
    assert_eq!(session["session"]["token"], answer.json()["token"]);
    assert_eq!(Call::new(Method::GET, "/get-session").cookie(&cookie).send(&app).await.text(), "null");
}

#[tokio::test]
async fn who_has_no_password_can_be_given_one_and_only_one() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    let email = Email::parse("test@example.com").unwrap();
    let (user, account) = app.store.credential_by_email(&email).await.unwrap().unwrap();
    let set = |password: &'static str| {
        let (auth, id) = (app.auth.clone(), user.id.clone());
        async move { auth.set_password(&id, &Password::new(password)).await }
    };
    assert!(matches!(set(NEW).await, Err(Error::PasswordAlreadySet)));
    app.store.delete_account(&account.unwrap().id).await.unwrap();
    let change = json!({"currentPassword": PASSWORD, "newPassword": NEW});
    app.post_as("/change-password", &cookie, change).await.is(400, "CREDENTIAL_ACCOUNT_NOT_FOUND");
    app.post_as("/verify-password", &cookie, json!({"password": PASSWORD})).await.is(400, "INVALID_PASSWORD");
    assert!(matches!(set("short").await, Err(Error::PasswordTooShort)));
    set(NEW).await.unwrap();
    assert_eq!(app.sign_in(NEW).await.status.as_u16(), 200);
    assert_eq!(
        app.post("/set-password", json!({"newPassword": NEW})).await.status.as_u16(),
        404,
        "for servers only"
    );
}

#[tokio::test]
async fn accounts_are_listed_without_what_is_secret() {
    let app = App::new();
    let signed_up = app.sign_up().await;
    app.get("/list-accounts").await.is(401, "UNAUTHORIZED");
    let listed = Call::new(Method::GET, "/list-accounts").cookie(&signed_up.cookie()).send(&app).await;
    let user = signed_up.json()["user"]["id"].clone();
    let account = listed.json()[0].clone();
    let (id, now) = (&account["id"], &account["createdAt"]);
    assert_eq!(
        listed.text(),
        format!(
            r#"[{{"accountId":{user},"providerId":"credential","userId":{user},"createdAt":{now},"updatedAt":{now},"id":{id},"scopes":[]}}]"#
        )
    );
}
