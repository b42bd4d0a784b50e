//! Sessions as the app shows them.

use async_trait::async_trait;
use hallpass::plugins::{CustomSession, MultiSession, ShowSession};
use hallpass::{Auth, CurrentSession, Error, SessionOptions};
use http::Method;
use serde_json::{Value, json};

use crate::app::{App, Call};

/// Shows the name in capitals, and fails for a user of one name.
struct Shout;

#[async_trait]
impl ShowSession for Shout {
    async fn show(&self, auth: &Auth, current: &CurrentSession) -> Result<Value, Error> {
        if current.user.name == "Fail" {
            return Err(Error::Internal("no roles today"));
        }
        assert!(auth.store().user(&current.user.id).await?.is_some());
        Ok(json!({"shout": current.user.name.to_uppercase()}))
    }
}

async fn shown(app: &App, path: &str, cookie: &str) -> Value {
    Call::new(Method::GET, path).cookie(cookie).send(app).await.json()
}

#[tokio::test]
async fn get_session_shows_what_the_app_makes_of_a_session_and_null_of_none() {
    let plugin = CustomSession::new(Shout);
    let app = App::with(|b| b.plugin(plugin.clone()).plugin(MultiSession::new()));
    let signed_up = app.sign_up().await;
    let cookie = signed_up.cookie();
    assert_eq!(signed_up.json()["user"]["name"], "A");
    assert_eq!(shown(&app, "/get-session", &cookie).await, json!({"shout": "A"}));
    assert_eq!(app.get("/get-session").await.json(), Value::Null);
    assert_eq!(shown(&app, "/get-session", "better-auth.session_token=x.y").await, Value::Null);
    let lists = shown(&app, "/multi-session/list-device-sessions", &cookie).await;
    assert_eq!(lists[0]["user"]["name"], "A");
    let headers = Call::new(Method::GET, "/").cookie(&cookie).headers();
    let current = app.auth.session(&headers).await.unwrap().unwrap();
    assert_eq!(plugin.show(&app.auth, &current).await.unwrap(), json!({"shout": "A"}));
}

#[tokio::test]
async fn lists_of_a_browsers_sessions_can_be_shown_so_too() {
    let plugin = CustomSession::new(Shout).show_device_sessions();
    let app = App::with(|b| b.plugin(plugin).plugin(MultiSession::new()));
    let cookie = app.sign_up().await.cookie();
    let path = "/multi-session/list-device-sessions";
    assert_eq!(shown(&app, path, &cookie).await, json!([{"shout": "A"}]));
    assert_eq!(app.get(path).await.json(), json!([]));
}

#[tokio::test]
async fn what_the_app_cannot_show_is_not_shown() {
    let app = App::with(|b| b.plugin(CustomSession::new(Shout)));
    let cookie = app.sign_up().await.cookie();
    app.post_as("/update-user", &cookie, json!({"name": "Fail"})).await;
    let failed = Call::new(Method::GET, "/get-session").cookie(&cookie).send(&app).await;
    assert_eq!(failed.status, 500);
    assert!(!failed.text().contains("Fail"), "{failed:?}");
}

#[tokio::test]
async fn a_client_that_is_to_refresh_is_told_so() {
    let options = SessionOptions { defer_refresh: true, ..SessionOptions::default() };
    let app = App::with(|b| b.plugin(CustomSession::new(Shout)).session(options));
    let cookie = app.sign_up().await.cookie();
    app.clock.advance(std::time::Duration::from_secs(2 * 86_400));
    let answer = shown(&app, "/get-session", &cookie).await;
    assert_eq!(answer, json!({"shout": "A", "needsRefresh": true}));
}
