//! Who is signed in, asked by handlers.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post as on_post};
use hallpass::{Auth, MemoryStore};
use hallpass_axum::{CurrentUser, OptionalUser, router};
use hallpass_testing::{Fault, FaultyStore};
use http::header::{CACHE_CONTROL, COOKIE, ORIGIN};
use http::{Request, StatusCode};
use serde_json::json;

use crate::client::{Client, cookie_of, json_of, post};
use crate::server::{self, Server, auth, builder};

fn app(auth: Auth) -> Router {
    Router::new()
        .route(
            "/me",
            get(async |user: CurrentUser| format!("{} {}", user.email, user.session().user_id == user.id)),
        )
        .route(
            "/maybe",
            get(async |OptionalUser(user): OptionalUser| user.map_or("nobody".into(), |u| u.name.clone())),
        )
        .route("/thrice", get(async |_: CurrentUser, _: OptionalUser, user: CurrentUser| user.name.clone()))
        .route("/change", on_post(async |user: CurrentUser| user.name.clone()))
        .merge(router(auth.clone()))
        .with_state(auth)
}

#[tokio::test]
async fn who_signed_up_is_the_current_user() {
    let server = Server::start(app(auth())).await;
    for mut client in [Client::http1(server.address).await, Client::http2(server.address).await] {
        let path = "/api/auth/sign-up/email";
        let email = if matches!(client, Client::Http1(_)) { "one@example.com" } else { "two@example.com" };
        let body = json!({"name": "Ada", "email": email, "password": "correct horse"});
        let cookie = cookie_of(&client.send(post(path, &body)).await);
        assert_eq!(client.get("/me", &cookie).await.body(), &format!("{email} true"));
        assert_eq!(client.get("/maybe", &cookie).await.body(), "Ada");
    }
}

#[tokio::test]
async fn a_stranger_is_401_to_the_one_and_none_to_the_other() {
    let server = Server::start(app(auth())).await;
    let mut client = Client::http1(server.address).await;
    let cookie = client.sign_up().await;
    for stranger in ["", "theme=dark", &format!("{cookie}x"), &cookie.replacen('=', "=x", 1)] {
        let refused = client.get("/me", stranger).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{stranger}");
        assert_eq!(refused.body(), r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#);
        assert_eq!(refused.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(client.get("/maybe", stranger).await.body(), "nobody");
    }
}

#[tokio::test]
async fn a_store_that_fails_is_500_and_nobody_is_taken_for_a_stranger() {
    let store = Arc::new(FaultyStore::new(MemoryStore::new()));
    let server = Server::start(app(builder(store.clone()).build().unwrap())).await;
    let mut client = Client::http1(server.address).await;
    let cookie = client.sign_up().await;
    store.arm(Fault::Always);
    for path in ["/me", "/maybe"] {
        let answer = client.get(path, &cookie).await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert!(answer.body().is_empty(), "{path}: {:?}", answer.body());
    }
    store.disarm();
    assert_eq!(client.get("/me", &cookie).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_store_is_asked_once_a_request() {
    let store = Arc::new(FaultyStore::new(MemoryStore::new()));
    let server = Server::start(app(builder(store.clone()).build().unwrap())).await;
    let mut client = Client::http1(server.address).await;
    let cookie = client.sign_up().await;
    store.disarm();
    assert_eq!(client.get("/thrice", &cookie).await.body(), "Ada");
    assert_eq!(store.calls(), ["session"]);
}

#[tokio::test]
async fn a_foreign_page_cannot_act_as_the_user() {
    let server = Server::start(app(auth())).await;
    let mut client = Client::http1(server.address).await;
    let cookie = client.sign_up().await;
    for (origin, status) in [(server::ORIGIN, 200), ("https://evil.example", 403), ("null", 403), ("", 403)] {
        let request = Request::post("/change").header(COOKIE, &cookie).header(ORIGIN, origin);
        let answer = client.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), status, "{origin:?}");
    }
    let refused = Request::post("/change").header(COOKIE, &cookie).header(ORIGIN, "https://evil.example");
    let refused = client.send(refused.body(Body::empty()).unwrap()).await;
    assert_eq!(json_of(&refused)["code"], "INVALID_ORIGIN");
}

#[tokio::test]
async fn a_session_of_one_auth_is_no_session_of_another() {
    let (customers, staff) = (auth(), auth());
    let guarded = Router::new()
        .route("/staff", get(async |user: CurrentUser| user.name.clone()))
        .route_layer(hallpass_axum::require_session(customers.clone()))
        .merge(router(customers))
        .with_state(staff);
    let server = Server::start(guarded).await;
    let mut client = Client::http1(server.address).await;
    let cookie = client.sign_up().await;
    assert_eq!(client.get("/staff", &cookie).await.status(), StatusCode::UNAUTHORIZED);
}
