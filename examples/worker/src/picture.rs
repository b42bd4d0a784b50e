//! A user's picture, in R2: a route of the app's own that asks who is signed in.

use http::HeaderMap;
use worker::{HttpMetadata, Request, Response, Result, RouteContext};

use crate::auth::auth;

/// The most that a picture may have: 1 MiB.
const LARGEST: usize = 1 << 20;

/// `PUT /picture`: the body is the picture. Answers with its address, for `updateUser({ image })`.
pub(crate) async fn keep(mut request: Request, context: RouteContext<()>) -> Result<Response> {
    let headers = HeaderMap::from(request.headers());
    let Ok(signed_in) = auth(&context.env)?.session(&headers).await else {
        return Response::error("Try again later", 503);
    };
    let Some(current) = signed_in else { return Response::error("Sign in first", 401) };
    // A cookie comes along with other sites' requests too; this header cannot, without leave that nobody here gives.
    if request.headers().get("x-requested-with")?.is_none() {
        return Response::error("The header X-Requested-With is missing", 403);
    }
    let announced = request.headers().get("content-length")?.and_then(|length| length.parse::<usize>().ok());
    if announced.is_none_or(|length| length > LARGEST) {
        return Response::error("A picture has at most 1 MiB", 413);
    }
    let picture = request.bytes().await?;
    if picture.len() > LARGEST {
        return Response::error("A picture has at most 1 MiB", 413);
    }
    let Some(kind) = kind(&picture) else {
        return Response::error("A picture is a PNG, a JPEG or a WebP", 415);
    };
    let metadata = HttpMetadata { content_type: Some(kind.to_owned()), ..HttpMetadata::default() };
    let user = current.user.id.as_str();
    context.bucket("PICTURES")?.put(user, picture).http_metadata(metadata).execute().await?;
    let address = request.url()?.join(&format!("/picture/{user}"))?;
    Ok(Response::from_json(&serde_json::json!({ "url": address.as_str() }))?.with_status(201))
}

/// `GET /picture/{user}`.
pub(crate) async fn show(_request: Request, context: RouteContext<()>) -> Result<Response> {
    let user = context.param("user").map_or("", String::as_str);
    let Some(picture) = context.bucket("PICTURES")?.get(user).execute().await? else {
        return Response::error("Not Found", 404);
    };
    let kind = picture.http_metadata().content_type.unwrap_or_default();
    let Some(body) = picture.body() else { return Response::error("Not Found", 404) };
    let response = Response::from_bytes(body.bytes().await?)?;
    let headers = response.headers();
    headers.set("content-type", &kind)?;
    headers.set("x-content-type-options", "nosniff")?;
    headers.set("cache-control", "private, max-age=60")?;
    Ok(response)
}

/// What it is, by its first bytes and not by what was said of it.
fn kind(picture: &[u8]) -> Option<&'static str> {
    match picture {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}
