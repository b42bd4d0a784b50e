//! The options, plain structs with safe defaults.

use std::borrow::Cow;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::cookie::{CookieAttributes, SameSite};
use crate::cookie_cache::CookieCache;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Signing up and in by address and password.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..EmailPassword::default()")]
pub struct EmailPassword {
    /// Whether new users may sign up this way. Default: yes.
    pub sign_up: bool,
    /// Whether a user is signed in by signing up. Default: yes. Without it, signing up with a taken
    /// address answers as signing up with a free one.
    pub auto_sign_in: bool,
    /// Whether only users with a proven address may sign in. Default: no. Signing up then answers
    /// alike for taken and for free addresses.
    /// `build()` asks for something that sends the verification mail: see
    /// [`EmailVerification`](crate::EmailVerification).
    pub require_email_verification: bool,
    /// Whether a user gets a mail when somebody signs up with the user's address, where there is a mailer and
    /// signing up answers alike for taken and free addresses. Default: yes.
    pub notify_existing_user: bool,
    /// The fewest UTF-16 code units of a password. Default: 8.
    pub min_password_length: usize,
    /// The most UTF-16 code units of a password. Default: 128.
    pub max_password_length: usize,
}

impl Default for EmailPassword {
    fn default() -> Self {
        Self {
            sign_up: true,
            auto_sign_in: true,
            require_email_verification: false,
            notify_existing_user: true,
            min_password_length: 8,
            max_password_length: 128,
        }
    }
}

impl EmailPassword {
    /// Whether signing up must not tell a taken address from a free one.
    pub(crate) fn hides_taken_addresses(&self) -> bool {
        !self.signs_in_on_sign_up()
    }

    /// Whether a user is signed in by signing up. Where nobody is, the answer can hide more.
    pub(crate) fn signs_in_on_sign_up(&self) -> bool {
        self.auto_sign_in && !self.require_email_verification
    }
}

/// How long sessions last.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..SessionOptions::default()")]
pub struct SessionOptions {
    /// How long a session lasts from its creation or last refresh. Default: 7 days. At most 400 days,
    /// the most that browsers keep a cookie.
    pub expires_in: Duration,
    /// How long a session lasts when the user does not want to be remembered. Default: 1 day.
    pub expires_in_unremembered: Duration,
    /// How old a session must be for its expiry to be moved. Default: 1 day.
    pub update_age: Duration,
    /// How old a session may be for what asks for a fresh one. Default: 1 day; zero: any age.
    pub fresh_age: Duration,
    /// Whether the expiry is moved at all. Default: yes.
    pub refresh: bool,
    /// Whether GET leaves the session as it is, says `needsRefresh`, and POST moves the expiry: for
    /// servers whose GETs must not write. Default: no.
    pub defer_refresh: bool,
    /// How long a session can be kept alive in all, from the sign-in on. Default: without end, as long as it is used.
    /// Then the user signs in again. A session of before there was a limit ends by it too.
    pub max_lifetime: Option<Duration>,
    /// How many sessions a user can have. Default: any number. One more ends the oldest.
    pub max_per_user: Option<NonZeroU32>,
    /// In which form tokens are stored. Default: hashed.
    pub tokens: TokenStorage,
    /// Session and user in a cookie beside the token, so that most requests ask no store. Default: no.
    pub cookie_cache: Option<CookieCache>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            expires_in: 7 * DAY,
            expires_in_unremembered: DAY,
            update_age: DAY,
            fresh_age: DAY,
            refresh: true,
            defer_refresh: false,
            max_lifetime: None,
            max_per_user: None,
            tokens: TokenStorage::Hashed,
            cookie_cache: None,
        }
    }
}

/// In which form session tokens are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum TokenStorage {
    /// As SHA-256 hashes: who reads the database cannot sign in with what it finds. Sessions that
    /// better-auth stored plain are found all the same.
    #[default]
    Hashed,
    /// As they are, which better-auth needs to find them: for running beside a TypeScript server on
    /// one database. Sessions stored hashed are found all the same.
    Plain,
}

/// How cookies are named and who gets them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..CookieOptions::default()")]
pub struct CookieOptions {
    /// What names begin with. Default: `better-auth`, which the official client's helpers look for.
    pub prefix: Cow<'static, str>,
    /// Whether cookies are `Secure` and named `__Secure-…`. Default: if the base URL is https.
    pub secure: Option<bool>,
    /// Shares cookies with all subdomains of this host. Default: this host alone.
    pub domain: Option<String>,
    /// Attributes for all cookies.
    pub attributes: CookiePatch,
    /// Names and attributes of single cookies, by key: `session_token`, `session_data`, `dont_remember`.
    pub overrides: HashMap<Cow<'static, str>, CookieOverride>,
}

impl Default for CookieOptions {
    fn default() -> Self {
        Self {
            prefix: Cow::Borrowed("better-auth"),
            secure: None,
            domain: None,
            attributes: CookiePatch::default(),
            overrides: HashMap::new(),
        }
    }
}

/// What is different for one cookie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..CookieOverride::default()")]
pub struct CookieOverride {
    /// Another name, in place of prefix, dot and key.
    pub name: Option<Cow<'static, str>>,
    /// Other attributes.
    pub attributes: CookiePatch,
}

/// Attributes to set; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..CookiePatch::default()")]
pub struct CookiePatch {
    /// Sent over TLS only.
    pub secure: Option<bool>,
    /// Not for scripts.
    pub http_only: Option<bool>,
    /// Who may send it from elsewhere.
    pub same_site: Option<SameSite>,
    /// Below which path.
    pub path: Option<Cow<'static, str>>,
    /// To which host and its subdomains.
    pub domain: Option<String>,
    /// In storage apart for every top-level site.
    pub partitioned: Option<bool>,
}

impl CookiePatch {
    pub(crate) fn apply(&self, to: &mut CookieAttributes) {
        if let Some(secure) = self.secure {
            to.secure = secure;
        }
        if let Some(http_only) = self.http_only {
            to.http_only = http_only;
        }
        if let Some(same_site) = self.same_site {
            to.same_site = same_site;
        }
        if let Some(path) = &self.path {
            to.path = path.clone();
        }
        if let Some(domain) = &self.domain {
            to.domain = Some(domain.clone());
        }
        if let Some(partitioned) = self.partitioned {
            to.partitioned = partitioned;
        }
    }
}

/// How many requests one client address may make.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..RateLimitOptions::default()")]
pub struct RateLimitOptions {
    /// The limit of routes that declare none. Default: 100 in 10 seconds.
    pub default: RateLimit,
    /// Limits for single routes, ahead of what they declare; the first pattern that matches the route
    /// counts. `*` and `?` stand for any characters but `/`. `None`: no limit.
    pub rules: Vec<(String, Option<RateLimit>)>,
}

impl Default for RateLimitOptions {
    fn default() -> Self {
        Self { default: RateLimit::new(100, Duration::from_secs(10)), rules: Vec::new() }
    }
}

/// So many requests in so long a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RateLimit {
    /// How many requests.
    pub max: u64,
    /// In how long a time, from the first of them.
    pub window: Duration,
}

impl RateLimit {
    /// `max` requests in every `window`.
    pub const fn new(max: u64, window: Duration) -> Self {
        Self { max, window }
    }
}

/// What a request may weigh.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..RequestLimits::default()")]
pub struct RequestLimits {
    /// The most bytes of a body; a larger one gets 413. Default: 1 MiB.
    pub body: usize,
    /// The most bytes of all `Cookie` headers together; more get 431. Default: 16 KiB.
    pub cookies: usize,
    /// The most bytes of any other single header; more get 431. Default: 8 KiB.
    pub header: usize,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self { body: 1024 * 1024, cookies: 16 * 1024, header: 8 * 1024 }
    }
}

/// The most that browsers keep a cookie (RFC 6265bis §5.5).
pub(crate) const LONGEST_COOKIE: Duration = Duration::from_secs(400 * 24 * 3600);

/// The least that a session may last and be of use.
pub(crate) const SHORTEST_SESSION: Duration = Duration::from_secs(1);
