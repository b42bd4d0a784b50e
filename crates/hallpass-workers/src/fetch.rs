use std::pin::pin;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::select;
use hallpass::http_client::{HttpClient, HttpClientError};
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::Full;
use worker::send::SendFuture;
use worker::{AbortController, Delay, RequestRedirect};

/// Requests outwards by `fetch`. No redirect is followed; what takes more than 5 seconds or is larger than 1 MiB is an error.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Fetch;

const LARGEST: usize = 1024 * 1024;

const PATIENCE: Duration = Duration::from_secs(5);

#[async_trait]
impl HttpClient for Fetch {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpClientError> {
        SendFuture::new(send(request)).await
    }
}

#[expect(clippy::future_not_send, reason = "a Worker has one thread")]
async fn send(request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpClientError> {
    let controller = AbortController::default();
    let mut request = request.map(Full::new);
    request.extensions_mut().insert(controller.signal());
    request.extensions_mut().insert(RequestRedirect::Manual);
    let answer = async {
        let request = worker::Request::try_from(request).map_err(|error| failed(&error))?;
        let mut answer = worker::Fetch::Request(request).send().await.map_err(|error| failed(&error))?;
        let mut body = Vec::new();
        let mut chunks = answer.stream().map_err(|error| failed(&error))?;
        while let Some(chunk) = chunks.next().await {
            body.extend_from_slice(&chunk.map_err(|error| failed(&error))?);
            if body.len() > LARGEST {
                return Err(HttpClientError::new("the answer is too large"));
            }
        }
        let mut given = http::Response::new(Bytes::from(body));
        *given.status_mut() = StatusCode::from_u16(answer.status_code()).map_err(HttpClientError::new)?;
        for (name, value) in answer.headers() {
            let name = HeaderName::try_from(name).map_err(HttpClientError::new)?;
            given.headers_mut().append(name, HeaderValue::try_from(value).map_err(HttpClientError::new)?);
        }
        Ok(given)
    };
    let late = async {
        Delay::from(PATIENCE).await;
        Err(HttpClientError::new("the answer took too long"))
    };
    let answer = select(pin!(answer), pin!(late)).await.factor_first().0;
    if answer.is_err() {
        controller.abort();
    }
    answer
}

/// A Worker's errors are bound to its thread. What follows the first line is the stack of JavaScript.
fn failed(error: &worker::Error) -> HttpClientError {
    HttpClientError::new(error.to_string().lines().next().unwrap_or_default())
}
