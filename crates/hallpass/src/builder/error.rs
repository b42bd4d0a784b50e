//! Why there is no `Auth`.

use std::time::Duration;

use crate::origin::InvalidOriginPattern;
use crate::store::StoreError;

/// Why a configuration is refused, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No secret.
    #[error("there is no secret: give `.secret(…)` at least 32 random characters, the same at every start")]
    MissingSecret,
    /// A secret that can be guessed.
    #[error("the secret is too weak ({0}): take 32 random bytes, as from `openssl rand -base64 32`")]
    WeakSecret(&'static str),
    /// Two secrets of one version.
    #[error("two secrets have the version {0}: give each its own, and the current one first")]
    DuplicateSecretVersion(u32),
    /// No base URL.
    #[error(
        "there is no base URL: give `.base_url(…)` the URL that browsers see, as `https://app.example.com`"
    )]
    MissingBaseUrl,
    /// Not an absolute http or https URL.
    #[error("the base URL {0:?} is not an absolute http or https URL without query, fragment and user")]
    InvalidBaseUrl(String),
    /// Cookies and passwords would cross a network in the clear.
    #[error(
        "the base URL {0:?} is http: credentials would be sent in the clear. Use https; or, for a network that \
         nobody else can listen on, say so by `.danger_allow_plain_http()`"
    )]
    PlainHttp(String),
    /// Not a path.
    #[error("the base path {0:?} must begin with `/` and have no `//`, dot segments, query or fragment")]
    InvalidBasePath(String),
    /// A trusted origin that cannot match, or that matches too much.
    #[error(transparent)]
    InvalidOrigin(#[from] InvalidOriginPattern),
    /// Lengths that exclude each other or weaken passwords.
    #[error(
        "passwords of {min} to {max} characters: the minimum must be 1 or more and at most the maximum, which is at most 4096"
    )]
    PasswordLengths {
        /// The configured minimum.
        min: usize,
        /// The configured maximum.
        max: usize,
    },
    /// Passwords that are guessed.
    #[error(
        "passwords of {0} characters can be guessed: ask for 8 or more, or say `.danger_allow_short_passwords()`"
    )]
    ShortPasswords(usize),
    /// Limits that nothing passes.
    #[error(
        "a request of less than 1 KiB is allowed in `request_limits`: no browser's requests are that small"
    )]
    RequestLimits,
    /// Two paths for one thing.
    #[error("the base URL has a path, {url:?}, and the base path is {path:?}: give one of them")]
    TwoBasePaths {
        /// The base URL's.
        url: String,
        /// The other.
        path: String,
    },
    /// Durations that make no sense.
    #[error("a session of {0:?} is not possible: it lasts at least a second and at most 400 days")]
    SessionLength(Duration),
    /// Sessions would end before they are refreshed.
    #[error(
        "sessions are refreshed after {update_age:?} but end after {expires_in:?}: make `update_age` the shorter"
    )]
    UpdateAge {
        /// The configured age.
        update_age: Duration,
        /// The configured length.
        expires_in: Duration,
    },
    /// A cache that is never used, or that is older than what it holds.
    #[error(
        "sessions in cookies are believed for {0:?}: say at least a second, and no longer than a session lasts"
    )]
    CookieCacheAge(Duration),
    /// A cookie that is never written anew out of itself, or more often than it is read.
    #[error(
        "sessions in cookies are written anew {0:?} before their end: say at least a second, and no longer than they \
         are believed; or leave it at `CookieCacheRefresh::Never`"
    )]
    CookieCacheRefreshAge(Duration),
    /// Sessions that have ended would be kept alive by their own cookies.
    #[error(
        "`CookieCache::refresh` is on and there is a store: a cookie that is written anew out of itself would keep a \
         session alive that has ended in the store. Leave it at `CookieCacheRefresh::Never`; or take \
         `Auth::stateless()`, where cookies are all there is"
    )]
    CookieCacheRefreshBesideStore,
    /// Nothing would hold the sessions.
    #[error(
        "a stateless server has its sessions in cookies, and nothing says in which form: turn on the feature `jwe` of \
         `hallpass`; or set `SessionOptions::cookie_cache`, in a form that whoever holds the cookie can read"
    )]
    StatelessWithoutCookies,
    /// Two places for sessions.
    #[error(
        "a stateless server has its sessions in cookies, and `.secondary_storage(…)` would keep them too: take \
         `Auth::builder(…)` to have sessions in a storage, where they can be ended"
    )]
    StatelessWithStorage,
    /// Copies that nobody would read, or that would be believed for too long.
    #[error(
        "copies of sessions are to be believed for {0:?}: take more than zero, and at most an hour, since for so long \
         somebody who was signed out elsewhere can still be seen as signed in"
    )]
    SessionCacheAge(Duration),
    /// Two places beside the database, or copies where there is no database.
    #[error(
        "`.session_cache(…)` copies sessions of the database, and these are elsewhere already, in a \
         `.secondary_storage(…)` or, of a stateless server, in cookies: leave one of them out, or let the storage leave \
         them to the database by `SessionPlacement::DatabaseOnly`"
    )]
    SessionCacheBesideAnother,
    /// Nobody knows how many sessions a user has.
    #[error(
        "`max_per_user` is set and there is no store: how many sessions a user has is nowhere to be seen, and none can \
         be ended. Take `Auth::builder(…)`, or leave it out"
    )]
    StatelessSessionLimit,
    /// What the app decides by would be missing.
    #[error(
        "there are hidden fields and there is no store: the cookie, which clients may read, does not hold them, and what is          decided by one would be decided as if it were never set. Take `Auth::builder(…)`, or show them"
    )]
    StatelessHiddenFields,
    /// A cookie that browsers would drop, or that scripts could steal.
    #[error("the cookie {name:?} is refused: {problem}")]
    Cookie {
        /// Its full name.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A limit that admits nothing.
    #[error("the rate limit for {0:?} admits no request or has no window; to turn a limit off, say `None`")]
    RateLimit(String),
    /// Two plugins of one name.
    #[error("there are two plugins {0:?}: take one out")]
    DuplicatePlugin(&'static str),
    /// A plugin cannot do what it is for.
    #[error("the plugin {plugin:?} cannot work: {reason}")]
    Plugin {
        /// The plugin.
        plugin: &'static str,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// Two endpoints of one path and method.
    #[error("the plugin {plugin:?} brings {path:?}, which is there already: take one of them out")]
    DuplicateEndpoint {
        /// The plugin.
        plugin: &'static str,
        /// The path.
        path: &'static str,
    },
    /// An additional field, or a table of a plugin's, that cannot be.
    #[error("{field:?} cannot be declared: {problem}")]
    Schema {
        /// `user.role`, `session.theme`, or the name of a table.
        field: String,
        /// What is wrong, and what to do.
        problem: &'static str,
    },
    /// The store does not keep the additional fields and tables that are declared: it keeps those of another `Auth`, or has
    /// names for what there is not.
    #[error("the store does not take what is declared: {}", told(.0))]
    StoreInUse(#[source] StoreError),
    /// A path that no endpoint has: what was meant to be switched off or limited would not be.
    #[error("no endpoint has the path {0:?}: give one as it is declared, like `/sign-up/email`")]
    UnknownPath(String),
    /// A key that no cookie has.
    #[error(
        "there is no cookie {0:?}: the keys are `session_token`, `session_data`, `dont_remember` and those of plugins"
    )]
    UnknownCookie(String),
    /// No page for errors.
    #[error("the error page {0:?} is neither an absolute http or https URL nor a path from the root")]
    ErrorUrl(String),
    /// Mail would have to be sent while the answer waits.
    #[error(
        "there is a mailer and nothing that sends mail beside the answer: give `.background_tasks(…)`, as          `hallpass_axum::TokioTasks::new(tokio::runtime::Handle::current())`"
    )]
    MailerWithoutTasks,
    /// Something goes by mail, and there is no mailer.
    #[error("{0} goes by mail and there is no mailer: give `.mailer(…)` and `.background_tasks(…)`")]
    MissingMailer(&'static str),
    /// Users who sign up could never sign in.
    #[error(
        "`require_email_verification` is on and nothing sends a verification mail, so that nobody who signs up \
         could sign in: give `.mailer(…)` and leave `EmailVerification::send_on_sign_up` alone; or, if the app \
         proves addresses by means of its own, set `EmailVerification::left_to_app`"
    )]
    VerificationNeverSent,
    /// A link that is good for no time or for ever.
    #[error("a mailed link that is good for {0:?} is refused: take at least a second and at most 30 days")]
    LinkLifetime(Duration),
    /// No page to type a new password in.
    #[error(
        "the page {0:?} of `PasswordReset` is neither a path from the root nor an absolute URL of a trusted origin"
    )]
    ResetPage(String),
}

/// What a store says of itself, which is beneath the kind of its error.
fn told(error: &StoreError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
