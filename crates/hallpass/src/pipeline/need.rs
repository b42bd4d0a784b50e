//! The session that an endpoint needs.

use http::header::HeaderValue;
use http::request::Parts;

use super::{only_reads, sets_session};
use crate::auth::Auth;
use crate::endpoint::{Endpoint, SessionNeed};
use crate::error::Error;
use crate::flow::get_session::{self, Look, Refresh};
use crate::reply::Reply;
use crate::session::CurrentSession;

/// What came of an endpoint's need for a session.
pub(super) enum Need {
    /// The session, if one is needed, and cookies that go out with whatever the endpoint answers.
    Met(Option<Box<CurrentSession>>, Vec<HeaderValue>),
    /// The answer that says so.
    Unmet(Reply),
}

/// Finds the session that an endpoint needs, and keeps it alive unless it `stays` as it is.
///
/// The browser's cookie is believed by endpoints that only read and ask for no fresh session. Where it told of the
/// session and more is at stake, the store has to confirm it: a session that was ended elsewhere changes nothing
/// any more, nor gets the cookie renewed.
pub(super) async fn need(
    auth: &Auth,
    endpoint: &Endpoint,
    parts: &Parts,
    query: &Asked,
) -> Result<Need, Error> {
    let need = endpoint.session;
    if need == SessionNeed::None {
        return Ok(Need::Met(None, Vec::new()));
    }
    let inner = auth.inner();
    let refresh = match (inner.session.defer_refresh, query.stays) {
        (true, _) => Refresh::Later,
        (false, true) => Refresh::Never,
        (false, false) => Refresh::Now,
    };
    let reads_cache = (need != SessionNeed::Sensitive || auth.is_stateless()) && !query.bypasses_cache;
    let look = Look { refresh, reads_cache, stays: query.stays };
    let mut answer = match get_session::get(auth, &parts.headers, look).await {
        Err(Error::SessionLost) => return Err(Error::Unauthorized),
        answer => answer?,
    };
    let unauthorized = |cookies| Ok(Need::Unmet(Reply::error(&Error::Unauthorized).cookies(cookies)));
    let Some(mut current) = answer.current.take() else { return unauthorized(answer.cookies) };
    if need == SessionNeed::Fresh || !only_reads(&parts.method) {
        match auth.confirm(&parts.headers, current).await? {
            Some(confirmed) => current = confirmed,
            None => return unauthorized(auth.sign_out_cookies(&parts.headers)),
        }
    }
    if need == SessionNeed::Fresh && !current.is_fresh(inner.session.fresh_age, auth.now()) {
        let reply = Reply::error(&Error::SessionNotFresh).cookies(answer.cookies);
        return Ok(Need::Unmet(if sets_session(auth, &reply) { reply.keeps(current) } else { reply }));
    }
    Ok(Need::Met(Some(Box::new(current)), answer.cookies_beside(auth)))
}

/// What a query says of the session.
pub(super) struct Asked {
    /// It is to stay as it is.
    pub(super) stays: bool,
    /// The store is to be asked.
    pub(super) bypasses_cache: bool,
}
