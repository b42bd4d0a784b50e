//! What `/get-session` shows, made by the app.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use serde_json::{Map, Value};

use crate::auth::Auth;
use crate::error::Error;
use crate::plugin::{Exchange, Plugin};
use crate::plugins::MultiSession;
use crate::reply::Reply;
use crate::session::CurrentSession;

/// Makes what clients are shown of a session.
#[async_trait]
pub trait ShowSession: Send + Sync + 'static {
    /// What to show in the place of `{"session":{…},"user":{…}}`, which is
    /// [`current.view(auth.schema())`](CurrentSession::view). What is there is public to the page.
    ///
    /// # Errors
    /// Any error is the answer.
    async fn show(&self, auth: &Auth, current: &CurrentSession) -> Result<Value, Error>;
}

/// `/get-session` answers with what the app makes of session and user: roles beside them, fields left out. The id is
/// `custom-session`.
///
/// The app is asked at every request, also where the session comes from the cookie cache. Nobody signed in is `null`
/// as ever. A clone of the plugin gives the app's own code the same by [`show`](Self::show).
#[derive(Clone)]
pub struct CustomSession {
    shape: Arc<dyn ShowSession>,
    shows_lists: bool,
}

impl fmt::Debug for CustomSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomSession").field("shows_lists", &self.shows_lists).finish_non_exhaustive()
    }
}

impl CustomSession {
    /// With what `shape` makes of sessions.
    pub fn new(shape: impl ShowSession) -> Self {
        Self { shape: Arc::new(shape), shows_lists: false }
    }

    /// Shows the sessions of `/multi-session/list-device-sessions` in this way too
    /// (`shouldMutateListDeviceSessionsEndpoint`). Default: no.
    #[must_use]
    pub fn show_device_sessions(mut self) -> Self {
        self.shows_lists = true;
        self
    }

    /// What clients are shown of a session.
    ///
    /// # Errors
    /// Whatever the app says.
    pub async fn show(&self, auth: &Auth, current: &CurrentSession) -> Result<Value, Error> {
        self.shape.show(auth, current).await
    }
}

const NEEDS_REFRESH: &str = "needsRefresh";

#[async_trait]
impl Plugin for CustomSession {
    fn id(&self) -> &'static str {
        "custom-session"
    }

    async fn after_request(
        &self,
        auth: &Auth,
        exchange: &Exchange<'_>,
        reply: Reply,
    ) -> Result<Reply, Error> {
        let shown = match exchange.route {
            "/get-session" => {
                let Some(current) = reply.shown_session() else { return Ok(reply) };
                let mut shown = self.show(auth, current).await?;
                // What deferred refreshing tells the client is no part of the session.
                let before: Option<Map<String, Value>> = serde_json::from_slice(reply.body()).ok();
                if let Some(flag) = before.and_then(|mut fields| fields.remove(NEEDS_REFRESH))
                    && let Value::Object(fields) = &mut shown
                {
                    fields.entry(NEEDS_REFRESH).or_insert(flag);
                }
                shown
            }
            "/multi-session/list-device-sessions" if self.shows_lists && reply.status() == StatusCode::OK => {
                let mut shown = Vec::new();
                for session in MultiSession::device_sessions(auth, exchange.headers).await? {
                    shown.push(self.show(auth, &session).await?);
                }
                Value::Array(shown)
            }
            _ => return Ok(reply),
        };
        Ok(reply.body_is(shown.to_string()))
    }
}
