//! What the tests share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use hallpass_sql::Names;
use hallpass_testing::samples::{COLUMN_NAMES, TABLE_NAMES};
pub(crate) use hallpass_testing::samples::{NOW, session, user};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgPool};

/// The server on which the tests run.
pub(crate) const SERVER: &str = "HALLPASS_TEST_POSTGRES";

/// A schema of a test's own. The server is thrown away with all of them.
pub(crate) struct Database {
    pub(crate) schema: String,
    options: PgConnectOptions,
}

impl Database {
    pub(crate) async fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let url = std::env::var(SERVER).unwrap_or_else(|_| {
            panic!(
                "{SERVER} names no PostgreSQL server: `cargo xtask test --only nextest` starts one; or name one on \
                 which these tests may make schemas, as postgres://…"
            )
        });
        let options: PgConnectOptions = url.parse().unwrap();
        #[expect(clippy::disallowed_methods, reason = "a name that no other run has taken")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        let schema = format!("test {now} {} {}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let database = Self { schema, options };
        let create = format!("create schema \"{}\"", database.schema);
        sqlx::query(AssertSqlSafe(create)).execute(&database.elsewhere(1)).await.unwrap();
        database
    }

    /// Connections find the schema by themselves.
    pub(crate) fn found(&self) -> PgConnectOptions {
        self.options.clone().options([("search_path", format!("\"{}\"", self.schema))])
    }

    /// A pool of such connections.
    pub(crate) fn pool(&self, connections: u32) -> PgPool {
        pool(self.found(), connections)
    }

    /// A pool whose connections do not.
    pub(crate) fn elsewhere(&self, connections: u32) -> PgPool {
        pool(self.options.clone(), connections)
    }
}

pub(crate) fn pool(options: PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new().max_connections(connections).connect_lazy_with(options)
}

/// Runs SQL apart from hallpass, by a pool that finds the tables.
pub(crate) async fn sql(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
}

/// The rows of a query that gives texts.
pub(crate) async fn texts(pool: &PgPool, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(pool).await.unwrap()
}

/// What better-auth 1.7.25's own migrations make on PostgreSQL.
pub(crate) const BETTER_AUTH: &str = r#"
create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique, "emailVerified" boolean not null, "image" text, "createdAt" timestamptz default CURRENT_TIMESTAMP not null, "updatedAt" timestamptz default CURRENT_TIMESTAMP not null);
create table "session" ("id" text not null primary key, "expiresAt" timestamptz not null, "token" text not null unique, "createdAt" timestamptz default CURRENT_TIMESTAMP not null, "updatedAt" timestamptz not null, "ipAddress" text, "userAgent" text, "userId" text not null references "user" ("id") on delete cascade);
create table "account" ("id" text not null primary key, "accountId" text not null, "providerId" text not null, "userId" text not null references "user" ("id") on delete cascade, "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" timestamptz, "refreshTokenExpiresAt" timestamptz, "scope" text, "password" text, "createdAt" timestamptz default CURRENT_TIMESTAMP not null, "updatedAt" timestamptz not null);
create table "verification" ("id" text not null primary key, "identifier" text not null, "value" text not null, "expiresAt" timestamptz not null, "createdAt" timestamptz default CURRENT_TIMESTAMP not null, "updatedAt" timestamptz default CURRENT_TIMESTAMP not null);
create index "session_userId_idx" on "session" ("userId");
create index "account_userId_idx" on "account" ("userId");
create index "verification_identifier_idx" on "verification" ("identifier");
"#;

/// Everything is called otherwise than in either layout.
pub(crate) fn other_names() -> Names {
    let names = TABLE_NAMES.iter().fold(Names::new(), |names, (table, name)| names.table(*table, *name));
    COLUMN_NAMES.iter().fold(names, |names, (table, column, name)| names.column(*table, *column, *name))
}
