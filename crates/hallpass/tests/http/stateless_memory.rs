//! What a process without a store does with what is in its memory, beside the cookies.

use std::sync::Arc;
use std::time::Duration;

use hallpass::store::UserChange;
use hallpass::{CookieCache, SessionOptions};
use hallpass_testing::MockClock;
use serde_json::{Value, json};

use crate::app::App;
use crate::stateless::{DAY, HOUR, changing_addresses, cookies, get, headers, process, session, value};

/// As in docs/stateless.md, but for `max_lifetime`.
fn of_an_hour(max_lifetime: Option<Duration>) -> SessionOptions {
    SessionOptions {
        expires_in: DAY,
        update_age: HOUR,
        max_lifetime,
        ..session(CookieCache { max_age: HOUR, ..cookies() })
    }
}

async fn token(app: &App) -> String {
    format!("better-auth.session_token={}", value(&app.sign_up().await.cookie(), "better-auth.session_token"))
}

#[tokio::test]
async fn a_token_alone_lasts_where_the_session_was_made_and_no_longer_than_its_absolute_lifetime() {
    let clock = Arc::new(MockClock::new());
    let app = process(&clock, |b| b.session(of_an_hour(Some(DAY))));
    let signed_up = app.sign_up().await;
    let end = get(&app, &signed_up.cookie()).await.json()["session"]["expiresAt"].clone();
    let token =
        format!("better-auth.session_token={}", value(&signed_up.cookie(), "better-auth.session_token"));
    for _ in 0..4 {
        clock.advance(5 * HOUR);
        assert_eq!(get(&app, &token).await.json()["session"]["expiresAt"], end);
    }
    let other = process(&clock, |b| b.session(of_an_hour(Some(DAY))));
    assert_eq!(
        get(&other, &token).await.json(),
        Value::Null,
        "who has no other cookie has nothing elsewhere"
    );
    clock.advance(4 * HOUR + Duration::from_secs(1));
    let late = get(&app, &token).await;
    assert_eq!(late.json(), Value::Null, "{late:?}");
}

#[tokio::test]
async fn without_an_absolute_lifetime_use_of_a_token_alone_prolongs_its_session_as_in_better_auth() {
    let clock = Arc::new(MockClock::new());
    let app = process(&clock, |b| b.session(of_an_hour(None)));
    let token = token(&app).await;
    for _ in 0..3 {
        clock.advance(20 * HOUR);
        assert_ne!(get(&app, &token).await.json(), Value::Null);
    }
    clock.advance(DAY + Duration::from_secs(1));
    assert_eq!(get(&app, &token).await.json(), Value::Null);
}

#[tokio::test]
async fn what_another_process_changed_in_a_cookie_alone_takes_back_nothing_that_this_one_knows() {
    let here = changing_addresses(&Arc::new(MockClock::new()));
    let old = here.sign_up().await.cookie();
    let user = here.auth.session(&headers(&old)).await.unwrap().unwrap().user;
    here.clock.advance(HOUR);
    let proven =
        UserChange { email_verified: Some(true), updated_at: here.auth.now(), ..UserChange::default() };
    here.auth.change_user(&user.id, proven).await.unwrap().unwrap();
    // Whoever signed up first changes the old cookie where nobody knows that the address was proven.
    let there = changing_addresses(&here.clock);
    there.clock.advance(HOUR);
    for (path, body) in [
        ("/update-user", json!({"name": "Mallory"})),
        ("/change-email", json!({"newEmail": "mallory@example.com"})),
    ] {
        let changed = there.post_as(path, &old, body).await;
        assert_eq!(changed.json(), json!({"status": true}), "{path}");
        let cookie = changed.cookie();
        let known = here.auth.session(&headers(&cookie)).await.unwrap().unwrap().user;
        assert_eq!((known.email.as_str(), known.email_verified), ("test@example.com", true), "{path}");
        let refused = here.post_as("/change-email", &cookie, json!({"newEmail": "m@example.com"})).await;
        assert_eq!((refused.status.as_u16(), refused.set_cookies().len()), (400, 0), "{path} {refused:?}");
    }
}
