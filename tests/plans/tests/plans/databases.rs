//! A database of a test's own, with nothing in it. The servers are thrown away with all of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hallpass_sql::{Layout, SqlConnection, SqlStore, Statement};
use hallpass_sqlite::Sqlite;
use hallpass_sqlx::{MySql, Postgres};
use hallpass_testing::MockClock;
use sqlx::AssertSqlSafe;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// A name that no other run has taken.
fn name() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    #[expect(clippy::disallowed_methods, reason = "a name that no other run has taken")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    format!("plans_{now}_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} names no server: `cargo xtask test --only nextest` starts one")
    })
}

pub(crate) fn sqlite() -> Sqlite {
    Sqlite::in_memory().unwrap()
}

/// Its planner takes an index wherever one serves: with few rows it would rather read the table.
pub(crate) async fn postgres() -> Postgres {
    let options: PgConnectOptions = server("HALLPASS_TEST_POSTGRES").parse().unwrap();
    let name = name();
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
    sqlx::query(AssertSqlSafe(format!("create schema {name}"))).execute(&pool).await.unwrap();
    let options = options.options([("search_path", name.as_str()), ("enable_seqscan", "off")]);
    Postgres::new(PgPoolOptions::new().max_connections(4).connect_lazy_with(options))
}

/// Its planner goes by the rows that there are: [`fill`] it.
pub(crate) async fn mysql() -> MySql {
    let options: MySqlConnectOptions = server("HALLPASS_TEST_MYSQL").parse().unwrap();
    let name = name();
    let pool = MySqlPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
    let create = format!("create database {name} character set utf8mb4 collate utf8mb4_bin");
    sqlx::raw_sql(AssertSqlSafe(create)).execute(&pool).await.unwrap();
    MySql::new(MySqlPoolOptions::new().max_connections(4).connect_lazy_with(options.database(&name)))
}

/// Some hundred users, each with an account, a session and a verification, so that a planner has to choose.
pub(crate) async fn fill<C: SqlConnection>(store: &SqlStore<C>) {
    use hallpass::storage::SecondaryStorage as _;
    use hallpass::store::{SessionStore as _, UserStore as _, VerificationStore as _};
    let storage = store.storage(MockClock::new());
    for number in 0..400 {
        let (user, account) = hallpass_testing::samples::user(&format!("of many {number}"));
        store.create_user(&user, Some(&account)).await.unwrap();
        assert!(store.create_session(&hallpass_testing::samples::session(&user)).await.unwrap());
        store.put_verification(&crate::workload::verification(&user.name)).await.unwrap();
        storage.set(&user.name, "1", Some(Duration::from_secs(3_600 * 24 * 365))).await.unwrap();
    }
    for table in ["user", "account", "session", "verification", "hallpass_storage"] {
        store.connection().execute(Statement::new(format!("ANALYZE TABLE `{table}`"))).await.unwrap();
    }
}

pub(crate) const LAYOUTS: [Layout; 2] = [Layout::CamelCase, Layout::SnakeCase];
