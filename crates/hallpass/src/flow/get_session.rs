//! Who is signed in, and keeping it so.

use http::header::{HeaderValue, PRAGMA};
use http::{HeaderMap, Method};

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request};
use crate::error::Error;
use crate::flow::session;
use crate::reply::Reply;
use crate::session::{CurrentSession, SetCookies};
use crate::shape::{Kind, Shape};

/// What [`Auth::get_session`] found, with the `Set-Cookie` values that the browser must get.
#[derive(Debug)]
#[non_exhaustive]
pub struct SessionAnswer {
    /// Who is signed in.
    pub current: Option<CurrentSession>,
    /// `Set-Cookie` values: a refreshed session, or one taken away.
    pub cookies: Vec<HeaderValue>,
}

impl Auth {
    /// Who is signed in, by the headers of a request; and, once a session is older than `update_age`,
    /// moves its expiry. With `refresh` off, or when the user asked not to be remembered, it does not.
    ///
    /// # Errors
    /// [`Error::Store`] when the store fails; [`Error::SessionLost`] when the session ended between
    /// being read and being refreshed, which the cookies of
    /// [`sign_out_cookies`](Self::sign_out_cookies) should follow.
    pub async fn get_session(&self, headers: &HeaderMap, refresh: bool) -> Result<SessionAnswer, Error> {
        let inner = self.inner();
        let mut cookies = SetCookies::default();
        // Cached session data that another configuration, or another server, left with the browser.
        inner.cookies.clear_data(&mut cookies, headers);
        let Some(token) = session::presented(self, headers).await? else {
            return Ok(SessionAnswer { current: None, cookies: cookies.into_iter().collect() });
        };
        let forms = session::forms(self, &token);
        let now = inner.clock.now();
        let found = inner.store.session(&forms).await?;
        let is_dead = found.as_ref().is_some_and(|(session, _)| session.is_expired(now));
        let Some((mut session, user)) = found.filter(|_| !is_dead) else {
            if is_dead {
                inner.store.delete_session(&forms).await?;
            }
            inner.cookies.clear(&mut cookies, headers);
            return Ok(SessionAnswer { current: None, cookies: cookies.into_iter().collect() });
        };

        let due = session.expires_at.minus(inner.session.expires_in).plus(inner.session.update_age) <= now;
        if refresh && inner.session.refresh && due && !inner.cookies.is_unremembered(headers) {
            session.expires_at = now.plus(inner.session.expires_in);
            session.updated_at = now;
            if !inner.store.touch_session(&session.token, session.expires_at, now).await? {
                return Err(Error::SessionLost);
            }
            inner.cookies.set(&mut cookies, &token, true, Some(headers));
        }
        let current = Some(CurrentSession::new(session, user, token));
        Ok(SessionAnswer { current, cookies: cookies.into_iter().collect() })
    }
}

/// `GET /get-session`, and POST, which is refused while sessions are refreshed by GET.
pub(crate) fn endpoint() -> Endpoint {
    let query =
        Shape::new().optional("disableCookieCache", Kind::Flag).optional("disableRefresh", Kind::Flag);
    Endpoint::get("/get-session", handle)
        .also(Method::POST)
        .summary("Tells who is signed in, and keeps the session alive")
        .ignores_body()
        .query(query)
}

async fn handle(request: Request) -> Result<Reply, Error> {
    let reply = if request.method == Method::POST {
        Reply::error(&Error::RefreshNotDeferred)
    } else {
        match request.auth.get_session(&request.headers, !request.flag("disableRefresh")).await {
            Ok(answer) => {
                let view = answer.current.as_ref().map(CurrentSession::view);
                Reply::json(&view).cookies(answer.cookies)
            }
            Err(error @ Error::SessionLost) => {
                Reply::error(&error).cookies(request.auth.sign_out_cookies(&request.headers))
            }
            Err(error) => return Err(error),
        }
    };
    Ok(reply.header(PRAGMA, HeaderValue::from_static("no-cache")))
}
