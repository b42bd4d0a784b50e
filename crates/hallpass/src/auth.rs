//! The handle to everything.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use http::uri::Authority;
use url::Url;

use crate::client_address::AddressPolicy;
use crate::clock::{Clock, Timestamp};
use crate::config::{EmailPassword, RequestLimits, SessionOptions};
use crate::cookie_rules::CookieRules;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::events::{EventSink, SecurityEvent};
use crate::jwt::Hs256;
use crate::keyring::{Keyring, SubKey};
use crate::mail_options::{ChangeEmail, EmailVerification, PasswordReset, UserDeletion};
use crate::memory::MemoryStore;
use crate::origin::TrustedOrigins;
use crate::outgoing::Outgoing;
use crate::password::{Password, PasswordHasher};
use crate::plugin::Plugin;
use crate::random::SecureRandom;
use crate::rate_limit::RateLimiter;
use crate::router::Router;
use crate::schema::Schema;
use crate::secondary::RecentSessions;
use crate::session::SessionCookies;
use crate::storage::AtomicStorage;
use crate::store::{Store, StoreError};

/// hallpass, configured. A handle: clones share everything, and are cheap.
///
/// Over HTTP it is [`handle`](Self::handle); an app's own code calls the flows as methods
/// ([`sign_in_email`](Self::sign_in_email), [`session`](Self::session) …), without a faked request.
/// The methods trust their caller: origin checks and rate limits belong to HTTP.
#[derive(Clone)]
pub struct Auth {
    inner: Arc<Inner>,
    /// The origin that the request at hand was sent to, where the server has several.
    origin: Option<Arc<str>>,
}

/// What an [`Auth`] holds.
pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    /// The store again, where copies of sessions may be read.
    pub(crate) session_cache: Option<Arc<dyn RecentSessions>>,
    pub(crate) keyring: Keyring,
    pub(crate) hs256: Hs256,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn SecureRandom>,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) events: Vec<Arc<dyn EventSink>>,
    pub(crate) plugins: Vec<Arc<dyn Plugin>>,
    /// The scheme, host and port that browsers see.
    pub(crate) origin: String,
    /// Where else the server is reached.
    pub(crate) hosts: Option<TrustedOrigins>,
    /// The path below which the endpoints are, without a slash at its end.
    pub(crate) base_path: String,
    pub(crate) allow_trailing_slash: bool,
    pub(crate) disabled: HashSet<String>,
    pub(crate) error_url: Option<String>,
    pub(crate) trusted: TrustedOrigins,
    pub(crate) addresses: AddressPolicy,
    pub(crate) limits: RequestLimits,
    pub(crate) limiter: Option<RateLimiter>,
    /// Where what must not happen too often is counted, requests and guesses.
    pub(crate) counters: Arc<dyn AtomicStorage>,
    /// What the store is laid over, if that is not where it is counted.
    pub(crate) secondary: Option<Arc<dyn AtomicStorage>>,
    pub(crate) email_password: Option<EmailPassword>,
    pub(crate) verification: EmailVerification,
    pub(crate) password_reset: PasswordReset,
    pub(crate) change_email: Option<ChangeEmail>,
    pub(crate) user_deletion: Option<UserDeletion>,
    pub(crate) unlinks_all: bool,
    pub(crate) outgoing: Outgoing,
    pub(crate) session: SessionOptions,
    /// The store, where it is this process's memory and the browser's cookie the only lasting record of a session.
    pub(crate) memory: Option<MemoryStore>,
    pub(crate) cookie_rules: CookieRules,
    pub(crate) cookies: SessionCookies,
    pub(crate) router: Router,
    pub(crate) schema: Schema,
}

impl Auth {
    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self { inner: Arc::new(inner), origin: None }
    }

    /// The same, for a request that was sent to one of the server's [other hosts](crate::AuthBuilder::host); to any
    /// other host than those it counts as sent to the base URL's.
    pub(crate) fn at(&self, authority: impl FnOnce() -> Option<Authority>) -> Self {
        let other = self.inner.hosts.as_ref().and_then(|hosts| {
            let scheme = self.inner.origin.split(':').next()?;
            // One spelling, without the scheme's own port.
            let url = Url::parse(&format!("{scheme}://{}", authority()?)).ok()?;
            let origin = url.origin().ascii_serialization();
            hosts.trusts_origin(&origin).then(|| Arc::from(origin))
        });
        Self { inner: Arc::clone(&self.inner), origin: other }
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Whether the browsers' cookies are the only lasting record of sessions ([`stateless`](Self::stateless)): they
    /// can neither be listed nor ended from elsewhere, and the [store](Self::store) is this process's memory.
    pub fn is_stateless(&self) -> bool {
        self.inner.memory.is_some()
    }

    /// The store, for plugins and the app's own code.
    pub fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    /// The additional fields of users and sessions, and the tables of plugins.
    pub fn schema(&self) -> &Schema {
        &self.inner.schema
    }

    /// Makes the tables, columns and indexes that the store lacks, the core's and the declared ones, and says
    /// which. Nothing is ever dropped. Any number of processes may do this at once.
    ///
    /// # Errors
    /// The store failed, or holds what does not fit; calling again goes on where it failed.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.inner.store.migrate().await
    }

    /// The present moment, by the configured clock.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// The configured source of randomness.
    pub fn random(&self) -> &dyn SecureRandom {
        &*self.inner.random
    }

    /// Signs and checks tokens with the secret itself, as better-auth does for those in its mails: made with the
    /// current secret, accepted under older ones too.
    pub fn hs256(&self) -> &Hs256 {
        &self.inner.hs256
    }

    /// Keys for a purpose of the app's or a plugin's own, the current one first: what is made is made with that,
    /// and what was made with one of the others is accepted too. Keys of different purposes tell nothing of each
    /// other nor of the secret.
    pub fn sub_keys(&self, purpose: &str) -> Vec<SubKey> {
        self.inner.keyring.sub_keys(purpose)
    }

    /// The origins that requests may come from and browsers may be sent to.
    pub fn trusted_origins(&self) -> &TrustedOrigins {
        &self.inner.trusted
    }

    /// Whether the two are handles to the same, so that a session of the one is a session of the other.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// The most bytes of a body that [`handle`](Self::handle) takes.
    pub fn max_body(&self) -> usize {
        self.inner.limits.body
    }

    /// The scheme, host and port that browsers see: the base URL's or, within a request that was sent to one of the
    /// server's [other hosts](crate::AuthBuilder::host), that host's.
    pub fn origin(&self) -> &str {
        self.origin.as_deref().unwrap_or(&self.inner.origin)
    }

    /// The URL of an endpoint, by its path as declared, for links in mail and for redirects of others to here. It
    /// never begins with a host that the configuration does not name.
    pub fn url(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin(), self.inner.base_path)
    }

    /// The path below which the endpoints are, `/api/auth` by default.
    pub fn base_path(&self) -> &str {
        &self.inner.base_path
    }

    /// The endpoints that are answered, those of the core first: what a request can ask for, and nothing else.
    /// Disabled ones are left out.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        let inner = self.inner();
        inner.router.endpoints().filter(|endpoint| !inner.disabled.contains(endpoint.path()))
    }

    pub(crate) fn emit(&self, event: &SecurityEvent) {
        tracing::info!(target: "hallpass::security", ?event);
        for sink in &self.inner.events {
            sink.record(event);
        }
    }

    /// The fewest and the most UTF-16 units of a password: the defaults where passwords are off, since a user
    /// may have one from when they were not.
    pub(crate) fn password_lengths(&self) -> (usize, usize) {
        let default = EmailPassword::default();
        let options = self.inner.email_password.as_ref().unwrap_or(&default);
        (options.min_password_length, options.max_password_length)
    }

    pub(crate) fn check_new_password(&self, password: &Password) -> Result<(), Error> {
        let (min, max) = self.password_lengths();
        if password.utf16_len() < min {
            Err(Error::PasswordTooShort)
        } else if password.utf16_len() > max {
            Err(Error::PasswordTooLong)
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("origin", &self.origin())
            .field("store", &self.inner.store)
            .field("plugins", &self.inner.plugins)
            .finish_non_exhaustive()
    }
}
