//! What the tests share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hallpass_sql::Names;
use hallpass_testing::samples::{COLUMN_NAMES, TABLE_NAMES};
pub(crate) use hallpass_testing::samples::{NOW, session, user};
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::{AssertSqlSafe, MySqlPool};

/// The server on which the tests run.
pub(crate) const SERVER: &str = "HALLPASS_TEST_MYSQL";

/// To the byte, which is what the contracts ask of ids and addresses that differ by case.
pub(crate) const EXACT: &str = "utf8mb4_bin";

/// What databases have unless told otherwise, or near it: case, accents and spaces at the end make no difference.
pub(crate) const LOOSE: &str = "utf8mb4_general_ci";

/// A database of a test's own. The server is thrown away with all of them.
pub(crate) struct Database {
    options: MySqlConnectOptions,
}

impl Database {
    pub(crate) async fn new(collation: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let url = std::env::var(SERVER).unwrap_or_else(|_| {
            panic!(
                "{SERVER} names no MySQL or MariaDB server: `cargo xtask test --only nextest` starts one; or name one \
                 on which these tests may make databases, as mysql://…"
            )
        });
        let server: MySqlConnectOptions = url.parse().unwrap();
        #[expect(clippy::disallowed_methods, reason = "a name that no other run has taken")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        let name = format!("test_{now}_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let create = format!("create database {name} character set utf8mb4 collate {collation}");
        sql(&pool(server.clone(), 1), &create).await;
        Self { options: server.database(&name) }
    }

    pub(crate) fn options(&self) -> MySqlConnectOptions {
        self.options.clone()
    }

    pub(crate) fn pool(&self, connections: u32) -> MySqlPool {
        pool(self.options(), connections)
    }
}

pub(crate) fn pool(options: MySqlConnectOptions, connections: u32) -> MySqlPool {
    MySqlPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(120))
        .connect_lazy_with(options)
}

/// Runs SQL apart from hallpass.
pub(crate) async fn sql(pool: &MySqlPool, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
}

/// The rows of a query that gives texts.
pub(crate) async fn texts(pool: &MySqlPool, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(pool).await.unwrap()
}

/// What better-auth 1.7.25's own migrations make on MySQL and MariaDB.
pub(crate) const BETTER_AUTH: &str = "
create table `user` (`id` varchar(36) not null primary key, `name` varchar(255) not null, `email` varchar(255) not null unique, `emailVerified` boolean not null, `image` text, `createdAt` timestamp(3) default CURRENT_TIMESTAMP(3) not null, `updatedAt` timestamp(3) default CURRENT_TIMESTAMP(3) not null);
create table `session` (`id` varchar(36) not null primary key, `expiresAt` timestamp(3) not null, `token` varchar(255) not null unique, `createdAt` timestamp(3) default CURRENT_TIMESTAMP(3) not null, `updatedAt` timestamp(3) not null, `ipAddress` text, `userAgent` text, `userId` varchar(36) not null references `user` (`id`) on delete cascade);
create table `account` (`id` varchar(36) not null primary key, `accountId` text not null, `providerId` text not null, `userId` varchar(36) not null references `user` (`id`) on delete cascade, `accessToken` text, `refreshToken` text, `idToken` text, `accessTokenExpiresAt` timestamp(3), `refreshTokenExpiresAt` timestamp(3), `scope` text, `password` text, `createdAt` timestamp(3) default CURRENT_TIMESTAMP(3) not null, `updatedAt` timestamp(3) not null);
create table `verification` (`id` varchar(36) not null primary key, `identifier` varchar(255) not null, `value` text not null, `expiresAt` timestamp(3) not null, `createdAt` timestamp(3) default CURRENT_TIMESTAMP(3) not null, `updatedAt` timestamp(3) default CURRENT_TIMESTAMP(3) not null);
create index `session_userId_idx` on `session` (`userId`);
create index `account_userId_idx` on `account` (`userId`);
create index `verification_identifier_idx` on `verification` (`identifier`);
";

/// Everything is called otherwise than in either layout.
pub(crate) fn other_names() -> Names {
    let names = TABLE_NAMES.iter().fold(Names::new(), |names, (table, name)| names.table(*table, *name));
    COLUMN_NAMES.iter().fold(names, |names, (table, column, name)| names.column(*table, *column, *name))
}
