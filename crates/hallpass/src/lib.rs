//! Authentication: sign-up, sign-in, sessions, mailed links and plugins, wire-compatible with
//! [better-auth](https://www.better-auth.com) 1.7.25.
//!
//! [`Auth`] is the handle to everything. HTTP is a value here: [`Auth::handle`] takes a request and
//! gives a response, and an adapter such as `hallpass-axum` connects it to a server. The app's own code
//! calls the flows as methods, without a faked request. The crate knows no async runtime, no database
//! driver and no web framework; time, randomness and storage come in through traits.
//!
//! ```
//! use hallpass::{Auth, EmailPassword, MemoryStore, SignInEmail, SignUpEmail};
//! use http::{HeaderMap, Request, header::COOKIE};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let auth = Auth::builder(MemoryStore::new())
//!     .secret("an-example-of-a-secret-0123456789abcdef")
//!     .base_url("http://localhost:3000")
//!     .email_password(EmailPassword::default())
//!     .build()?;
//!
//! auth.sign_up_email(SignUpEmail::new("Ada", "ada@example.com", "correct horse battery")).await?;
//! let signed_in = auth.sign_in_email(SignInEmail::new("ada@example.com", "correct horse battery")).await?;
//!
//! // What the browser gets is a `Set-Cookie` line; what it sends back is the pair at its beginning.
//! let line = signed_in.cookies(&auth, None).remove(0);
//! let cookie = line.to_str()?.split(';').next().unwrap_or_default();
//! let headers = HeaderMap::from_iter([(COOKIE, cookie.parse()?)]);
//! let current = auth.session(&headers).await?.ok_or("not signed in")?;
//! assert_eq!(current.user.name, "Ada");
//!
//! let request = Request::get("/api/auth/get-session").header(COOKIE, cookie).body("".into())?;
//! let response = auth.handle(request).await;
//! let shown: serde_json::Value = serde_json::from_slice(response.body())?;
//! assert_eq!(shown["user"]["email"], "ada@example.com");
//! # Ok(())
//! # }
//! ```
//!
//! # Crates
//!
//! | Crate | For |
//! |---|---|
//! | `hallpass` | this one: the flows, and the traits of what they need |
//! | `hallpass-sqlite` | a store in an embedded SQLite file |
//! | `hallpass-sqlx` | stores in PostgreSQL and SQLite, by the app's own sqlx pool |
//! | `hallpass-sql` | the SQL and the migrations, for any database that implements a small connection trait |
//! | `hallpass-axum` | a router, extractors and a guard for axum |
//! | `hallpass-jwt` | the plugin `jwt`: tokens that other services check by a JWKS |
//! | `hallpass-cli` | the command `hallpass`: migrations, a doctor, users and sessions |
//! | `hallpass-testing` | the conformance suite for stores, and doubles for tests |
//!
//! # What is here
//!
//! | Here | For |
//! |---|---|
//! | [`Auth`], [`AuthBuilder`], [`BuildError`] | the handle, its configuration, and what is refused |
//! | [`Auth::handle`], [`Auth::admit`] | requests, for adapters: whole, or by their heads first |
//! | [`SignUpEmail`], [`SignInEmail`], [`SignedIn`], [`SignedUp`] | signing up and in by address and password |
//! | [`PasswordReset`], [`EmailVerification`], [`ChangeEmail`], [`UserDeletion`] | what goes by mail |
//! | [`CurrentSession`], [`SessionAnswer`], [`Refresh`] | who is signed in, and keeping it so |
//! | [`Auth::sweep`] | clearing away what has expired |
//! | [`EmailPassword`], [`SessionOptions`], [`CookieCache`], [`CookieOptions`], [`RateLimitOptions`], [`RequestLimits`] | the options, with their defaults |
//! | [`TrustedOrigins`], [`AddressPolicy`] | whom to trust, and where a client is |
//! | [`Error`], [`WireError`] | outcomes of flows, and what clients are told of them |
//! | [`events`] | what happened that matters for security, to subscribe to |
//! | [`plugins`] | the plugins that come with the crate |
//! | [`plugin`], [`endpoint`], [`shape`], [`reply`] | adding endpoints and taking part in flows |
//! | [`store`], [`model`], [`types`] | the contract of a database, and the records |
//! | [`schema`], [`UpdateUser`], [`Auth::update_session`] | additional fields of users and sessions |
//! | [`storage`] | key-value storage: one that may lag, and one that decides |
//! | [`SecondaryStore`], [`SecondaryOptions`] | sessions and verifications in a key-value storage |
//! | [`MemoryStore`], [`MemoryStorage`] | both in this process's memory |
//! | [`password`] | argon2id, better-auth's scrypt, and the pool that hashes |
//! | [`clock`], [`random`], [`tasks`], [`mailer`], [`http_client`], [`jwt`] | what else comes in from outside |
//!
//! Not yet: social login, two-factor, passkeys; Cloudflare Workers.
//!
//! # Features
//!
//! | Feature | Adds |
//! |---|---|
//! | `bcrypt` | password hashes by bcrypt, which came with the users of another system, are verified |
//! | `jwe` | `CookieCacheStrategy::Jwe`: session and user in a cookie that nobody else reads; `CookieCache::stateless`, which [`Auth::stateless`] takes by itself |
//! | `seal` | `Auth::seal` and `Auth::open`: text that only this server reads |
//!
//! The crate compiles for `wasm32-unknown-unknown`, with each of them.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod builder;
mod chunks;
mod client_address;
pub mod clock;
mod config;
mod cookie;
mod cookie_cache;
mod cookie_rules;
mod csrf;
pub mod endpoint;
mod error;
pub mod events;
mod flow;
mod glob;
mod hex;
pub mod http_client;
mod ids;
mod input;
mod js_json;
pub mod jwt;
mod keyring;
mod links;
mod mail_flow_error;
mod mail_options;
pub mod mailer;
mod memory;
mod memory_storage;
pub mod model;
mod origin;
mod outgoing;
pub mod password;
mod pipeline;
pub mod plugin;
mod plugin_cookie;
pub mod plugins;
#[cfg(test)]
mod properties;
pub mod random;
mod rate_limit;
pub mod reply;
mod router;
pub mod schema;
#[cfg(feature = "seal")]
mod seal;
mod secondary;
mod session;
pub mod shape;
mod signature;
pub mod storage;
pub mod store;
pub mod tasks;
pub mod types;
mod wire_error;

pub use auth::Auth;
pub use builder::{AuthBuilder, BuildError};
pub use client_address::{AddressPolicy, InvalidAddressPolicy};
pub use config::{
    CookieOptions, CookieOverride, CookiePatch, EmailPassword, RateLimit, RateLimitOptions, RequestLimits,
    SessionOptions, TokenStorage,
};
pub use cookie::SameSite;
pub use cookie_cache::{CookieCache, CookieCacheRefresh, CookieCacheStrategy, CookieCacheVersion};
pub use error::{Error, RedirectParameter};
pub use flow::get_session::{Refresh, SessionAnswer};
pub use flow::session::{NewSession, SignedIn};
pub use flow::sessions::ListedSession;
pub use flow::sign_in::SignInEmail;
pub use flow::sign_up::{SignUpEmail, SignedUp};
pub use flow::sweep::Swept;
pub use flow::update_user::UpdateUser;
pub use flow::verify_email::{VerifiedEmail, VerifyEmail};
pub use ids::IdFormat;
pub use keyring::SubKey;
pub use mail_flow_error::MailFlowError;
pub use mail_options::{ChangeEmail, EmailVerification, PasswordReset, UserDeletion};
pub use memory::MemoryStore;
pub use memory_storage::MemoryStorage;
pub use origin::{InvalidOriginPattern, TrustedOrigins};
pub use pipeline::Admitted;
pub use plugin_cookie::{PluginCookie, cookie_names};
pub use rate_limit::RequestLimiter;
#[cfg(feature = "seal")]
pub use seal::{SealError, SealPurpose};
pub use secondary::{CachedStore, SecondaryOptions, SecondaryStore, SessionPlacement, VerificationPlacement};
pub use session::{CurrentSession, CurrentSessionView};
pub use wire_error::WireError;
