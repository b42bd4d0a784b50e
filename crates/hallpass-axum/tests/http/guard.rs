//! Routers where somebody must be signed in.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{get, post as on_post};
use hallpass::model::Extra;
use hallpass::schema::ExtraField;
use hallpass::store::{Store, UserChange};
use hallpass::{Auth, CookieCache, MemoryStore, SessionOptions};
use hallpass_axum::{CurrentUser, Rejection, require_session, router};
use hallpass_testing::{Fault, FaultyStore, MockClock};
use http::header::{CACHE_CONTROL, CONNECTION, COOKIE, ORIGIN, SEC_WEBSOCKET_KEY, SET_COOKIE, UPGRADE};
use http::{Request, StatusCode};
use serde_json::Value;

use crate::client::{Client, ada, json_of, post};
use crate::server::{self, Server, builder};

const DAY: Duration = Duration::from_secs(24 * 3600);

struct Guarded {
    server: Server,
    client: Client,
    cookie: String,
    clock: Arc<MockClock>,
}

/// An app with a guarded part, and a client that has signed up.
async fn guarded(store: Arc<dyn Store>) -> Guarded {
    let clock = Arc::new(MockClock::new());
    let auth = builder(store).clock(clock.clone()).build().unwrap();
    let members = Router::new()
        .route("/me", get(async |user: CurrentUser| user.name.clone()).post(async || "changed"))
        .route("/picture", get(async || ([(CACHE_CONTROL, "private, max-age=60")], "picture")))
        .route("/leave", on_post(leave))
        .route_layer(require_session(auth.clone()));
    let app = Router::new().route("/", get(async || "open")).merge(members).merge(router(auth.clone()));
    let server = Server::start(app.with_state(auth)).await;
    let mut client = Client::http1(server.address).await;
    let cookie = client.sign_up().await;
    Guarded { server, client, cookie, clock }
}

async fn leave(
    State(auth): State<Auth>,
    user: CurrentUser,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Rejection> {
    auth.sign_out(user.token()).await?;
    Ok(AppendHeaders(auth.sign_out_cookies(&headers).into_iter().map(|line| (SET_COOKIE, line))))
}

fn in_memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

fn cookies(headers: &HeaderMap) -> Vec<&str> {
    headers.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect()
}

#[tokio::test]
async fn strangers_are_refused_and_members_let_in() {
    let Guarded { mut client, cookie, server, .. } = guarded(in_memory()).await;
    let refused = client.get("/me", "").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.body(), r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#);
    assert_eq!(refused.headers()[CACHE_CONTROL], "no-store");
    // Whether the handler asks who it is or not.
    assert_eq!(client.get("/picture", "").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(client.get("/", "").await.body(), "open");
    assert_eq!(client.get("/no-such", "").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(client.get("/me", &cookie).await.body(), "Ada");
    assert_eq!(Client::http2(server.address).await.get("/me", &cookie).await.body(), "Ada");
}

#[tokio::test]
async fn a_session_lives_on_by_use() {
    let Guarded { mut client, cookie, clock, .. } = guarded(in_memory()).await;
    assert!(cookies(client.get("/me", &cookie).await.headers()).is_empty(), "too young to be refreshed");
    // Seven days are the life of a session: only one that is used is there after twelve.
    for _ in 0..2 {
        clock.advance(6 * DAY);
        let answer = client.get("/me", &cookie).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let lines = cookies(answer.headers());
        assert!(lines[0].starts_with(&cookie) && lines[0].contains("Max-Age=604800"), "{lines:?}");
    }
}

#[tokio::test]
async fn a_session_that_is_over_is_refused_and_its_cookies_are_cleared() {
    let Guarded { mut client, cookie, clock, .. } = guarded(in_memory()).await;
    clock.advance(8 * DAY);
    let answer = client.get("/me", &cookie).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(cookies(answer.headers())[0].starts_with("better-auth.session_token=; Max-Age=0"));
}

#[tokio::test]
async fn answers_are_not_kept_by_caches_unless_the_handler_says_so() {
    let Guarded { mut client, cookie, clock, .. } = guarded(in_memory()).await;
    assert_eq!(client.get("/me", &cookie).await.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(client.get("/picture", &cookie).await.headers()[CACHE_CONTROL], "private, max-age=60");
    clock.advance(2 * DAY);
    let refreshed = client.get("/picture", &cookie).await;
    assert!(!cookies(refreshed.headers()).is_empty());
    assert_eq!(refreshed.headers()[CACHE_CONTROL], "no-store", "it carries a credential");
}

#[tokio::test]
async fn a_handler_that_signs_out_has_the_last_word_about_the_cookie() {
    let Guarded { mut client, cookie, clock, .. } = guarded(in_memory()).await;
    clock.advance(2 * DAY);
    let request = Request::post("/leave").header(COOKIE, &cookie).header(ORIGIN, server::ORIGIN);
    let answer = client.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let lines = cookies(answer.headers());
    let about_token: Vec<_> =
        lines.iter().filter(|line| line.starts_with("better-auth.session_token=")).collect();
    assert_eq!(about_token.len(), 2, "{lines:?}");
    assert!(
        about_token[0].contains("Max-Age=604800") && about_token[1].contains("=; Max-Age=0"),
        "{lines:?}"
    );
    assert_eq!(client.get("/me", &cookie).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_is_decided_by_a_hidden_field_is_decided_by_the_store_and_not_by_the_cookie() {
    let session = SessionOptions { cookie_cache: Some(CookieCache::default()), ..SessionOptions::default() };
    let store = MemoryStore::new();
    let auth = builder(Arc::new(store.clone()))
        .user_field(ExtraField::boolean("suspended").hidden())
        .session(session)
        .build()
        .unwrap();
    let suspended = async |user: CurrentUser| match user.extra.get("suspended") {
        Some(Value::Bool(true)) => StatusCode::FORBIDDEN,
        _ => StatusCode::OK,
    };
    let members = Router::new().route("/me", get(suspended)).route_layer(require_session(auth.clone()));
    let server = Server::start(members.merge(router(auth.clone())).with_state(auth.clone())).await;
    let mut client = Client::http1(server.address).await;
    let answer = client.send(post("/api/auth/sign-up/email", &ada())).await;
    let sent: Vec<_> =
        cookies(answer.headers()).into_iter().map(|line| line.split(';').next().unwrap()).collect();
    assert_eq!(sent.len(), 2, "the token and the copy: {sent:?}");
    let cookie = sent.join("; ");
    assert_eq!(client.get("/me", &cookie).await.status(), StatusCode::OK);

    let id = json_of(&answer)["user"]["id"].as_str().unwrap().into();
    let extra = Extra::from_iter([("suspended".to_owned(), Value::Bool(true))]);
    auth.change_user(&id, UserChange { extra, ..UserChange::default() }).await.unwrap();
    assert_eq!(client.get("/me", &cookie).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_session_that_has_ended_opens_no_socket_by_its_copy_in_a_cookie() {
    let session = SessionOptions { cookie_cache: Some(CookieCache::default()), ..SessionOptions::default() };
    let auth = builder(in_memory()).session(session).build().unwrap();
    let members = Router::new()
        .route("/socket", get(async |user: CurrentUser| user.name.clone()))
        .route_layer(require_session(auth.clone()));
    let server = Server::start(members.merge(router(auth.clone())).with_state(auth.clone())).await;
    let mut client = Client::http1(server.address).await;
    let answer = client.send(post("/api/auth/sign-up/email", &ada())).await;
    let sent: Vec<_> =
        cookies(answer.headers()).into_iter().map(|line| line.split(';').next().unwrap()).collect();
    let cookie = sent.join("; ");
    let id = json_of(&answer)["user"]["id"].as_str().unwrap().into();
    assert_eq!(auth.revoke_sessions(&id).await.unwrap(), 1);
    let socket = Request::get("/socket").header(COOKIE, &cookie).header(ORIGIN, server::ORIGIN);
    let socket = socket.header(CONNECTION, "upgrade").header(UPGRADE, "websocket");
    let socket = socket.header(SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==");
    let answer = client.send(socket.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_store_that_fails_is_500_and_the_handler_is_not_reached() {
    let store = Arc::new(FaultyStore::new(MemoryStore::new()));
    let Guarded { mut client, cookie, .. } = guarded(store.clone()).await;
    store.arm(Fault::Always);
    let answer = client.get("/me", &cookie).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body().is_empty() && cookies(answer.headers()).is_empty());
}

#[tokio::test]
async fn extractors_behind_the_guard_ask_the_store_no_more() {
    let store = Arc::new(FaultyStore::new(MemoryStore::new()));
    let Guarded { mut client, cookie, .. } = guarded(store.clone()).await;
    store.disarm();
    assert_eq!(client.get("/me", &cookie).await.body(), "Ada");
    assert_eq!(store.calls(), ["session"]);
}

#[tokio::test]
async fn a_foreign_page_changes_nothing_and_opens_no_socket() {
    let Guarded { mut client, cookie, .. } = guarded(in_memory()).await;
    for (origin, status) in [(server::ORIGIN, 200), ("https://evil.example", 403)] {
        let request = || Request::builder().uri("/me").header(COOKIE, &cookie).header(ORIGIN, origin);
        let change = client.send(request().method("POST").body(Body::empty()).unwrap()).await;
        assert_eq!(change.status(), status, "{origin}");
        let socket = request().header(CONNECTION, "upgrade").header(UPGRADE, "websocket");
        let socket = socket.header(SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==");
        let socket = client.send(socket.body(Body::empty()).unwrap()).await;
        assert_eq!(socket.status(), status, "{origin}");
        if status == 403 {
            assert_eq!(json_of(&change)["code"], "INVALID_ORIGIN");
        }
        let read = client.send(request().body(Body::empty()).unwrap()).await;
        assert_eq!(read.status(), StatusCode::OK, "{origin}: browsers keep foreign pages from reading it");
    }
}
