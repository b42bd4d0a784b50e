//! Replacing the secret.

use std::sync::Arc;
use std::time::Duration;

use hallpass::jwt::{self, Claims};
use hallpass_testing::MockClock;
use http::Method;
use serde_json::json;

use crate::app::{App, Call, SECRET};

const NEW: &str = "another-secret-of-the-tests-9876543210-zyxwvu";

/// Two servers over one store.
fn before_and_after() -> (App, App) {
    let before = App::new();
    let after = App::over(Arc::new(before.store.clone()), before.store.clone(), |b| {
        b.secrets([(1, NEW)]).clock(Arc::clone(&before.clock))
    });
    (before, after)
}

async fn name_of(app: &App, cookie: &str) -> serde_json::Value {
    Call::new(Method::GET, "/get-session").cookie(cookie).send(app).await.json()["user"]["name"].clone()
}

#[tokio::test]
async fn rotating_the_secret_signs_nobody_out_and_signs_with_the_new_one() {
    let (before, after) = before_and_after();
    let old = before.sign_up().await.cookie();
    assert_eq!(name_of(&after, &old).await, "A");

    // Renewed, the cookie is of the new secret alone.
    before.clock.advance(Duration::from_secs(2 * 24 * 3600));
    let renewed = Call::new(Method::GET, "/get-session").cookie(&old).send(&after).await.cookie();
    assert!(renewed.starts_with("better-auth.session_token="), "{renewed}");
    assert_eq!(name_of(&after, &renewed).await, "A");
    assert!(name_of(&before, &renewed).await.is_null());

    let retired = App::over(Arc::new(before.store.clone()), before.store.clone(), |b| {
        b.secret(NEW).clock(Arc::clone(&before.clock))
    });
    assert!(name_of(&retired, &old).await.is_null());
    assert_eq!(name_of(&retired, &renewed).await, "A");
}

#[tokio::test]
async fn tokens_of_an_older_secret_are_accepted_until_it_is_taken_out() {
    let (before, after) = before_and_after();
    let now = MockClock::new();
    let exp = hallpass::clock::Clock::now(&now).as_millis() / 1000 + 3600;
    let claims = Claims::from_iter([("exp".to_owned(), json!(exp))]);
    let now = hallpass::clock::Clock::now(&now);
    let old = jwt::encode(before.auth.hs256(), &claims).await.unwrap();
    let new = jwt::encode(after.auth.hs256(), &claims).await.unwrap();
    assert_eq!(jwt::decode(after.auth.hs256(), &old, now).await.as_ref(), Ok(&claims));
    assert_eq!(jwt::decode(after.auth.hs256(), &new, now).await.as_ref(), Ok(&claims));
    assert_eq!(jwt::decode(before.auth.hs256(), &new, now).await, Err(jwt::JwtError::Signature));
}

#[tokio::test]
async fn a_sub_key_outlives_rotation_and_is_of_its_purpose_alone() {
    let (before, after) = before_and_after();
    let (old, new) = (before.auth.sub_keys("exports"), after.auth.sub_keys("exports"));
    assert!(new.contains(&old[0]) && new[0] != old[0]);
    assert!(!before.auth.sub_keys("other").contains(&old[0]));
    assert!(old.iter().all(|key| key.as_slice() != &SECRET.as_bytes()[..32]));
}
