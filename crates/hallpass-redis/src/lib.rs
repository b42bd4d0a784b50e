//! [hallpass](https://docs.rs/hallpass) in Redis: sessions, verifications and rate limits, under better-auth's keys.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use hallpass::{Auth, MemoryStore, SecondaryOptions};
//! use hallpass_redis::RedisStorage;
//!
//! let redis = RedisStorage::connect("redis://localhost").await?;
//! let auth = Auth::builder(MemoryStore::new()) // your database: users and accounts
//!     .secondary_storage(redis, SecondaryOptions::default());
//! # Ok(())
//! # }
//! ```
//!
//! What better-auth has in its `secondaryStorage` is taken over as it is, and requests are counted there too.
//!
//! | | |
//! | --- | --- |
//! | [`RedisStorage`] | an [`AtomicStorage`](hallpass::storage::AtomicStorage): single use by `GETDEL`, counting and comparing by scripts |
//! | [`RedisBuilder`] | one server, a Cluster, Sentinel, or the app's own connection; a prefix, time-outs |
//! | [`Finding`] | a setting of a server that would lose sessions |
//!
//! | feature | |
//! | --- | --- |
//! | `tls` | `rediss://`, by rustls and the system's certificates |
//!
//! Redis 6.2 or newer, or what speaks its protocol, such as Valkey.

mod builder;
mod error;
mod health;
mod link;
mod scripts;
mod storage;

pub use builder::RedisBuilder;
pub use error::ConnectError;
pub use health::Finding;
pub use redis;
pub use storage::RedisStorage;
