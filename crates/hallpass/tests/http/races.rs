//! Many at once.

use std::sync::Arc;

use hallpass::password::{Argon2id, HashPool, PasswordScheme};
use hallpass::random::SystemRandom;
use hallpass::{RateLimit, RateLimitOptions};
use http::Method;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::app::{Answer, App, Call, PASSWORD};

/// Sends `count` requests at the same moment.
pub(crate) async fn at_once(app: &Arc<App>, count: usize, call: impl Fn(usize) -> Call) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(count));
    let mut running = JoinSet::new();
    for index in 0..count {
        let (app, barrier, call) = (Arc::clone(app), Arc::clone(&barrier), call(index));
        running.spawn(async move {
            barrier.wait().await;
            call.send(&app).await
        });
    }
    running.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twelve_sign_ups_of_one_address_one_succeeds() {
    for _ in 0..20 {
        let app = Arc::new(App::new());
        let email =
            |index: usize| if index.is_multiple_of(2) { "test@example.com" } else { "Test@EXAMPLE.com" };
        let answers = at_once(&app, 12, |index| {
            Call::new(Method::POST, "/sign-up/email")
                .json(&json!({"name": "A", "email": email(index), "password": PASSWORD}))
        })
        .await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!((good.len(), app.rows("user"), app.rows("account"), app.rows("session")), (1, 1, 1, 1));
        bad.iter().for_each(|answer| answer.is(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_thousand_requests_exactly_as_many_as_the_limit_are_admitted() {
    let limit = RateLimit::new(137, std::time::Duration::from_secs(10));
    let app = Arc::new(App::with(|b| {
        b.rate_limit(RateLimitOptions { default: limit, ..RateLimitOptions::default() })
    }));
    let answers = at_once(&app, 10_000, |_| Call::new(Method::GET, "/ok")).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 137);
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.status == 429));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_111_a_session_that_was_signed_out_is_never_revived_by_a_refresh() {
    for _ in 0..500 {
        let app = Arc::new(App::new());
        let cookie = app.sign_up().await.cookie();
        app.clock.advance(std::time::Duration::from_secs(2 * 86_400));
        let origin = ("origin", "http://localhost:3000");
        at_once(&app, 4, |index| match index {
            0 => Call::new(Method::POST, "/sign-out").cookie(&cookie).header(origin.0, origin.1),
            _ => Call::new(Method::GET, "/get-session").cookie(&cookie),
        })
        .await;
        assert_eq!(app.rows("session"), 0);
    }
}

/// A hasher on a thread pool, so that flows really wait for it and others come between.
pub(crate) fn pool() -> HashPool {
    let weak = Argon2id::danger_weaker_than_owasp(8, 1, 1).unwrap();
    HashPool::new(Arc::new(SystemRandom::default())).scheme(PasswordScheme::Argon2id(weak))
}

fn change(cookie: &str, new: &str) -> Call {
    let body = json!({"currentPassword": PASSWORD, "newPassword": new, "revokeOtherSessions": true});
    Call::new(Method::POST, "/change-password")
        .cookie(cookie)
        .header("origin", "http://localhost:3000")
        .json(&body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_changes_of_one_password_one_wins() {
    for _ in 0..50 {
        let app = Arc::new(App::with(|b| b.password_hasher(pool())));
        app.sign_up().await;
        let cookies = [app.sign_in(PASSWORD).await.cookie(), app.sign_in(PASSWORD).await.cookie()];
        let answers =
            at_once(&app, 8, |index| change(&cookies[index % 2], &format!("new password {index}"))).await;
        assert!(answers.iter().filter(|answer| answer.status == 200).count() <= 1, "{answers:?}");
        let mut right = 0;
        for index in 0..8 {
            right += usize::from(app.sign_in(&format!("new password {index}")).await.status == 200);
        }
        right += usize::from(app.sign_in(PASSWORD).await.status == 200);
        assert_eq!(right, 1, "exactly one password is right");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_session_of_the_old_password_outlives_its_change() {
    for _ in 0..200 {
        let app = Arc::new(App::with(|b| b.password_hasher(pool())));
        let cookie = app.sign_up().await.cookie();
        let answers = at_once(&app, 6, |index| match index {
            0 => change(&cookie, "another password"),
            _ => Call::new(Method::POST, "/sign-in/email")
                .json(&json!({"email": "test@example.com", "password": PASSWORD})),
        })
        .await;
        let changed = answers
            .iter()
            .any(|answer| answer.json().get("user").is_some() && answer.json().get("redirect").is_none());
        if !changed {
            continue;
        }
        for old in
            answers.iter().filter(|answer| answer.status == 200 && answer.json().get("redirect").is_some())
        {
            let alive = Call::new(Method::GET, "/get-session").cookie(&old.cookie()).send(&app).await;
            assert_eq!(alive.text(), "null", "signed in by a password that is no more");
        }
        assert_eq!(app.rows("session"), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deleted_user_has_no_session_whoever_signed_in_meanwhile() {
    for _ in 0..200 {
        let app = Arc::new(App::with(|b| b.password_hasher(pool()).allow_user_deletion()));
        let cookie = app.sign_up().await.cookie();
        at_once(&app, 6, |index| match index {
            0 => Call::new(Method::POST, "/delete-user")
                .cookie(&cookie)
                .header("origin", "http://localhost:3000")
                .json(&json!({"password": PASSWORD})),
            _ => Call::new(Method::POST, "/sign-in/email")
                .json(&json!({"email": "test@example.com", "password": PASSWORD})),
        })
        .await;
        assert_eq!((app.rows("user"), app.rows("account"), app.rows("session")), (0, 0, 0));
    }
}
