//! An endpoint, declared once: method, path, what its body looks like, what it needs, who answers.
//! Routing, checks, limits and documents all read this one declaration.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::auth::Auth;
use crate::config::RateLimit;
use crate::error::Error;
use crate::reply::Reply;
use crate::session::CurrentSession;
use crate::shape::Shape;
use crate::wire_error::WireError;

/// The future of an answer.
pub(crate) type Answer = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send>>;

/// One operation under the base path.
#[derive(Clone)]
pub struct Endpoint {
    pub(crate) methods: Vec<Method>,
    pub(crate) path: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) media: &'static [&'static str],
    pub(crate) body: Option<Shape>,
    pub(crate) query: Option<Shape>,
    pub(crate) session: SessionNeed,
    pub(crate) limit: Option<RateLimit>,
    pub(crate) goes_uncounted: bool,
    pub(crate) guards_login: bool,
    pub(crate) errors: Vec<WireError>,
    pub(crate) is_documented: bool,
    /// The plugin that it is of; `None` for the core.
    pub(crate) plugin: Option<&'static str>,
    handler: Arc<dyn Fn(Request) -> Answer + Send + Sync>,
}

/// What an endpoint needs to know of who is calling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SessionNeed {
    /// Nothing.
    #[default]
    None,
    /// A session; a cached one will do.
    Session,
    /// A session, read from the store.
    Sensitive,
    /// A session, read from the store, younger than `fresh_age`.
    Fresh,
}

const JSON_ONLY: &[&str] = &["application/json"];
const FORM_OR_JSON: &[&str] = &["application/x-www-form-urlencoded", "application/json"];

impl Endpoint {
    /// An endpoint for one method.
    ///
    /// The path begins with `/` and is exact; a segment `:name` stands for any one segment.
    pub fn new<F, Fut>(method: Method, path: &'static str, handler: F) -> Self
    where
        F: Fn(Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Reply, Error>> + Send + 'static,
    {
        Self {
            methods: vec![method],
            path,
            summary: "",
            media: JSON_ONLY,
            body: None,
            query: None,
            session: SessionNeed::None,
            limit: None,
            goes_uncounted: false,
            guards_login: false,
            errors: Vec::new(),
            is_documented: true,
            plugin: None,
            handler: Arc::new(move |request| Box::pin(handler(request))),
        }
    }

    /// An endpoint for GET.
    pub fn get<F, Fut>(path: &'static str, handler: F) -> Self
    where
        F: Fn(Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Reply, Error>> + Send + 'static,
    {
        Self::new(Method::GET, path, handler)
    }

    /// An endpoint for POST.
    pub fn post<F, Fut>(path: &'static str, handler: F) -> Self
    where
        F: Fn(Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Reply, Error>> + Send + 'static,
    {
        Self::new(Method::POST, path, handler)
    }

    /// For another method too.
    #[must_use]
    pub fn also(mut self, method: Method) -> Self {
        self.methods.push(method);
        self
    }

    /// One line about it, for documents.
    #[must_use]
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// With a body of this shape.
    #[must_use]
    pub fn body(mut self, shape: Shape) -> Self {
        self.body = Some(shape);
        self
    }

    /// With a query of this shape.
    #[must_use]
    pub fn query(mut self, shape: Shape) -> Self {
        self.query = Some(shape);
        self
    }

    /// Takes HTML forms too.
    #[must_use]
    pub fn takes_forms(mut self) -> Self {
        self.media = FORM_OR_JSON;
        self
    }

    /// Must not be called by a foreign page even where there is no cookie yet to tell by: for endpoints
    /// that sign someone in, or send mail to an address of the caller's choice.
    #[must_use]
    pub fn guards_login(mut self) -> Self {
        self.guards_login = true;
        self
    }

    /// Leaves the body unread, whatever it is.
    #[must_use]
    pub fn ignores_body(mut self) -> Self {
        self.media = &[];
        self
    }

    /// Is answered where requests cannot be counted, since the storage does not answer. For what guesses nothing and costs little:
    /// everything else is refused then.
    pub(crate) fn goes_uncounted(mut self) -> Self {
        self.goes_uncounted = true;
        self
    }

    /// Needs a session.
    #[must_use]
    pub fn session(mut self, need: SessionNeed) -> Self {
        self.session = need;
        self
    }

    /// Is limited more strictly than by default.
    #[must_use]
    pub fn limit(mut self, limit: RateLimit) -> Self {
        self.limit = Some(limit);
        self
    }

    /// What may be answered instead, beside what every endpoint may: for documents.
    #[must_use]
    pub fn fails_with(mut self, errors: impl IntoIterator<Item = Error>) -> Self {
        self.errors.extend(errors.into_iter().map(|error| error.wire()));
        self
    }

    /// Stays out of documents.
    #[must_use]
    pub fn undocumented(mut self) -> Self {
        self.is_documented = false;
        self
    }

    /// The path as declared: the name of the route in limits, logs and documents.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// The methods it answers.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// What it needs to know of who is calling.
    pub fn session_need(&self) -> SessionNeed {
        self.session
    }

    /// The body's declared shape.
    pub fn body_shape(&self) -> Option<&Shape> {
        self.body.as_ref()
    }

    /// The query's declared shape.
    pub fn query_shape(&self) -> Option<&Shape> {
        self.query.as_ref()
    }

    /// The plugin that it is of; `None` for the core.
    pub fn plugin(&self) -> Option<&'static str> {
        self.plugin
    }

    pub(crate) fn call(&self, request: Request) -> Answer {
        (self.handler)(request)
    }
}

/// A handler that is given something of its own with each request: the plugin that the endpoint is of.
pub fn with<T, F, Fut>(own: &Arc<T>, handler: F) -> impl Fn(Request) -> Fut + Send + Sync + 'static
where
    T: Send + Sync + 'static,
    F: Fn(Arc<T>, Request) -> Fut + Send + Sync + 'static,
{
    let own = Arc::clone(own);
    move |request| handler(Arc::clone(&own), request)
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("methods", &self.methods)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// A request that has passed every check its endpoint declares.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The library, to act with.
    pub auth: Auth,
    /// The method.
    pub method: Method,
    /// The headers.
    pub headers: HeaderMap,
    /// The body's fields, checked against the declared shape.
    pub body: Map<String, Value>,
    /// The query's fields, checked likewise; a repeated one is an array.
    pub query: Map<String, Value>,
    /// What the path's `:name` segments stand for, decoded.
    pub params: Vec<(&'static str, String)>,
    /// Who is calling, as far as the connection tells.
    pub client: Client,
    /// Who is signed in; there if the endpoint needs it.
    pub session: Option<CurrentSession>,
}

impl Request {
    /// The body as a type. The shape was checked, so a failure is a mistake of the declaration.
    ///
    /// # Errors
    /// [`Error::Internal`] when the type asks for what the shape does not give.
    pub fn body<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let fields = Value::Object(std::mem::take(&mut self.body));
        serde_json::from_value(fields).map_err(|error| {
            // The text of the error may quote the input, a password among it: only its place is told.
            tracing::error!(line = error.line(), "a body of the declared shape does not fit its type");
            Error::Internal("body and shape differ")
        })
    }

    /// A text of the query; one that is empty, or given more than once, counts as none.
    pub fn query_text(&self, name: &str) -> Option<&str> {
        self.query.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Whether a flag of the query is set.
    pub fn flag(&self, name: &str) -> bool {
        self.query.get(name) == Some(&Value::Bool(true))
    }

    /// The session, for endpoints that need one.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] when the endpoint did not declare its need.
    pub fn signed_in(&self) -> Result<&CurrentSession, Error> {
        self.session.as_ref().ok_or(Error::Unauthorized)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// Who is calling, as far as the connection and its headers tell. Recorded in sessions and events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..Client::default()")]
pub struct Client {
    /// The address, if it could be told.
    pub address: Option<std::net::IpAddr>,
    /// The `User-Agent`, if one was sent.
    pub user_agent: Option<String>,
}

/// The address of the peer of the connection, which an adapter puts into the extensions of the
/// requests it hands to [`Auth::handle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an address and nothing else")]
pub struct PeerAddress(pub std::net::IpAddr);
