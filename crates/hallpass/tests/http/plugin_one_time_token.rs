//! Handing a session over.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::model::Verification;
use hallpass::plugin::{Change, Plugin};
use hallpass::plugins::OneTimeToken;
use hallpass::types::{SessionToken, VerificationId};
use hallpass::{Auth, Error, SessionOptions, TokenStorage};
use http::Method;
use serde_json::{Value, json};

use crate::app::{Answer, App, Call};
use crate::races::at_once;

fn app() -> App {
    App::with(|b| b.plugin(OneTimeToken::new()))
}

async fn generate(app: &App, cookie: &str) -> String {
    let answer = Call::new(Method::GET, "/one-time-token/generate").cookie(cookie).send(app).await;
    answer.json()["token"].as_str().unwrap().to_owned()
}

async fn verify(app: &App, token: &str) -> Answer {
    app.post("/one-time-token/verify", json!({"token": token})).await
}

fn refused(answer: &Answer, message: &str) {
    assert_eq!((answer.status.as_u16(), &answer.json()["message"]), (400, &json!(message)));
    assert!(answer.set_cookies().is_empty(), "{answer:?}");
}

#[tokio::test]
async fn a_session_is_handed_over_once_and_is_the_same() {
    let app = app();
    let signed_up = app.sign_up().await;
    let token = generate(&app, &signed_up.cookie()).await;
    let taken = verify(&app, &token).await;
    assert_eq!(taken.json()["session"]["token"], signed_up.json()["token"]);
    assert_eq!(taken.cookie(), signed_up.cookie());
    refused(&verify(&app, &token).await, "Invalid token");
    assert_eq!((app.rows("session"), app.rows("verification")), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_31_of_sixty_four_who_present_a_token_at_once_one_gets_the_session() {
    for _ in 0..20 {
        let app = Arc::new(app());
        let token = generate(&app, &app.sign_up().await.cookie()).await;
        let call = |_| Call::new(Method::POST, "/one-time-token/verify").json(&json!({"token": token}));
        let answers = at_once(&app, 64, call).await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(good.len(), 1);
        bad.iter().for_each(|answer| refused(answer, "Invalid token"));
    }
}

#[tokio::test]
async fn what_has_expired_or_ended_is_not_handed_over() {
    let app = App::with(|b| b.plugin(OneTimeToken::new().expires_in(Duration::from_secs(60))));
    let cookie = app.sign_up().await.cookie();
    let token = generate(&app, &cookie).await;
    app.clock.advance(Duration::from_secs(61));
    refused(&verify(&app, &token).await, "Invalid token");
    let token = generate(&app, &cookie).await;
    app.post_as("/sign-out", &cookie, json!({})).await;
    refused(&verify(&app, &token).await, "Session not found");
    let patient = App::with(|b| b.plugin(OneTimeToken::new().expires_in(Duration::from_secs(30 * 86_400))));
    let token = generate(&patient, &patient.sign_up().await.cookie()).await;
    patient.clock.advance(Duration::from_secs(8 * 86_400));
    refused(&verify(&patient, &token).await, "Session expired");
}

#[tokio::test]
async fn whoever_is_signed_out_gets_no_token_and_the_app_may_keep_making_them_to_itself() {
    app().get("/one-time-token/generate").await.is(401, "UNAUTHORIZED");
    let plugin = OneTimeToken::new().disable_client_requests();
    let app = App::with(|b| b.plugin(plugin.clone()));
    let signed_up = app.sign_up().await;
    let call = Call::new(Method::GET, "/one-time-token/generate").cookie(&signed_up.cookie());
    let headers = call.headers();
    refused(&call.send(&app).await, "Client requests are disabled");
    let current = app.auth.session(&headers).await.unwrap().unwrap();
    let token = plugin.generate(&app.auth, &current).await.unwrap();
    let taken = plugin.verify(&app.auth, &token).await.unwrap();
    assert_eq!(taken.token, current.token);
    assert!(matches!(plugin.verify(&app.auth, &token).await, Err(Error::Refused(_))));
}

/// Keeps what is written.
#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<Verification>>>);

#[async_trait]
impl Plugin for Written {
    fn id(&self) -> &'static str {
        "written"
    }

    async fn after_change(&self, _: &Auth, change: &Change<'_>) -> Result<(), Error> {
        if let Change::CreateVerification { verification } = change {
            self.0.lock().unwrap().push((**verification).clone());
        }
        Ok(())
    }
}

#[tokio::test]
async fn row_24_what_is_stored_opens_nothing_and_no_other_purpose_is_accepted() {
    let written = Written::default();
    let app = App::with(|b| b.plugin(OneTimeToken::new()).plugin(written.clone()));
    let signed_up = app.sign_up().await;
    let session = signed_up.json()["token"].as_str().unwrap().to_owned();
    let token = generate(&app, &signed_up.cookie()).await;
    let row = written.0.lock().unwrap()[0].clone();
    let hash = row.identifier.strip_prefix("one-time-token:sha256:").unwrap();
    for text in [&row.identifier, &row.value] {
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        for shown in [text.clone(), String::from_utf8_lossy(&bytes).into_owned()] {
            assert!(!shown.contains(&token) && !shown.contains(&session), "{shown}");
        }
    }
    for stolen in [hash, &row.identifier, &row.value, &session, ""] {
        refused(&verify(&app, stolen).await, "Invalid token");
    }
    // What another flow has stored, under the hash of the same text, is not found.
    let other = "b".repeat(32);
    let digest = SessionToken::parse(&other).unwrap().hashed();
    for identifier in
        [format!("magic-link:{other}"), other.clone(), format!("one-time-token:{}", digest.as_str())]
    {
        let id = VerificationId::generate(app.auth.random());
        let verification = Verification { id, identifier, value: session.clone(), ..row.clone() };
        app.auth.put_verification(verification).await.unwrap();
    }
    refused(&verify(&app, &other).await, "Invalid token");
    assert_eq!(verify(&app, &token).await.status, 200);
}

#[tokio::test]
async fn beside_better_auth_tokens_are_stored_as_it_stores_them() {
    let written = Written::default();
    let plain = SessionOptions { tokens: TokenStorage::Plain, ..SessionOptions::default() };
    let app = App::with(|b| b.plugin(OneTimeToken::new()).plugin(written.clone()).session(plain));
    let signed_up = app.sign_up().await;
    let token = generate(&app, &signed_up.cookie()).await;
    let row = written.0.lock().unwrap()[0].clone();
    assert_eq!(row.identifier, format!("one-time-token:{token}"));
    assert_eq!(json!(row.value), signed_up.json()["token"]);
    assert_eq!(verify(&app, &token).await.cookie(), signed_up.cookie());
}

#[tokio::test]
async fn another_site_signs_nobody_in_and_the_session_that_is_replaced_ends() {
    let app = app();
    let one = app.sign_up().await.cookie();
    let token = generate(&app, &one).await;
    let call = |origin| {
        let call = Call::new(Method::POST, "/one-time-token/verify").header("origin", origin);
        call.json(&json!({"token": token}))
    };
    call("https://evil.example").send(&app).await.is(403, "INVALID_ORIGIN");
    let body = json!({"name": "B", "email": "b@example.com", "password": crate::app::PASSWORD});
    let other = app.post("/sign-up/email", body).await.cookie();
    let taken = call("http://localhost:3000").cookie(&other).send(&app).await;
    assert_eq!((taken.cookie(), app.rows("session")), (one, 1));
}

#[tokio::test]
async fn answers_that_set_a_session_can_have_a_token_in_a_header() {
    let app = App::with(|b| b.plugin(OneTimeToken::new().header_on_new_session().without_session_cookie()));
    let signed_up = app.sign_up().await;
    assert_eq!(signed_up.header("access-control-expose-headers"), Some("set-ott"));
    let taken = verify(&app, signed_up.header("set-ott").unwrap()).await;
    assert_eq!(taken.json()["user"]["email"], "test@example.com");
    assert!(taken.set_cookies().is_empty());
    assert_eq!(app.get("/get-session").await.json(), Value::Null);
}

#[tokio::test]
async fn answers_that_keep_a_session_alive_have_one_too_where_they_refuse() {
    let app = App::with(|b| b.plugin(OneTimeToken::new().header_on_new_session()));
    let cookie = app.sign_up().await.cookie();
    let list = Call::new(Method::GET, "/list-sessions").cookie(&cookie);
    assert_eq!(list.clone().send(&app).await.header("set-ott"), None);
    app.clock.advance(Duration::from_secs(86_400 + 1));
    let answer = list.send(&app).await;
    answer.is(403, "SESSION_NOT_FRESH");
    assert!(!answer.set_cookies().is_empty() && answer.header("set-ott").is_some(), "{answer:?}");
}
