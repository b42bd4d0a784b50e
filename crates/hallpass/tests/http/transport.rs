//! Status, headers and body of what never reaches a handler.

use http::Method;
use serde_json::json;

use crate::app::{App, Call};

#[tokio::test]
async fn ok_answers() {
    let answer = App::new().get("/ok").await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, r#"{"ok":true}"#));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn unknown_paths_methods_and_spellings_are_empty_404s() {
    let app = App::new();
    for (method, target) in [
        (Method::GET, "/api/auth/nope"),
        (Method::GET, "/api/auth"),
        (Method::GET, "/api/auth/"),
        (Method::GET, "/api/authok"),
        (Method::GET, "/api/auth//ok"),
        (Method::GET, "//api/auth/ok"),
        (Method::GET, "/api/auth/ok/"),
        (Method::GET, "/api/auth/./ok"),
        (Method::GET, "/api/auth/x/../ok"),
        (Method::GET, "/api/auth/%6fk"),
        (Method::GET, "/api/auth/OK"),
        (Method::GET, "/API/auth/ok"),
        (Method::POST, "/api/auth/ok"),
        (Method::HEAD, "/api/auth/ok"),
        (Method::OPTIONS, "/api/auth/ok"),
        (Method::GET, "/api/auth/sign-in/email"),
        (Method::POST, "/api/auth/sign-in%2femail"),
    ] {
        let answer = Call::to(method.clone(), target).send(&app).await;
        assert_eq!(answer.status.as_u16(), 404, "{method} {target}");
        assert!(answer.body.is_empty() && answer.header("content-type").is_none(), "{method} {target}");
    }
}

#[tokio::test]
async fn a_trailing_slash_is_another_path_unless_allowed() {
    let lenient = App::with(|builder| builder.allow_trailing_slash());
    for (path, status) in [("/ok", 200), ("/ok/", 200), ("/ok//", 404), ("/", 404)] {
        assert_eq!(lenient.get(path).await.status.as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn media_types_are_held_against_the_declaration() {
    let app = App::new();
    let send =
        |media: &'static str, path: &'static str| Call::new(Method::POST, path).body(media, "{}").send(&app);
    let answer = send("text/plain", "/sign-up/email").await;
    assert_eq!(
        (answer.status.as_u16(), answer.text()),
        (
            415,
            r#"{"message":"Content-Type \"text/plain\" is not allowed. Allowed types: application/x-www-form-urlencoded, application/json","code":"UNSUPPORTED_MEDIA_TYPE"}"#
        )
    );
    send("application/x-www-form-urlencoded", "/sign-out").await.is(415, "UNSUPPORTED_MEDIA_TYPE");
    assert_eq!(send("Application/JSON ; charset=utf-8", "/sign-out").await.status.as_u16(), 200);
    // As on Node, bytes without a content type are no body.
    let bare = Call::new(Method::POST, "/sign-in/email").bare_body("{}").send(&app).await;
    assert_eq!(bare.json()["message"], "[body] Invalid input: expected object, received undefined");
}

#[tokio::test]
async fn json_is_read_as_the_fetch_standard_reads_it() {
    let app = App::new();
    for (bytes, message) in [
        (&b"{bad json"[..], "Invalid JSON in request body"),
        (b"[]", "[body] Invalid input: expected object, received array"),
        (b"null", "[body] Invalid input: expected object, received null"),
        (
            b"\xef\xbb\xbf{\"email\":1,\"password\":\"p\"}",
            "[body.email] Invalid input: expected string, received number",
        ),
        (b"{\"email\":\"\xff\",\"password\":\"p\"}", "Invalid email"),
        (b"{\"email\":1,\"email\":\"x\",\"password\":\"p\"}", "Invalid email"),
    ] {
        let answer =
            Call::new(Method::POST, "/sign-in/email").body("application/json", bytes).send(&app).await;
        assert_eq!(answer.status.as_u16(), 400);
        assert_eq!(answer.json()["message"], message);
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_and_headers_over_theirs_431() {
    let app = App::new();
    let long = "x".repeat(1024 * 1024);
    let body = json!({"email": "a@b.co", "password": "p", "callbackURL": long});
    app.post("/sign-in/email", body).await.is(413, "PAYLOAD_TOO_LARGE");
    let call = || Call::new(Method::GET, "/ok");
    let long = call().header("x-long", &"x".repeat(8 * 1024 + 1)).send(&app).await;
    assert_eq!((long.status.as_u16(), long.text(), long.header("content-type")), (431, "", None));
    let half = format!("a={}", "x".repeat(9 * 1024));
    assert_eq!(call().cookie(&half).cookie(&half).send(&app).await.status.as_u16(), 431);
    assert_eq!(call().cookie(&half).send(&app).await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_disabled_path_says_not_found_and_does_nothing() {
    let app = App::with(|builder| builder.disable_path("/sign-up/email"));
    let answer =
        app.post("/sign-up/email", json!({"name": "A", "email": "a@b.co", "password": "password1234"})).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (404, "Not Found"));
    assert_eq!(app.rows("user"), 0);
}

#[tokio::test]
async fn the_base_path_is_the_base_urls_where_it_has_one() {
    let app = App::with(|builder| builder.base_url("http://localhost:3000/x/y/"));
    assert_eq!(Call::to(Method::GET, "/x/y/ok").send(&app).await.status.as_u16(), 200);
    assert_eq!(app.get("/ok").await.status.as_u16(), 404);
    let rooted = App::with(|builder| builder.base_path("/"));
    assert_eq!(Call::to(Method::GET, "/ok").send(&rooted).await.status.as_u16(), 200);
}

#[tokio::test]
async fn row_61_the_error_page_is_redirected_to_with_nothing_that_could_be_markup() {
    let app = App::new();
    for (query, location) in [
        ("?error=foo&error_description=bar%20baz", "/?error=foo&error_description=bar+baz"),
        ("?error=%3Cscript%3E", "/?error=UNKNOWN"),
        ("", "/?error=UNKNOWN"),
        ("?error=a&error=b", "/?error=a"),
    ] {
        let answer = app.get(&format!("/error{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, Some(location)));
        assert!(answer.body.is_empty());
    }
    let custom = App::with(|builder| builder.error_url("/oops?a=b"));
    assert_eq!(custom.get("/error?error=X").await.header("location"), Some("/oops?a=b&error=X"));
}
