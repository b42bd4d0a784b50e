//! What a process without a store does with what is in its memory, beside the cookies.

use std::sync::Arc;
use std::time::Duration;

use hallpass::endpoint::Client;
use hallpass::model::User;
use hallpass::plugin::SignInMethod;
use hallpass::schema::ExtraField;
use hallpass::store::UserChange;
use hallpass::types::Email;
use hallpass::{ChangeEmail, CookieCache, Error, NewSession, SessionOptions};
use hallpass_testing::MockClock;
use http::Method;
use serde_json::{Value, json};

use crate::app::{Answer, App, Call, PASSWORD};
use crate::stateless::{DAY, HOUR, app, cookies, get, headers, process, session, value};

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

#[tokio::test]
async fn a_mere_link_signs_nobody_out_after_a_restart() {
    let app = app();
    let cookie = app.sign_up().await.cookie();
    let before = get(&app, &cookie).await.json();
    let app = app.restarted();
    for path in ["/get-session?disableCookieCache=true", "/list-accounts?disableCookieCache=true"] {
        let answer = Call::new(Method::GET, path).cookie(&cookie).send(&app).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.set_cookies().is_empty(), "{answer:?}");
    }
    assert_eq!(past_cache(&app, &cookie).await.json(), before);
    assert_eq!(
        past_cache(&app, &cookie.replace("session_data=", "session_data=x")).await.json(),
        Value::Null
    );
}

/// Asks the process, and the cookie only if the process knows nothing of the session.
async fn past_cache(app: &App, cookie: &str) -> Answer {
    Call::new(Method::GET, "/get-session?disableCookieCache=true").cookie(cookie).send(app).await
}

#[tokio::test]
async fn what_this_process_has_ended_no_cookie_brings_back_past_the_cache() {
    let made = app();
    let cookies = [made.sign_up().await.cookie(), made.sign_in(PASSWORD).await.cookie()];
    let [signed_out, deleted] = &cookies;
    made.post_as("/sign-out", signed_out, json!({})).await;
    assert_eq!(past_cache(&made, signed_out).await.json(), Value::Null);
    assert_ne!(past_cache(&made, deleted).await.json(), Value::Null);
    let user = made.auth.session(&headers(deleted)).await.unwrap().unwrap().user;
    assert!(made.auth.delete_user(&user.id).await.unwrap());
    assert_eq!(past_cache(&made, deleted).await.json(), Value::Null);
    // One that never saw the session remembers too that it ended.
    let next = made.restarted();
    next.post_as("/sign-out", signed_out, json!({})).await;
    assert_eq!(past_cache(&next, signed_out).await.json(), Value::Null);
    assert_ne!(past_cache(&next, deleted).await.json(), Value::Null);
    // What would have expired need not be remembered.
    next.clock.advance(6 * DAY);
    next.auth.sweep().await.unwrap();
    assert_eq!(past_cache(&next, signed_out).await.json(), Value::Null);
}

fn changing_addresses(clock: &Arc<MockClock>) -> App {
    process(clock, |b| {
        b.change_email(ChangeEmail { update_unverified: true, ..ChangeEmail::default() })
            .user_field(ExtraField::text("nick").input().unique())
    })
}

#[tokio::test]
async fn an_old_cookie_does_not_say_that_an_address_is_unproven() {
    let app = changing_addresses(&Arc::new(MockClock::new()));
    let old = app.sign_up().await.cookie();
    let user = app.auth.session(&headers(&old)).await.unwrap().unwrap().user;
    app.clock.advance(HOUR);
    let proven =
        UserChange { email_verified: Some(true), updated_at: app.auth.now(), ..UserChange::default() };
    app.auth.change_user(&user.id, proven).await.unwrap().unwrap();
    let answer = app.post_as("/change-email", &old, json!({"newEmail": "mallory@example.com"})).await;
    assert_eq!((answer.status.as_u16(), answer.set_cookies().len()), (400, 0), "{answer:?}");
    assert!(app.auth.session(&headers(&old)).await.unwrap().unwrap().user.email_verified);
    // A cookie that another process wrote later knows better than this one's memory.
    let other = changing_addresses(&app.clock);
    other.clock.advance(HOUR);
    let renamed = User { name: "New".to_owned(), updated_at: other.auth.now(), ..user.clone() };
    other.auth.create_user(renamed.clone(), None, &Client::default(), None).await.unwrap();
    let new = NewSession::new(&renamed, SignInMethod::Plugin("directory"));
    let lines = other.auth.create_session(new).await.unwrap().cookies(&other.auth, None);
    let pairs: Vec<_> = lines.iter().map(|l| l.to_str().unwrap().split(';').next().unwrap()).collect();
    let current = app.auth.session(&headers(&pairs.join("; "))).await.unwrap().unwrap();
    assert_eq!(current.user.name, "New");
}

#[tokio::test]
async fn an_address_is_changed_in_the_cookie_where_there_is_no_other_record() {
    let made = changing_addresses(&Arc::new(MockClock::new()));
    let cookie = made.sign_up().await.cookie();
    let app = changing_addresses(&made.clock);
    let bob = json!({"name": "Bob", "email": "bob@example.com", "password": PASSWORD, "nick": "bob"});
    app.post("/sign-up/email", bob).await;
    let taken = app.post_as("/change-email", &cookie, json!({"newEmail": "bob@example.com"})).await;
    assert_eq!((taken.status.as_u16(), taken.set_cookies().len()), (200, 0), "{taken:?}");
    let changed = app.post_as("/change-email", &cookie, json!({"newEmail": "new@example.com"})).await;
    assert_eq!(changed.json(), json!({"status": true}));
    let shown = get(&app, &changed.cookie()).await.json();
    assert_eq!(
        (&shown["user"]["email"], &shown["user"]["emailVerified"]),
        (&json!("new@example.com"), &json!(false))
    );
    // What this process knows to be somebody else's is not given twice.
    let refused = app.post_as("/update-user", &cookie, json!({"nick": "bob"})).await;
    assert_eq!((refused.status.as_u16(), refused.set_cookies().len()), (422, 0), "{refused:?}");
    let renamed = app.post_as("/update-user", &cookie, json!({"nick": "ada"})).await;
    assert_eq!(get(&app, &renamed.cookie()).await.json()["user"]["nick"], "ada");
}

#[tokio::test]
async fn what_memory_refuses_is_not_changed_in_the_cookie() {
    let app = changing_addresses(&Arc::new(MockClock::new()));
    app.post(
        "/sign-up/email",
        json!({"name": "B", "email": "b@example.com", "password": PASSWORD, "nick": "bob"}),
    )
    .await;
    let old = app.sign_up().await.cookie();
    let user = app.auth.session(&headers(&old)).await.unwrap().unwrap();
    let change = UserChange { email: Email::parse("new@example.com").ok(), ..UserChange::default() };
    app.auth.change_user(&user.user.id, change).await.unwrap().unwrap();
    // Asked with what was read before the address changed.
    let refused = app.auth.change_email(&user, "newer@example.com", None).await;
    assert!(matches!(refused, Err(Error::Unauthorized)), "{refused:?}");
}
