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
//! | `mysql` | [`MySql`]: MySQL 8 and MariaDB, by a `MySqlPool` |
//! | `sqlite` | [`Sqlite`]: SQLite by a `SqlitePool`, for apps that have their own tables in the same file |
//!
//! No feature brings TLS: the app names sqlx as well, with the TLS that it wants.

#[cfg(any(feature = "postgres", feature = "mysql", feature = "sqlite"))]
mod error;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "mysql")]
pub use mysql::{MySql, MySqlStore};
#[cfg(feature = "postgres")]
pub use postgres::{Postgres, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{Sqlite, SqliteStore};

/// Whether the driver's count is one of changed rows: databases count the rows that are read too, or give the last
/// count again.
#[cfg(any(feature = "postgres", feature = "mysql", feature = "sqlite"))]
fn changes_rows(sql: &str) -> bool {
    let verb = sql.get(..6).unwrap_or_default();
    ["insert", "update", "delete"].iter().any(|changing| verb.eq_ignore_ascii_case(changing))
}
