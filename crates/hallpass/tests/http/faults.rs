//! A store that fails at any call of any flow: nothing is granted, nothing panics, a retry succeeds.

use std::sync::Arc;

use hallpass::MemoryStore;
use hallpass_testing::{Fault, FaultyStore};
use http::Method;
use serde_json::json;

use crate::app::{Answer, App, Call, PASSWORD};

struct Faulty {
    app: App,
    store: Arc<FaultyStore<MemoryStore>>,
}

async fn faulty() -> Faulty {
    let memory = MemoryStore::new();
    let store = Arc::new(FaultyStore::new(memory.clone()));
    let app = App::over(Arc::clone(&store) as Arc<_>, memory, |b| b);
    Faulty { app, store }
}

fn sign_up() -> Call {
    Call::new(Method::POST, "/sign-up/email")
        .json(&json!({"name": "A", "email": "test@example.com", "password": PASSWORD}))
}

fn sign_in() -> Call {
    Call::new(Method::POST, "/sign-in/email")
        .json(&json!({"email": "test@example.com", "password": PASSWORD}))
}

/// Runs `call` once with each of its store calls failing, before and after; `prepare` comes first and
/// gives the cookie to call with.
async fn at_every_call(signed_up: bool, call: impl Fn(&str) -> Call, judge: impl Fn(&Faulty, &Answer)) {
    let prepare = async || {
        let faulty = faulty().await;
        let cookie = if signed_up { faulty.app.sign_up().await.cookie() } else { String::new() };
        faulty.app.clock.advance(std::time::Duration::from_secs(2 * 86_400));
        faulty.store.disarm();
        (faulty, cookie)
    };
    let (dry, cookie) = prepare().await;
    assert!(call(&cookie).send(&dry.app).await.status.is_success());
    let calls = dry.store.calls().len();
    assert!(calls > 0);
    for number in 1..=calls {
        for fault in [Fault::Before(number), Fault::After(number)] {
            let (faulty, cookie) = prepare().await;
            faulty.store.arm(fault);
            let answer = call(&cookie).send(&faulty.app).await;
            assert_eq!(answer.status.as_u16(), 500, "{fault:?}");
            // better-auth names the route, and nothing else.
            let named = br#"{"message":"Failed to get session","code":"FAILED_TO_GET_SESSION"}"#;
            assert!(answer.body.is_empty() || *answer.body == *named, "an error tells nothing: {answer:?}");
            judge(&faulty, &answer);
        }
    }
}

#[tokio::test]
async fn sign_up_leaves_whole_users_or_none_and_can_be_retried() {
    at_every_call(
        false,
        |_| sign_up(),
        |faulty, answer| {
            assert!(answer.set_cookies().is_empty());
            assert_eq!(faulty.app.rows("user"), faulty.app.rows("account"));
        },
    )
    .await;
    // Whatever failed, the person gets in afterwards: by signing up or, if that took effect, by signing in.
    for number in 1..=3 {
        for fault in [Fault::Before(number), Fault::After(number)] {
            let faulty = faulty().await;
            faulty.store.arm(fault);
            sign_up().send(&faulty.app).await;
            faulty.store.disarm();
            let again = [sign_up().send(&faulty.app).await, sign_in().send(&faulty.app).await];
            assert!(again.iter().any(|answer| answer.status == 200), "{fault:?}");
            assert_eq!((faulty.app.rows("user"), faulty.app.rows("account")), (1, 1), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn row_51_sign_in_grants_nothing() {
    at_every_call(true, |_| sign_in(), |_, answer| assert!(answer.set_cookies().is_empty())).await;
}

#[tokio::test]
async fn get_session_shows_nobody_and_keeps_the_browsers_cookies() {
    let call = |cookie: &str| Call::new(Method::GET, "/get-session").cookie(cookie);
    at_every_call(true, call, |faulty, answer| {
        assert!(answer.set_cookies().is_empty(), "a passing failure signs nobody out");
        assert_eq!(faulty.app.rows("session"), 1);
    })
    .await;
}

#[tokio::test]
async fn sign_out_says_that_it_worked_only_if_it_did() {
    let call = |cookie: &str| {
        Call::new(Method::POST, "/sign-out").cookie(cookie).header("origin", "http://localhost:3000")
    };
    at_every_call(true, call, |_, answer| assert_eq!(answer.set_cookies().len(), 3)).await;
}

fn with_session(path: &'static str, body: serde_json::Value) -> impl Fn(&str) -> Call {
    move |cookie| {
        Call::new(Method::POST, path).cookie(cookie).header("origin", "http://localhost:3000").json(&body)
    }
}

#[tokio::test]
async fn changing_a_password_leaves_no_other_session_of_the_old_one() {
    let body =
        json!({"currentPassword": PASSWORD, "newPassword": "another password", "revokeOtherSessions": true});
    let change = with_session("/change-password", body);
    let prepare = async || {
        let faulty = faulty().await;
        let stolen = faulty.app.sign_up().await.cookie();
        let cookie = faulty.app.sign_in(PASSWORD).await.cookie();
        faulty.store.disarm();
        (faulty, cookie, stolen)
    };
    let (dry, cookie, _) = prepare().await;
    assert_eq!(change(&cookie).send(&dry.app).await.status.as_u16(), 200);
    for number in 1..=dry.store.calls().len() {
        for fault in [Fault::Before(number), Fault::After(number)] {
            let (faulty, cookie, stolen) = prepare().await;
            faulty.store.arm(fault);
            let answer = change(&cookie).send(&faulty.app).await;
            assert_eq!((answer.status.as_u16(), answer.cookie().as_str()), (500, ""), "{fault:?}");
            faulty.store.disarm();
            let has_changed = faulty.app.sign_in("another password").await.status == 200;
            assert_ne!(
                has_changed,
                faulty.app.sign_in(PASSWORD).await.status == 200,
                "{fault:?}: one password"
            );
            let alive = Call::new(Method::GET, "/get-session").cookie(&stolen).send(&faulty.app).await;
            assert!(!has_changed || alive.text() == "null", "{fault:?}: the stolen session is over");
        }
    }
}

#[tokio::test]
async fn ending_sessions_says_that_it_worked_only_if_it_did() {
    for path in ["/revoke-sessions", "/revoke-other-sessions"] {
        at_every_call(true, with_session(path, json!({})), |faulty, answer| {
            assert!(answer.set_cookies().len() <= 1, "{answer:?}");
            assert!(faulty.app.rows("session") <= 1);
        })
        .await;
    }
}

#[tokio::test]
async fn a_change_of_a_user_can_be_retried() {
    let update = with_session("/update-user", json!({"name": "B"}));
    at_every_call(true, &update, |faulty, _| assert_eq!(faulty.app.rows("user"), 1)).await;
    for number in 1..=4 {
        for fault in [Fault::Before(number), Fault::After(number)] {
            let faulty = faulty().await;
            let cookie = faulty.app.sign_up().await.cookie();
            faulty.store.arm(fault);
            update(&cookie).send(&faulty.app).await;
            faulty.store.disarm();
            assert_eq!(update(&cookie).send(&faulty.app).await.status.as_u16(), 200, "{fault:?}");
            let shown = Call::new(Method::GET, "/get-session").cookie(&cookie).send(&faulty.app).await;
            assert_eq!(shown.json()["user"]["name"], "B");
        }
    }
}

#[tokio::test]
async fn deleting_a_user_takes_all_or_nothing() {
    let memory = MemoryStore::new();
    let store = Arc::new(FaultyStore::new(memory.clone()));
    let app = App::over(Arc::clone(&store) as Arc<_>, memory, |b| b.allow_user_deletion());
    let delete = with_session("/delete-user", json!({"password": PASSWORD}));
    for number in 1..=8 {
        for fault in [Fault::Before(number), Fault::After(number)] {
            store.disarm();
            let cookie = match app.rows("user") {
                0 => app.sign_up().await.cookie(),
                _ => app.sign_in(PASSWORD).await.cookie(),
            };
            store.arm(fault);
            delete(&cookie).send(&app).await;
            let (users, accounts) = (app.rows("user"), app.rows("account"));
            assert_eq!(users, accounts, "{fault:?}");
            assert!(users == 1 || app.rows("session") == 0, "{fault:?}");
        }
    }
}
