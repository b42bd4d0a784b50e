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
    /// Who is signed in, where nobody need be. Where the browser's cookie tells it, the cookie stays as it is, and the
    /// store is asked all the same.
    pub(crate) async fn optional_session(&self, headers: &HeaderMap) -> Result<Seen, Error> {
        let seen = self.look(headers, true).await?;
        let Some(found) = seen.current else { return Ok(seen) };
        Ok(match self.confirm(headers, found).await? {
            Some(current) => Seen { current: Some(current), ..seen },
            None => Seen { current: None, cookies: self.sign_out_cookies(headers) },
        })
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
        let seen = self.optional_session(headers).await?;
        let reply = reply.cookies(seen.cookies);
        let Some(mut current) = seen.current.filter(|current| current.user.id == user.id) else {
            return Ok(reply);
        };
        current.user = user;
        let cookies = &self.inner().cookies;
        let (remember, at) = (!cookies.is_unremembered(headers), (self.now(), self.random()));
        let mut copy = SetCookies::default();
        cookies.set_cached(&mut copy, current.view(self.schema()), remember, Some(headers), at);
        let reply = reply.cookies(copy);
        Ok(if sets_session(self, &reply) { reply.keeps(current) } else { reply })
    }

    /// Who is signed in, where nobody need be, with the `Set-Cookie` values that go out with whatever is answered; the
    /// browser's cookie tells it if `reads_cache`.
    pub(crate) async fn look(&self, headers: &HeaderMap, reads_cache: bool) -> Result<Seen, Error> {
        let refresh = if self.inner().session.defer_refresh { Refresh::Later } else { Refresh::Now };
        let look = Look { refresh, reads_cache: reads_cache || self.is_stateless(), stays: false };
        let answer = match get_session::get(self, headers, look).await {
            Err(Error::SessionLost) => SessionAnswer::default(),
            answer => answer?,
        };
        let cookies = match answer.current {
            // A cookie that counts for nothing is taken away before it is made anew.
            _ if self.inner().cookies.is_caching() => answer.cookies,
            Some(_) => answer.cookies_beside(self),
            // Taking a dead session away takes every line.
            None => without_retractions(&answer.cookies),
        };
        Ok(Seen { current: answer.current, cookies })
    }
}
