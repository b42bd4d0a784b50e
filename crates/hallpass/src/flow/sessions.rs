//! The sessions of a user: seeing them, ending them.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::json;

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request, SessionNeed};
use crate::error::Error;
use crate::events::SecurityEvent;
use crate::model::Session;
use crate::plugin::{Change, SessionEnd};
use crate::reply::Reply;
use crate::schema::{Schema, SessionView};
use crate::session::CurrentSession;
use crate::shape::{Kind, Shape};
use crate::types::{SessionToken, StoredToken, UserId};

/// A session of a user's, with what [`Auth::revoke_session`] takes to end it.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ListedSession {
    /// The session.
    pub session: Session,
    /// What names it: of the caller's own session its token, of any other a text that opens nothing. Only
    /// where tokens are stored plain it is the token of the others too, as better-auth has it.
    pub handle: String,
}

impl std::fmt::Debug for ListedSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The handle may be a token.
        f.debug_struct("ListedSession").field("session", &self.session).finish_non_exhaustive()
    }
}

impl ListedSession {
    /// As `/list-sessions` shows it, the handle in the place of the token. `schema` is [`Auth::schema`].
    pub fn view<'a>(&'a self, schema: &'a Schema) -> SessionView<'a> {
        self.session.view_as(&self.handle, schema)
    }
}

impl Auth {
    /// The live sessions of the user who is signed in, oldest first.
    ///
    /// # Errors
    /// [`Error::Stateless`]; [`Error::Store`] when the store fails.
    pub async fn list_sessions(&self, current: &CurrentSession) -> Result<Vec<ListedSession>, Error> {
        check_ends(self)?;
        let mut sessions = self.inner().store.sessions_of(&current.user.id, self.now()).await?;
        sessions.retain(|session| !self.inner().session.is_over(session, self.now()));
        sessions.reverse();
        let listed = sessions.into_iter().map(|session| {
            let is_own = session.token == current.session.token;
            let handle = if is_own {
                current.token.expose().to_owned()
            } else {
                handle(self, &session.token).into_owned()
            };
            ListedSession { session, handle }
        });
        Ok(listed.collect())
    }

    /// Ends a session of the user who is signed in, by its token or by the handle that
    /// [`list_sessions`](Self::list_sessions) gave. `false` if the user has no such session.
    ///
    /// # Errors
    /// [`Error::Stateless`]; [`Error::Store`]: whether the session has ended is then not known; and whatever a plugin
    /// says.
    pub async fn revoke_session(
        &self,
        current: &CurrentSession,
        handle_or_token: &str,
    ) -> Result<bool, Error> {
        check_ends(self)?;
        let sessions = self.inner().store.sessions_of(&current.user.id, self.now()).await?;
        let presented = SessionToken::parse(handle_or_token);
        let is_meant = |session: &Session| {
            handle(self, &session.token) == handle_or_token
                || presented
                    .as_ref()
                    .is_some_and(|token| session.token == token.hashed() || session.token == token.plain())
        };
        let Some(session) = sessions.into_iter().find(is_meant) else { return Ok(false) };
        end(self, &session, SessionEnd::Revoked).await
    }

    /// Ends every session of a user, on every device, and says how many there were.
    ///
    /// # Errors
    /// [`Error::Stateless`]; [`Error::Store`]: which sessions have ended is then not known; and whatever a plugin
    /// says.
    pub async fn revoke_sessions(&self, user: &UserId) -> Result<u64, Error> {
        check_ends(self)?;
        end_all(self, user, None, SessionEnd::Revoked).await
    }

    /// Ends every session of the user who is signed in but this one, and says how many there were.
    ///
    /// # Errors
    /// [`Error::Stateless`]; [`Error::Store`]: which sessions have ended is then not known; and whatever a plugin
    /// says.
    pub async fn revoke_other_sessions(&self, current: &CurrentSession) -> Result<u64, Error> {
        check_ends(self)?;
        end_all(self, &current.user.id, Some(&current.session.token), SessionEnd::Revoked).await
    }
}

/// Ends a session; `false` if it had ended.
pub(crate) async fn end(auth: &Auth, session: &Session, reason: SessionEnd) -> Result<bool, Error> {
    auth.before(&mut Change::DeleteSession { session, reason }).await?;
    let ended = auth.inner().store.delete_session(&session.token.clone().into()).await?;
    if ended {
        auth.after(&Change::DeleteSession { session, reason }).await;
        let (user, session) = (session.user_id.clone(), session.id.clone());
        auth.emit(&SecurityEvent::SessionRevoked { user, session });
    }
    Ok(ended)
}

/// Ends every session of a user but one, and says how many there were. For flows; of a stateless server's sessions
/// that ends those that nothing but this process's memory knows.
pub(crate) async fn end_all(
    auth: &Auth,
    user: &UserId,
    except: Option<&StoredToken>,
    reason: SessionEnd,
) -> Result<u64, Error> {
    auth.before(&mut Change::DeleteSessions { user, except, reason }).await?;
    let count = auth.inner().store.delete_sessions_of(user, except).await?;
    if count > 0 {
        auth.after(&Change::DeleteSessions { user, except, reason }).await;
        auth.emit(&SecurityEvent::SessionsRevoked { user: user.clone(), count });
    }
    Ok(count)
}

/// Whether sessions can be seen and ended from elsewhere than their own browser.
///
/// # Errors
/// [`Error::Stateless`].
pub(crate) fn check_ends(auth: &Auth) -> Result<(), Error> {
    if auth.is_stateless() { Err(Error::Stateless) } else { Ok(()) }
}

/// What names a session to its user without opening it. A token that better-auth stored plain is shown as
/// plain only where this server stores them so.
fn handle<'a>(auth: &Auth, stored: &'a StoredToken) -> Cow<'a, str> {
    match SessionToken::parse(stored.as_str()) {
        Some(plain) if !stored.is_hashed() && !auth.stores_plain_tokens() => {
            Cow::Owned(plain.hashed().as_str().to_owned())
        }
        _ => Cow::Borrowed(stored.as_str()),
    }
}

/// The endpoints.
pub(crate) fn endpoints() -> [Endpoint; 4] {
    [
        Endpoint::get("/list-sessions", list)
            .summary("Lists the live sessions of the user")
            .session(SessionNeed::Fresh),
        Endpoint::post("/revoke-session", revoke)
            .summary("Ends one session of the user")
            .body(Shape::new().field("token", Kind::String))
            .session(SessionNeed::Sensitive),
        Endpoint::post("/revoke-sessions", revoke_every)
            .summary("Ends every session of the user")
            .session(SessionNeed::Sensitive),
        Endpoint::post("/revoke-other-sessions", revoke_others)
            .summary("Ends every session of the user but this one")
            .session(SessionNeed::Sensitive),
    ]
}

async fn list(request: Request) -> Result<Reply, Error> {
    let sessions = request.auth.list_sessions(request.signed_in()?).await?;
    let schema = request.auth.schema();
    Ok(Reply::json(&sessions.iter().map(|session| session.view(schema)).collect::<Vec<_>>()))
}

#[derive(Deserialize)]
struct Body {
    token: String,
}

async fn revoke(mut request: Request) -> Result<Reply, Error> {
    let Body { token } = request.body()?;
    let current = request.signed_in()?;
    let is_own = SessionToken::parse(&token).is_some_and(|token| token == current.token)
        || handle(&request.auth, &current.session.token) == token;
    if is_own && request.auth.is_stateless() {
        request.auth.end_session(&current.token, SessionEnd::Revoked, Some(&request.headers)).await?;
    } else {
        request.auth.revoke_session(current, &token).await?;
    }
    let done = Reply::json(&json!({"status": true}));
    Ok(if is_own { done.cookies(request.auth.sign_out_cookies(&request.headers)) } else { done })
}

async fn revoke_every(request: Request) -> Result<Reply, Error> {
    request.auth.revoke_sessions(&request.signed_in()?.user.id).await?;
    Ok(Reply::json(&json!({"status": true})).cookies(request.auth.sign_out_cookies(&request.headers)))
}

async fn revoke_others(request: Request) -> Result<Reply, Error> {
    request.auth.revoke_other_sessions(request.signed_in()?).await?;
    Ok(Reply::json(&json!({"status": true})))
}
