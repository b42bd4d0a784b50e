//! `/ok` and `/error`.

use form_urlencoded::Serializer;
use serde_json::{Value, json};

use crate::endpoint::{Endpoint, Request};
use crate::error::Error;
use crate::reply::Reply;

/// `GET /ok`: the server answers.
pub(crate) fn ok_endpoint() -> Endpoint {
    Endpoint::get("/ok", ok).summary("Tells that the server answers")
}

async fn ok(_: Request) -> Result<Reply, Error> {
    Ok(Reply::json(&json!({"ok": true})))
}

/// `GET /error`: where a browser ends up when a redirect flow fails. It is sent on to the page that
/// the app configured, else to the site's root.
pub(crate) fn error_endpoint() -> Endpoint {
    Endpoint::get("/error", error).summary("Sends a browser on to the page that shows errors")
}

async fn error(request: Request) -> Result<Reply, Error> {
    let first = |name: &str| match request.query.get(name)? {
        Value::String(text) => Some(text.as_str()),
        Value::Array(texts) => texts.first()?.as_str(),
        _ => None,
    };
    let code = first("error").filter(|code| is_code(code)).unwrap_or("UNKNOWN");
    let mut query = Serializer::new(String::new());
    query.append_pair("error", code);
    if let Some(description) = first("error_description").filter(|text| !text.is_empty()) {
        query.append_pair("error_description", description);
    }
    let query = query.finish();
    let target = match &request.auth.inner().error_url {
        Some(page) => append_query(page, &query),
        None => format!("/?{query}"),
    };
    Ok(Reply::redirect(&target))
}

/// What may stand in a page's text and address as it is: `/^['A-Za-z0-9_-]+$/`.
fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"'_-".contains(&b))
}

/// Appends to the query of an absolute or root-relative URL, ahead of its fragment.
fn append_query(url: &str, query: &str) -> String {
    let (head, fragment) = match url.split_once('#') {
        Some((head, fragment)) => (head, format!("#{fragment}")),
        None => (url, String::new()),
    };
    let separator = match head.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, there)) if there.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{head}{separator}{query}{fragment}")
}

#[cfg(test)]
mod tests {
    use super::append_query;

    #[test]
    fn the_query_goes_ahead_of_the_fragment_and_after_what_is_there() {
        for (url, expected) in [
            ("/e", "/e?error=x"),
            ("/e?a=1", "/e?a=1&error=x"),
            ("/e?a=1&", "/e?a=1&error=x"),
            ("/e?", "/e?error=x"),
            ("https://h/e#top", "https://h/e?error=x#top"),
        ] {
            assert_eq!(append_query(url, "error=x"), expected);
        }
    }
}
