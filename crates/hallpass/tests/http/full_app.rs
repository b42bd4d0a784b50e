//! Everything that there is: what tests over all routes are about. A plugin that is missing here fails a test.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use hallpass::http_client::{HttpClient, HttpClientError};
use hallpass::plugins::{
    Anonymous, Bearer, Captcha, CaptchaProvider, CustomSession, EmailOtp, HaveIBeenPwned, LastLoginMethod,
    MagicLink, MultiSession, OfflineList, OneTimeToken, OpenApi, ShowSession, Username,
};
use hallpass::{Auth, AuthBuilder, ChangeEmail, CurrentSession, Error};
use hallpass_jwt::{Jwt, JwtOptions, MemoryJwkStore};
use http::{Request, Response};
use serde_json::{Value, json};

/// Shows a session as it is.
struct AsItIs;

#[async_trait]
impl ShowSession for AsItIs {
    async fn show(&self, auth: &Auth, current: &CurrentSession) -> Result<Value, Error> {
        serde_json::to_value(current.view(auth.schema())).map_err(|_| Error::Internal("no JSON"))
    }
}

/// A provider of captchas that finds all of them solved.
#[derive(Debug)]
struct AlwaysSolved;

#[async_trait]
impl HttpClient for AlwaysSolved {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, HttpClientError> {
        Ok(Response::new(json!({"success": true}).to_string().into()))
    }
}

/// The header that a solved captcha comes in.
pub(crate) const CAPTCHA: &str = "x-captcha-response";

/// Every plugin, and what else adds routes; but [`captcha`], which asks for a header.
pub(crate) fn everything(builder: AuthBuilder) -> (AuthBuilder, Jwt) {
    let jwt = Jwt::new(MemoryJwkStore::new(), JwtOptions::default()).unwrap();
    let breached = OfflineList::from_passwords(["a breached password"]);
    let builder = builder
        .allow_user_deletion()
        .change_email(ChangeEmail::default())
        .plugin(Anonymous::new())
        .plugin(Bearer::new())
        .plugin(CustomSession::new(AsItIs))
        .plugin(EmailOtp::new().change_email(true))
        .plugin(HaveIBeenPwned::offline(breached))
        .plugin(LastLoginMethod::new().store_in_database())
        .plugin(MagicLink::new())
        .plugin(MultiSession::new())
        .plugin(OneTimeToken::new().header_on_new_session())
        .plugin(OpenApi::new())
        .plugin(Username::new())
        .plugin(jwt.clone());
    (builder, jwt)
}

/// A captcha, where it is by default.
pub(crate) fn captcha(builder: AuthBuilder) -> AuthBuilder {
    builder.plugin(Captcha::new(CaptchaProvider::CloudflareTurnstile, "secret", Arc::new(AlwaysSolved)))
}

/// Routes that neither take a token nor might sign anybody in.
pub(crate) const PLAIN: &[&str] = &[
    "/ok",
    "/error",
    "/sign-out",
    "/get-session",
    "/list-sessions",
    "/revoke-sessions",
    "/revoke-other-sessions",
    "/list-accounts",
    "/unlink-account",
    "/update-user",
    "/update-session",
    "/change-email",
    "/verify-password",
    "/request-password-reset",
    "/send-verification-email",
    "/sign-in/magic-link",
    "/one-time-token/generate",
    "/multi-session/list-device-sessions",
    "/email-otp/send-verification-otp",
    "/email-otp/request-password-reset",
    "/forget-password/email-otp",
    "/is-username-available",
    "/delete-anonymous-user",
    "/open-api/generate-schema",
    "/reference",
    "/token",
    "/jwks",
];

/// That every route of `auth` is in one of the lists, and nothing else.
pub(crate) fn assert_lists_every_route(auth: &Auth, lists: &[&[&str]]) {
    let listed = || lists.iter().flat_map(|list| list.iter().copied());
    let routes: Vec<_> = auth.endpoints().map(hallpass::endpoint::Endpoint::path).collect();
    for route in &routes {
        assert_eq!(listed().filter(|listed| listed == route).count(), 1, "{route} is not in one list");
    }
    for listed in listed() {
        assert!(routes.contains(&listed), "{listed} is no route");
    }
}

#[test]
fn every_plugin_of_the_crate_is_there() {
    let modules = include_str!("../../src/plugins/mod.rs").lines();
    let modules = modules.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let mut count = 0;
    for module in modules {
        let capitalised = |word: &str| word[..1].to_uppercase() + &word[1..];
        let name: String = module.split('_').map(capitalised).collect();
        assert!(include_str!("full_app.rs").contains(&format!("plugin({name}::")), "{name} is missing");
        count += 1;
    }
    assert!(count >= 12, "{count}");
}
