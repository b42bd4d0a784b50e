//! Breached passwords, with the service in the test's hands.

use std::sync::Arc;

use hallpass::Error;
use hallpass::password::Password;
use hallpass::plugins::{HaveIBeenPwned, OfflineList};
use hallpass_testing::StubHttpClient;
use http::Response;
use serde_json::json;

use crate::app::{Answer, App, PASSWORD};

/// SHA-1 of `password1234`, of which five digits are told.
const PREFIX: &str = "E6B6A";
const SUFFIX: &str = "FBD6D76BB5D2041542D7D2E3FAC5BB05593";

fn guarded() -> (App, Arc<StubHttpClient>) {
    let client = Arc::new(StubHttpClient::new());
    let plugin = HaveIBeenPwned::new(Arc::clone(&client));
    (App::with(|b| b.plugin(plugin)), client)
}

async fn sign_up(app: &App) -> Answer {
    app.post("/sign-up/email", json!({"name": "A", "email": "test@example.com", "password": PASSWORD})).await
}

#[tokio::test]
async fn a_breached_password_is_refused_and_five_digits_of_its_hash_are_told() {
    let (app, client) = guarded();
    client.answer_ok(format!("{}:7\r\n{SUFFIX}:3\r\n", "0".repeat(35)));
    let answer = sign_up(&app).await;
    answer.is(400, "PASSWORD_COMPROMISED");
    let message = "The password you entered has been compromised. Please choose a different password.";
    assert_eq!(answer.json()["message"], message);
    assert_eq!(app.rows("user"), 0);
    let asked = client.last().unwrap();
    assert_eq!(asked.uri(), &*format!("https://api.pwnedpasswords.com/range/{PREFIX}"));
    assert_eq!(asked.headers()["add-padding"], "true");
    assert!(asked.body().is_empty());

    client.answer_ok(format!("{SUFFIX}:0\r\n{}:7", "0".repeat(35)));
    assert_eq!(sign_up(&app).await.status.as_u16(), 200, "padding is no breach");
    assert_eq!(client.requests().len(), 2);
    assert_eq!(app.sign_in(PASSWORD).await.status.as_u16(), 200);
    assert_eq!(client.requests().len(), 2, "a password in use is not asked about");
}

#[tokio::test]
async fn a_service_that_does_not_answer_lets_no_password_pass() {
    let (app, client) = guarded();
    let message = |answer: Answer| {
        assert_eq!(answer.status.as_u16(), 500);
        answer.json()["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(message(sign_up(&app).await), "Failed to check password. Please try again later.");
    client.answer(Response::builder().status(503).body("").unwrap());
    assert_eq!(message(sign_up(&app).await), "Failed to check password. Status: 503");
    client.answer_ok(format!("{SUFFIX}:many"));
    assert_eq!(message(sign_up(&app).await), "Failed to check password. Please try again later.");
    client.answer_ok(&b"\xff"[..]);
    assert_eq!(message(sign_up(&app).await), "Failed to check password. Please try again later.");
    assert_eq!(app.rows("user"), 0);
}

#[tokio::test]
async fn a_new_password_is_asked_about_wherever_it_comes_in() {
    let (app, client) = guarded();
    client.answer_ok("");
    let cookie = sign_up(&app).await.cookie();
    client.answer_ok("7E9D1E7C5DF1AAF2E3F21B0CCBE7BB7A7BE:1");
    let change = json!({"currentPassword": PASSWORD, "newPassword": "another password"});
    let asked = || client.last().unwrap().uri().path().to_owned();
    assert_eq!(asked(), format!("/range/{PREFIX}"));
    assert_eq!(app.post_as("/change-password", &cookie, change.clone()).await.status.as_u16(), 200);
    assert_ne!(asked(), format!("/range/{PREFIX}"));
    // By the app's own code too.
    let user =
        app.auth.store().user_by_email(&hallpass::types::Email::parse("test@example.com").unwrap()).await;
    let user = user.unwrap().unwrap().id;
    let count = client.requests().len();
    let refused = app.auth.set_password(&user, &Password::from("yet another password")).await;
    assert!(matches!(refused, Err(Error::PasswordAlreadySet)));
    assert_eq!(client.requests().len(), count);
}

#[tokio::test]
async fn a_list_at_hand_is_enough() {
    let list = OfflineList::common().and(OfflineList::from_passwords([PASSWORD]));
    let app = App::with(|b| b.plugin(HaveIBeenPwned::offline(list).message("Not that one")));
    let answer = sign_up(&app).await;
    answer.is(400, "PASSWORD_COMPROMISED");
    assert_eq!(answer.json()["message"], "Not that one");
    let other = json!({"name": "A", "email": "test@example.com", "password": "correct horse battery"});
    assert_eq!(app.post("/sign-up/email", other).await.status.as_u16(), 200);
}

#[tokio::test]
async fn what_is_in_the_list_needs_no_service() {
    let client = Arc::new(StubHttpClient::new());
    let plugin = HaveIBeenPwned::new(Arc::clone(&client)).with_list(OfflineList::from_passwords([PASSWORD]));
    let app = App::with(|b| b.plugin(plugin));
    sign_up(&app).await.is(400, "PASSWORD_COMPROMISED");
    assert!(client.requests().is_empty());
    let other = json!({"name": "A", "email": "test@example.com", "password": "correct horse battery"});
    assert_eq!(app.post("/sign-up/email", other).await.status.as_u16(), 500, "the rest needs the service");
}

#[tokio::test]
async fn the_typed_call_asks_the_service_and_no_answer_is_no_verdict() {
    let client = Arc::new(StubHttpClient::new());
    let plugin = HaveIBeenPwned::new(Arc::clone(&client));
    let password = Password::new(PASSWORD);
    client.answer_ok(format!("{SUFFIX}:3"));
    assert!(plugin.is_compromised(&password).await.unwrap());
    client.answer_ok(format!("{SUFFIX}:0\r\n{}:7", "0".repeat(35)));
    assert!(!plugin.is_compromised(&password).await.unwrap());
    client.answer(Response::builder().status(503).body(bytes::Bytes::new()).unwrap());
    assert!(matches!(plugin.is_compromised(&password).await, Err(Error::Refused(_))));
}
