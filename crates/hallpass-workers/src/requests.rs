//! Requests and answers between a Worker and hallpass.

use bytes::{Bytes, BytesMut};
use hallpass::{Auth, Error, WireError};
use http::StatusCode;
use http_body_util::BodyExt as _;
use worker::{Body, Headers, HttpRequest, Response, Result};

/// Answers a request to anything under [`Auth::base_path`], known or not.
///
/// # Errors
/// The answer cannot be given to the Worker. What is wrong with the request is an answer.
pub async fn handle(auth: &Auth, request: HttpRequest) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let answer = match auth.admit(parts).await {
        Err(refusal) => refusal,
        Ok(mut admitted) if admitted.reads_body() => match read(body, auth.max_body()).await {
            Ok(body) => admitted.answer(body).await,
            Err(error) => admitted.refuse(&error),
        },
        Ok(admitted) => admitted.answer(Bytes::new()).await,
    };
    response(&answer)
}

/// The whole of a body, which is not larger than `limit` bytes. Cloudflare bounds the time that it takes.
pub(crate) async fn read(mut body: Body, limit: usize) -> std::result::Result<Bytes, Error> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            let refusal = WireError::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", "Request body broke off");
            return Err(Error::Refused(refusal));
        };
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            return Err(Error::BodyTooLarge);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

fn response(answer: &http::Response<Bytes>) -> Result<Response> {
    let headers = Headers::new();
    for (name, value) in answer.headers() {
        // Cookies are several headers of one name.
        headers.append(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))?;
    }
    let response = if answer.body().is_empty() {
        Response::empty()?
    } else {
        Response::from_bytes(answer.body().to_vec())?
    };
    Ok(response.with_status(answer.status().as_u16()).with_headers(headers))
}
