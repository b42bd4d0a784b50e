//! The contract of stores of keys, over each of them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hallpass::Auth;
use hallpass_jwt::{JwkStore, Jwt, JwtOptions, MemoryJwkStore};
use hallpass_sql::{Layout, SqlConnection, SqlStore};
use hallpass_sqlite::Sqlite;
use hallpass_sqlx::{MySql, Postgres};
use sqlx::AssertSqlSafe;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

mod memory {
    use super::*;

    hallpass_testing::jwk_store_tests!(async { MemoryJwkStore::new() });
}

mod shared {
    use super::*;

    hallpass_testing::jwk_store_tests!(async {
        let store: Arc<dyn JwkStore> = Arc::new(MemoryJwkStore::new());
        store
    });
}

/// Makes the table, as an app does.
async fn migrated<C: SqlConnection>(connection: C, layout: Layout) -> SqlStore<C> {
    let store = SqlStore::in_layout(connection, layout);
    let auth = Auth::builder(store.clone())
        .secret("kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=")
        .base_url("http://localhost:3000")
        .plugin(Jwt::new(store.clone(), JwtOptions::default()).unwrap())
        .build()
        .unwrap();
    auth.migrate().await.unwrap();
    store
}

mod sqlite {
    use super::*;

    mod camel_case {
        use super::*;

        hallpass_testing::jwk_store_tests!(async {
            migrated(Sqlite::in_memory().unwrap(), Layout::CamelCase).await
        });
    }

    mod snake_case {
        use super::*;

        hallpass_testing::jwk_store_tests!(async {
            migrated(Sqlite::in_memory().unwrap(), Layout::SnakeCase).await
        });
    }
}

fn server<T: std::str::FromStr>(variable: &str) -> T {
    let url = std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} names no server: `cargo xtask test --only nextest` starts one")
    });
    url.parse().ok().unwrap()
}

/// A name that no other run has taken.
fn name() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    #[expect(clippy::disallowed_methods, reason = "a name that no other run has taken")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    format!("keys_{now}_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

const PATIENCE: Duration = Duration::from_secs(60);

async fn on_postgres(layout: Layout) -> SqlStore<Postgres> {
    let (options, name): (PgConnectOptions, _) = (server("HALLPASS_TEST_POSTGRES"), name());
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
    sqlx::query(AssertSqlSafe(format!("create schema {name}"))).execute(&pool).await.unwrap();
    let options = options.options([("search_path", name.as_str())]);
    let pool = PgPoolOptions::new().max_connections(4).acquire_timeout(PATIENCE);
    migrated(Postgres::new(pool.connect_lazy_with(options)), layout).await
}

async fn on_mariadb(layout: Layout) -> SqlStore<MySql> {
    let (options, name): (MySqlConnectOptions, _) = (server("HALLPASS_TEST_MYSQL"), name());
    let pool = MySqlPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
    let create = format!("create database {name} character set utf8mb4 collate utf8mb4_bin");
    sqlx::raw_sql(AssertSqlSafe(create)).execute(&pool).await.unwrap();
    let pool = MySqlPoolOptions::new().max_connections(4).acquire_timeout(PATIENCE);
    migrated(MySql::new(pool.connect_lazy_with(options.database(&name))), layout).await
}

mod postgres {
    use super::*;

    mod camel_case {
        use super::*;

        hallpass_testing::jwk_store_tests!(on_postgres(Layout::CamelCase));
    }

    mod snake_case {
        use super::*;

        hallpass_testing::jwk_store_tests!(on_postgres(Layout::SnakeCase));
    }
}

mod mariadb {
    use super::*;

    mod camel_case {
        use super::*;

        hallpass_testing::jwk_store_tests!(on_mariadb(Layout::CamelCase));
    }

    mod snake_case {
        use super::*;

        hallpass_testing::jwk_store_tests!(on_mariadb(Layout::SnakeCase));
    }
}
