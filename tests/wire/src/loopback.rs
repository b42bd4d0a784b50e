//! HTTP to the fakes of providers that scenarios run on this machine.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use hallpass::http_client::{HttpClient, HttpClientError};
use http::header::{HOST, HeaderValue};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;

/// Plain HTTP to 127.0.0.1, and to nothing else.
#[derive(Debug, Clone, Copy)]
struct Loopback;

pub(crate) fn client() -> impl HttpClient {
    Loopback
}

const LONGEST_WAIT: Duration = Duration::from_secs(5);
const MOST_BYTES: usize = 1 << 20;

#[async_trait]
impl HttpClient for Loopback {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpClientError> {
        let answer = tokio::time::timeout(LONGEST_WAIT, exchange(request));
        answer.await.map_err(HttpClientError::new)?.map_err(HttpClientError::new)
    }
}

async fn exchange(
    mut request: Request<Bytes>,
) -> Result<Response<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
    let authority = request.uri().authority().ok_or("a request to nowhere")?.clone();
    if request.uri().scheme_str() != Some("http") || authority.host() != "127.0.0.1" {
        return Err("a request that would leave this machine".into());
    }
    let stream = tokio::net::TcpStream::connect(authority.as_str()).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    request.headers_mut().insert(HOST, HeaderValue::try_from(authority.as_str())?);
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).parse()?;
    *request.uri_mut() = path;
    let (parts, body) = sender.send_request(request.map(Full::new)).await?.into_parts();
    let body = Limited::new(body, MOST_BYTES).collect().await?.to_bytes();
    Ok(Response::from_parts(parts, body))
}
