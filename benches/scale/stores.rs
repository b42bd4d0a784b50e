//! The stores that are filled.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use hallpass_benches::filled::{Rows, fill_postgres, fill_sqlite};
use hallpass_sqlite::{Sqlite, SqliteStore};
use hallpass_sqlx::{Postgres, PostgresStore};
use rusqlite::Connection;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

/// A store that is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Sqlite,
    Postgres,
}

impl Store {
    pub(crate) const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// A database, to be filled and then opened.
pub(crate) enum Database {
    Sqlite(PathBuf),
    Postgres(PgPool),
}

impl Database {
    /// An empty one with the tables.
    pub(crate) async fn make(store: Store, folder: &Path) -> Result<Self> {
        let database = match store {
            Store::Sqlite => Self::Sqlite(folder.join("auth.db")),
            Store::Postgres => {
                let url = std::env::var("HALLPASS_BENCH_POSTGRES").context(
                    "HALLPASS_BENCH_POSTGRES names no database: `cargo xtask bench scale` starts one",
                )?;
                Self::Postgres(PgPoolOptions::new().max_connections(4).connect(&url).await?)
            }
        };
        database.open()?.migrate().await?;
        Ok(database)
    }

    pub(crate) fn open(&self) -> Result<Arc<dyn hallpass::store::Store>> {
        Ok(match self {
            Self::Sqlite(file) => Arc::new(SqliteStore::new(Sqlite::open(file)?)),
            Self::Postgres(pool) => Arc::new(PostgresStore::new(Postgres::new(pool.clone()))),
        })
    }

    pub(crate) async fn fill(&self, rows: &Rows, added: impl FnMut(u64)) -> Result<()> {
        match self {
            Self::Sqlite(file) => fill_sqlite(&mut Connection::open(file)?, rows, added),
            Self::Postgres(pool) => fill_postgres(pool, rows, added).await,
        }
    }

    /// The bytes that it takes: of each table, with its indexes.
    pub(crate) async fn bytes(&self) -> Result<Vec<(&'static str, u64)>> {
        let mut bytes = Vec::new();
        for table in ["user", "account", "session"] {
            let of_table: i64 = match self {
                Self::Sqlite(file) => Connection::open(file)?.query_row(
                    "SELECT sum(pgsize) FROM dbstat WHERE name IN \
                     (SELECT name FROM sqlite_master WHERE tbl_name = ?1)",
                    [table],
                    |row| row.get(0),
                )?,
                Self::Postgres(pool) => {
                    sqlx::query_scalar("SELECT pg_total_relation_size(quote_ident($1)::regclass)")
                        .bind(table)
                        .fetch_one(pool)
                        .await?
                }
            };
            bytes.push((table, u64::try_from(of_table)?));
        }
        Ok(bytes)
    }
}
