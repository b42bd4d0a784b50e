//! Several users signed in with one browser, and switching between them.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request, SessionNeed};
use crate::error::Error;
use crate::flow::session;
use crate::plugin::{Exchange, Plugin, SessionEnd};
use crate::plugin_cookie::{PluginCookie, cookie_names};
use crate::reply::Reply;
use crate::session::CurrentSession;
use crate::shape::{Kind, Shape};
use crate::types::SessionToken;
use crate::wire_error::WireError;

/// Lets a browser hold the sessions of several users, one of them active. The id is `multi-session`.
///
/// Each session has a cookie of its own beside the one of the active session. Signing in as another user leaves the
/// sessions that are there; signing in anew as one of them replaces that one; signing out ends them all.
///
/// Endpoints: `GET /multi-session/list-device-sessions`, `POST /multi-session/set-active`,
/// `POST /multi-session/revoke`.
#[derive(Debug, Clone)]
pub struct MultiSession {
    max_sessions: usize,
}

impl Default for MultiSession {
    fn default() -> Self {
        Self { max_sessions: 5 }
    }
}

const INVALID_SESSION_TOKEN: WireError =
    WireError::new(StatusCode::UNAUTHORIZED, "INVALID_SESSION_TOKEN", "Invalid session token");

impl MultiSession {
    /// Of five users at most.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many sessions a browser may hold (`maximumSessions`). Beyond them one can sign in, but the session is
    /// gone for the browser once another becomes active. Default: 5.
    #[must_use]
    pub fn max_sessions(mut self, max: usize) -> Self {
        self.max_sessions = max;
        self
    }

    /// The live sessions that the browser holds, one a user.
    ///
    /// # Errors
    /// [`Error::Store`] when the store fails.
    pub async fn device_sessions(auth: &Auth, headers: &HeaderMap) -> Result<Vec<CurrentSession>, Error> {
        let mut sessions: Vec<CurrentSession> = Vec::new();
        for (_, token) in held(auth, headers) {
            if let Some(found) = session::of_token(auth, token).await?
                && sessions.iter().all(|session| session.user.id != found.user.id)
            {
                sessions.push(found);
            }
        }
        Ok(sessions)
    }

    /// One of the sessions that a browser holds, by its token: to be made the active one, by
    /// [`give`](CurrentSession::give). `None` if it has ended.
    ///
    /// # Errors
    /// [`Error::Refused`], `INVALID_SESSION_TOKEN`, when the browser does not hold it; [`Error::Store`].
    pub async fn session(
        auth: &Auth,
        headers: &HeaderMap,
        token: &str,
    ) -> Result<Option<CurrentSession>, Error> {
        Ok(Self::chosen(auth, headers, token).await?.ok())
    }

    /// The session that is meant, or the cookie of one that has ended.
    async fn chosen(
        auth: &Auth,
        headers: &HeaderMap,
        token: &str,
    ) -> Result<Result<CurrentSession, PluginCookie>, Error> {
        let (cookie, token) = meant(auth, headers, token)?;
        Ok(session::of_token(auth, token).await?.ok_or(cookie))
    }

    /// Ends one of the sessions that a browser holds, by its token. `current` is the active one.
    ///
    /// # Errors
    /// [`Error::Refused`], `INVALID_SESSION_TOKEN`, when the browser does not hold it; whatever a plugin says;
    /// [`Error::Store`].
    pub async fn revoke(
        auth: &Auth,
        headers: &HeaderMap,
        current: &CurrentSession,
        token: &str,
    ) -> Result<Revoked, Error> {
        let (_, token) = meant(auth, headers, token)?;
        auth.end_session(&token, SessionEnd::Revoked, None).await?;
        if current.token != token {
            return Ok(Revoked::Another);
        }
        for (_, token) in held(auth, headers) {
            if let Some(next) = session::of_token(auth, token).await? {
                return Ok(Revoked::Active(Some(Box::new(next))));
            }
        }
        Ok(Revoked::Active(None))
    }
}

/// The cookie of the session that is meant, and its token; refused where the browser does not hold it.
fn meant(auth: &Auth, headers: &HeaderMap, token: &str) -> Result<(PluginCookie, SessionToken), Error> {
    let cookie = cookie_of(auth, token);
    let token = cookie.signed_value(headers).as_deref().and_then(SessionToken::parse);
    token.map(|token| (cookie, token)).ok_or(Error::Refused(INVALID_SESSION_TOKEN))
}

/// Which of a browser's sessions was ended.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Revoked {
    /// One that was not active.
    Another,
    /// The active one; and the one that takes its place, if the browser holds another that is live.
    Active(Option<Box<CurrentSession>>),
}

/// The cookie of one session among several. Cookies' names are in lower case, as better-auth has them.
fn cookie_of(auth: &Auth, token: &str) -> PluginCookie {
    let active = auth.session_cookie();
    let name = format!("{}_multi-{}", active.name(), token.to_lowercase());
    active.named(name)
}

/// The cookies of sessions that a request brings, whoever wrote them.
fn cookies(auth: &Auth, headers: &HeaderMap) -> Vec<PluginCookie> {
    let active = auth.session_cookie();
    let prefix = format!("{}_multi-", active.name());
    let mut names: Vec<&str> = Vec::new();
    for name in cookie_names(headers).filter(|name| name.starts_with(&prefix)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(|name| active.clone().named(name)).collect()
}

/// The tokens in those of them that this server wrote.
fn held(auth: &Auth, headers: &HeaderMap) -> Vec<(PluginCookie, SessionToken)> {
    let read = |cookie: PluginCookie| {
        let token = SessionToken::parse(&cookie.signed_value(headers)?)?;
        Some((cookie, token))
    };
    cookies(auth, headers).into_iter().filter_map(read).collect()
}

/// Ends the sessions that the browser holds, and takes them from it. One that cannot be ended keeps none of the others
/// alive, and makes the answer its error; the browser loses it like the active one, which goes whatever the store says.
async fn sign_all_out(auth: &Auth, held: Vec<(PluginCookie, SessionToken)>, reply: Reply) -> Reply {
    let (mut expired, mut failure) = (Vec::new(), None);
    for (cookie, token) in held {
        if let Err(error) = auth.sign_out(&token).await {
            error.log();
            failure = Some(error);
        }
        expired.extend(cookie.expire());
    }
    let done = match failure {
        Some(error) => Reply::error(&error).cookies(reply.retractions()),
        None => reply,
    };
    done.cookies(expired)
}

#[async_trait]
impl Plugin for MultiSession {
    fn id(&self) -> &'static str {
        "multi-session"
    }

    fn endpoints(self: Arc<Self>) -> Vec<Endpoint> {
        let body = || Shape::new().field("sessionToken", Kind::String);
        vec![
            Endpoint::get("/multi-session/list-device-sessions", list)
                .summary("Lists the live sessions that the browser holds"),
            Endpoint::post("/multi-session/set-active", set_active)
                .summary("Makes one of the browser's sessions the active one")
                .body(body()),
            Endpoint::post("/multi-session/revoke", revoke)
                .summary("Ends one of the browser's sessions")
                .body(body())
                .session(SessionNeed::Session),
        ]
    }

    async fn keeps_session(
        &self,
        auth: &Auth,
        headers: &HeaderMap,
        token: &SessionToken,
    ) -> Result<bool, Error> {
        Ok(held(auth, headers).iter().any(|(_, held)| held == token))
    }

    async fn after_request(
        &self,
        auth: &Auth,
        exchange: &Exchange<'_>,
        mut reply: Reply,
    ) -> Result<Reply, Error> {
        let held = || held(auth, exchange.headers);
        if exchange.route == "/sign-out" {
            // A refused request ends nothing: its origin may be another site's.
            return Ok(if reply.status().is_success() {
                sign_all_out(auth, held(), reply).await
            } else {
                reply
            });
        }
        let Some(given) = reply.session().cloned() else { return Ok(reply) };
        let cookie = cookie_of(auth, given.token.expose());
        let sent = cookies(auth, exchange.headers);
        if sent.iter().any(|sent| sent.name() == cookie.name()) {
            return Ok(reply);
        }
        // One session a user: the one before is replaced.
        let mut count = sent.len().saturating_add(1);
        for (replaced, token) in held() {
            let found = auth.store().session(&session::forms(auth, &token)).await?;
            if found.is_some_and(|(session, _)| session.user_id == given.user.id) {
                auth.end_session(&token, SessionEnd::Replaced, None).await?;
                reply = reply.cookies(replaced.expire());
                count = count.saturating_sub(1);
            }
        }
        if count > self.max_sessions {
            return Ok(reply);
        }
        // As the active session's cookie: gone with the browser where that one is.
        let is_unremembered = reply.set_cookie(auth.cookie("dont_remember").name()).is_some();
        let max_age = (!is_unremembered).then_some(auth.inner().session.expires_in);
        let line = cookie.set_signed(given.token.expose(), max_age);
        Ok(reply.cookies(line))
    }
}

async fn list(request: Request) -> Result<Reply, Error> {
    let sessions = MultiSession::device_sessions(&request.auth, &request.headers).await?;
    let schema = request.auth.schema();
    Ok(Reply::json(&sessions.iter().map(|session| session.view(schema)).collect::<Vec<_>>()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    session_token: String,
}

async fn set_active(mut request: Request) -> Result<Reply, Error> {
    let Body { session_token } = request.body()?;
    let (auth, headers) = (&request.auth, &request.headers);
    match MultiSession::chosen(auth, headers, &session_token).await? {
        Ok(chosen) => {
            let reply = Reply::json(&chosen.view(auth.schema()));
            chosen.give(reply, auth, headers).await
        }
        Err(dead) => Ok(Reply::refusal(&INVALID_SESSION_TOKEN).cookies(dead.expire())),
    }
}

async fn revoke(mut request: Request) -> Result<Reply, Error> {
    let Body { session_token } = request.body()?;
    let (auth, headers) = (&request.auth, &request.headers);
    let current = request.signed_in()?;
    let done = Reply::json(&json!({"status": true}));
    let done = done.cookies(cookie_of(auth, &session_token).expire());
    Ok(match MultiSession::revoke(auth, headers, current, &session_token).await? {
        Revoked::Another => done,
        Revoked::Active(Some(next)) => next.give(done, auth, headers).await?,
        Revoked::Active(None) => done.cookies(auth.sign_out_cookies(headers)),
    })
}
