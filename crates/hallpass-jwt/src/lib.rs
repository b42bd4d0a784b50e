//! Tokens for other services, signed by [hallpass]: the plugin `jwt`.
//!
//! A service that has no session store of its own gets a signed token (a JWT, RFC 7519) from the browser, and checks
//! it by the public keys of `/api/auth/jwks`. A page gets its token from `/token`, or from the header `set-auth-jwt`
//! of every `/get-session`; the app's own code from [`Jwt::token`] and [`Jwt::sign`].
//!
//! ```
//! use hallpass::{Auth, MemoryStore};
//! use hallpass_jwt::{Jwt, JwtOptions, MemoryJwkStore};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let jwt = Jwt::new(MemoryJwkStore::new(), JwtOptions::default())?;
//! let auth = Auth::builder(MemoryStore::new())
//!     .secret("a random text of 32 characters or more, kept secret")
//!     .base_url("https://app.example.com")
//!     .plugin(jwt.clone())
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! Keys are kept in better-auth's table `jwks`, sealed under the server's secret: a
//! [`SqlStore`](hallpass_sql::SqlStore) is a [`JwkStore`], and [`Auth::migrate`](hallpass::Auth::migrate) makes the
//! table. What better-auth made is used on, and the other way round.
//!
//! # Features
//!
//! | Feature | Adds |
//! |---|---|
//! | `rs256` | `KeyType::Rsa`, for readers that know neither `EdDSA` nor `ES256` |
//!
//! The crate compiles for `wasm32-unknown-unknown`, with each of them.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod key;
mod keys;
mod options;
mod payload;
mod plugin;
mod sql;
mod store;

pub use key::KeyType;
pub use options::{Audience, JwtOptions, JwtOptionsError};
pub use payload::{TokenPayload, user_claims};
pub use plugin::{Jwt, VerifyError};
pub use store::{JwkStore, MemoryJwkStore, StoredKey};
