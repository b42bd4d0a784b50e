//! HTTP from the server outwards: to providers, to mail services.

use std::error::Error as StdError;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

/// Sends HTTP requests.
///
/// # Contract
/// * `https` with certificates checked; no redirect is followed.
/// * An answer that takes more than 5 seconds, or is larger than 1 MiB, is an error.
#[async_trait]
pub trait HttpClient: Debug + Send + Sync + 'static {
    /// Sends one request and gives the whole answer, whatever its status.
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpClientError>;
}

#[async_trait]
impl<C: HttpClient + ?Sized> HttpClient for Arc<C> {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpClientError> {
        (**self).send(request).await
    }
}

/// No answer came, or none that is within bounds.
#[derive(Debug, thiserror::Error)]
#[error("the request had no answer")]
pub struct HttpClientError {
    source: Box<dyn StdError + Send + Sync>,
}

impl HttpClientError {
    /// With what the client said.
    pub fn new(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { source: source.into() }
    }
}
