//! The page.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::{Html, IntoResponse};

/// Nothing from elsewhere, nothing to elsewhere, and in nobody's frame.
const POLICY: &str = "default-src 'none'; connect-src 'self'; img-src data:; script-src 'unsafe-inline'; \
                      style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /`.
pub(crate) async fn show() -> impl IntoResponse {
    let headers =
        [(CONTENT_SECURITY_POLICY, POLICY), (REFERRER_POLICY, "same-origin"), (CACHE_CONTROL, "no-cache")];
    (headers, Html(include_str!("../page/index.html")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_serves_the_page_by_the_same_policy() {
        let headers = include_str!("../page/_headers");
        assert!(headers.contains(&format!("Content-Security-Policy: {POLICY}\n")), "{headers}");
    }
}
