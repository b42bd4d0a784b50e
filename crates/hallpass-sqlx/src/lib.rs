//! [hallpass] over the app's own [sqlx] pool.
//!
//! The app makes the pool, with the options, the TLS and the limits that it has anyway, and hallpass takes part:
//!
//! ```
//! # #[cfg(feature = "postgres")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use hallpass_sqlx::{Postgres, PostgresStore};
//!
//! let pool = sqlx::PgPool::connect("postgres://localhost/app").await?;
//! let store = PostgresStore::new(Postgres::new(pool.clone()));
//! store.migrate().await?;
//! # Ok(())
//! # }
//! ```
//!
//! A database that better-auth made opens as it is; [`migrate`](hallpass_sql::SqlStore::migrate) looks it over, and
//! adds what it lacks.
//!
//! | feature | |
//! | --- | --- |
//! | `postgres` | [`Postgres`]: PostgreSQL 15 and newer, by a `PgPool` |
//!
//! No feature brings TLS: the app names sqlx as well, with the TLS that it wants.

mod error;
#[cfg(feature = "postgres")]
mod postgres;

#[cfg(feature = "postgres")]
pub use postgres::{Postgres, PostgresStore};
