//! Captchas, with a provider in the test's hands.

use std::sync::Arc;

use hallpass::BuildError;
use hallpass::plugins::{Captcha, CaptchaProvider};
use hallpass_testing::StubHttpClient;
use http::{Method, Response};
use serde_json::{Value, json};

use crate::app::{Answer, App, Call, PASSWORD};

const PROVIDERS: [CaptchaProvider; 4] = [
    CaptchaProvider::CloudflareTurnstile,
    CaptchaProvider::GoogleRecaptcha,
    CaptchaProvider::HCaptcha,
    CaptchaProvider::CaptchaFox,
];

/// An app that asks `provider` for everything that is asked by default.
fn guarded(
    provider: CaptchaProvider,
    configure: impl FnOnce(Captcha) -> Captcha,
) -> (App, Arc<StubHttpClient>) {
    let client = Arc::new(StubHttpClient::new());
    let plugin = configure(Captcha::new(provider, "the provider's secret", Arc::clone(&client)));
    (App::with(|b| b.plugin(plugin)), client)
}

async fn sign_up(app: &App, response: Option<&str>) -> Answer {
    let body = json!({"name": "A", "email": "test@example.com", "password": PASSWORD});
    let call = Call::new(Method::POST, "/sign-up/email").json(&body);
    match response {
        Some(response) => call.header("x-captcha-response", response),
        None => call,
    }
    .send(app)
    .await
}

/// What becomes of a sign-up when the provider says this.
async fn verdict(app: &App, client: &StubHttpClient, told: Value) -> (u16, String) {
    client.answer_ok(told.to_string());
    let answer = sign_up(app, Some("solved")).await;
    (answer.status.as_u16(), answer.code())
}

#[tokio::test]
async fn nothing_goes_on_without_a_solved_captcha() {
    for provider in PROVIDERS {
        let (app, client) = guarded(provider, |captcha| captcha);
        sign_up(&app, None).await.is(400, "MISSING_RESPONSE");
        sign_up(&app, Some("  ")).await.is(400, "MISSING_RESPONSE");
        assert!(client.requests().is_empty(), "nobody is asked about nothing");
        let failed = (403, "VERIFICATION_FAILED".to_owned());
        let success = [json!(false), json!(0), json!(null), json!("")].map(|no| json!({"success": no}));
        for told in success.into_iter().chain([json!({}), json!(true), json!([{"success": true}])]) {
            assert_eq!(verdict(&app, &client, told).await, failed, "{provider:?}");
        }
        assert_eq!(app.rows("user"), 0);
        assert_eq!(verdict(&app, &client, json!({"success": true})).await.0, 200, "{provider:?}");
    }
}

#[tokio::test]
async fn a_provider_that_does_not_answer_lets_nobody_in() {
    for provider in PROVIDERS {
        let (app, client) = guarded(provider, |captcha| captcha);
        sign_up(&app, Some("solved")).await.is(500, "UNKNOWN_ERROR");
        for (status, body) in [
            (500, r#"{"success":true}"#),
            (302, r#"{"success":true}"#),
            (200, ""),
            (200, "<html>"),
            (200, "null"),
        ] {
            client.answer(Response::builder().status(status).body(body).unwrap());
            sign_up(&app, Some("solved")).await.is(500, "UNKNOWN_ERROR");
        }
        assert_eq!(app.rows("user"), 0, "{provider:?}");
    }
}

#[tokio::test]
async fn each_provider_is_asked_in_its_own_way() {
    let form =
        |key: &str, ip: &str| format!("secret=the+provider%27s+secret&response=solved{key}&{ip}=203.0.113.9");
    let json =
        r#"{"secret":"the provider's secret","response":"solved","remoteip":"203.0.113.9"}"#.to_owned();
    for (provider, host, body) in [
        (CaptchaProvider::CloudflareTurnstile, "challenges.cloudflare.com", json),
        (CaptchaProvider::GoogleRecaptcha, "www.google.com", form("", "remoteip")),
        (CaptchaProvider::HCaptcha, "api.hcaptcha.com", form("&sitekey=the+key", "remoteip")),
        (CaptchaProvider::CaptchaFox, "api.captchafox.com", form("&sitekey=the+key", "remoteIp")),
    ] {
        let (app, client) = guarded(provider, |captcha| captcha.site_key("the key"));
        sign_up(&app, Some("solved")).await;
        let asked = client.last().unwrap();
        assert_eq!(
            (asked.method(), asked.uri().scheme_str(), asked.uri().host()),
            (&Method::POST, Some("https"), Some(host))
        );
        assert_eq!(asked.body(), body.as_bytes());
        let is_json = provider == CaptchaProvider::CloudflareTurnstile;
        let media = if is_json { "application/json" } else { "application/x-www-form-urlencoded" };
        assert_eq!(asked.headers()["content-type"], media);
    }
}

#[tokio::test]
async fn scores_actions_and_hosts_must_be_those_that_were_wanted() {
    let (app, client) = guarded(CaptchaProvider::GoogleRecaptcha, |captcha| captcha.min_score(0.7));
    assert_eq!(verdict(&app, &client, json!({"success": true, "score": 0.69})).await.0, 403);
    assert_eq!(verdict(&app, &client, json!({"success": true, "score": 0.7})).await.0, 200);
    for provider in PROVIDERS {
        let (app, client) = guarded(provider, |captcha| {
            captcha.expected_action("sign-up").allowed_hostnames(["example.com", "www.example.com"])
        });
        for told in [
            json!({"success": true}),
            json!({"success": true, "action": "sign-up"}),
            json!({"success": true, "action": "sign-up", "hostname": "evil.example"}),
            json!({"success": true, "action": "sign-up", "hostname": ["example.com"]}),
            json!({"success": true, "action": "sign-in", "hostname": "example.com"}),
            json!({"success": true, "hostname": "example.com"}),
        ] {
            assert_eq!(verdict(&app, &client, told.clone()).await.0, 403, "{provider:?} {told}");
        }
        let good = json!({"success": true, "action": "sign-up", "hostname": "www.example.com"});
        assert_eq!(verdict(&app, &client, good).await.0, 200, "{provider:?}");
    }
}

#[tokio::test]
async fn other_endpoints_are_asked_for_only_when_they_are_named() {
    let (app, client) = guarded(CaptchaProvider::HCaptcha, |captcha| captcha);
    assert_eq!(app.get("/ok").await.status.as_u16(), 200);
    app.post("/sign-in/email", json!({})).await.is(400, "MISSING_RESPONSE");
    let (app, _) = guarded(CaptchaProvider::HCaptcha, |captcha| captcha.endpoints(["/sign-in/**", "/ok"]));
    app.get("/ok").await.is(400, "MISSING_RESPONSE");
    app.post("/sign-in/email", json!({})).await.is(400, "MISSING_RESPONSE");
    assert_eq!(sign_up(&app, None).await.status.as_u16(), 200);
    assert!(client.requests().is_empty());
}

#[tokio::test]
async fn a_captcha_is_asked_for_before_the_body_and_the_origin_are_looked_at() {
    let (app, _) = guarded(CaptchaProvider::HCaptcha, |captcha| captcha);
    let call = Call::new(Method::POST, "/sign-in/email").header("origin", "https://evil.example");
    call.cookie("a=b").body("text/plain", "no JSON").send(&app).await.is(400, "MISSING_RESPONSE");
}

/// PEER-HOLES 39: `/sign-in//email` reached the endpoint and passed the captcha by.
#[tokio::test]
async fn row_39_no_other_spelling_of_a_path_passes_the_captcha() {
    let (app, client) = guarded(CaptchaProvider::HCaptcha, |captcha| captcha);
    let body = json!({"email": "test@example.com", "password": PASSWORD});
    for path in
        ["/sign-in//email", "/sign-in/./email", "/sign-in%2femail", "/SIGN-IN/email", "/sign-in/email/"]
    {
        assert_eq!(app.post(path, body.clone()).await.status.as_u16(), 404, "{path}");
    }
    // Where a slash more is answered, it is the same endpoint.
    let plugin = Captcha::new(CaptchaProvider::HCaptcha, "secret", client);
    let app = App::with(|b| b.plugin(plugin).allow_trailing_slash());
    app.post("/sign-in/email/", body).await.is(400, "MISSING_RESPONSE");
}

#[test]
fn an_endpoint_that_nobody_has_is_refused() {
    let build = |path: &'static str| {
        let plugin =
            Captcha::new(CaptchaProvider::HCaptcha, "secret", StubHttpClient::new()).endpoints([path]);
        hallpass::Auth::builder(hallpass::MemoryStore::new())
            .secret(crate::app::SECRET)
            .base_url("http://localhost:3000")
            .plugin(plugin)
            .build()
    };
    assert!(
        matches!(build("/sign-in/emial"), Err(BuildError::Plugin { plugin: "captcha", reason }) if reason.contains("/sign-in/emial"))
    );
    assert!(build("/sign-in/*").is_ok());
}

#[test]
fn the_secret_is_not_shown() {
    let plugin = Captcha::new(CaptchaProvider::HCaptcha, "the provider's secret", StubHttpClient::new());
    assert!(!format!("{plugin:?}").contains("the provider's secret"));
}
