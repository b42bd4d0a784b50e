//! Several sessions in one browser.

use std::sync::Arc;

use hallpass::plugins::{MultiSession, Revoked};
use hallpass::{Error, MemoryStore};
use hallpass_testing::{Fault, FaultyStore};
use http::Method;
use http::header::{COOKIE, HeaderMap};
use serde_json::{Value, json};

use crate::app::{Answer, App, Call, PASSWORD};

fn app() -> App {
    App::with(|b| b.plugin(MultiSession::new()))
}

/// What a browser that had `cookie` has after an answer.
fn after(cookie: &str, answer: &Answer) -> String {
    let lines = answer.set_cookies();
    let named = |pair: &str| pair.split('=').next().unwrap().to_owned();
    let told: Vec<String> = lines.iter().map(|line| named(line)).collect();
    let kept = cookie.split("; ").filter(|pair| !pair.is_empty() && !told.contains(&named(pair)));
    kept.map(str::to_owned)
        .chain([answer.cookie()])
        .filter(|pair| !pair.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

/// Signs up with a browser; its cookies then, and the new session's token.
async fn sign_up(app: &App, cookie: &str, email: &str) -> (String, String) {
    let body = json!({"name": "A", "email": email, "password": PASSWORD});
    let answer = app.post_as("/sign-up/email", cookie, body).await;
    (after(cookie, &answer), answer.json()["token"].as_str().unwrap().to_owned())
}

async fn held(app: &App, cookie: &str) -> Vec<Value> {
    let call = Call::new(Method::GET, "/multi-session/list-device-sessions").cookie(cookie);
    let listed = call.send(app).await.json();
    listed.as_array().unwrap().iter().map(|held| held["user"]["email"].clone()).collect()
}

async fn active(app: &App, cookie: &str) -> Value {
    Call::new(Method::GET, "/get-session").cookie(cookie).send(app).await.json()["user"]["email"].clone()
}

#[tokio::test]
async fn a_browser_holds_several_users_and_switches_between_them() {
    let app = app();
    let (cookie, one) = sign_up(&app, "a=b", "one@example.com").await;
    let (cookie, _) = sign_up(&app, &cookie, "two@example.com").await;
    assert_eq!(held(&app, &cookie).await, ["one@example.com", "two@example.com"]);
    assert_eq!(active(&app, &cookie).await, "two@example.com");
    let switched = app.post_as("/multi-session/set-active", &cookie, json!({"sessionToken": one})).await;
    assert_eq!(active(&app, &after(&cookie, &switched)).await, "one@example.com");
}

#[tokio::test]
async fn signing_out_ends_every_session_of_the_browser_and_none_of_another() {
    let app = app();
    let (cookie, _) = sign_up(&app, "a=b", "one@example.com").await;
    let (cookie, _) = sign_up(&app, &cookie, "two@example.com").await;
    let (other, _) = sign_up(&app, "a=b", "three@example.com").await;
    let signed_out = app.post_as("/sign-out", &cookie, json!({})).await;
    assert_eq!(after(&cookie, &signed_out), "a=b");
    assert_eq!(app.rows("session"), 1);
    assert_eq!(active(&app, &other).await, "three@example.com");
}

#[tokio::test]
async fn row_7_a_forged_cookie_opens_nothing_and_ends_nothing() {
    let app = app();
    let (victim, token) = sign_up(&app, "a=b", "victim@example.com").await;
    let (cookie, _) = sign_up(&app, "a=b", "mallory@example.com").await;
    let name = format!("better-auth.session_token_multi-{}", token.to_lowercase());
    for value in [token.clone(), format!("{token}.x"), format!("{token}.{}%3D", "A".repeat(43))] {
        let forged = format!("{cookie}; {name}={value}");
        assert_eq!(held(&app, &forged).await, ["mallory@example.com"]);
        let body = || json!({"sessionToken": token});
        app.post_as("/multi-session/set-active", &forged, body()).await.is(401, "INVALID_SESSION_TOKEN");
        app.post_as("/multi-session/revoke", &forged, body()).await.is(401, "INVALID_SESSION_TOKEN");
        let anonymous = format!("{name}={value}");
        app.post_as("/sign-out", &anonymous, json!({})).await;
        let sign_in = json!({"email": "victim@example.com", "password": PASSWORD});
        app.post_as("/sign-in/email", &anonymous, sign_in).await;
        assert_eq!(active(&app, &victim).await, "victim@example.com");
    }
}

#[tokio::test]
async fn a_session_that_no_cookie_holds_any_more_ends() {
    let app = App::with(|b| b.plugin(MultiSession::new().max_sessions(1)));
    let (cookie, one) = sign_up(&app, "a=b", "one@example.com").await;
    let (cookie, _) = sign_up(&app, &cookie, "two@example.com").await;
    assert_eq!(held(&app, &cookie).await, ["one@example.com"]);
    assert_eq!((active(&app, &cookie).await, app.rows("session")), (json!("two@example.com"), 2));
    let switched = app.post_as("/multi-session/set-active", &cookie, json!({"sessionToken": one})).await;
    assert_eq!((active(&app, &cookie).await, app.rows("session")), (Value::Null, 1));
    let cookie = after(&cookie, &switched);
    let (cookie, _) = sign_up(&app, &cookie, "three@example.com").await;
    sign_up(&app, &cookie, "four@example.com").await;
    assert_eq!((active(&app, &cookie).await, app.rows("session")), (Value::Null, 2));
}

#[tokio::test]
async fn signing_in_anew_replaces_the_users_session() {
    let app = app();
    let (cookie, _) = sign_up(&app, "a=b", "one@example.com").await;
    let (cookie, _) = sign_up(&app, &cookie, "two@example.com").await;
    let sign_in = json!({"email": "one@example.com", "password": PASSWORD});
    let answer = app.post_as("/sign-in/email", &cookie, sign_in).await;
    assert_eq!(held(&app, &cookie).await, ["two@example.com"]);
    let cookie = after(&cookie, &answer);
    assert_eq!(held(&app, &cookie).await, ["two@example.com", "one@example.com"]);
    assert_eq!(app.rows("session"), 2);
}

#[tokio::test]
async fn another_site_signs_nobody_out() {
    let app = app();
    let (cookie, _) = sign_up(&app, "a=b", "one@example.com").await;
    let (cookie, _) = sign_up(&app, &cookie, "two@example.com").await;
    let call = Call::new(Method::POST, "/sign-out").cookie(&cookie).json(&json!({}));
    let refused = call.header("origin", "https://evil.example").send(&app).await;
    assert_eq!((refused.set_cookies().len(), app.rows("session")), (0, 2));
    refused.is(403, "INVALID_ORIGIN");
    let call = Call::new(Method::POST, "/sign-out").cookie(&cookie).header("origin", "http://localhost:3000");
    assert_eq!(call.body("text/plain", "x").send(&app).await.status.as_u16(), 415);
    assert_eq!(held(&app, &cookie).await, ["one@example.com", "two@example.com"]);
}

#[tokio::test]
async fn a_session_that_cannot_be_ended_keeps_no_other_alive_nor_itself_in_the_browser() {
    let mut failed = 0;
    for number in 1.. {
        let memory = MemoryStore::new();
        let store = Arc::new(FaultyStore::new(memory.clone()));
        let app = App::over(Arc::clone(&store) as Arc<_>, memory, |b| b.plugin(MultiSession::new()));
        let mut cookie = "a=b".to_owned();
        for email in ["one@example.com", "two@example.com", "three@example.com"] {
            cookie = sign_up(&app, &cookie, email).await.0;
        }
        store.disarm();
        store.arm(Fault::Before(number));
        let answer = app.post_as("/sign-out", &cookie, json!({})).await;
        if app.rows("session") == 3 {
            // The active session could not be ended: a sign-out that failed ends no other.
            assert_eq!(answer.status.as_u16(), 500, "{number}");
            continue;
        }
        assert!(app.rows("session") <= 1, "{number}");
        if answer.status.as_u16() == 200 && store.calls().len() < number {
            break;
        }
        assert_eq!(after(&cookie, &answer), "a=b", "{number}");
        failed += usize::from(answer.status.as_u16() == 500);
    }
    assert!(failed >= 2, "{failed}");
}

#[tokio::test]
async fn the_typed_calls_switch_between_sessions_and_end_them() {
    let app = app();
    let (cookie, anns) = sign_up(&app, "", "ann@example.com").await;
    let (cookie, bobs) = sign_up(&app, &cookie, "bob@example.com").await;
    let headers = HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())]);
    let current = app.auth.session(&headers).await.unwrap().unwrap();
    assert_eq!(current.token.expose(), bobs);
    let ann = MultiSession::session(&app.auth, &headers, &anns).await.unwrap().unwrap();
    assert_eq!(ann.user.email.as_str(), "ann@example.com");
    let stranger = MultiSession::session(&app.auth, &HeaderMap::new(), &anns).await;
    assert!(matches!(stranger, Err(Error::Refused(_))), "{stranger:?}");
    let stranger = MultiSession::revoke(&app.auth, &HeaderMap::new(), &current, &anns).await;
    assert!(matches!(stranger, Err(Error::Refused(_))), "{stranger:?}");
    let Revoked::Active(Some(next)) =
        MultiSession::revoke(&app.auth, &headers, &current, &bobs).await.unwrap()
    else {
        panic!("another session was there")
    };
    assert_eq!(next.token, ann.token);
    assert_eq!(MultiSession::session(&app.auth, &headers, &bobs).await.unwrap(), None);
    let ended = MultiSession::revoke(&app.auth, &headers, &next, &anns).await.unwrap();
    assert_eq!(ended, Revoked::Active(None));
}
