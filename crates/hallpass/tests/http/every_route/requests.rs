//! What is sent by others: text to be signed, links from elsewhere, what is no text.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hallpass::endpoint::Endpoint;
use hallpass::jwt;
use hallpass::shape::{Field, Kind, Shape};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, json};
use sha2::Sha256;

use super::{app, belongings, encoded, filled, routes, send, sign_up};
use crate::app::{App, Call, SECRET};

/// What every answer of `route` says: its headers and its body.
async fn told(app: &App, route: &(Method, Endpoint), cookie: &str, field: &str, text: &str) -> String {
    let value =
        if field.to_lowercase().ends_with("email") { format!("{text}@example.com") } else { text.to_owned() };
    let body = filled(route.1.body_shape(), Some((field, &json!(value))));
    let query = filled(route.1.query_shape(), Some((field, &json!(value))));
    let answer = send(app, route, cookie, body, query).await;
    let headers: String =
        answer.headers.values().map(|value| value.to_str().unwrap().to_owned() + " ").collect();
    headers + answer.text()
}

/// As a cookie's signature is written, decoded and not.
fn signatures(text: &str) -> [String; 3] {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    let mac = mac.finalize().into_bytes();
    let standard = STANDARD.encode(mac);
    let encoded = utf8_percent_encode(&standard, NON_ALPHANUMERIC).to_string();
    [standard, encoded, URL_SAFE_NO_PAD.encode(mac)]
}

#[tokio::test]
async fn row_27_no_route_signs_what_a_client_chose() {
    let app = app();
    let chosen = "aTextThatIsTakenForAUsername";
    let signed = signatures(chosen);
    for (number, route) in routes(&app).into_iter().enumerate() {
        let path = route.1.path();
        let shapes = [route.1.body_shape(), route.1.query_shape()].into_iter().flatten();
        let declared = shapes.flat_map(Shape::fields).map(Field::name);
        let fields: BTreeSet<_> =
            declared.chain(["id", "token", "value", "payload", "state", "name"]).collect();
        for field in fields {
            let (own, _) = sign_up(&app, &format!("user{number}{field}")).await;
            for cookie in ["", &own] {
                let told = told(&app, &route, cookie, field, chosen).await;
                assert!(!signed.iter().any(|signed| told.contains(signed)), "{path} {field}: {told}");
                for token in told.split(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)) {
                    let claims = jwt::decode(app.auth.hs256(), token, app.auth.now()).await;
                    assert!(claims.is_err(), "{path} {field}: {token}");
                }
            }
        }
    }
    // What is signed is found.
    let (cookie, _) = sign_up(&app, "last").await;
    let token = cookie.split_once('=').unwrap().1.split('.').next().unwrap();
    assert!(signatures(token).iter().any(|signed| cookie.contains(signed)), "{cookie}");
}

#[tokio::test]
async fn row_36_a_link_from_elsewhere_ends_no_session_and_changes_nothing() {
    let app = app();
    let (cookie, user) = sign_up(&app, "user").await;
    let before = belongings(&app, &user).await;
    for (_, route) in routes(&app) {
        let query = encoded(&filled(route.query_shape(), None));
        let path = route.path().replace(":token", "text");
        let call = Call::new(Method::GET, &format!("{path}?{query}")).cookie(&cookie);
        let call = call.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate");
        let answer = call.header("sec-fetch-dest", "document").send(&app).await;
        if !route.methods().contains(&Method::GET) {
            assert!(matches!(answer.status.as_u16(), 404 | 405), "{path}: {answer:?}");
        }
        assert_eq!(before, belongings(&app, &user).await, "{path}");
    }
}

#[tokio::test]
async fn row_81_what_is_no_text_is_taken_for_none_on_any_route() {
    let app = app();
    let mut refused = 0;
    for (number, route) in routes(&app).into_iter().enumerate() {
        let required = |field: &&Field| {
            field.is_required() && !matches!(field.kind(), Kind::Boolean | Kind::Number | Kind::Record)
        };
        let fields: Vec<_> = route
            .1
            .body_shape()
            .into_iter()
            .flat_map(Shape::fields)
            .filter(required)
            .map(Field::name)
            .collect();
        for field in fields {
            for odd in [json!(null), json!([]), json!(["text"]), json!({}), json!(0), json!(true)] {
                let (cookie, _) = sign_up(&app, &format!("user{number}x{refused}")).await;
                let body = filled(route.1.body_shape(), Some((field, &odd)));
                let answer = send(&app, &route, &cookie, body, Map::new()).await;
                assert!(answer.status.is_client_error(), "{} {field}={odd}: {answer:?}", route.1.path());
                refused += 1;
            }
        }
    }
    assert!(refused > 100, "{refused}");
}
