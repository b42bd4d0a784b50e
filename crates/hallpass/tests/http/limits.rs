//! Rate limits, which are on by default.

use std::sync::Arc;
use std::time::Duration;

use hallpass::events::SecurityEvent;
use hallpass::plugins::{EmailOtp, Username};
use hallpass::{AddressPolicy, MemoryStorage, RateLimit, RateLimitOptions};
use hallpass_testing::{Fault, FaultyStorage, MockClock};
use http::Method;
use serde_json::json;

use crate::app::{Answer, App, Call, PASSWORD};
use crate::mail_app::MailApp;

fn limited() -> App {
    App::with(|b| b.rate_limit(RateLimitOptions::default()))
}

async fn attempt(app: &App, peer: &str) -> Answer {
    let body = json!({"email": "test@example.com", "password": "wrongpassword"});
    Call::new(Method::POST, "/sign-in/email").from(peer).json(&body).send(app).await
}

#[tokio::test]
async fn the_fourth_sign_in_in_ten_seconds_is_told_to_wait() {
    let app = limited();
    for _ in 0..3 {
        attempt(&app, "203.0.113.9").await.is(401, "INVALID_EMAIL_OR_PASSWORD");
        app.clock.advance(Duration::from_millis(1100));
    }
    let answer = attempt(&app, "203.0.113.9").await;
    assert_eq!(answer.text(), r#"{"message":"Too many requests. Please try again later."}"#);
    assert_eq!((answer.status.as_u16(), answer.header("x-retry-after")), (429, Some("7")));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(matches!(
        app.events.events().last(),
        Some(SecurityEvent::LimitHit { route: "/sign-in/email", .. })
    ));
    // Refused requests do not lengthen the wait.
    app.clock.advance(Duration::from_millis(6700));
    attempt(&app, "203.0.113.9").await.is(401, "INVALID_EMAIL_OR_PASSWORD");
}

#[tokio::test]
async fn where_counts_cannot_be_kept_nobody_signs_in_and_who_is_signed_in_stays_so() {
    let counts = Arc::new(FaultyStorage::new(MemoryStorage::new(Arc::new(MockClock::new()), 1_000)));
    let app =
        App::with(|b| b.rate_limit(RateLimitOptions::default()).rate_limit_storage(Arc::clone(&counts)));
    let cookie = app.sign_up().await.cookie();
    counts.arm(Fault::Always);
    for password in [PASSWORD, "wrongpassword"] {
        let answer = app.sign_in(password).await;
        assert_eq!(answer.status, 500, "{answer:?}");
        assert!(answer.set_cookies().is_empty() && answer.body.is_empty(), "{answer:?}");
    }
    let shown = Call::new(Method::GET, "/get-session").cookie(&cookie).send(&app).await;
    assert_eq!((shown.status.as_u16(), &shown.json()["user"]["email"]), (200, &json!("test@example.com")));
    counts.disarm();
    assert_eq!(app.sign_in(PASSWORD).await.status, 200);
}

#[tokio::test]
async fn clients_are_told_apart_by_address_and_ipv6_by_network() {
    let app = limited();
    for peer in ["203.0.113.9", "::ffff:203.0.113.9", "203.0.113.9"] {
        attempt(&app, peer).await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    }
    assert_eq!(attempt(&app, "203.0.113.9").await.status.as_u16(), 429);
    for peer in ["2001:db8::1", "2001:db8::2:3:4:5", "2001:db8:0:0:ffff::"] {
        attempt(&app, peer).await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    }
    assert_eq!(attempt(&app, "2001:db8::9").await.status.as_u16(), 429);
    attempt(&app, "2001:db8:0:1::9").await.is(401, "INVALID_EMAIL_OR_PASSWORD");
}

#[tokio::test]
async fn a_forwarded_header_counts_only_from_a_trusted_proxy_and_garbage_is_limited_too() {
    let app = App::with(|b| {
        let policy =
            AddressPolicy::forwarded(["x-forwarded-for"], vec!["10.0.0.0/8".parse().unwrap()]).unwrap();
        b.rate_limit(RateLimitOptions::default()).client_address(policy)
    });
    let call = |peer: &str, chain: &str| {
        let body = json!({"email": "test@example.com", "password": "wrongpassword"});
        Call::new(Method::POST, "/sign-in/email")
            .from(peer)
            .header("x-forwarded-for", chain)
            .json(&body)
            .send(&app)
    };
    for spoofed in ["1.1.1.1", "2.2.2.2", "3.3.3.3"] {
        assert_eq!(call("203.0.113.9", spoofed).await.status.as_u16(), 401);
    }
    assert_eq!(call("203.0.113.9", "4.4.4.4").await.status.as_u16(), 429, "the peer is no proxy of ours");
    for _ in 0..3 {
        assert_eq!(call("10.0.0.1", "9.9.9.9, 198.51.100.1, 10.0.0.2").await.status.as_u16(), 401);
    }
    assert_eq!(call("10.0.0.1", "8.8.8.8, 198.51.100.1").await.status.as_u16(), 429, "walked from the right");
    for garbage in ["garbage", "1.2.3", "<script>"] {
        assert_eq!(call("10.0.0.1", garbage).await.status.as_u16(), 401);
    }
    assert_eq!(call("10.0.0.1", "???").await.status.as_u16(), 429, "unknown addresses share one count");
}

#[tokio::test]
async fn rules_go_ahead_of_what_routes_declare() {
    let second = Duration::from_secs(1);
    let app = App::with(|b| {
        b.rate_limit(RateLimitOptions {
            default: RateLimit::new(2, second),
            rules: vec![
                ("/sign-in/*".to_owned(), None),
                ("/get-session".to_owned(), Some(RateLimit::new(1, second))),
            ],
        })
    });
    for _ in 0..9 {
        assert_eq!(attempt(&app, "203.0.113.9").await.status.as_u16(), 401);
    }
    assert_eq!(app.get("/get-session").await.status.as_u16(), 200);
    assert_eq!(app.get("/get-session").await.status.as_u16(), 429);
    assert_eq!(
        [app.get("/ok").await, app.get("/ok").await, app.get("/ok").await].map(|a| a.status.as_u16()),
        [200, 200, 429]
    );
}

#[tokio::test]
async fn limits_hold_for_the_route_whatever_its_spelling() {
    let app = limited();
    for _ in 0..200 {
        assert_eq!(app.get("/nope").await.status.as_u16(), 404);
    }
    for _ in 0..3 {
        attempt(&app, "203.0.113.9").await;
    }
    for target in [
        "/api/auth//sign-in/email",
        "/api/auth/sign-in/email/",
        "/api/auth/./sign-in/email",
        "/api/auth/Sign-In/email",
    ] {
        let body = json!({"email": "test@example.com", "password": "wrongpassword"});
        assert_eq!(
            Call::to(Method::POST, target).json(&body).send(&app).await.status.as_u16(),
            404,
            "{target}"
        );
    }
    assert_eq!(attempt(&app, "203.0.113.9").await.status.as_u16(), 429);
}

/// Where a new password is given beside a secret that nobody guesses, of 24 letters.
const BY_TOKEN: &str = "/reset-password";

#[tokio::test]
async fn rows_69_70_91_every_route_that_takes_a_password_or_a_code_admits_three_at_a_time() {
    let app = MailApp::with(|b| {
        b.plugin(Username::new()).plugin(EmailOtp::new()).rate_limit(RateLimitOptions::default())
    });
    let secrets = ["password", "currentPassword", "otp"];
    let mut routes = Vec::new();
    for endpoint in app.auth.endpoints() {
        let fields = endpoint.body_shape().into_iter().flat_map(|shape| shape.fields());
        if fields.into_iter().any(|field| secrets.contains(&field.name())) {
            routes.push(endpoint.path());
        }
    }
    for known in
        ["/sign-in/email", "/sign-in/username", "/verify-password", "/change-password", "/delete-user"]
    {
        assert!(routes.contains(&known), "{known}");
    }
    assert!(routes.contains(&"/sign-in/email-otp") && !routes.contains(&BY_TOKEN));
    for route in routes {
        for attempt in 1..=4 {
            let answer = app.post(route, json!({})).await;
            assert_eq!(answer.status.as_u16() == 429, attempt == 4, "{route}: {answer:?}");
        }
    }
}
