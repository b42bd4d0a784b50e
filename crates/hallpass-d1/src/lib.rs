//! [hallpass] on Cloudflare D1, by the binding of a Worker.
//!
//! ```
//! use hallpass_d1::{D1, D1Store};
//!
//! # fn example(env: &worker::Env) -> worker::Result<()> {
//! let store = D1Store::new(D1::new(env.d1("DB")?));
//! # Ok(())
//! # }
//! ```
//!
//! A database that better-auth made opens as it is, in either layout: by its own migrations, or by Drizzle's. New tables come
//! from `hallpass generate --for d1`, as a file for `wrangler d1 migrations`.
//!
//! # Transactions
//! D1 has none but its batch: statements that are sent together, of which all take effect, or none. Every write of hallpass is one.
//! What must be decided between two callers is decided within a statement, so nothing is read first and written after.
//!
//! # Lost answers
//! When D1 does not answer, a write may have taken effect or not, and nobody knows. It is **not sent again**: rows carry ids
//! made here, so that the caller can. A read is tried again, twice.
//!
//! # From elsewhere
//! With the feature `http` `D1Http` reaches a database over Cloudflare's API, for the command, jobs and migrations.
//!
//! # Numbers
//! A number in D1 is JavaScript's: whole up to 2⁵³. A larger one is refused rather than rounded.

#[cfg(feature = "binding")]
mod binding;
mod cell;
mod error;
#[cfg(feature = "http")]
mod http;
mod reads;

#[cfg(feature = "http")]
pub use crate::http::D1Http;
#[cfg(feature = "binding")]
pub use binding::D1;
pub use hallpass_sql::Layout;

/// hallpass's store in D1: `D1Store::new(D1::new(env.d1("DB")?))`.
#[cfg(feature = "binding")]
pub type D1Store = hallpass_sql::SqlStore<D1>;
