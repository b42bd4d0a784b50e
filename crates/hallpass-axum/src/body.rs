//! Reading a body: not too much, and not for ever.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use hallpass::Error;
use hallpass::error::WireError;
use http::StatusCode;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// How long a client may take to send a body. One that drips holds a connection and the memory of
/// what came so far; what is sent here is small even by telephone.
const TIME: Duration = Duration::from_secs(30);

/// The whole body.
///
/// # Errors
/// [`Error::BodyTooLarge`] above `limit` bytes, before any is read if that many are announced; and
/// refusals with 408 when they do not come in time, 400 when they break off.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, Error> {
    if usize::try_from(body.size_hint().lower()).map_or(true, |announced| announced > limit) {
        return Err(Error::BodyTooLarge);
    }
    let Ok(read) = tokio::time::timeout(TIME, Limited::new(body, limit).collect()).await else {
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
