//! The endpoints, mounted.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::connect_info::MockConnectInfo;
use axum::routing::get;
use futures_util::stream;
use hallpass::MemoryStore;
use hallpass::endpoint::PeerAddress;
use hallpass_axum::router;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower::ServiceExt as _;

use crate::client::{Client, ada, json_of, post};
use crate::server::{Server, auth, builder};

#[tokio::test]
async fn the_endpoints_are_served_beside_the_routes_of_the_app() {
    let app = Router::new().route("/", get(async || "mine")).merge(router(auth())).fallback(async || "lost");
    let server = Server::start(app).await;
    for mut client in [Client::http1(server.address).await, Client::http2(server.address).await] {
        let ok = client.get("/api/auth/ok", "").await;
        assert_eq!((ok.status(), json_of(&ok)), (StatusCode::OK, json!({"ok": true})));
        assert_eq!(client.get("/", "").await.body(), "mine");
        assert_eq!(client.get("/elsewhere", "").await.body(), "lost");
        assert_eq!(client.get("/api/authority", "").await.body(), "lost");
    }
}

#[tokio::test]
async fn what_the_core_does_not_know_is_an_empty_404() {
    let server = Server::start(Router::new().merge(router(auth())).fallback(async || "lost")).await;
    let mut client = Client::http1(server.address).await;
    for path in
        ["/api/auth", "/api/auth/", "/api/auth/no-such", "/api/auth//ok", "/api/auth/ok/", "/api/auth/%ff"]
    {
        let answer = client.get(path, "").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body().is_empty(), "{path}: {:?}", answer.body());
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        assert!(!answer.headers().contains_key(CONTENT_TYPE), "{path}");
    }
}

#[tokio::test]
async fn methods_reach_the_core_as_they_are() {
    let server = Server::start(router(auth())).await;
    let mut client = Client::http1(server.address).await;
    for method in [Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE] {
        let request = Request::builder().method(&method).uri("/api/auth/ok").body(Body::empty());
        let answer = client.send(request.unwrap()).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{method}");
        assert!(!answer.headers().contains_key("allow"), "{method}");
    }
}

#[tokio::test]
async fn a_nested_router_answers_below_its_place() {
    let server = Server::start(Router::new().nest("/v1", router(auth()))).await;
    let mut client = Client::http1(server.address).await;
    assert_eq!(client.get("/v1/api/auth/ok", "").await.status(), StatusCode::OK);
    assert_eq!(client.get("/api/auth/ok", "").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn any_base_path_that_the_core_takes_is_served() {
    for base in ["/auth", "/{id}/auth", "/:id/*auth", "/"] {
        let auth = builder(Arc::new(MemoryStore::new())).base_path(base).build().unwrap();
        let path = format!("{}/ok", auth.base_path());
        let app: Router = router(auth).fallback(async || "lost");
        let get = async |path: &str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            app.clone().oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes()
        };
        assert_eq!(get(&path).await, r#"{"ok":true}"#, "{base}");
        // What stands in braces is no wildcard.
        if base.contains("{id}") {
            assert_eq!(get(&path.replace("{id}", "x")).await, "lost", "{base}");
        }
    }
}

#[tokio::test]
async fn cookies_that_http2_splits_over_headers_are_all_read() {
    let server = Server::start(router(auth())).await;
    let cookie = Client::http1(server.address).await.sign_up().await;
    let mut client = Client::http2(server.address).await;
    for lines in [["theme=dark", &*cookie], [&*cookie, "theme=dark"]] {
        let request = Request::get("/api/auth/get-session");
        let request = lines.iter().fold(request, |request, line| request.header(COOKIE, *line));
        let answer = client.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(json_of(&answer)["user"]["email"], "ada@example.com", "{lines:?}");
    }
}

#[tokio::test]
async fn a_body_above_the_limit_is_refused() {
    let auth = auth();
    let limit = auth.max_body();
    let server = Server::start(router(auth)).await;
    let mut client = Client::http2(server.address).await;
    let mut send = async |size: usize| {
        let blanks = vec![Ok::<_, Infallible>(Bytes::from(vec![b' '; 1024])); size / 1024];
        let rest = Ok(Bytes::from(vec![b' '; size % 1024]));
        let body = Body::from_stream(stream::iter(blanks.into_iter().chain([rest])));
        client.send(post("/api/auth/sign-up/email", &json!({})).map(|_| body)).await
    };
    let answer = send(limit + 1).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(json_of(&answer)["code"], "PAYLOAD_TOO_LARGE");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(json_of(&send(limit).await)["message"], "Invalid JSON in request body");
}

#[tokio::test]
async fn a_body_that_is_announced_too_large_is_refused_unread() {
    let auth = auth();
    let limit = auth.max_body();
    let server = Server::start(router(auth)).await;
    for (length, status) in [(limit + 1, "HTTP/1.1 413 "), (2, "HTTP/1.1 415 ")] {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        let head = "POST /api/auth/sign-up/email HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n";
        let body = if length == 2 { "{}" } else { "" };
        socket.write_all(format!("{head}content-length: {length}\r\n\r\n{body}").as_bytes()).await.unwrap();
        let mut start = [0; 13];
        socket.read_exact(&mut start).await.unwrap();
        assert_eq!(str::from_utf8(&start).unwrap(), status);
    }
}

#[tokio::test]
async fn a_body_is_not_read_beyond_the_limit() {
    let auth = auth();
    let limit = auth.max_body();
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let chunks = stream::iter((0..4 * limit / 1024).map(move |_| {
        counted.fetch_add(1024, Ordering::Relaxed);
        Ok::<_, Infallible>(Bytes::from_static(&[b' '; 1024]))
    }));
    let request = post("/api/auth/sign-up/email", &json!({})).map(|_| Body::from_stream(chunks));
    let answer = router::<()>(auth).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let taken = taken.load(Ordering::Relaxed);
    assert!(taken <= limit + 1024, "{taken}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400() {
    let parts = stream::iter([Ok(Bytes::from_static(b"{\"name\":")), Err("connection reset")]);
    let request = post("/api/auth/sign-up/email", &json!({})).map(|_| Body::from_stream(parts));
    let answer = router::<()>(auth()).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, r#"{"message":"Request body broke off","code":"BAD_REQUEST"}"#);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_408() {
    let start = tokio::time::Instant::now();
    let drip = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let request = post("/api/auth/sign-up/email", &json!({})).map(|_| drip);
    let answer = router::<()>(auth()).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
    assert!(start.elapsed() < Duration::from_secs(31), "{:?}", start.elapsed());
}

#[tokio::test]
async fn every_client_address_has_a_limit_of_its_own() {
    let server = Server::start(router(auth())).await;
    let mut first = Client::http1_from([127, 0, 0, 1].into(), server.address).await;
    let mut second = Client::http1_from([127, 0, 0, 2].into(), server.address).await;
    let mut statuses = Vec::new();
    for client in [&mut first, &mut second] {
        for _ in 0..4 {
            statuses.push(client.send(post("/api/auth/sign-in/email", &ada())).await.status().as_u16());
        }
    }
    assert_eq!(statuses, [401, 401, 401, 429, 401, 401, 401, 429]);
}

#[tokio::test]
async fn an_address_that_the_app_found_goes_ahead_of_the_sockets() {
    let sign_in = async |app: &Router, address: Option<PeerAddress>| {
        let mut request = post("/api/auth/sign-in/email", &ada());
        if let Some(address) = address {
            request.extensions_mut().insert(address);
        }
        app.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    let socket: SocketAddr = "192.0.2.1:5000".parse().unwrap();
    let app = router(auth()).layer(MockConnectInfo(socket));
    for _ in 0..3 {
        assert_eq!(sign_in(&app, None).await, 401);
    }
    assert_eq!(sign_in(&app, Some(PeerAddress([192, 0, 2, 1].into()))).await, 429, "the socket's own");
    assert_eq!(sign_in(&app, Some(PeerAddress([192, 0, 2, 2].into()))).await, 401, "another");
}
