//! A key-value storage of sessions that fails, does not answer, or is put back to what it was.

use std::time::Duration;

use hallpass::SessionPlacement;
use hallpass::storage::SecondaryStorage as _;
use hallpass_testing::Fault;
use http::Method;
use serde_json::json;

use crate::app::{Call, PASSWORD};
use crate::secondary::{IN_DATABASE, IN_STORAGE, app, everywhere, is_live, post, sign_in};

/// What a browser with this cookie sends.
type Flow = fn(&str) -> Call;

/// Every call of the storage in each flow fails once before it took effect and once after.
#[tokio::test]
async fn a_storage_that_fails_at_any_call_grants_nothing_and_a_retry_succeeds() {
    let flows: [(&str, Flow); 8] = [
        ("sign in", |_| sign_in()),
        ("get session", |cookie| Call::new(Method::GET, "/get-session").cookie(cookie)),
        ("prolong", |cookie| Call::new(Method::GET, "/get-session").cookie(cookie)),
        ("sign out", |cookie| post("/sign-out", cookie, &json!({}))),
        ("list sessions", |cookie| Call::new(Method::GET, "/list-sessions").cookie(cookie)),
        ("revoke others", |cookie| post("/revoke-other-sessions", cookie, &json!({}))),
        ("revoke all", |cookie| post("/revoke-sessions", cookie, &json!({}))),
        ("update user", |cookie| post("/update-user", cookie, &json!({"name": "B"}))),
    ];
    for placement in IN_STORAGE {
        for (name, call) in flows {
            for number in 1.. {
                let mut is_over = false;
                for fault in [Fault::Before(number), Fault::After(number)] {
                    let (app, storage) = app(placement);
                    app.sign_up().await;
                    let (cookie, other) =
                        (sign_in().send(&app).await.cookie(), sign_in().send(&app).await.cookie());
                    app.clock.advance(Duration::from_secs(if name == "prolong" {
                        2 * 86_400
                    } else {
                        80_000
                    }));
                    storage.arm(fault);
                    let answer = call(&cookie).send(&app).await;
                    is_over = storage.calls().len() < number;
                    storage.disarm();
                    if is_over {
                        assert_eq!(answer.status, 200, "{name}: {answer:?}");
                        break;
                    }
                    let shown = format!("{placement:?}, {name}, {fault:?}");
                    let mut cookie = cookie;
                    // The database has prolonged it, and the copy only ends sooner.
                    let goes_on = name == "prolong" && placement == SessionPlacement::AlsoInDatabase;
                    if goes_on {
                        assert_eq!(answer.status, 200, "{shown}: {answer:?}");
                    } else {
                        assert_eq!(answer.status, 500, "{shown}: {answer:?}");
                        let named = br#"{"message":"Failed to get session","code":"FAILED_TO_GET_SESSION"}"#;
                        let body: &[u8] =
                            if ["get session", "prolong"].contains(&name) { named } else { b"" };
                        assert_eq!(answer.body, body, "{shown}");
                        let grants = answer.set_cookies().into_iter().any(|line| !line.contains("Max-Age=0"));
                        assert!(!grants, "{shown}: {answer:?}");

                        // Again, by whoever can still ask; it is then as if nothing had failed.
                        if !is_live(&app, &cookie).await {
                            cookie = sign_in().send(&app).await.cookie();
                        }
                        let again = call(&cookie).send(&app).await;
                        assert_eq!(again.status, 200, "{shown}: {again:?}");
                    }
                    let ends_other = name.starts_with("revoke");
                    assert_eq!(is_live(&app, &other).await, !ends_other, "{shown}");
                    assert_eq!(
                        is_live(&app, &cookie).await,
                        !matches!(name, "sign out" | "revoke all"),
                        "{shown}"
                    );
                }
                if is_over {
                    let reads = ["get session", "list sessions"].contains(&name);
                    let is_read = reads && placement == SessionPlacement::AlsoInDatabase;
                    assert_eq!(number == 1, is_read, "{placement:?}: {name} asks the storage, or does not");
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_user_whose_deletion_failed_half_way_can_be_deleted() {
    for placement in IN_STORAGE {
        for number in 1.. {
            let (app, storage) = app(placement);
            let id = app.sign_up().await.json()["user"]["id"].as_str().unwrap().to_owned();
            let cookie = sign_in().send(&app).await.cookie();
            storage.arm(Fault::Before(number));
            let deleted = app.auth.delete_user(&id.as_str().into()).await;
            let is_over = storage.calls().len() < number;
            storage.disarm();
            assert_eq!(deleted.is_ok(), is_over, "{placement:?}, {number}");
            // Either the user is there still, or nobody is signed in as a user who is not.
            assert!(app.rows("user") == 1 || !is_live(&app, &cookie).await, "{placement:?}, {number}");
            app.auth.delete_user(&id.as_str().into()).await.unwrap();
            assert!(!is_live(&app, &cookie).await, "{placement:?}, {number}");
            if is_over {
                break;
            }
        }
    }
}

#[tokio::test]
async fn sessions_that_are_in_the_database_too_go_on_when_the_storage_does_not_answer() {
    for placement in everywhere() {
        let (app, storage) = app(placement);
        let cookie = app.sign_up().await.cookie();
        storage.arm(Fault::Always);
        let answer = Call::new(Method::GET, "/get-session").cookie(&cookie).send(&app).await;
        assert_eq!(answer.status == 200, IN_DATABASE.contains(&placement), "{placement:?}: {answer:?}");
        // Whoever else reads the storage must not go on seeing what this server says has ended.
        let status = if IN_STORAGE.contains(&placement) { 500 } else { 200 };
        assert_eq!(post("/sign-out", &cookie, &json!({})).send(&app).await.status, status, "{placement:?}");
        assert_eq!(sign_in().send(&app).await.status, status, "{placement:?}");
        storage.disarm();
        let lives = is_live(&app, &cookie).await;
        assert_eq!(lives, !IN_DATABASE.contains(&placement), "{placement:?}");
    }
}

#[tokio::test]
async fn a_storage_that_is_put_back_to_what_it_was_grants_nothing_that_the_database_denies() {
    for placement in IN_DATABASE {
        let (app, storage) = app(placement);
        let ended = app.sign_up().await.cookie();
        let second = json!({"name": "B", "email": "second@example.com", "password": PASSWORD});
        let deleted = app.post("/sign-up/email", second).await;
        assert!(is_live(&app, &ended).await && is_live(&app, &deleted.cookie()).await);
        let old = storage.inner().entries();
        assert_eq!(old.is_empty(), placement == SessionPlacement::DatabaseOnly, "{placement:?}");

        post("/sign-out", &ended, &json!({})).send(&app).await;
        let id = deleted.json()["user"]["id"].as_str().unwrap().to_owned();
        app.auth.delete_user(&id.as_str().into()).await.unwrap();
        // Copies end by themselves.
        app.clock.advance(Duration::from_secs(30));
        for (key, (value, _)) in &old {
            storage.inner().set(key, value, None).await.unwrap();
        }
        assert!(!is_live(&app, &ended).await, "{placement:?}");
        assert!(!is_live(&app, &deleted.cookie()).await, "{placement:?}");
        let renamed = post("/update-user", &ended, &json!({"name": "x"})).send(&app).await;
        assert_eq!(renamed.status, 401, "{placement:?}");
    }
}
