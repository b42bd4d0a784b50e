//! The same over PostgreSQL and MariaDB.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hallpass_sql::{SqlConnection, SqlStore};
use hallpass_sqlx::{MySql, Postgres};
use sqlx::AssertSqlSafe;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::runtime::{Handle, Runtime};

use super::connection::FaultyConnection;
use super::{AT_STATEMENTS, Place, walk, walk_over};

/// A database of a test's own, which the servers are thrown away with, and where its connections work.
struct Database<C> {
    connection: C,
    runtime: Option<Runtime>,
}

fn server<T: std::str::FromStr>(variable: &str) -> T {
    let url = std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} names no server: `cargo xtask test --only nextest` starts one")
    });
    url.parse().ok().unwrap()
}

/// What is done beside an answer is done on the one thread that there is.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// A name that no other run has taken.
fn name() -> String {
    #[expect(clippy::disallowed_methods, reason = "a name that no other run has taken")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    format!("faults_{now}_{}", std::process::id())
}

impl<C> Database<C> {
    fn with(connect: impl AsyncFnOnce(String) -> C) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let connection = runtime.block_on(connect(name()));
        Self { connection, runtime: Some(runtime) }
    }
}

impl<C> Drop for Database<C> {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn postgres() -> Database<Postgres> {
    Database::with(async |name| {
        let options: PgConnectOptions = server("HALLPASS_TEST_POSTGRES");
        let pool = PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await.unwrap();
        sqlx::query(AssertSqlSafe(format!("create schema {name}"))).execute(&pool).await.unwrap();
        let options = options.options([("search_path", name.as_str())]);
        let pool = PgPoolOptions::new().acquire_timeout(Duration::from_secs(60));
        Postgres::new(pool.max_connections(4).connect_lazy_with(options))
    })
}

fn mariadb() -> Database<MySql> {
    Database::with(async |name| {
        let options: MySqlConnectOptions = server("HALLPASS_TEST_MYSQL");
        let pool = MySqlPoolOptions::new().max_connections(1).connect_with(options.clone()).await.unwrap();
        let create = format!("create database {name} character set utf8mb4 collate utf8mb4_bin");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&pool).await.unwrap();
        // Of its own locks none is in the way of a batch that is taken apart.
        let pool = MySqlPoolOptions::new().acquire_timeout(Duration::from_secs(60));
        MySql::new(pool.max_connections(1).connect_lazy_with(options.database(&name)))
    })
}

impl<C: SqlConnection + Clone> Database<C> {
    /// A server with one user on it, as if there had never been another.
    async fn place(&self, splits: bool) -> Place {
        let runtime = self.runtime.as_ref().map(|runtime| Handle::clone(runtime.handle()));
        let connection = FaultyConnection::new(self.connection.clone(), runtime, splits);
        let place = Place::over(Arc::new(SqlStore::new(connection.clone())), Arc::new(connection.clone()));
        place.app.auth.migrate().await.unwrap();
        for table in ["session", "account", "user", "verification"] {
            connection.execute_now(&format!("DELETE FROM \"{table}\""));
        }
        place.app.sign_up().await;
        place
    }

    fn is_sound(&self) {
        let walk = walk(async || self.place(false).await, AT_STATEMENTS);
        let (wrong, tried) = block_on(walk);
        assert!(wrong.is_empty(), "{} of {tried}: {wrong:#?}", wrong.len());
        assert!(tried > 300, "{tried}");
    }

    fn is_found_to_split(&self) {
        let walk = walk_over(&["/sign-up/email"], async || self.place(true).await, AT_STATEMENTS);
        let (wrong, _) = block_on(walk);
        assert!(!wrong.is_empty());
    }
}

#[test]
fn no_fault_at_any_statement_on_postgres_grants_loses_or_halves_anything_on_any_route() {
    postgres().is_sound();
}

#[test]
fn a_batch_on_postgres_whose_statements_are_transactions_of_their_own_is_found() {
    postgres().is_found_to_split();
}

#[test]
fn no_fault_at_any_statement_on_mariadb_grants_loses_or_halves_anything_on_any_route() {
    mariadb().is_sound();
}

#[test]
fn a_batch_on_mariadb_whose_statements_are_transactions_of_their_own_is_found() {
    mariadb().is_found_to_split();
}
