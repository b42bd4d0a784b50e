//! The server over the database that the options name, natively.

use std::sync::Arc;

use hallpass::store::StoreError;
use hallpass::{Auth, MemoryStore};
use hallpass_jwt::MemoryJwkStore;
use hallpass_sqlite::{Sqlite, SqliteStore};
use hallpass_sqlx::{MySql, MySqlStore, Postgres, PostgresStore};
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::{AssertSqlSafe, MySqlPool, PgPool};

use crate::Failure;
use crate::clock::MovedClock;
use crate::mail::Outbox;
use crate::names;
use crate::options::Options;
use crate::secondary::{self, Secondary};
use crate::server::{Parts, build, counted};

/// The server, and what the control port acts on.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) auth: Auth,
    pub(crate) clock: MovedClock,
    rows: Rows,
    pub(crate) outbox: Outbox,
    pub(crate) secondary: Option<Secondary>,
}

/// Where rows are counted.
#[derive(Clone)]
enum Rows {
    /// Nowhere: there is no database.
    None,
    Memory(MemoryStore),
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
    MySql(MySqlStore),
}

impl App {
    /// Opens the database and builds the library.
    pub(crate) async fn new(
        options: Options,
        plain_tokens: bool,
        redis: Option<&str>,
    ) -> Result<Self, Failure> {
        let clock = MovedClock::default();
        let secondary = secondary::storage(&options, &clock, redis).await?;
        let parts = Parts { clock, outbox: Outbox::default(), secondary, plain_tokens };
        let Some(database) = options.database.clone() else {
            let keys = Arc::new(MemoryJwkStore::new()) as _;
            let auth = if parts.secondary.is_some() {
                build(Auth::builder(MemoryStore::new()), &keys, &parts, options)?
            } else {
                stateless(&options)?;
                build(Auth::stateless(), &keys, &parts, options)?
            };
            return Ok(Self::with(auth, Rows::None, parts));
        };
        if database == "memory" {
            let store = MemoryStore::new();
            let auth = build(
                Auth::builder(store.clone()),
                &(Arc::new(MemoryJwkStore::new()) as _),
                &parts,
                options,
            )?;
            return Ok(Self::with(auth, Rows::Memory(store), parts));
        }
        if database.starts_with("postgres:") {
            let store = names::store(postgres(&database).await?, &options).await?;
            let builder = counted(Auth::builder(store.clone()), &store, &parts, &options);
            let auth = build(builder, &(Arc::new(store.clone()) as _), &parts, options)?;
            auth.migrate().await?;
            return Ok(Self::with(auth, Rows::Postgres(store), parts));
        }
        if database.starts_with("mysql:") {
            let store = names::store(mysql(&database).await?, &options).await?;
            let builder = counted(Auth::builder(store.clone()), &store, &parts, &options);
            let auth = build(builder, &(Arc::new(store.clone()) as _), &parts, options)?;
            auth.migrate().await?;
            return Ok(Self::with(auth, Rows::MySql(store), parts));
        }
        if !database.starts_with("sqlite:") {
            return Err(Failure::Refused(format!("option database: {database:?} is not supported")));
        }
        let store = names::store(Sqlite::open(&database)?, &options).await?;
        let builder = counted(Auth::builder(store.clone()), &store, &parts, &options);
        let auth = build(builder, &(Arc::new(store.clone()) as _), &parts, options)?;
        auth.migrate().await?;
        Ok(Self::with(auth, Rows::Sqlite(store), parts))
    }

    /// How many rows each table has.
    pub(crate) async fn counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        match &self.rows {
            Rows::None => Ok(Vec::new()),
            Rows::Memory(store) => {
                Ok(store.counts().into_iter().map(|(table, rows)| (table.to_owned(), rows)).collect())
            }
            Rows::Sqlite(store) => store.counts().await,
            Rows::Postgres(store) => store.counts().await,
            Rows::MySql(store) => store.counts().await,
        }
    }

    fn with(auth: Auth, rows: Rows, parts: Parts) -> Self {
        Self { auth, rows, clock: parts.clock, outbox: parts.outbox, secondary: parts.secondary }
    }
}

/// better-auth can be told to have no cookies either, and then has its sessions in memory alone.
fn stateless(options: &Options) -> Result<(), Failure> {
    if options.session.cookie_cache.enabled == Some(false) {
        let refusal = "option session.cookieCache.enabled: without a database it is not to be turned off";
        return Err(Failure::Refused(refusal.to_owned()));
    }
    Ok(())
}

/// The database of `postgres://…`; `postgres://…#name` has its tables in a schema of that name, which is made.
async fn postgres(url: &str) -> Result<Postgres, Failure> {
    let (server, schema) = url.split_once('#').unwrap_or((url, ""));
    let pool = PgPool::connect(server).await?;
    if schema.is_empty() {
        return Ok(Postgres::new(pool));
    }
    sqlx::raw_sql(AssertSqlSafe(format!("create schema if not exists \"{schema}\""))).execute(&pool).await?;
    Ok(Postgres::new(pool).in_schema(schema))
}

/// The database of `mysql://…`; `mysql://…#name` is a database of that name, which is made.
async fn mysql(url: &str) -> Result<MySql, Failure> {
    let (server, name) = url.split_once('#').unwrap_or((url, ""));
    let options: MySqlConnectOptions = server.parse()?;
    if name.is_empty() {
        return Ok(MySql::new(MySqlPool::connect_with(options).await?));
    }
    let create = format!("create database if not exists `{name}` character set utf8mb4 collate utf8mb4_bin");
    let pool = MySqlPoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
    sqlx::raw_sql(AssertSqlSafe(create)).execute(&pool).await?;
    pool.close().await;
    Ok(MySql::new(MySqlPool::connect_with(options.database(name)).await?))
}
