//! Who is signed in, and keeping it so.

use http::header::{HeaderValue, PRAGMA};
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;

use crate::auth::Auth;
use crate::cookie_cache::Cached;
use crate::endpoint::{Endpoint, Request};
use crate::error::Error;
use crate::flow::session;
use crate::memory::MemoryStore;
use crate::model::{Session, User};
use crate::pipeline::{only_reads, sets_session};
use crate::plugin::Change;
use crate::reply::{Reply, without_retractions};
use crate::schema::FieldOrder;
use crate::session::{CurrentSession, CurrentSessionView, SetCookies};
use crate::shape::{Kind, Shape};
use crate::store::{StoreError, UserStore};
use crate::types::TokenForms;
use crate::wire_error::WireError;

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
    /// With a [`CookieCache`](crate::CookieCache) the browser's cookie may tell it, and the store is not asked:
    /// [`CurrentSession::is_cached`] says so. [`session`](Self::session) always asks the store.
    ///
    /// # Errors
    /// [`Error::Store`] when the store fails; [`Error::SessionLost`] when the session ended between
    /// being read and being refreshed: the browser should then get
    /// [`sign_out_cookies`](Self::sign_out_cookies); and whatever a plugin says.
    pub async fn get_session(&self, headers: &HeaderMap, refresh: Refresh) -> Result<SessionAnswer, Error> {
        get(self, headers, Look { refresh, reads_cache: true, stays: refresh == Refresh::Never }).await
    }
}

impl Auth {
    /// Asks the store about a session that the browser's cookie may have told, before anything is done on its
    /// behalf; `None` if it has ended meanwhile. `headers` are those that brought it. Where there is no store
    /// ([`stateless`](Self::stateless)) the cookie's word stands; of the user that of this process's memory, unless the
    /// cookie is younger.
    ///
    /// # Errors
    /// [`Error::Store`] when the store fails, and whatever a plugin says that reads who is calling.
    pub async fn confirm(
        &self,
        headers: &HeaderMap,
        current: CurrentSession,
    ) -> Result<Option<CurrentSession>, Error> {
        if !current.is_cached() {
            return Ok(Some(current));
        }
        if let Some(memory) = &self.inner().memory {
            return Ok(Some(current.known_by(memory).await?));
        }
        let is_of_cookie = current.is_of_cookie();
        let found = self.session(headers).await?;
        Ok(if is_of_cookie { found.map(CurrentSession::confirmed) } else { found })
    }
}

impl CurrentSession {
    /// The session as a stateless server believes it: of the user the cookie may say what was so before, as that an
    /// address is unproven.
    pub(crate) async fn known_by(self, memory: &MemoryStore) -> Result<Self, StoreError> {
        let kept = memory.user(&self.user.id).await?;
        Ok(match kept.filter(|kept| kept.updated_at >= self.user.updated_at) {
            Some(user) => self.with_user(user, FieldOrder::Cached),
            None => self,
        }
        .confirmed())
    }
}

/// How to look for a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) refresh: Refresh,
    /// Whether the browser's cookie may tell it.
    pub(crate) reads_cache: bool,
    /// Whether the session, and the browser's cookies, are left as they are, if it is a good one.
    pub(crate) stays: bool,
}

pub(crate) async fn get(auth: &Auth, headers: &HeaderMap, look: Look) -> Result<SessionAnswer, Error> {
    let inner = auth.inner();
    let Look { refresh, reads_cache, stays } = look;
    let mut cookies = SetCookies::default();
    if !inner.cookies.is_caching() {
        // Cached session data that another configuration, or another server, left with the browser.
        inner.cookies.clear_data(&mut cookies, headers);
    }
    let Some(token) = session::presented(auth, headers).await? else {
        return Ok(SessionAnswer::of(None, cookies));
    };
    let now = inner.clock.now();
    let forms = session::forms(auth, &token);
    // Of a session of before a restart there is nothing to ask but the cookie: a mere link must not sign anybody out.
    let is_only_in_cookie = || inner.memory.as_ref().is_some_and(|memory| !memory.knows_session(&forms));
    if reads_cache || is_only_in_cookie() {
        match inner.cookies.cached(headers, &token, session::stored_form(auth, &token), now) {
            Cached::Nothing => {}
            Cached::Void => inner.cookies.expire_cached(&mut cookies),
            Cached::Live { current, .. } if inner.session.is_over(&current.session, now) => {
                inner.cookies.expire_cached(&mut cookies);
            }
            Cached::Live { current, is_due } => {
                if is_due {
                    let view = current.view(auth.schema());
                    inner.cookies.renew_cached(&mut cookies, view, headers, (now, auth.random()));
                }
                return Ok(SessionAnswer::of(Some(*current), cookies));
            }
        }
    }
    let (found, is_copy) = stored(auth, &forms, reads_cache).await?;
    let is_dead = found.as_ref().is_some_and(|(session, _)| inner.session.is_over(session, now));
    let Some((mut session, user)) = found.filter(|_| !is_dead) else {
        if is_dead && refresh != Refresh::Later {
            inner.store.delete_session(&forms).await?;
        }
        inner.cookies.clear(&mut cookies, headers);
        return Ok(SessionAnswer::of(None, cookies));
    };
    if stays || inner.cookies.is_unremembered(headers) {
        let current = CurrentSession::new(session, user, token).copied_if(is_copy);
        return Ok(SessionAnswer::of(Some(current), cookies));
    }

    let renewed = inner.session.renewed(&session, now).filter(|_| refresh != Refresh::Never);
    let (at, schema) = ((now, auth.random()), auth.schema());
    if let Some(expires_at) = renewed.filter(|_| refresh == Refresh::Now) {
        session.expires_at = expires_at;
        session.updated_at = now;
        auth.before(&mut Change::UpdateSession { session: &mut session }).await?;
        session.expires_at = inner.session.capped(&session, session.expires_at);
        if !inner.store.touch_session(&session.token, session.expires_at, session.updated_at).await? {
            return Err(Error::SessionLost);
        }
        auth.after(&Change::UpdateSession { session: &mut session }).await;
        let view = CurrentSessionView::new(session.view(&token, schema), user.view(schema));
        inner.cookies.set(&mut cookies, view, true, Some(headers), at);
    } else {
        let view = CurrentSessionView::new(session.view(&token, schema), user.view(schema));
        inner.cookies.set_cached(&mut cookies, view, true, Some(headers), at);
    }
    let needs_refresh = renewed.is_some() && refresh == Refresh::Later;
    let current = CurrentSession::new(session, user, token).copied_if(is_copy);
    Ok(SessionAnswer { needs_refresh, ..SessionAnswer::of(Some(current), cookies) })
}

/// The session as the store has it, or a recent copy of it; and whether it is one.
async fn stored(
    auth: &Auth,
    token: &TokenForms,
    reads_cache: bool,
) -> Result<(Option<(Session, User)>, bool), Error> {
    let inner = auth.inner();
    if let Some(cache) = inner.session_cache.as_ref().filter(|_| reads_cache)
        && let Some((session, user, is_copy)) = cache.recent(token).await?
        // The store may know that it was prolonged.
        && !(is_copy && inner.session.is_over(&session, auth.now()))
    {
        return Ok((Some((session, user)), is_copy));
    }
    Ok((inner.store.session(token).await?, false))
}

impl SessionAnswer {
    fn of(current: Option<CurrentSession>, cookies: SetCookies) -> Self {
        Self { current, needs_refresh: false, cookies: cookies.into_iter().collect() }
    }

    /// The cookies that go out with what another route than `/get-session` answers. Without a cookie cache that is
    /// the last, as with better-auth: the token if it was renewed; any before that only tidy up.
    pub(crate) fn cookies_beside(&self, auth: &Auth) -> Vec<HeaderValue> {
        if auth.inner().cookies.is_caching() {
            without_retractions(&self.cookies)
        } else {
            self.cookies.last().cloned().into_iter().collect()
        }
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
        // A token is not found by trying, and who is signed in stays so.
        .goes_uncounted()
        .query(query)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Deferred<'a> {
    #[serde(flatten)]
    session: CurrentSessionView<'a>,
    needs_refresh: bool,
}

const NOT_LOOKED_UP: WireError =
    WireError::new(StatusCode::INTERNAL_SERVER_ERROR, "FAILED_TO_GET_SESSION", "Failed to get session");

async fn handle(request: Request) -> Result<Reply, Error> {
    let pragma = |reply: Reply| reply.header(PRAGMA, HeaderValue::from_static("no-cache"));
    let is_deferred = request.auth.inner().session.defer_refresh;
    let is_post = request.method == Method::POST;
    if is_post && !is_deferred {
        return Ok(pragma(Reply::error(&Error::RefreshNotDeferred)));
    }
    let refresh = request.auth.refresh_for(&request.method);
    let stays = request.flag("disableRefresh");
    let look = Look { refresh, reads_cache: !request.flag("disableCookieCache"), stays };
    let answer = match get(&request.auth, &request.headers, look).await {
        Ok(answer) => answer,
        Err(error @ Error::SessionLost) => {
            let cookies = request.auth.sign_out_cookies(&request.headers);
            return Ok(pragma(Reply::error(&error).cookies(cookies)));
        }
        Err(error @ Error::Store(_)) => {
            error.log();
            return Ok(pragma(Reply::refusal(&NOT_LOOKED_UP)));
        }
        Err(error) => return Err(error),
    };
    let may_be_due = refresh == Refresh::Later
        && !stays
        && !request.auth.inner().cookies.is_unremembered(&request.headers)
        && answer.current.as_ref().is_some_and(|current| !current.is_of_cookie());
    let view = answer.current.as_ref().map(|current| current.view(request.auth.schema()));
    let reply = match view {
        Some(session) if may_be_due => {
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
