//! Sessions without cookies.

use hallpass::plugins::Bearer;
use http::Method;
use serde_json::json;

use crate::app::{Answer, App, Call};

fn app() -> App {
    App::with(|b| b.plugin(Bearer::new()))
}

async fn whoami(app: &App, authorization: &str) -> serde_json::Value {
    let call = Call::new(Method::GET, "/get-session").header("authorization", authorization);
    call.send(app).await.json()["user"]["email"].clone()
}

fn token(answer: &Answer) -> String {
    answer.json()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_opens_its_session_plain_or_signed() {
    let app = app();
    let signed_up = app.sign_up().await;
    let signed = signed_up.header("set-auth-token").unwrap();
    assert_eq!(signed_up.header("access-control-expose-headers"), Some("set-auth-token"));
    assert_eq!(signed.split('.').next().unwrap(), token(&signed_up));
    for good in [&token(&signed_up), signed, &signed.replace('+', "%2B").replace('=', "%3D")] {
        assert_eq!(whoami(&app, &format!("Bearer {good}")).await, "test@example.com");
    }
}

#[tokio::test]
async fn what_is_no_token_of_ours_opens_nothing_and_leaves_the_cookie_to_decide() {
    let app = app();
    let signed_up = app.sign_up().await;
    let token = token(&signed_up);
    let stored = hallpass::types::SessionToken::parse(&token).unwrap().hashed();
    let forged = [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {token}"),
        format!("Bearer {token}.AAAA"),
        format!("Bearer {token}."),
    ];
    for header in &forged {
        assert!(whoami(&app, header).await.is_null(), "{header}");
        let call = Call::new(Method::GET, "/get-session").cookie(&signed_up.cookie());
        let beside = call.header("authorization", header).send(&app).await.json();
        assert_eq!(beside["user"]["email"], "test@example.com", "{header}");
    }
    for unknown in ["a".repeat(32), stored.as_str().to_owned()] {
        let call = Call::new(Method::GET, "/get-session").cookie(&signed_up.cookie());
        let beside = call.header("authorization", &format!("Bearer {unknown}")).send(&app).await.json();
        assert!(beside.is_null(), "{unknown}");
    }
}

#[tokio::test]
async fn where_signatures_are_required_a_plain_token_is_none() {
    let app = App::with(|b| b.plugin(Bearer::new().require_signature()));
    let signed_up = app.sign_up().await;
    assert!(whoami(&app, &format!("Bearer {}", token(&signed_up))).await.is_null());
    let signed = signed_up.header("set-auth-token").unwrap();
    assert_eq!(whoami(&app, &format!("Bearer {signed}")).await, "test@example.com");
}

#[tokio::test]
async fn a_header_that_no_browser_sends_needs_no_origin_unless_a_cookie_comes_too() {
    let app = app();
    let signed_up = app.sign_up().await;
    let call = || {
        let bearer = format!("Bearer {}", token(&signed_up));
        let call = Call::new(Method::POST, "/update-user").header("authorization", &bearer);
        call.header("origin", "https://evil.example").json(&json!({"name": "B"}))
    };
    assert_eq!(call().send(&app).await.status, 200);
    call().cookie("a=b").send(&app).await.is(403, "INVALID_ORIGIN");
}

#[tokio::test]
async fn a_session_that_ended_is_gone_for_its_token_too() {
    let app = app();
    let signed_up = app.sign_up().await;
    let bearer = format!("Bearer {}", token(&signed_up));
    let signed_out = Call::new(Method::POST, "/sign-out").header("authorization", &bearer).json(&json!({}));
    let signed_out = signed_out.send(&app).await;
    assert_eq!((signed_out.status.as_u16(), signed_out.header("set-auth-token")), (200, None));
    assert!(whoami(&app, &bearer).await.is_null());
    assert_eq!(app.rows("session"), 0);
}
