//! A client that sends what it is told, and nothing of its own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::server;

pub(crate) enum Client {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

impl Client {
    pub(crate) async fn http1(server: SocketAddr) -> Self {
        Self::http1_from(Ipv4Addr::LOCALHOST.into(), server).await
    }

    /// One whose address is `from`.
    pub(crate) async fn http1_from(from: IpAddr, server: SocketAddr) -> Self {
        let (sender, connection) = http1::handshake(connect(from, server).await).await.unwrap();
        tokio::spawn(connection);
        Self::Http1(sender)
    }

    pub(crate) async fn http2(server: SocketAddr) -> Self {
        let io = connect(Ipv4Addr::LOCALHOST.into(), server).await;
        let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        Self::Http2(sender)
    }

    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Response<Bytes> {
        let answer = match self {
            Self::Http1(sender) => {
                request.headers_mut().insert("host", "localhost:3000".parse().unwrap());
                sender.ready().await.unwrap();
                sender.send_request(request).await.unwrap()
            }
            Self::Http2(sender) => {
                *request.uri_mut() = format!("http://localhost:3000{}", request.uri()).parse().unwrap();
                sender.send_request(request).await.unwrap()
            }
        };
        let (parts, body) = answer.into_parts();
        Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
    }

    pub(crate) async fn get(&mut self, path: &str, cookie: &str) -> Response<Bytes> {
        let request = Request::get(path).header(COOKIE, cookie).body(Body::empty());
        self.send(request.unwrap()).await
    }

    /// Signs up `ada@example.com` and gives the cookie.
    pub(crate) async fn sign_up(&mut self) -> String {
        let answer = self.send(post("/api/auth/sign-up/email", &ada())).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
        cookie_of(&answer)
    }
}

async fn connect(from: IpAddr, server: SocketAddr) -> TokioIo<tokio::net::TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from, 0)).unwrap();
    TokioIo::new(socket.connect(server).await.unwrap())
}

pub(crate) fn ada() -> Value {
    json!({"name": "Ada", "email": "ada@example.com", "password": "correct horse"})
}

/// JSON from the app's own pages.
pub(crate) fn post(path: &str, body: &Value) -> Request<Body> {
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(ORIGIN, server::ORIGIN)
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// What a browser sends back of the first cookie.
pub(crate) fn cookie_of(answer: &Response<Bytes>) -> String {
    let line = answer.headers()[SET_COOKIE].to_str().unwrap();
    line.split(';').next().unwrap().to_owned()
}

pub(crate) fn json_of(answer: &Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}
