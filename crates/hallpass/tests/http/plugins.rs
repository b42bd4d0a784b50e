//! What a plugin can do.

use std::sync::Arc;

use async_trait::async_trait;
use hallpass::WireError;
use hallpass::endpoint::{Endpoint, SessionNeed};
use hallpass::plugin::{Authenticated, Change, Decision, Plugin, SignInAttempt, SignInMethod};
use hallpass::reply::Reply;
use hallpass::shape::{Kind, Shape};
use hallpass::types::{Email, SessionToken};
use hallpass::{Auth, BuildError, Error, MemoryStore, NewSession};
use http::header::{AUTHORIZATION, HeaderMap};
use http::{Method, StatusCode};
use serde_json::json;

use crate::app::{App, Call, PASSWORD, SECRET};

/// Says what it was built to say at each moment.
#[derive(Debug, Clone)]
struct Sample {
    id: &'static str,
    decision: Decision,
}

#[async_trait]
impl Plugin for Sample {
    fn id(&self) -> &'static str {
        self.id
    }

    fn endpoints(self: Arc<Self>) -> Vec<Endpoint> {
        if self.id == "silent" {
            return Vec::new();
        }
        let whoami = |request: hallpass::endpoint::Request| async move {
            Ok::<_, Error>(Reply::json(&json!({"email": request.signed_in()?.user.email})))
        };
        vec![
            Endpoint::get("/whoami", whoami).session(SessionNeed::Sensitive),
            Endpoint::get("/fresh", whoami).session(SessionNeed::Fresh),
        ]
    }

    async fn authenticate(&self, _: &Auth, headers: &HeaderMap) -> Result<Authenticated, Error> {
        let Some(value) = headers.get(AUTHORIZATION) else { return Ok(Authenticated::NotRequested) };
        let token = value.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        Ok(token.and_then(SessionToken::parse).map_or(Authenticated::Failed, Authenticated::Token))
    }

    async fn before_session(&self, _: &Auth, _: &SignInAttempt<'_>) -> Result<Decision, Error> {
        Ok(self.decision.clone())
    }

    async fn after_change(&self, _: &Auth, _: &Change<'_>) -> Result<(), Error> {
        Err(Error::Internal("a plugin's failure after the fact"))
    }
}

fn with(decision: Decision) -> App {
    App::with(|b| b.plugin(Sample { id: "sample", decision }))
}

#[tokio::test]
async fn its_endpoints_get_the_session_they_ask_for() {
    let app = with(Decision::Continue);
    let signed_up = app.sign_up().await;
    app.get("/whoami").await.is(401, "UNAUTHORIZED");
    let by_cookie = |path: &'static str| Call::new(Method::GET, path).cookie(&signed_up.cookie()).send(&app);
    assert_eq!(by_cookie("/whoami").await.json()["email"], "test@example.com");
    assert_eq!(by_cookie("/fresh").await.status.as_u16(), 200);
    app.clock.advance(std::time::Duration::from_secs(86_400));
    by_cookie("/fresh").await.is(403, "SESSION_NOT_FRESH");
    assert_eq!(by_cookie("/whoami").await.status.as_u16(), 200);
}

#[tokio::test]
async fn it_can_read_who_is_calling_and_a_failed_reading_is_nobody() {
    let app = with(Decision::Continue);
    let signed_up = app.sign_up().await;
    let token = signed_up.json()["token"].as_str().unwrap().to_owned();
    let call = |bearer: String| Call::new(Method::GET, "/whoami").header("authorization", &bearer);
    assert_eq!(call(format!("Bearer {token}")).send(&app).await.status.as_u16(), 200);
    for wrong in ["Bearer x".to_owned(), "Bearer".to_owned(), format!("Basic {token}")] {
        call(wrong).cookie(&signed_up.cookie()).send(&app).await.is(401, "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn it_can_ask_for_more_or_refuse_before_there_is_a_session() {
    let question = Reply::json(&json!({"twoFactorRedirect": true}));
    let refusal = WireError::new(StatusCode::FORBIDDEN, "BANNED_USER", "You have been banned");
    for (decision, status) in [(Decision::Respond(question), 200), (Decision::Refuse(refusal), 403)] {
        let app = with(decision);
        for path in ["/sign-up/email", "/sign-in/email"] {
            let body = json!({"name": "A", "email": "test@example.com", "password": PASSWORD});
            let answer = app.post(path, body).await;
            assert_eq!(answer.status.as_u16(), status);
            assert!(answer.set_cookies().is_empty() && !answer.text().contains("\"token\""), "{answer:?}");
        }
        assert_eq!(app.rows("session"), 0);
    }
}

/// Signs in whoever names a user: what a plugin outside the crate can do with public means alone.
#[derive(Debug)]
struct Trusting;

impl Plugin for Trusting {
    fn id(&self) -> &'static str {
        "trusting"
    }

    fn endpoints(self: Arc<Self>) -> Vec<Endpoint> {
        let sign_in = |mut request: hallpass::endpoint::Request| async move {
            let fields: std::collections::HashMap<String, String> = request.body()?;
            let email =
                fields.get("email").and_then(|text| Email::parse(text).ok()).ok_or(Error::InvalidEmail)?;
            let user = request.auth.store().user_by_email(&email).await?.ok_or(Error::InvalidCredentials)?;
            let new = NewSession::new(&user, SignInMethod::Plugin("trusting"));
            let new = new.of(&request.client, Some(&request.headers));
            let signed_in = request.auth.create_session(new).await?;
            let reply = Reply::json(&json!({"user": signed_in.user.view(request.auth.schema())}));
            Ok::<_, Error>(signed_in.with(reply, &request.auth, &request.headers))
        };
        let body = Shape::new().field("email", Kind::Email);
        vec![Endpoint::post("/sign-in/trusting", sign_in).body(body).guards_login()]
    }
}

#[tokio::test]
async fn it_can_sign_a_user_in_and_others_are_asked_all_the_same() {
    let body = || json!({"email": "test@example.com"});
    let app = App::with(|b| b.plugin(Trusting));
    app.post("/sign-in/trusting", body()).await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    app.sign_up().await;
    let answer = app.post("/sign-in/trusting", body()).await;
    let session = Call::new(Method::GET, "/get-session").cookie(&answer.cookie()).send(&app).await.json();
    assert_eq!(session["user"]["email"], "test@example.com");
    let foreign =
        Call::new(Method::POST, "/sign-in/trusting").header("origin", "https://evil.example").json(&body());
    foreign.send(&app).await.is(403, "INVALID_ORIGIN");

    let refusal = WireError::new(StatusCode::FORBIDDEN, "BANNED_USER", "You have been banned");
    let strict = App::over(Arc::new(app.store.clone()), app.store.clone(), |b| {
        b.plugin(Trusting).plugin(Sample { id: "sample", decision: Decision::Refuse(refusal) })
    });
    strict.post("/sign-in/trusting", body()).await.is(403, "BANNED_USER");
}

#[test]
fn two_of_one_name_or_of_one_path_are_refused() {
    let build = |first: &'static str, second: &'static str| {
        let sample = |id| Sample { id, decision: Decision::Continue };
        Auth::builder(MemoryStore::new())
            .secret(SECRET)
            .base_url("https://app.example.com")
            .plugin(sample(first))
            .plugin(sample(second))
            .build()
    };
    assert!(matches!(build("silent", "silent"), Err(BuildError::DuplicatePlugin("silent"))));
    assert!(matches!(build("a", "b"), Err(BuildError::DuplicateEndpoint { plugin: "b", path: "/whoami" })));
    assert!(build("a", "silent").is_ok());
}
