//! What the tests share.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use hallpass_sql::Names;
use hallpass_testing::samples::{COLUMN_NAMES, TABLE_NAMES};
pub(crate) use hallpass_testing::samples::{NOW, session, user};

/// A directory of a test's own, removed when it is over.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("hallpass-sqlite-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Runs SQL in a database file, apart from hallpass.
pub(crate) fn sql(path: &Path, sql: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// The SQL of everything in the schema of the file `app.db`.
pub(crate) fn schema(directory: &Directory) -> BTreeSet<String> {
    let connection = rusqlite::Connection::open(directory.file("app.db")).unwrap();
    let mut statement = connection.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// What better-auth 1.7.25's own migrations make on SQLite.
pub(crate) const BETTER_AUTH: &str = r#"
create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique, "emailVerified" integer not null, "image" text, "createdAt" date not null, "updatedAt" date not null);
create table "session" ("id" text not null primary key, "expiresAt" date not null, "token" text not null unique, "createdAt" date not null, "updatedAt" date not null, "ipAddress" text, "userAgent" text, "userId" text not null references "user" ("id") on delete cascade);
create table "account" ("id" text not null primary key, "accountId" text not null, "providerId" text not null, "userId" text not null references "user" ("id") on delete cascade, "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" date, "refreshTokenExpiresAt" date, "scope" text, "password" text, "createdAt" date not null, "updatedAt" date not null);
create table "verification" ("id" text not null primary key, "identifier" text not null, "value" text not null, "expiresAt" date not null, "createdAt" date not null, "updatedAt" date not null);
create index "session_userId_idx" on "session" ("userId");
create index "account_userId_idx" on "account" ("userId");
create index "verification_identifier_idx" on "verification" ("identifier");
"#;

/// Everything is called otherwise than in either layout.
pub(crate) fn other_names() -> Names {
    let names = TABLE_NAMES.iter().fold(Names::new(), |names, (table, name)| names.table(*table, *name));
    COLUMN_NAMES.iter().fold(names, |names, (table, column, name)| names.column(*table, *column, *name))
}
