//! Many at once.

use std::sync::Arc;

use hallpass::{RateLimit, RateLimitOptions};
use http::Method;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::app::{Answer, App, Call, PASSWORD};

/// Sends `count` requests at the same moment.
async fn at_once(app: &Arc<App>, count: usize, call: impl Fn(usize) -> Call) -> Vec<Answer> {
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
async fn a_session_that_was_signed_out_is_never_revived_by_a_refresh() {
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
