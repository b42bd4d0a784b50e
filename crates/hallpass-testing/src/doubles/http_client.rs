//! A web that says what the test wants.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use hallpass::http_client::{HttpClient, HttpClientError};
use http::{Request, Response};

use super::lock;

/// Answers requests with what it was given, in turn, and keeps them. With nothing left to answer it fails, as a
/// server that is not there.
///
/// ```
/// use hallpass::http_client::HttpClient;
/// use hallpass_testing::StubHttpClient;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let web = StubHttpClient::new();
/// web.answer_ok(r#"{"success":true}"#);
/// let request = || http::Request::post("https://example.com/verify").body("x".into()).unwrap();
/// assert_eq!(web.send(request()).await.unwrap().status(), 200);
/// assert!(web.send(request()).await.is_err(), "there is no second answer");
/// assert_eq!(web.requests().len(), 2);
/// # }
/// ```
#[derive(Debug, Default)]
pub struct StubHttpClient {
    answers: Mutex<VecDeque<Response<Bytes>>>,
    requests: Mutex<Vec<Request<Bytes>>>,
}

impl StubHttpClient {
    /// With no answer yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers one more request, with this.
    pub fn answer(&self, response: Response<impl Into<Bytes>>) {
        lock(&self.answers).push_back(response.map(Into::into));
    }

    /// Answers one more request, with 200 and this.
    pub fn answer_ok(&self, body: impl Into<Bytes>) {
        self.answer(Response::new(body));
    }

    /// The requests so far, oldest first.
    pub fn requests(&self) -> Vec<Request<Bytes>> {
        lock(&self.requests).clone()
    }

    /// The newest request.
    pub fn last(&self) -> Option<Request<Bytes>> {
        lock(&self.requests).last().cloned()
    }
}

#[async_trait]
impl HttpClient for StubHttpClient {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpClientError> {
        lock(&self.requests).push(request);
        lock(&self.answers)
            .pop_front()
            .ok_or_else(|| HttpClientError::new("no answer was given to the double"))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn answers_are_given_in_turn_and_then_none() {
        let client = StubHttpClient::new();
        client.answer_ok("1");
        client.answer(Response::builder().status(503).body("2").unwrap());
        let ask = |path: &str| {
            let request = Request::get(format!("https://x.example/{path}")).body(Bytes::new()).unwrap();
            client.send(request).now_or_never().unwrap()
        };
        assert_eq!(ask("a").unwrap().body(), "1");
        assert_eq!(ask("b").unwrap().status().as_u16(), 503);
        assert!(ask("c").is_err());
        let asked: Vec<_> = client.requests().iter().map(|request| request.uri().path().to_owned()).collect();
        assert_eq!(asked, ["/a", "/b", "/c"]);
        assert_eq!(client.last().unwrap().uri().path(), "/c");
    }
}
