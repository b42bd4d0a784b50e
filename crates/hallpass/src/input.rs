//! What a request brings along: body, query and headers as values.

use std::borrow::Cow;

use http::Method;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use serde_json::{Map, Value};

use crate::endpoint::Endpoint;
use crate::error::Error;

/// The body as JSON would have it; `None` when there is none. As on Node, bytes that come without a
/// content type are no body.
pub(crate) fn body(endpoint: &Endpoint, parts: &Parts, bytes: &[u8]) -> Result<Option<Value>, Error> {
    let Some(sent) = parts.headers.get(CONTENT_TYPE) else { return Ok(None) };
    let sent = latin1(sent);
    if endpoint.media.is_empty() || bytes.is_empty() || sent.trim().is_empty() || parts.method == Method::GET
    {
        return Ok(None);
    }
    let media = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !endpoint.media.contains(&media.as_str()) {
        return Err(Error::UnsupportedMediaType { sent, allowed: endpoint.media });
    }
    if media == "application/x-www-form-urlencoded" {
        let fields =
            form_urlencoded::parse(bytes).map(|(name, value)| (name.into_owned(), value.into_owned().into()));
        return Ok(Some(Value::Object(fields.collect())));
    }
    // The Fetch standard's "UTF-8 decode": a byte order mark goes, and bad bytes become U+FFFD.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text: Cow<'_, str> = String::from_utf8_lossy(text);
    serde_json::from_str(&text).map(Some).map_err(|_| Error::InvalidJson)
}

/// A header's text as Node and browsers read it: every byte a character (RFC 9110 §5.5).
pub(crate) fn latin1(value: &HeaderValue) -> String {
    // Nearly every header is ASCII, which is copied whole.
    match value.to_str() {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The query's fields; a name that comes more than once becomes an array.
pub(crate) fn query(query: Option<&str>) -> Map<String, Value> {
    let mut fields: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let value = Value::String(value.into_owned());
        match fields.get_mut(name.as_ref()) {
            None => {
                fields.insert(name.into_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => {
                let first_value = first.take();
                *first = Value::Array(vec![first_value, value]);
            }
        }
    }
    fields
}
