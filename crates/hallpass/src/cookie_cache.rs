//! The cookie cache: session and user in a cookie beside the token, so that most requests need no store.
//!
//! The cookie is better-auth's `session_data`, in its three forms, to the byte: each server reads what the other
//! has written. It is believed only beside the token that it names.

mod compact;
#[cfg(feature = "jwe")]
mod jwe;
mod jwt;
mod options;
mod payload;

use http::HeaderMap;

pub use self::options::{CookieCache, CookieCacheRefresh, CookieCacheStrategy, CookieCacheVersion};
use self::payload::{Payload, Written};
use crate::chunks::{self, Chunks};
use crate::clock::Timestamp;
use crate::cookie::CookieDefinition;
use crate::keyring::{Keyring, Macs};
use crate::random::SecureRandom;
use crate::session::{CurrentSession, CurrentSessionView, SetCookies};
use crate::types::{SessionToken, StoredToken};

/// Writes `session_data` and reads it.
#[derive(Debug)]
pub(crate) struct SessionCache {
    options: CookieCache,
    cookie: CookieDefinition,
    macs: Macs,
    #[cfg(feature = "jwe")]
    jwe: jwe::Keys,
    /// The longest value that is written.
    longest: usize,
}

/// What a request brings.
pub(crate) enum Cached {
    /// No such cookie.
    Nothing,
    /// One that counts for nothing: forged, another session's, of another version, or expired.
    Void,
    /// The session, and whether it is time to write the cookie anew out of itself.
    Live { current: Box<CurrentSession>, is_due: bool },
}

impl SessionCache {
    /// `longest` is how long a value may be; what is longer is not cached.
    pub(crate) fn new(
        options: CookieCache,
        cookie: CookieDefinition,
        keyring: &Keyring,
        longest: usize,
    ) -> Self {
        Self {
            options,
            cookie,
            macs: keyring.macs(),
            #[cfg(feature = "jwe")]
            jwe: jwe::Keys::new(keyring),
            longest,
        }
    }

    /// The session that the browser's cookie holds, if it is the one of `token`. `stored` is the form in which the
    /// store keeps that.
    pub(crate) fn read(
        &self,
        headers: &HeaderMap,
        token: &SessionToken,
        stored: StoredToken,
        now: Timestamp,
    ) -> Cached {
        let Some(value) = chunks::join(headers, self.cookie.name()) else { return Cached::Nothing };
        match self.open(&value, token, stored, now) {
            Some((current, expires_at)) => {
                let is_due = self.options.refreshed_within().is_some_and(|time| expires_at < now.plus(time));
                Cached::Live { current: Box::new(current), is_due }
            }
            None => Cached::Void,
        }
    }

    fn open(
        &self,
        value: &str,
        token: &SessionToken,
        stored: StoredToken,
        now: Timestamp,
    ) -> Option<(CurrentSession, Timestamp)> {
        let (payload, expires_at): (Payload, Timestamp) = match self.options.strategy {
            CookieCacheStrategy::Compact => compact::open(&self.macs, value)?,
            CookieCacheStrategy::Jwt => jwt::open(&self.macs, value, now)?,
            #[cfg(feature = "jwe")]
            CookieCacheStrategy::Jwe => self.jwe.open(value)?,
        };
        let is_of_this_token = SessionToken::parse(payload.token()?).is_some_and(|cached| cached == *token);
        if !is_of_this_token || expires_at < now {
            return None;
        }
        let version = payload.version().to_owned();
        let (session, user) = payload.into_records(stored)?;
        let is_current = *self.options.version.of(&session, &user) == *version;
        if !is_current || session.is_expired(now) {
            return None;
        }
        Some((CurrentSession::cached(session, user, token.clone()), expires_at))
    }

    /// Gives the browser the cookie, in chunks if it is long. `headers` are the request's, whose chunks may have to
    /// go.
    pub(crate) fn write(
        &self,
        out: &mut SetCookies,
        current: CurrentSessionView<'_>,
        remember: bool,
        headers: Option<&HeaderMap>,
        (now, random): (Timestamp, &dyn SecureRandom),
    ) {
        let (session, user) = current.records();
        let version = self.options.version.of(session, user);
        let written = Written::new(current, now, &version);
        let max_age = self.options.max_age;
        let value = match self.options.strategy {
            CookieCacheStrategy::Compact => {
                let age = if remember { max_age } else { compact::UNREMEMBERED };
                compact::seal(&self.macs, &written, now.plus(age))
            }
            CookieCacheStrategy::Jwt => {
                jwt::seal(&self.macs, &written, now, if remember { max_age } else { jwt::UNREMEMBERED })
            }
            #[cfg(feature = "jwe")]
            CookieCacheStrategy::Jwe => {
                let age = if remember { max_age } else { jwt::UNREMEMBERED };
                self.jwe.seal(&written, now, age, random)
            }
        };
        #[cfg(not(feature = "jwe"))]
        let _ = random;
        let value = value.filter(|value| value.len() <= self.longest);
        if value.is_none() {
            tracing::warn!(user = %user.id, "the session is too large for a cookie and is not cached");
        }
        let mut chunks = Chunks::of(headers, self.cookie.name());
        let max_age = remember.then_some(max_age);
        if let Some(value) = &value {
            chunks.put(&self.cookie, value, max_age);
        }
        for (name, value) in chunks {
            out.push(match value {
                Some(value) => self.cookie.set_as(&name, value, max_age),
                None => self.cookie.expire_as(&name),
            });
        }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use self::tests::records;
