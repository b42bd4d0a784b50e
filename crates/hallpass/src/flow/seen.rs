//! Who is signed in where nobody need be.

use http::HeaderMap;
use http::header::HeaderValue;

use crate::auth::Auth;
use crate::error::Error;
use crate::flow::get_session::{self, Look, Refresh, SessionAnswer};
use crate::model::User;
use crate::pipeline::sets_session;
use crate::reply::{Reply, without_retractions};
use crate::session::{CurrentSession, SetCookies};

/// Who was found to be signed in where nobody need be, and the cookies that go out for having looked.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) current: Option<CurrentSession>,
    pub(crate) cookies: Vec<HeaderValue>,
}

impl Seen {
    /// `reply` with the cookies.
    pub(crate) fn beside(self, reply: Reply, auth: &Auth) -> Reply {
        let reply = reply.cookies(self.cookies);
        match self.current {
            Some(kept) if sets_session(auth, &reply) => reply.keeps(kept),
            _ => reply,
        }
    }
}

impl Auth {
    /// Who is signed in, where nobody need be, by the store and no cache, with the `Set-Cookie` values that go out
    /// with whatever is answered.
    pub(crate) async fn optional_session(&self, headers: &HeaderMap) -> Result<Seen, Error> {
        let answer = self.look(headers, false).await?;
        // Taking a dead session away takes every line.
        let cookies = match answer.current {
            Some(_) => answer.cookies_beside(self),
            None => without_retractions(&answer.cookies),
        };
        Ok(Seen { current: answer.current, cookies })
    }

    /// `reply` with the copy of who is signed in that the browser may hold made anew, if that is `user`, who has been
    /// changed by a route where nobody need be signed in. The store is asked: a session that has ended does not live on in a
    /// new copy, and is taken from the browser.
    pub(crate) async fn copy_again(
        &self,
        reply: Reply,
        user: User,
        headers: &HeaderMap,
    ) -> Result<Reply, Error> {
        let cookies = &self.inner().cookies;
        let answer = self.look(headers, true).await?;
        let reply = reply.cookies(match answer.current {
            _ if cookies.is_caching() => answer.cookies,
            Some(_) => answer.cookies_beside(self),
            None => without_retractions(&answer.cookies),
        });
        let is_changed = |current: &CurrentSession| current.user.id == user.id;
        let Some(current) = answer.current.filter(is_changed) else { return Ok(reply) };
        let Some(mut current) = self.confirm(headers, current).await? else {
            return Ok(reply.cookies(self.sign_out_cookies(headers)));
        };
        current.user = user;
        let (remember, at) = (!cookies.is_unremembered(headers), (self.now(), self.random()));
        let mut copy = SetCookies::default();
        cookies.set_cached(&mut copy, current.view(self.schema()), remember, Some(headers), at);
        let reply = reply.cookies(copy);
        Ok(if sets_session(self, &reply) { reply.keeps(current) } else { reply })
    }

    /// Who is signed in, where nobody need be; by the browser's own copy if `reads_cache`.
    async fn look(&self, headers: &HeaderMap, reads_cache: bool) -> Result<SessionAnswer, Error> {
        let refresh = if self.inner().session.defer_refresh { Refresh::Later } else { Refresh::Now };
        match get_session::get(
            self,
            headers,
            Look { refresh, reads_cache: reads_cache || self.is_stateless(), stays: false },
        )
        .await
        {
            Err(Error::SessionLost) => Ok(SessionAnswer::default()),
            answer => answer,
        }
    }
}
