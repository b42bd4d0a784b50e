//! Configuration, checked once: what cannot be safe is refused here and not logged later.

mod build;
mod check;
mod error;
mod limits;
mod mail;
mod secondary;
mod stateless;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

pub use self::error::BuildError;
use self::secondary::{Secondary, SessionCache};
use crate::auth::Auth;
use crate::client_address::AddressPolicy;
use crate::clock::{Clock, SystemClock};
use crate::config::{CookieOptions, EmailPassword, RateLimitOptions, RequestLimits, SessionOptions};
use crate::events::EventSink;
use crate::http_client::HttpClient;
use crate::ids::IdFormat;
use crate::mail_options::{ChangeEmail, EmailVerification, PasswordReset, UserDeletion};
use crate::mailer::{MailTemplates, Mailer};
use crate::memory::MemoryStore;
use crate::password::PasswordHasher;
use crate::plugin::Plugin;
use crate::random::{SecureRandom, SystemRandom};
use crate::schema::{ExtraField, Schema};
use crate::secondary::SecondaryOptions;
use crate::storage::{AtomicStorage, SecondaryStorage};
use crate::store::Store;
use crate::tasks::BackgroundTasks;
use crate::types::Secret;

/// Configures an [`Auth`]. Only the secret and the base URL must be given.
#[derive(Debug)]
#[must_use = "nothing is configured until `build`"]
pub struct AuthBuilder {
    store: Arc<dyn Store>,
    /// The store of a server without one.
    memory: Option<MemoryStore>,
    secret: Option<Secret>,
    secrets: Vec<(u32, Secret)>,
    base_url: Option<String>,
    base_path: Option<String>,
    plain_http: bool,
    short_passwords: bool,
    allow_trailing_slash: bool,
    trusted_origins: Vec<String>,
    hosts: Vec<String>,
    disabled: HashSet<String>,
    error_url: Option<String>,
    email_password: Option<EmailPassword>,
    verification: EmailVerification,
    password_reset: PasswordReset,
    change_email: Option<ChangeEmail>,
    user_deletion: Option<UserDeletion>,
    unlinks_all: bool,
    mailer: Option<Arc<dyn Mailer>>,
    mail_templates: Option<Arc<dyn MailTemplates>>,
    tasks: Option<Arc<dyn BackgroundTasks>>,
    http: Option<Arc<dyn HttpClient>>,
    session: SessionOptions,
    cookies: CookieOptions,
    rate_limit: Option<RateLimitOptions>,
    rate_limit_storage: Option<Arc<dyn AtomicStorage>>,
    default_limiter: Option<limits::DefaultLimiter>,
    secondary: Option<Secondary>,
    session_cache: Option<SessionCache>,
    limits: RequestLimits,
    addresses: AddressPolicy,
    clock: Arc<dyn Clock>,
    random: Arc<dyn SecureRandom>,
    hasher: Option<Arc<dyn PasswordHasher>>,
    events: Vec<Arc<dyn EventSink>>,
    plugins: Vec<Arc<dyn Plugin>>,
    schema: Schema,
}

impl Auth {
    /// Begins to configure an `Auth` over `store`.
    pub fn builder(store: impl Store) -> AuthBuilder {
        AuthBuilder::new(Arc::new(store))
    }

    /// As [`builder`](Self::builder), over a store that is shared already or chosen at run time.
    pub fn builder_over(store: Arc<dyn Store>) -> AuthBuilder {
        AuthBuilder::new(store)
    }
}

impl AuthBuilder {
    fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            memory: None,
            secret: None,
            secrets: Vec::new(),
            base_url: None,
            base_path: None,
            plain_http: false,
            short_passwords: false,
            allow_trailing_slash: false,
            trusted_origins: Vec::new(),
            hosts: Vec::new(),
            disabled: HashSet::new(),
            error_url: None,
            email_password: None,
            verification: EmailVerification::default(),
            password_reset: PasswordReset::default(),
            change_email: None,
            user_deletion: None,
            unlinks_all: false,
            mailer: None,
            mail_templates: None,
            tasks: None,
            http: None,
            session: SessionOptions::default(),
            cookies: CookieOptions::default(),
            rate_limit: Some(RateLimitOptions::default()),
            rate_limit_storage: None,
            default_limiter: None,
            secondary: None,
            session_cache: None,
            limits: RequestLimits::default(),
            addresses: AddressPolicy::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            hasher: None,
            events: Vec::new(),
            plugins: Vec::new(),
            schema: Schema::new(),
        }
    }

    /// The secret that signs cookies: at least 32 characters, random, the same at every start and on
    /// every machine. Who has it can sign in as anyone.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Secrets with their versions, the current one first: `[(2, new), (1, old)]`. What is made is made with the
    /// first; what was made with any of the others is accepted, so nobody is signed out when a secret is replaced.
    /// Take an old one out once whatever it signed has expired, or at once if it has become known.
    ///
    /// The [`secret`](Self::secret) of before there were versions goes on beside these, as the oldest.
    pub fn secrets<S: Into<Secret>>(mut self, secrets: impl IntoIterator<Item = (u32, S)>) -> Self {
        self.secrets = secrets.into_iter().map(|(version, secret)| (version, secret.into())).collect();
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
        self.base_path = Some(path.into());
        self
    }

    /// Accepts a base URL, and trusted origins, of plain http that are not this machine: **credentials are
    /// sent in the clear**.
    pub fn danger_allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Accepts a minimum of fewer than 8 characters for passwords: **they are guessed**.
    pub fn danger_allow_short_passwords(mut self) -> Self {
        self.short_passwords = true;
        self
    }

    /// Also answers paths that end in one slash more. Default: no, they are 404.
    pub fn allow_trailing_slash(mut self) -> Self {
        self.allow_trailing_slash = true;
        self
    }

    /// Names another host at which browsers reach the server, over the scheme of the base URL: `app.example.org`, or
    /// a pattern as `preview-*.example.com`. Links in mail and redirects then lead to the host that the request was
    /// sent to, and its origin is trusted. A host that is not named is answered as the base URL's: a made-up `Host`
    /// never gets into a link.
    pub fn host(mut self, pattern: impl Into<String>) -> Self {
        self.hosts.push(pattern.into());
        self
    }

    /// Trusts requests from, and redirects to, another origin: `https://app.example.com`, or a pattern
    /// as `https://*.example.com` or `myapp://`. See
    /// [`TrustedOrigins`](crate::TrustedOrigins).
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

    /// Keeps sessions and verifications in a key-value storage, as better-auth's `secondaryStorage` does
    /// and in its form, and counts requests there if processes [share](AtomicStorage::is_shared) it. The store
    /// keeps users and accounts. Where sessions are is said by one option,
    /// [`SecondaryOptions::sessions`]: in the storage, in the database, or in both and which of them decides.
    pub fn secondary_storage(mut self, storage: impl AtomicStorage, options: SecondaryOptions) -> Self {
        self.secondary = Some(Secondary::new(storage, options));
        self
    }

    /// [`SessionPlacement::Cached`](crate::SessionPlacement::Cached) over a storage that may lag and cannot be a
    /// [secondary storage](Self::secondary_storage): keeps copies of sessions and their users in it, and believes a copy for `max_stale`
    /// after the database was asked, where nothing sensitive is done: reads of who is signed in then seldom ask the
    /// database. What changes something, and what asks for a
    /// [sensitive](crate::endpoint::SessionNeed::Sensitive) or fresh session, asks the database always, as does
    /// [`Auth::session`]. So whoever is signed out, deleted or banned is seen at once there, and within `max_stale`
    /// elsewhere; see [`CachedStore`](crate::CachedStore).
    ///
    /// `max_stale` is more than zero and at most an hour: `build()` refuses another.
    pub fn session_cache(mut self, storage: impl SecondaryStorage, max_stale: Duration) -> Self {
        self.session_cache = Some(SessionCache::new(Arc::new(storage), max_stale));
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

    /// Who hashes passwords. Default: argon2id on a [`HashPool`](crate::password::HashPool), or on the
    /// calling task in WebAssembly, which has no threads.
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

    /// What the ids of new rows look like. Default: [`IdFormat::Alphanumeric`]. Tables of better-auth's that have columns of the
    /// type `uuid` need [`IdFormat::Uuid`].
    pub fn ids(mut self, ids: IdFormat) -> Self {
        self.schema = self.schema.ids(ids);
        self
    }

    /// Adds a field to users: a column, a check of what clients send, and a part of answers.
    pub fn user_field(mut self, field: ExtraField) -> Self {
        self.schema = self.schema.user_field(field);
        self
    }

    /// Adds a field to sessions, likewise.
    pub fn session_field(mut self, field: ExtraField) -> Self {
        self.schema = self.schema.session_field(field);
        self
    }
}
