//! Configuration, checked once: what cannot be safe is refused here and not logged later.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use url::{Host, Url};

use crate::auth::{Auth, Inner};
use crate::client_address::AddressPolicy;
use crate::clock::{Clock, SystemClock};
use crate::config::{
    CookieOptions, EmailPassword, LONGEST_COOKIE, RateLimitOptions, RequestLimits, SHORTEST_SESSION,
    SessionOptions,
};
use crate::events::EventSink;
use crate::flow;
use crate::memory_storage::MemoryStorage;
use crate::origin::{InvalidOriginPattern, TrustedOrigins};
use crate::password::{HashPool, PasswordHasher};
use crate::plugin::Plugin;
use crate::random::{SecureRandom, SystemRandom};
use crate::rate_limit::RateLimiter;
use crate::router::Router;
use crate::session::SessionCookies;
use crate::storage::AtomicStorage;
use crate::store::Store;
use crate::types::Secret;

/// Configures an [`Auth`]. Only the secret and the base URL must be given.
#[derive(Debug)]
#[must_use = "nothing is configured until `build`"]
pub struct AuthBuilder {
    store: Arc<dyn Store>,
    secret: Option<Secret>,
    base_url: Option<String>,
    base_path: String,
    plain_http: bool,
    allow_trailing_slash: bool,
    trusted_origins: Vec<String>,
    disabled: HashSet<String>,
    error_url: Option<String>,
    email_password: Option<EmailPassword>,
    session: SessionOptions,
    cookies: CookieOptions,
    rate_limit: Option<RateLimitOptions>,
    rate_limit_storage: Option<Arc<dyn AtomicStorage>>,
    limits: RequestLimits,
    addresses: AddressPolicy,
    clock: Arc<dyn Clock>,
    random: Arc<dyn SecureRandom>,
    hasher: Option<Arc<dyn PasswordHasher>>,
    events: Vec<Arc<dyn EventSink>>,
    plugins: Vec<Arc<dyn Plugin>>,
}

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
    /// Two endpoints of one path and method.
    #[error("the plugin {plugin:?} brings {path:?}, which is there already: take one of them out")]
    DuplicateEndpoint {
        /// The plugin.
        plugin: &'static str,
        /// The path.
        path: &'static str,
    },
    /// A path that no endpoint has: what was meant to be switched off or limited would not be.
    #[error("no endpoint has the path {0:?}: give one as it is declared, like `/sign-up/email`")]
    UnknownPath(String),
    /// A key that no cookie has.
    #[error("there is no cookie {0:?}: the keys are `session_token`, `session_data` and `dont_remember`")]
    UnknownCookie(String),
    /// No page for errors.
    #[error("the error page {0:?} is neither an absolute http or https URL nor a path from the root")]
    ErrorUrl(String),
}

impl AuthBuilder {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            secret: None,
            base_url: None,
            base_path: "/api/auth".to_owned(),
            plain_http: false,
            allow_trailing_slash: false,
            trusted_origins: Vec::new(),
            disabled: HashSet::new(),
            error_url: None,
            email_password: None,
            session: SessionOptions::default(),
            cookies: CookieOptions::default(),
            rate_limit: Some(RateLimitOptions::default()),
            rate_limit_storage: None,
            limits: RequestLimits::default(),
            addresses: AddressPolicy::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            hasher: None,
            events: Vec::new(),
            plugins: Vec::new(),
        }
    }

    /// The secret that signs cookies: at least 32 characters, random, the same at every start and on
    /// every machine. Who has it can sign in as anyone.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// The URL that browsers see: `https://app.example.com`. Links in mail are built from it, and its
    /// origin is trusted. A path in it takes the place of the base path.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The path below which the endpoints are. Default: `/api/auth`.
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = path.into();
        self
    }

    /// Accepts a base URL of plain http that is not this machine: **credentials are sent in the clear**.
    pub fn danger_allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Also answers paths that end in one slash more. Default: no, they are 404.
    pub fn allow_trailing_slash(mut self) -> Self {
        self.allow_trailing_slash = true;
        self
    }

    /// Trusts requests from, and redirects to, another origin: `https://app.example.com`, or a pattern
    /// as `https://*.example.com` or `myapp://`. See [`TrustedOrigins`].
    pub fn trusted_origin(mut self, pattern: impl Into<String>) -> Self {
        self.trusted_origins.push(pattern.into());
        self
    }

    /// Answers an endpoint with 404, by its path as declared (`/sign-up/email`).
    pub fn disable_path(mut self, path: impl Into<String>) -> Self {
        self.disabled.insert(path.into());
        self
    }

    /// The page that shows errors of redirect flows; `?error=CODE` is appended. Default: the site's root.
    pub fn error_url(mut self, url: impl Into<String>) -> Self {
        self.error_url = Some(url.into());
        self
    }

    /// Turns on signing up and in by address and password.
    pub fn email_password(mut self, options: EmailPassword) -> Self {
        self.email_password = Some(options);
        self
    }

    /// How long sessions last.
    pub fn session(mut self, options: SessionOptions) -> Self {
        self.session = options;
        self
    }

    /// How cookies are named and who gets them.
    pub fn cookies(mut self, options: CookieOptions) -> Self {
        self.cookies = options;
        self
    }

    /// How many requests one client may make.
    pub fn rate_limit(mut self, options: RateLimitOptions) -> Self {
        self.rate_limit = Some(options);
        self
    }

    /// Turns rate limits off: **passwords can be guessed at full speed**, unless something in front of
    /// the server limits them.
    pub fn danger_without_rate_limit(mut self) -> Self {
        self.rate_limit = None;
        self
    }

    /// Where requests are counted. Default: this process's memory, which several processes do not share.
    pub fn rate_limit_storage(mut self, storage: impl AtomicStorage) -> Self {
        self.rate_limit_storage = Some(Arc::new(storage));
        self
    }

    /// What a request may weigh.
    pub fn request_limits(mut self, limits: RequestLimits) -> Self {
        self.limits = limits;
        self
    }

    /// How a client's address is told. Default: the peer of the connection.
    pub fn client_address(mut self, policy: AddressPolicy) -> Self {
        self.addresses = policy;
        self
    }

    /// Who tells the time. Default: the system; on `wasm32-unknown-unknown` there is none, and the
    /// platform's clock must be given.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Who gives randomness. Default: the system.
    pub fn random(mut self, random: impl SecureRandom) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// Who hashes passwords. Default: argon2id on a [`HashPool`].
    pub fn password_hasher(mut self, hasher: impl PasswordHasher) -> Self {
        self.hasher = Some(Arc::new(hasher));
        self
    }

    /// Tells `sink` of every security event.
    pub fn events(mut self, sink: impl EventSink) -> Self {
        self.events.push(Arc::new(sink));
        self
    }

    /// Adds a plugin.
    pub fn plugin(mut self, plugin: impl Plugin) -> Self {
        self.plugins.push(Arc::new(plugin));
        self
    }

    /// Checks the configuration and makes the [`Auth`].
    ///
    /// # Errors
    /// [`BuildError`] names the first thing that is missing, contradictory or unsafe, and the remedy.
    pub fn build(self) -> Result<Auth, BuildError> {
        let secret = checked_secret(self.secret)?;
        let base_url = checked_base_url(self.base_url, self.plain_http)?;
        let base_path = match base_url.path() {
            "/" => checked_path(&self.base_path)?,
            path => checked_path(path)?,
        };
        let trusted = TrustedOrigins::new(&base_url, &self.trusted_origins)?;
        let error_url = self.error_url.map(|url| checked_error_url(url, &trusted)).transpose()?;
        if let Some(EmailPassword { min_password_length: min, max_password_length: max, .. }) =
            self.email_password
            && (min == 0 || min > max || max > 4096)
        {
            return Err(BuildError::PasswordLengths { min, max });
        }
        check_session(&self.session)?;
        let secure = self.cookies.secure.unwrap_or(base_url.scheme() == "https");
        if let Some(unknown) =
            self.cookies.overrides.keys().find(|key| !SessionCookies::KEYS.contains(&key.as_ref()))
        {
            return Err(BuildError::UnknownCookie(unknown.clone().into_owned()));
        }
        let cookies = SessionCookies::new(&self.cookies, secure, &secret, self.session.expires_in);
        check_cookies(&cookies)?;
        let router = router(&self.plugins)?;
        if let Some(unknown) =
            self.disabled.iter().find(|path| !router.has(path) || path.contains(['*', '?']))
        {
            return Err(BuildError::UnknownPath(unknown.clone()));
        }
        let limiter = match self.rate_limit {
            None => None,
            Some(options) => {
                check_rate_limits(&options, &router)?;
                let storage = self.rate_limit_storage.unwrap_or_else(|| {
                    Arc::new(MemoryStorage::new(Arc::clone(&self.clock), RATE_LIMIT_ENTRIES))
                });
                Some(RateLimiter::new(options, storage))
            }
        };
        let hasher = self.hasher.unwrap_or_else(|| Arc::new(HashPool::new(Arc::clone(&self.random))));
        Ok(Auth::from_inner(Inner {
            store: self.store,
            clock: self.clock,
            random: self.random,
            hasher,
            events: self.events,
            plugins: self.plugins,
            base_url,
            base_path,
            allow_trailing_slash: self.allow_trailing_slash,
            disabled: self.disabled,
            error_url,
            trusted,
            addresses: self.addresses,
            limits: self.limits,
            limiter,
            email_password: self.email_password,
            session: self.session,
            cookies,
            router,
        }))
    }
}

/// How many clients and routes are counted at once in memory, as in better-auth.
const RATE_LIMIT_ENTRIES: usize = 100_000;

/// What better-auth falls back to when no secret is set: known to everyone.
const KNOWN_SECRETS: [&str; 2] = ["better-auth-secret-12345678901234567890", "better-auth-secret-123456789"];

fn checked_secret(secret: Option<Secret>) -> Result<Secret, BuildError> {
    let secret = secret.ok_or(BuildError::MissingSecret)?;
    let text = secret.expose();
    if text.is_empty() {
        return Err(BuildError::MissingSecret);
    }
    if text.chars().count() < 32 {
        return Err(BuildError::WeakSecret("shorter than 32 characters"));
    }
    if KNOWN_SECRETS.contains(&text) {
        return Err(BuildError::WeakSecret("a published default"));
    }
    if text.chars().collect::<HashSet<_>>().len() < 8 {
        return Err(BuildError::WeakSecret("fewer than 8 different characters"));
    }
    Ok(secret)
}

fn checked_base_url(url: Option<String>, plain_http: bool) -> Result<Url, BuildError> {
    let text = url.ok_or(BuildError::MissingBaseUrl)?;
    let invalid = || BuildError::InvalidBaseUrl(text.clone());
    let url = Url::parse(&text).map_err(|_| invalid())?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if !matches!(url.scheme(), "http" | "https") || !is_plain || url.fragment().is_some() {
        return Err(invalid());
    }
    let is_this_machine = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(invalid()),
    };
    if url.scheme() == "http" && !is_this_machine && !plain_http {
        return Err(BuildError::PlainHttp(text));
    }
    Ok(url)
}

/// The path without a slash at its end; `/` becomes the empty one.
fn checked_path(path: &str) -> Result<String, BuildError> {
    let path = path.trim_end_matches('/');
    let has_oddities = path.contains("//")
        || path.contains(['?', '#', '\\', '%'])
        || path.chars().any(|c| c.is_control() || c.is_whitespace())
        || path.split('/').any(|segment| segment == "." || segment == "..");
    if has_oddities || !(path.is_empty() || path.starts_with('/')) {
        return Err(BuildError::InvalidBasePath(path.to_owned()));
    }
    Ok(path.to_owned())
}

/// An absolute URL in its normal form, or a safe path from the root.
fn checked_error_url(url: String, trusted: &TrustedOrigins) -> Result<String, BuildError> {
    if url.starts_with('/') && trusted.trusts_redirect(&url) {
        return Ok(url);
    }
    match Url::parse(&url) {
        Ok(absolute) if matches!(absolute.scheme(), "http" | "https") => Ok(absolute.into()),
        _ => Err(BuildError::ErrorUrl(url)),
    }
}

fn check_session(options: &SessionOptions) -> Result<(), BuildError> {
    for length in [options.expires_in, options.expires_in_unremembered] {
        if length < SHORTEST_SESSION || length > LONGEST_COOKIE {
            return Err(BuildError::SessionLength(length));
        }
    }
    if options.refresh && options.update_age > options.expires_in {
        return Err(BuildError::UpdateAge { update_age: options.update_age, expires_in: options.expires_in });
    }
    Ok(())
}

fn check_cookies(cookies: &SessionCookies) -> Result<(), BuildError> {
    let mut names = HashSet::new();
    for cookie in cookies.definitions() {
        let refused = |problem| Err(BuildError::Cookie { name: cookie.name().to_owned(), problem });
        // RFC 6265 §4.1.1: a name is a token of RFC 9110.
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if cookie.name().is_empty() || !cookie.name().bytes().all(is_token) {
            return refused("its name has characters that no cookie's name may have");
        }
        if cookie.expire().is_none() || cookie.has_separator() {
            return refused("its path or domain has characters that no attribute may have");
        }
        if !cookie.is_http_only() {
            return refused("scripts could read it: leave `http_only` on");
        }
        if !names.insert(cookie.name()) {
            return refused("another cookie has the same name");
        }
    }
    Ok(())
}

fn check_rate_limits(options: &RateLimitOptions, router: &Router) -> Result<(), BuildError> {
    if let Some((unknown, _)) = options.rules.iter().find(|(pattern, _)| !router.has(pattern)) {
        return Err(BuildError::UnknownPath(unknown.clone()));
    }
    let rules = options.rules.iter().filter_map(|(pattern, limit)| Some((pattern.as_str(), (*limit)?)));
    for (pattern, limit) in rules.chain([("every route", options.default)]) {
        if limit.max == 0 || limit.window.is_zero() {
            return Err(BuildError::RateLimit(pattern.to_owned()));
        }
    }
    Ok(())
}

fn router(plugins: &[Arc<dyn Plugin>]) -> Result<Router, BuildError> {
    let mut router = Router::default();
    for endpoint in flow::endpoints() {
        router.add(endpoint).map_err(|path| BuildError::DuplicateEndpoint { plugin: "core", path })?;
    }
    let mut ids = HashSet::new();
    for plugin in plugins {
        if !ids.insert(plugin.id()) {
            return Err(BuildError::DuplicatePlugin(plugin.id()));
        }
        for endpoint in Arc::clone(plugin).endpoints() {
            router
                .add(endpoint)
                .map_err(|path| BuildError::DuplicateEndpoint { plugin: plugin.id(), path })?;
        }
    }
    Ok(router)
}
