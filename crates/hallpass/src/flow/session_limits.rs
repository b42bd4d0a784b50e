//! How long a session can be kept alive, and how many of them a user can have.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::config::SessionOptions;
use crate::error::Error;
use crate::flow::sessions;
use crate::model::Session;
use crate::plugin::SessionEnd;

impl SessionOptions {
    /// `expires_at`, or the moment beyond which nothing keeps the session alive, if that comes first.
    pub(crate) fn capped(&self, session: &Session, expires_at: Timestamp) -> Timestamp {
        match self.max_lifetime {
            Some(lifetime) => expires_at.min(session.created_at.plus(lifetime)),
            None => expires_at,
        }
    }

    /// Whether the session is void at `now`: also one that was made, or kept alive, before there was a limit.
    pub(crate) fn is_over(&self, session: &Session, now: Timestamp) -> bool {
        self.capped(session, session.expires_at) < now
    }

    /// The expiry that a session gets that is kept alive at `now`; `None` if it is not time yet, or no use any more.
    pub(crate) fn renewed(&self, session: &Session, now: Timestamp) -> Option<Timestamp> {
        let is_old = session.expires_at.minus(self.expires_in).plus(self.update_age) <= now;
        let expires_at = self.capped(session, now.plus(self.expires_in));
        // At its limit a session looks old at every request.
        let moves = self.max_lifetime.is_none() || expires_at > session.expires_at;
        (self.refresh && is_old && moves).then_some(expires_at)
    }

    /// How long the cookie of a remembered session lives: as long as the session can.
    pub(crate) fn cookie_age(&self, session: &Session, now: Timestamp) -> Duration {
        match self.max_lifetime {
            Some(_) => now.until(self.capped(session, now.plus(self.expires_in))),
            None => self.expires_in,
        }
    }
}

/// Ends the oldest sessions of a user who has more than there may be, `newest` having just come.
///
/// The sessions that stay are the same whoever looks, so that of many sign-ins at once each ends what is too many
/// of all: whichever looks last has seen them all. Should it fail, the new session ends: it was not to be had.
pub(crate) async fn make_room(auth: &Auth, newest: &Session) -> Result<(), Error> {
    let Some(most) = auth.inner().session.max_per_user else { return Ok(()) };
    let made = end_oldest(auth, newest, most).await;
    if made.is_err() {
        auth.inner().store.delete_session(&newest.token.clone().into()).await?;
    }
    made
}

async fn end_oldest(auth: &Auth, newest: &Session, most: NonZeroU32) -> Result<(), Error> {
    let sessions = auth.inner().store.sessions_of(&newest.user_id, auth.now()).await?;
    let age = |session: &Session| (session.created_at, session.id.clone());
    let by_age: BTreeMap<_, _> = sessions.iter().map(|session| (age(session), session)).collect();
    let most = usize::try_from(most.get()).unwrap_or(usize::MAX);
    for session in by_age.into_values().rev().skip(most) {
        sessions::end(auth, session, SessionEnd::TooMany).await?;
    }
    Ok(())
}
