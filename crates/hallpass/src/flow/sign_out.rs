//! Signing out.

use http::HeaderMap;
use http::header::HeaderValue;
use serde_json::json;

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request};
use crate::error::Error;
use crate::events::SecurityEvent;
use crate::flow::session;
use crate::plugin::{Change, SessionEnd};
use crate::reply::Reply;
use crate::session::SetCookies;
use crate::shape::{Kind, Shape};
use crate::types::SessionToken;

impl Auth {
    /// Ends the session of a token, at once and for good. `false` if there was none.
    ///
    /// Of a [stateless](Self::stateless) server only the browser's cookies hold a session: it is signed out by the
    /// [cookies](Self::sign_out_cookies), and whoever has a copy of them is not.
    ///
    /// # Errors
    /// Whatever a plugin says; [`Error::Store`]: whether the session has ended is then not known.
    pub async fn sign_out(&self, token: &SessionToken) -> Result<bool, Error> {
        self.end_session(token, SessionEnd::SignedOut, None).await
    }

    /// Ends the session of a token; `false` if there was none. `headers` are those that brought it, if a request did:
    /// of a stateless server's session there may be no other record.
    pub(crate) async fn end_session(
        &self,
        token: &SessionToken,
        reason: SessionEnd,
        headers: Option<&HeaderMap>,
    ) -> Result<bool, Error> {
        let store = &self.inner().store;
        let forms = session::forms(self, token);
        // Read only to be able to say whose session it was; the deletion alone decides.
        let mut found = store.session(&forms).await?;
        let mut is_in_cookie = false;
        if found.is_none()
            && self.is_stateless()
            && let Some(headers) = headers
            && let Some(current) = self.session(headers).await?.filter(|current| current.token == *token)
        {
            found = Some((current.session, current.user));
            is_in_cookie = true;
        }
        if let Some((session, _)) = &found {
            self.before(&mut Change::DeleteSession { session, reason }).await?;
        }
        let ended = store.delete_session(&forms).await? || is_in_cookie;
        if let Some((session, user)) = found.filter(|_| ended) {
            if let Some(memory) = &self.inner().memory {
                memory.remember_end(&session);
            }
            self.after(&Change::DeleteSession { session: &session, reason }).await;
            self.emit(&SecurityEvent::SessionRevoked { user: user.id, session: session.id });
        }
        Ok(ended)
    }

    /// The `Set-Cookie` values that take the session from a browser. `request` are the headers it sent.
    pub fn sign_out_cookies(&self, request: &HeaderMap) -> Vec<HeaderValue> {
        let mut out = SetCookies::default();
        self.inner().cookies.clear(&mut out, request);
        out.into_iter().collect()
    }
}

/// `POST /sign-out`.
pub(crate) fn endpoint() -> Endpoint {
    let body = Shape::new()
        .optional("callbackURL", Kind::String)
        .optional("disableRedirect", Kind::Boolean)
        .optional("state", Kind::String)
        .absent_is_empty();
    Endpoint::post("/sign-out", handle).summary("Ends the session").body(body)
}

async fn handle(request: Request) -> Result<Reply, Error> {
    let cookies = request.auth.sign_out_cookies(&request.headers);
    let ended = async {
        match session::presented(&request.auth, &request.headers).await? {
            Some(token) => {
                request.auth.end_session(&token, SessionEnd::SignedOut, Some(&request.headers)).await
            }
            None => Ok(false),
        }
    };
    // The browser forgets the session whatever happens; but that it ended is said only if it did.
    Ok(match ended.await {
        Ok(_) => Reply::json(&json!({"success": true})),
        Err(error) => {
            error.log();
            Reply::error(&error)
        }
    }
    .cookies(cookies))
}
