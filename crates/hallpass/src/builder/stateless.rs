//! A server without a store: sessions are in the browsers' cookies.

use std::sync::Arc;

use super::{AuthBuilder, BuildError};
use crate::auth::Auth;
#[cfg(feature = "jwe")]
use crate::cookie_cache::CookieCache;
use crate::cookie_cache::CookieCacheRefresh;
use crate::memory::MemoryStore;

impl Auth {
    /// Begins to configure an `Auth` without a store, better-auth's stateless mode: session and user are in a cookie
    /// that only this server writes, and whatever else is kept is kept in this process's memory. A session goes on
    /// when the process is restarted, and on every machine that has the secret.
    ///
    /// **A session cannot be ended before its cookie does.** Signing out takes the cookies from the browser, and a
    /// copy of them is good until the session's end, [`expires_in`](crate::SessionOptions::expires_in) after the
    /// sign-in. What would have to end sessions elsewhere is [`Error::Stateless`](crate::Error::Stateless), or ends
    /// none: deleting a user, another password. All of them end by another
    /// [`version`](crate::CookieCache::version) or another secret, and a new start.
    ///
    /// **Users, passwords and accounts are gone when the process ends**, and other machines do not have them. This is
    /// for apps whose users come from elsewhere.
    ///
    /// The cookie is an encrypted one of `CookieCache::stateless()` (feature `jwe`) that lasts as long as the session
    /// does; [`SessionOptions::cookie_cache`](crate::SessionOptions::cookie_cache) says it otherwise.
    pub fn stateless() -> AuthBuilder {
        let memory = MemoryStore::remembering_ends();
        AuthBuilder { memory: Some(memory.clone()), ..AuthBuilder::new(Arc::new(memory)) }
    }
}

/// Completes what a stateless server needs, and refuses what makes no sense on one, or only on one.
pub(super) fn check(builder: &mut AuthBuilder) -> Result<(), BuildError> {
    let session = &mut builder.session;
    if builder.memory.is_none() {
        let is_off = |cache: &crate::CookieCache| cache.refresh == CookieCacheRefresh::Never;
        return if session.cookie_cache.as_ref().is_none_or(is_off) {
            Ok(())
        } else {
            Err(BuildError::CookieCacheRefreshBesideStore)
        };
    }
    #[cfg(feature = "jwe")]
    if session.cookie_cache.is_none() {
        session.cookie_cache = Some(CookieCache { max_age: session.expires_in, ..CookieCache::stateless() });
    }
    if session.cookie_cache.is_none() {
        return Err(BuildError::StatelessWithoutCookies);
    }
    if builder.secondary.is_some() {
        return Err(BuildError::StatelessWithStorage);
    }
    if session.max_per_user.is_some() {
        return Err(BuildError::StatelessSessionLimit);
    }
    if builder.email_password.is_some() {
        tracing::warn!(
            "there is no store: users and their passwords are in this process's memory, and gone when it ends. Their \
             sessions go on"
        );
    }
    Ok(())
}
