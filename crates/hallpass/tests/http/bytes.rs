//! Arbitrary bytes: nothing panics, and every answer is one of ours.

use std::sync::LazyLock;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Method, Request};
use proptest::prelude::*;

use crate::full_app::everything;
use crate::mail_app::MailApp;

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().unwrap());
static APP: LazyLock<MailApp> = LazyLock::new(|| MailApp::with(|builder| everything(builder).0));

/// Every path that there is; what stands for a part of one is filled in.
static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let fill = |part: &str| if part.starts_with(':') { "abc".to_owned() } else { part.to_owned() };
    let endpoints = APP.auth.endpoints();
    endpoints.map(|endpoint| endpoint.path().split('/').map(fill).collect::<Vec<_>>().join("/")).collect()
});

/// Paths, near paths and anything else that can be a request target.
fn target() -> impl Strategy<Value = String> {
    let path = prop_oneof![
        8 => prop::sample::select(PATHS.clone()),
        1 => "(/[a-z.%0-9]{0,6}){0,4}",
    ];
    let query = prop_oneof![
        Just(String::new()),
        "\\?(callbackURL|error|error_description|disableRefresh|token|errorCallbackURL)=[!-~]{0,40}",
        "\\?[!-~]{0,60}",
    ];
    (path, query).prop_map(|(path, query)| format!("/api/auth{path}{query}"))
}

const NAMES: &[&str] = &[
    "cookie",
    "origin",
    "referer",
    "content-type",
    "user-agent",
    "sec-fetch-site",
    "host",
    "x-forwarded-for",
];

fn header() -> impl Strategy<Value = (HeaderName, Vec<u8>)> {
    let value = prop_oneof![
        "[ -~]{0,80}".prop_map(String::into_bytes),
        "better-auth\\.session_(token|data)(\\.[0-9]{1,3})?=[!-~]{0,80}".prop_map(String::into_bytes),
        Just(b"application/json".to_vec()),
        Just(b"application/x-www-form-urlencoded".to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    (prop::sample::select(NAMES).prop_map(HeaderName::from_static), value)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "\\{(\"(email|password|name|callbackURL|rememberMe|token|otp|type|username|newEmail|newPassword|currentPassword|sessionToken)\":(\"[ -~é\u{1f511}]{0,20}\"|[0-9]{1,3}|null|true|\\[\\]),?){0,5}\\}?"
            .prop_map(String::into_bytes),
        "(email|password|name)=[!-~]{0,40}(&[a-z]{1,8}=[!-~]{0,20}){0,3}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_is_answered(
        method in prop::sample::select(&[Method::GET, Method::POST, Method::PUT, Method::HEAD, Method::OPTIONS][..]),
        target in target(),
        headers in prop::collection::vec(header(), 0..6),
        body in body(),
    ) {
        let Ok(mut request) = Request::builder().method(method).uri(&target).body(Bytes::from(body)) else {
            return Ok(());
        };
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                request.headers_mut().append(name, value);
            }
        }
        let answer = RUNTIME.block_on(APP.auth.handle(request));
        prop_assert!(
            matches!(answer.status().as_u16(), 200 | 302 | 400 | 401 | 403 | 404 | 405 | 415 | 422),
            "{} {}", target, answer.status()
        );
        prop_assert_eq!(answer.headers().get("cache-control").unwrap(), "no-store");
        if let Some(location) = answer.headers().get("location") {
            let location = location.to_str().unwrap();
            let is_ours = location.starts_with('/') && !location.starts_with("//")
                || location.starts_with("http://localhost:3000/");
            prop_assert!(is_ours, "{:?}", location);
        }
        if answer.headers().get("content-type").is_some_and(|media| media == "application/json") && !answer.body().is_empty() {
            prop_assert!(serde_json::from_slice::<serde_json::Value>(answer.body()).is_ok());
        }
    }
}
