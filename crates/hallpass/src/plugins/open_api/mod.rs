//! An OpenAPI document of the endpoints, and a page that shows it.

mod document;
mod page;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};

pub use self::page::ReferenceScript;
use crate::endpoint::{Endpoint, Request, with};
use crate::error::Error;
use crate::plugin::Plugin;
use crate::random::alphanumeric;
use crate::reply::Reply;
use crate::wire_error::WireError;

/// `GET /open-api/generate-schema`, an OpenAPI 3.1 document made from the declarations of the endpoints that are
/// there, and `GET /reference`, a page that shows it. Anyone may read both: they tell no more than a client could
/// find out.
#[derive(Debug, Clone)]
pub struct OpenApi {
    path: &'static str,
    has_reference: bool,
    theme: Cow<'static, str>,
    script: ReferenceScript,
}

impl Default for OpenApi {
    fn default() -> Self {
        Self {
            path: "/reference",
            has_reference: true,
            theme: Cow::Borrowed("default"),
            script: ReferenceScript::default(),
        }
    }
}

impl OpenApi {
    /// With the page at `/reference`.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the page at another path, which begins with `/`.
    #[must_use]
    pub fn path(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    /// With the page in another of Scalar's themes: `alternate`, `moon`, `purple`, `solarized` …
    #[must_use]
    pub fn theme(mut self, theme: impl Into<Cow<'static, str>>) -> Self {
        self.theme = theme.into();
        self
    }

    /// With the page's script from elsewhere, the app's own server for one.
    #[must_use]
    pub fn script(mut self, script: ReferenceScript) -> Self {
        self.script = script;
        self
    }

    /// Without the page: its path is 404.
    #[must_use]
    pub fn without_reference(mut self) -> Self {
        self.has_reference = false;
        self
    }
}

impl Plugin for OpenApi {
    fn id(&self) -> &'static str {
        "open-api"
    }

    fn endpoints(self: Arc<Self>) -> Vec<Endpoint> {
        vec![
            Endpoint::get("/open-api/generate-schema", describe)
                .summary("Describes the endpoints")
                .undocumented(),
            Endpoint::get(self.path, with(&self, show))
                .summary("Shows the endpoints to people")
                .undocumented(),
        ]
    }
}

async fn describe(request: Request) -> Result<Reply, Error> {
    Ok(Reply::json(&document::of(&request.auth)))
}

async fn show(plugin: Arc<OpenApi>, request: Request) -> Result<Reply, Error> {
    if !plugin.has_reference {
        return Err(Error::Refused(WireError::bare(StatusCode::NOT_FOUND)));
    }
    let nonce = alphanumeric(request.auth.random(), 32);
    let html = page::html(&document::of(&request.auth), &plugin.theme, &plugin.script, &nonce);
    let policy = HeaderValue::try_from(page::policy(&nonce))
        .map_err(|_| Error::Internal("a policy that is no header"))?;
    let text = HeaderValue::from_static("text/html");
    Ok(Reply::with_body(StatusCode::OK, text, Bytes::from(html))
        .header(CONTENT_SECURITY_POLICY, policy)
        .header(REFERRER_POLICY, HeaderValue::from_static("no-referrer"))
        .header(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
}
