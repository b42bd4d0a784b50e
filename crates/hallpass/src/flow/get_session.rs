//! Who is signed in, and keeping it so.

use http::header::{HeaderValue, PRAGMA};
use http::{HeaderMap, Method};
use serde::Serialize;

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request};
use crate::error::Error;
use crate::flow::session;
use crate::pipeline::{only_reads, sets_session};
use crate::plugin::Change;
use crate::reply::Reply;
use crate::session::{CurrentSession, CurrentSessionView, SetCookies};
use crate::shape::{Kind, Shape};

/// What [`Auth::get_session`] found, with the `Set-Cookie` values that the browser must get.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct SessionAnswer {
    /// Who is signed in.
    pub current: Option<CurrentSession>,
    /// Whether the session is old enough to be refreshed and was not, this call having been told not
    /// to write.
    pub needs_refresh: bool,
    /// `Set-Cookie` values: a refreshed session, or one taken away.
    pub cookies: Vec<HeaderValue>,
}

/// What [`Auth::get_session`] does about a session that is older than `update_age`, or expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refresh {
    /// Moves its expiry, and deletes an expired one.
    Now,
    /// Writes nothing, and says whether there is something to be done.
    Later,
    /// Leaves its expiry as it is.
    Never,
}

impl Auth {
    /// What a request of this method may do about a session that is due to be refreshed: with
    /// `defer_refresh` one that only reads leaves it to the next that does not.
    pub fn refresh_for(&self, method: &Method) -> Refresh {
        if self.inner().session.defer_refresh && only_reads(method) { Refresh::Later } else { Refresh::Now }
    }

    /// Who is signed in, by the headers of a request; and, once a session is older than `update_age`,
    /// moves its expiry as `refresh` says. The session of a user who asked not to be remembered is
    /// left as it is.
    ///
    /// # Errors
    /// [`Error::Store`] when the store fails; [`Error::SessionLost`] when the session ended between
    /// being read and being refreshed: the browser should then get
    /// [`sign_out_cookies`](Self::sign_out_cookies).
    pub async fn get_session(&self, headers: &HeaderMap, refresh: Refresh) -> Result<SessionAnswer, Error> {
        let inner = self.inner();
        let mut cookies = SetCookies::default();
        // Cached session data that another configuration, or another server, left with the browser.
        inner.cookies.clear_data(&mut cookies, headers);
        let Some(token) = session::presented(self, headers).await? else {
            return Ok(SessionAnswer { cookies: cookies.into_iter().collect(), ..SessionAnswer::default() });
        };
        let forms = session::forms(self, &token);
        let now = inner.clock.now();
        let found = inner.store.session(&forms).await?;
        let is_dead = found.as_ref().is_some_and(|(session, _)| session.is_expired(now));
        let Some((mut session, user)) = found.filter(|_| !is_dead) else {
            if is_dead && refresh != Refresh::Later {
                inner.store.delete_session(&forms).await?;
            }
            inner.cookies.clear(&mut cookies, headers);
            return Ok(SessionAnswer { cookies: cookies.into_iter().collect(), ..SessionAnswer::default() });
        };

        let age_is_due =
            session.expires_at.minus(inner.session.expires_in).plus(inner.session.update_age) <= now;
        let is_due = age_is_due
            && inner.session.refresh
            && refresh != Refresh::Never
            && !inner.cookies.is_unremembered(headers);
        if is_due && refresh == Refresh::Now {
            session.expires_at = now.plus(inner.session.expires_in);
            session.updated_at = now;
            self.before(&mut Change::UpdateSession { session: &mut session }).await?;
            if !inner.store.touch_session(&session.token, session.expires_at, session.updated_at).await? {
                return Err(Error::SessionLost);
            }
            self.after(&Change::UpdateSession { session: &mut session }).await;
            inner.cookies.set(&mut cookies, &token, true, Some(headers));
        }
        Ok(SessionAnswer {
            current: Some(CurrentSession::new(session, user, token)),
            needs_refresh: is_due && refresh == Refresh::Later,
            cookies: cookies.into_iter().collect(),
        })
    }
}

/// `GET /get-session`; and POST, where refreshing is deferred to it.
pub(crate) fn endpoint() -> Endpoint {
    let query =
        Shape::new().optional("disableCookieCache", Kind::Flag).optional("disableRefresh", Kind::Flag);
    Endpoint::get("/get-session", handle)
        .also(Method::POST)
        .summary("Tells who is signed in, and keeps the session alive")
        .ignores_body()
        .query(query)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Deferred<'a> {
    #[serde(flatten)]
    session: CurrentSessionView<'a>,
    needs_refresh: bool,
}

async fn handle(request: Request) -> Result<Reply, Error> {
    let pragma = |reply: Reply| reply.header(PRAGMA, HeaderValue::from_static("no-cache"));
    let is_deferred = request.auth.inner().session.defer_refresh;
    let is_post = request.method == Method::POST;
    if is_post && !is_deferred {
        return Ok(pragma(Reply::error(&Error::RefreshNotDeferred)));
    }
    let is_left =
        request.flag("disableRefresh") || request.auth.inner().cookies.is_unremembered(&request.headers);
    let refresh = match request.auth.refresh_for(&request.method) {
        Refresh::Now if is_left => Refresh::Never,
        refresh => refresh,
    };
    let answer = match request.auth.get_session(&request.headers, refresh).await {
        Ok(answer) => answer,
        Err(error @ Error::SessionLost) => {
            let cookies = request.auth.sign_out_cookies(&request.headers);
            return Ok(pragma(Reply::error(&error).cookies(cookies)));
        }
        Err(error) => return Err(error),
    };
    let view = answer.current.as_ref().map(|current| current.view(request.auth.schema()));
    let reply = match view {
        Some(session) if refresh == Refresh::Later && !is_left => {
            Reply::json(&Deferred { session, needs_refresh: answer.needs_refresh })
        }
        view => Reply::json(&view),
    };
    let reply = pragma(reply.cookies(answer.cookies));
    Ok(match answer.current {
        Some(kept) if sets_session(&request.auth, &reply) => reply.keeps(kept.clone()).shows(kept),
        Some(shown) => reply.shows(shown),
        None => reply,
    })
}
