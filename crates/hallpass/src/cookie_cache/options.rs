//! What is configured of the cookie cache.

use std::borrow::Cow;
use std::fmt::{self, Debug};
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Session, User};

/// Session and user in a cookie beside the token: while it is young, requests are answered from it and no store is
/// asked.
///
/// **What ends a session elsewhere is not seen by this browser until the cookie is `max_age` old**: signing out on
/// another device, a password reset, a deleted user. What is sensitive asks the store all the same
/// ([`SessionNeed::Sensitive`](crate::endpoint::SessionNeed::Sensitive)), and so does
/// [`Auth::session`](crate::Auth::session).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..CookieCache::default()")]
pub struct CookieCache {
    /// How long a cookie is believed, in whole seconds. Default: 5 minutes. Of a browser that is not to be
    /// remembered a minute in the compact form and 5 minutes in the others, as in better-auth.
    pub max_age: Duration,
    /// In which form. Default: compact.
    pub strategy: CookieCacheStrategy,
    /// What cookies of now are called, so that those of before can be told from them: a cookie of another version
    /// is void. Default: `1`.
    pub version: CookieCacheVersion,
    /// When a cookie is written anew out of itself (better-auth's `refreshCache`). Default: never. Only a
    /// [stateless](crate::Auth::stateless) server may do that; beside a store it would keep sessions alive that have
    /// ended, and `build()` refuses it.
    pub refresh: CookieCacheRefresh,
}

#[cfg(feature = "jwe")]
impl CookieCache {
    /// What a [stateless](crate::Auth::stateless) server begins with, as in better-auth: encrypted, believed for 7
    /// days, and written anew in the last fifth of them.
    pub fn stateless() -> Self {
        Self {
            max_age: Duration::from_secs(7 * 24 * 3600),
            strategy: CookieCacheStrategy::Jwe,
            refresh: CookieCacheRefresh::LastFifth,
            ..Self::default()
        }
    }
}

impl CookieCache {
    /// How long before its end a cookie is written anew.
    pub(crate) fn refreshed_within(&self) -> Option<Duration> {
        match self.refresh {
            CookieCacheRefresh::Never => None,
            CookieCacheRefresh::LastFifth => Some(Duration::from_secs(self.max_age.as_secs() / 5)),
            CookieCacheRefresh::Within(time) => Some(time),
        }
    }
}

impl Default for CookieCache {
    fn default() -> Self {
        Self {
            max_age: Duration::from_secs(300),
            strategy: CookieCacheStrategy::default(),
            version: CookieCacheVersion::default(),
            refresh: CookieCacheRefresh::default(),
        }
    }
}

/// When a cookie is written anew out of itself. The session in it keeps its end: a new cookie is believed for as long
/// as the first one was, and never beyond that end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CookieCacheRefresh {
    /// Only out of the store.
    #[default]
    Never,
    /// Once four fifths of `max_age` are over: better-auth's `refreshCache: true`.
    LastFifth,
    /// This long before the cookie's end: better-auth's `refreshCache.updateAge`.
    Within(Duration),
}

/// In which form session and user go into the cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CookieCacheStrategy {
    /// JSON in base64url with an HMAC: the smallest. Whoever holds the cookie can read it.
    #[default]
    Compact,
    /// A JWT under HS256, for others that have the secret. Whoever holds the cookie can read it.
    Jwt,
    /// A JWE (`dir`, A256CBC-HS512): nobody reads it but who has the secret.
    #[cfg(feature = "jwe")]
    Jwe,
}

/// Finds the version of a session and its user.
pub(super) type FindVersion = Arc<dyn Fn(&Session, &User) -> String + Send + Sync>;

/// How the version of a cookie is found.
#[derive(Clone)]
#[non_exhaustive]
pub enum CookieCacheVersion {
    /// The same for all.
    Text(Cow<'static, str>),
    /// By the session and its user: a user whose version changes is read from the store again.
    Of(FindVersion),
}

impl CookieCacheVersion {
    /// A version found by the session and its user.
    pub fn by(find: impl Fn(&Session, &User) -> String + Send + Sync + 'static) -> Self {
        Self::Of(Arc::new(find))
    }

    pub(super) fn of(&self, session: &Session, user: &User) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Of(find) => Cow::Owned(find(session, user)),
        }
    }
}

impl Default for CookieCacheVersion {
    fn default() -> Self {
        Self::Text(Cow::Borrowed("1"))
    }
}

impl From<&'static str> for CookieCacheVersion {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for CookieCacheVersion {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl PartialEq for CookieCacheVersion {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Of(one), Self::Of(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for CookieCacheVersion {}

impl Debug for CookieCacheVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(text).finish(),
            Self::Of(_) => f.write_str("Of(…)"),
        }
    }
}
