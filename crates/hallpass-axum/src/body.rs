//! Reading a body: not too much, and not for ever.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use hallpass::Error;
use hallpass::WireError;
use http::StatusCode;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// How long a client may take to send a body. One that drips holds a connection and the memory of
/// what came so far; what is sent here is small even by telephone.
const TIME: Duration = Duration::from_secs(30);

/// How much of a body that is too large is read and thrown away, and for how long, before it is refused.
/// A client that is still sending when the connection closes may never see the answer (RFC 9112 §9.6);
/// one that announces more than this is cut off.
const LINGER_BYTES: usize = 8 * 1024 * 1024;
const LINGER_TIME: Duration = Duration::from_secs(5);

/// What `work` gives, or `None` if it takes longer.
#[cfg(not(target_family = "wasm"))]
async fn within<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(time, work).await.ok()
}

/// A Worker is paid for its CPU time, and not for waiting; how long it may wait is the platform's matter.
#[cfg(target_family = "wasm")]
async fn within<T>(_time: Duration, work: impl Future<Output = T>) -> Option<T> {
    Some(work.await)
}

async fn discard(mut body: Body) {
    while let Some(Ok(_)) = body.frame().await {}
}

/// The whole body.
///
/// # Errors
/// [`Error::BodyTooLarge`] above `limit` bytes; and refusals with 408 when they do not come in time,
/// 400 when they break off.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, Error> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        if announced <= LINGER_BYTES {
            // Whether it came to an end or not, the answer is the same.
            within(LINGER_TIME, discard(body)).await;
        }
        return Err(Error::BodyTooLarge);
    }
    let Some(read) = within(TIME, Limited::new(body, limit).collect()).await else {
        return Err(Error::Refused(WireError::new(
            StatusCode::REQUEST_TIMEOUT,
            "REQUEST_TIMEOUT",
            "Request body took too long",
        )));
    };
    match read {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Error::BodyTooLarge),
        Err(_) => Err(Error::Refused(WireError::new(
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
            "Request body broke off",
        ))),
    }
}
