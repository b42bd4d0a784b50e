//! Names and attributes of cookies, as configured.

use std::borrow::Cow;
use std::collections::HashMap;

use hallpass::{CookieOptions, SameSite};
use hallpass::{CookieOverride, CookiePatch};
use http::Method;

use crate::app::{App, Call};

async fn line(configure: impl FnOnce(hallpass::AuthBuilder) -> hallpass::AuthBuilder) -> String {
    let answer = App::with(configure).sign_up().await;
    let line = answer.set_cookies()[0];
    let (name, rest) = line.split_once('=').unwrap();
    let (_, attributes) = rest.split_once(';').unwrap();
    format!("{name};{attributes}")
}

#[tokio::test]
async fn https_brings_the_secure_prefix_and_attribute() {
    assert_eq!(
        line(|b| b.base_url("https://app.example.com")).await,
        "__Secure-better-auth.session_token; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax"
    );
}

#[tokio::test]
async fn names_and_attributes_can_be_changed_for_all_and_for_one() {
    let special = CookieOverride {
        name: Some(Cow::Borrowed("sid")),
        attributes: CookiePatch { same_site: Some(SameSite::Strict), ..CookiePatch::default() },
    };
    let options = CookieOptions {
        prefix: Cow::Borrowed("my"),
        domain: Some("example.com".to_owned()),
        attributes: CookiePatch { path: Some(Cow::Borrowed("/app")), ..CookiePatch::default() },
        overrides: HashMap::from([(Cow::Borrowed("session_token"), special)]),
        ..CookieOptions::default()
    };
    assert_eq!(
        line(|b| b.cookies(options)).await,
        "sid; Max-Age=604800; Domain=example.com; Path=/app; HttpOnly; SameSite=Strict"
    );
}

#[tokio::test]
async fn same_site_none_is_always_secure() {
    let attributes =
        CookiePatch { same_site: Some(SameSite::None), partitioned: Some(true), ..CookiePatch::default() };
    assert_eq!(
        line(|b| b.cookies(CookieOptions { attributes, ..CookieOptions::default() })).await,
        "better-auth.session_token; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=None; Partitioned"
    );
}

#[tokio::test]
async fn every_cookie_header_is_read() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    for lines in [["a=1", &cookie], [&cookie, "a=1"]] {
        let call = lines.iter().fold(Call::new(Method::GET, "/get-session"), |call, line| call.cookie(line));
        assert_ne!(call.send(&app).await.text(), "null");
    }
}

#[tokio::test]
async fn cached_session_data_of_another_configuration_is_cleared() {
    let app = App::new();
    let sent = "better-auth.session_data.0=x; better-auth.session_data.1=y";
    let answer = Call::new(Method::GET, "/get-session").cookie(sent).send(&app).await;
    let names: Vec<_> =
        answer.set_cookies().iter().map(|line| line.split('=').next().unwrap().to_owned()).collect();
    assert_eq!(names, ["better-auth.session_data.0", "better-auth.session_data.1"]);
}
