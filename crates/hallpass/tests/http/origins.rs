//! Who may ask, and where one may be sent.

use std::sync::Arc;

use hallpass::endpoint::{Endpoint, Request};
use hallpass::events::SecurityEvent;
use hallpass::plugin::Plugin;
use hallpass::reply::Reply;
use hallpass::{Auth, BuildError, Error, MemoryStore};
use http::Method;
use serde_json::json;
use tokio::task::JoinSet;

use crate::app::{Answer, App, Call, PASSWORD, SECRET};

async fn post(app: &App, headers: &[(&str, &str)]) -> Answer {
    let call = Call::new(Method::POST, "/sign-out").json(&json!({}));
    headers.iter().fold(call, |call, (name, value)| call.header(name, value)).send(app).await
}

#[tokio::test]
async fn with_a_cookie_the_origin_must_be_trusted() {
    let app = App::with(|b| b.trusted_origin("https://*.example.com"));
    for (headers, code) in [
        (&[("cookie", "a=1"), ("origin", "http://localhost:3000")][..], ""),
        (&[("cookie", "a=1"), ("origin", "https://x.example.com")], ""),
        (&[("cookie", "a=1"), ("referer", "http://localhost:3000/page")], ""),
        (&[("cookie", "a=1"), ("origin", "https://evil.example")], "INVALID_ORIGIN"),
        (&[("cookie", "a=1"), ("origin", "http://localhost:3000.evil.example")], "INVALID_ORIGIN"),
        (&[("cookie", "a=1"), ("origin", "null")], "MISSING_OR_NULL_ORIGIN"),
        (&[("cookie", "a=1")], "MISSING_OR_NULL_ORIGIN"),
        (
            &[
                ("cookie", "a=1"),
                ("origin", "null"),
                ("sec-fetch-site", "same-origin"),
                ("host", "localhost:3000"),
            ],
            "",
        ),
        (
            &[
                ("cookie", "a=1"),
                ("origin", "null"),
                ("sec-fetch-site", "same-origin"),
                ("host", "evil.example"),
            ],
            "INVALID_ORIGIN",
        ),
        (&[("origin", "https://evil.example")], ""),
        (&[], ""),
    ] {
        let answer = post(&app, headers).await;
        let expected = if code.is_empty() { 200 } else { 403 };
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (expected, code), "{headers:?}");
    }
    assert!(app.events.events().contains(&SecurityEvent::OriginRefused {
        route: Some("/sign-out"),
        address: Some("203.0.113.9".parse().unwrap())
    }));
}

#[tokio::test]
async fn a_foreign_page_cannot_sign_anyone_in_even_without_cookies() {
    let app = App::new();
    app.sign_up().await;
    let sign_in = |headers: &[(&str, &str)]| {
        let body = json!({"email": "test@example.com", "password": PASSWORD});
        let call = Call::new(Method::POST, "/sign-in/email").json(&body);
        headers.iter().fold(call, |call, (name, value)| call.header(name, value)).send(&app)
    };
    sign_in(&[("origin", "https://evil.example")]).await.is(403, "INVALID_ORIGIN");
    let navigation = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("origin", "http://localhost:3000"),
    ];
    sign_in(&navigation).await.is(403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED");
    sign_in(&[("sec-fetch-mode", "cors")]).await.is(403, "MISSING_OR_NULL_ORIGIN");
    assert_eq!(sign_in(&[("origin", "http://localhost:3000")]).await.status.as_u16(), 200);
    assert_eq!(sign_in(&[]).await.status.as_u16(), 200, "a native client");
}

#[tokio::test]
async fn no_redirect_parameter_leads_off_the_trusted_origins() {
    let app = App::new();
    app.sign_up().await;
    for (name, code) in [
        ("callbackURL", "INVALID_CALLBACK_URL"),
        ("redirectTo", "INVALID_REDIRECT_URL"),
        ("errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
        ("newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
    ] {
        for target in
            ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/%2f/e"]
        {
            let body = json!({"email": "test@example.com", "password": PASSWORD, name: target});
            app.post("/sign-in/email", body).await.is(403, code);
            // On every method and in the query too.
            let query: String =
                form_urlencoded::Serializer::new(String::new()).append_pair(name, target).finish();
            app.get(&format!("/ok?{query}")).await.is(403, code);
        }
    }
    let body = json!({"email": "test@example.com", "password": PASSWORD, "callbackURL": 7});
    let answer = app.post("/sign-in/email", body).await;
    assert_eq!(answer.text(), r#"{"message":"Invalid callbackURL: expected a string"}"#);
    let body = json!({"email": "test@example.com", "password": PASSWORD, "callbackURL": ""});
    let answer = app.post("/sign-in/email", body).await.json();
    assert_eq!((&answer["redirect"], &answer["url"]), (&json!(false), &json!("")));
}

#[tokio::test]
async fn under_https_a_pattern_without_a_scheme_stands_for_https() {
    let app = App::with(|b| {
        b.base_url("https://app.example.com").trusted_origin("*.example.com").trusted_origin("localhost:*")
    });
    for (origin, status) in [
        ("https://x.example.com", 200),
        ("http://x.example.com", 403),
        ("http://localhost:5173", 200),
        ("http://localhost.example.com:80", 403),
    ] {
        assert_eq!(
            post(&app, &[("cookie", "a=1"), ("origin", origin)]).await.status.as_u16(),
            status,
            "{origin}"
        );
    }
}

/// Tells where a link would lead.
#[derive(Debug)]
struct Linker;

impl Plugin for Linker {
    fn id(&self) -> &'static str {
        "linker"
    }

    fn endpoints(self: Arc<Self>) -> Vec<Endpoint> {
        let link = async |request: Request| {
            // Requests to other hosts come between.
            tokio::task::yield_now().await;
            Ok::<_, Error>(Reply::json(&request.auth.url("/x")))
        };
        vec![Endpoint::get("/link", link)]
    }
}

#[tokio::test]
async fn links_lead_to_the_named_host_that_was_asked_and_never_to_another() {
    let app = App::with(|b| b.plugin(Linker).host("app.localhost:3000").host("preview-*.localhost"));
    for (host, origin) in [
        ("localhost:3000", "http://localhost:3000"),
        ("app.localhost:3000", "http://app.localhost:3000"),
        ("APP.localhost:3000", "http://app.localhost:3000"),
        ("preview-1.localhost", "http://preview-1.localhost"),
        ("preview-2.localhost:80", "http://preview-2.localhost"),
        ("app.localhost", "http://localhost:3000"),
        ("evil.example", "http://localhost:3000"),
        ("preview-1.localhost.evil.example", "http://localhost:3000"),
        ("preview-x@evil.example", "http://localhost:3000"),
        ("preview-/evil.localhost", "http://localhost:3000"),
    ] {
        let call = Call::new(Method::GET, "/link").header("host", host);
        let call = call
            .header("x-forwarded-host", "preview-3.localhost")
            .header("forwarded", "host=preview-3.localhost");
        assert_eq!(call.send(&app).await.json(), format!("{origin}/api/auth/x"), "{host}");
    }
    assert_eq!(app.auth.url("/x"), "http://localhost:3000/api/auth/x");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_38_of_requests_to_two_hosts_at_once_each_gets_links_to_its_own() {
    let app = Arc::new(App::with(|b| b.plugin(Linker).host("app.localhost:3000")));
    let mut running = JoinSet::new();
    for number in 0..400 {
        let app = Arc::clone(&app);
        running.spawn(async move {
            let host = if number % 2 == 0 { "localhost:3000" } else { "app.localhost:3000" };
            let answer = Call::new(Method::GET, "/link").header("host", host).send(&app).await;
            assert_eq!(answer.json(), format!("http://{host}/api/auth/x"));
        });
    }
    running.join_all().await;
}

#[tokio::test]
async fn pages_of_a_named_host_are_trusted() {
    let app = App::with(|b| b.host("preview-*.localhost"));
    let answer = |origin: &'static str| {
        let call = Call::new(Method::POST, "/sign-out").json(&json!({}));
        call.header("cookie", "a=1").header("origin", origin).send(&app)
    };
    assert_eq!(answer("http://preview-1.localhost").await.status, 200);
    answer("http://other.localhost").await.is(403, "INVALID_ORIGIN");
    answer("https://preview-1.localhost").await.is(403, "INVALID_ORIGIN");
}

#[test]
fn a_host_that_is_everybodys_is_refused() {
    for host in ["*", "*.com", "https://app.example.com", "app.example.com/path", ""] {
        let built = Auth::builder(MemoryStore::new())
            .secret(SECRET)
            .base_url("https://example.com")
            .host(host)
            .build();
        assert!(matches!(built, Err(BuildError::InvalidOrigin(_))), "{host}: {built:?}");
    }
}
