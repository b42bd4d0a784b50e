//! `/update-user` and `/delete-user`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hallpass::events::SecurityEvent;
use hallpass::password::Password;
use hallpass::plugin::{Exchange, Plugin};
use hallpass::reply::Reply;
use hallpass::schema::ExtraField;
use hallpass::store::UserStore as _;
use hallpass::types::Email;
use hallpass::{Auth, Error, UpdateUser};
use http::Method;
use http::header::{COOKIE, HeaderMap};
use serde_json::{Value, json};

use crate::app::{App, Call, PASSWORD};

async fn user(app: &App, cookie: &str) -> Value {
    Call::new(Method::GET, "/get-session").cookie(cookie).send(app).await.json()["user"].clone()
}

#[tokio::test]
async fn what_is_named_changes_and_nothing_else() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    let before = user(&app, &cookie).await;
    app.clock.advance(Duration::from_secs(60));
    let extras = json!({"name": "Ada", "role": "admin", "emailVerified": true, "id": "x", "createdAt": 0});
    let answer = app.post_as("/update-user", &cookie, extras).await;
    assert_eq!(answer.text(), r#"{"status":true}"#);
    assert_eq!(answer.cookie(), cookie, "the session's cookie anew");
    let after = user(&app, &cookie).await;
    assert_eq!((&after["name"], &after["image"]), (&json!("Ada"), &Value::Null));
    for same in ["id", "email", "emailVerified", "createdAt"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    assert_ne!(after["updatedAt"], before["updatedAt"]);
    app.post_as("/update-user", &cookie, json!({"image": "https://example.com/a.png"})).await;
    assert_eq!(user(&app, &cookie).await["image"], "https://example.com/a.png");
    app.post_as("/update-user", &cookie, json!({"image": null, "name": ""})).await;
    let last = user(&app, &cookie).await;
    assert_eq!((&last["image"], &last["name"]), (&Value::Null, &json!("")));
}

#[tokio::test]
async fn an_address_and_nothing_are_refused() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    let update = |body: Value| app.post_as("/update-user", &cookie, body);
    update(json!({"email": "b@example.com", "name": "B"})).await.is(400, "EMAIL_CAN_NOT_BE_UPDATED");
    for nothing in [json!({}), json!({"email": ""}), json!({"role": "admin"})] {
        assert_eq!(update(nothing).await.text(), r#"{"message":"No fields to update"}"#);
    }
    update(json!({"name": 7})).await.is(400, "VALIDATION_ERROR");
    update(json!({"name": null})).await.is(400, "VALIDATION_ERROR");
    assert_eq!(
        update(json!([])).await.json()["message"],
        "[body] Invalid input: expected record, received array"
    );
    app.post("/update-user", json!({"name": "B"})).await.is(401, "UNAUTHORIZED");
    assert_eq!(user(&app, &cookie).await["name"], "A");
}

#[tokio::test]
async fn a_session_that_is_not_to_be_remembered_stays_so() {
    let app = App::new();
    let body = json!({"name": "A", "email": "a@b.co", "password": PASSWORD, "rememberMe": false});
    let cookie = app.post("/sign-up/email", body).await.cookie();
    let answer = app.post_as("/update-user", &cookie, json!({"name": "B"})).await;
    let lines = answer.set_cookies();
    assert!(lines.len() == 2 && lines.iter().all(|line| !line.contains("Max-Age")), "{lines:?}");
}

fn deletable() -> App {
    App::with(|b| b.allow_user_deletion())
}

#[tokio::test]
async fn deleting_takes_everything_of_the_user_and_nothing_of_others() {
    let app = deletable();
    let other = json!({"name": "B", "email": "other@example.com", "password": PASSWORD});
    let other = app.post("/sign-up/email", other).await.cookie();
    let cookie = app.sign_up().await.cookie();
    let elsewhere = app.sign_in(PASSWORD).await.cookie();
    let answer = app.post_as("/delete-user", &cookie, json!({"password": PASSWORD})).await;
    assert_eq!(answer.text(), r#"{"success":true,"message":"User deleted"}"#);
    assert_eq!(answer.set_cookies().len(), 3);
    assert_eq!((app.rows("user"), app.rows("account"), app.rows("session")), (1, 1, 1));
    for dead in [&cookie, &elsewhere] {
        assert_eq!(user(&app, dead).await, Value::Null);
    }
    assert_eq!(user(&app, &other).await["email"], "other@example.com");
    app.sign_in(PASSWORD).await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    assert!(app.events.events().iter().any(|event| matches!(event, SecurityEvent::UserDeleted { .. })));
    app.sign_up().await;
}

#[tokio::test]
async fn it_takes_the_password_or_a_fresh_session() {
    let app = deletable();
    let cookie = app.sign_up().await.cookie();
    let delete = |body: Value| app.post_as("/delete-user", &cookie, body);
    delete(json!({"password": "wrongpassword"})).await.is(400, "INVALID_PASSWORD");
    delete(json!({"password": "x".repeat(129)})).await.is(400, "PASSWORD_TOO_LONG");
    delete(json!({"token": "nonsense"})).await.is(404, "INVALID_TOKEN");
    delete(json!({"callbackURL": "//evil.example"})).await.is(403, "INVALID_CALLBACK_URL");
    app.post("/delete-user", json!({})).await.is(401, "UNAUTHORIZED");
    app.clock.advance(Duration::from_secs(86_400));
    for none in [json!({}), json!({"password": ""})] {
        delete(none).await.is(400, "SESSION_EXPIRED");
    }
    assert_eq!(app.rows("user"), 1);
    assert_eq!(delete(json!({"password": PASSWORD})).await.status.as_u16(), 200);
    assert_eq!(app.rows("user"), 0);

    let app = deletable();
    let cookie = app.sign_up().await.cookie();
    assert_eq!(app.post_as("/delete-user", &cookie, json!({})).await.status.as_u16(), 200);
    assert_eq!(app.rows("user"), 0);
}

#[tokio::test]
async fn it_is_off_unless_allowed() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    let answer = app.post_as("/delete-user", &cookie, json!({"password": PASSWORD})).await;
    assert_eq!((answer.status.as_u16(), answer.text(), app.rows("user")), (404, "", 1));
}

#[tokio::test]
async fn the_typed_calls_do_the_same_without_http() {
    let app = App::new();
    app.sign_up().await;
    let found = app.store.user_by_email(&Email::parse("test@example.com").unwrap()).await.unwrap().unwrap();
    let update = UpdateUser { name: Some("Ada".to_owned()), ..UpdateUser::default() };
    assert_eq!(app.auth.update_user(&found.id, update.clone()).await.unwrap().unwrap().name, "Ada");
    let nothing = app.auth.update_user(&found.id, UpdateUser::default()).await;
    assert!(matches!(nothing, Err(Error::NothingToUpdate)));
    assert!(app.auth.has_password(&found.id).await.unwrap());
    assert!(app.auth.delete_user(&found.id).await.unwrap());
    assert!(!app.auth.delete_user(&found.id).await.unwrap());
    assert_eq!(app.auth.update_user(&found.id, update).await.unwrap(), None);
}

/// Writes down whose session each answer gives a browser anew.
#[derive(Debug, Clone, Default)]
struct Onlooker(Arc<Mutex<Vec<(String, Value)>>>);

#[async_trait]
impl Plugin for Onlooker {
    fn id(&self) -> &'static str {
        "onlooker"
    }

    async fn after_request(&self, _: &Auth, _: &Exchange<'_>, reply: Reply) -> Result<Reply, Error> {
        let current = reply.session();
        let level = current.and_then(|current| current.session.extra.get("level").cloned());
        let seen = current.map(|current| (current.user.name.clone(), level.unwrap_or_default()));
        self.0.lock().unwrap().extend(seen);
        Ok(reply)
    }
}

#[tokio::test]
async fn plugins_see_the_session_and_its_user_as_they_are_after_a_change() {
    let plugin = Onlooker::default();
    let app = App::with(|b| b.plugin(plugin.clone()).session_field(ExtraField::number("level").input()));
    let cookie = app.sign_up().await.cookie();
    app.post_as("/update-user", &cookie, json!({"name": "Ada"})).await;
    app.post_as("/update-session", &cookie, json!({"level": 2})).await;
    let seen = plugin.0.lock().unwrap().clone();
    assert_eq!(
        seen,
        [("A".to_owned(), Value::Null), ("Ada".to_owned(), Value::Null), ("Ada".to_owned(), json!(2))]
    );
}

#[tokio::test]
async fn the_typed_call_deletes_who_is_at_the_browser_still_and_nobody_else() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    let headers = HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())]);
    let current = app.auth.session(&headers).await.unwrap().unwrap();
    let delete = async |password: Option<&str>| {
        app.auth.delete_own_user(&current, password.map(Password::from).as_ref()).await
    };
    assert!(matches!(delete(Some("wrongpassword")).await, Err(Error::InvalidPassword)));
    app.clock.advance(Duration::from_secs(25 * 3600));
    assert!(matches!(delete(None).await, Err(Error::SessionExpired)));
    app.auth.revoke_sessions(&current.user.id).await.unwrap();
    assert!(matches!(delete(Some(PASSWORD)).await, Err(Error::Unauthorized)));
    assert!(app.store.user(&current.user.id).await.unwrap().is_some());
    let cookie = app.sign_in(PASSWORD).await.cookie();
    let headers = HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())]);
    let current = app.auth.session(&headers).await.unwrap().unwrap();
    app.auth.delete_own_user(&current, None).await.unwrap();
    assert_eq!(app.store.counts()[0], ("user", 0));
}
