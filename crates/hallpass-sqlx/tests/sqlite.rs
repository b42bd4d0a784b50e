//! hallpass on SQLite by sqlx: the contracts of the stores, and an app's own tables beside.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "shared/damage.rs"]
mod damage;

use std::path::Path;
use std::time::Duration;

use hallpass::store::StoreErrorKind;
use hallpass_sql::{Layout, SqlConnection as _, Statement, Value};
use hallpass_sqlx::{Sqlite, SqliteStore};
use hallpass_testing::{MockClock, StorageFixture, StoreFixture};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

fn pool(file: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // Whether power was lost is nothing that these checks could see, and waiting for the disk is long.
        .synchronous(SqliteSynchronous::Off)
        .busy_timeout(Duration::from_secs(60));
    SqlitePoolOptions::new()
        .max_connections(4)
        .acquire_timeout(Duration::from_secs(120))
        .connect_lazy_with(options)
}

/// A new file, open twice, as two processes would have it.
async fn file(layout: Layout) -> StoreFixture {
    let folder = tempfile::tempdir().unwrap();
    let open = || SqliteStore::in_layout(Sqlite::new(pool(&folder.path().join("app.db"))), layout);
    let store = open();
    store.migrate().await.unwrap();
    StoreFixture::new(store).also(open()).rounds(200).keep(folder)
}

mod camel_case {
    hallpass_testing::store_tests!(super::file(super::Layout::CamelCase));
}

mod snake_case {
    hallpass_testing::store_tests!(super::file(super::Layout::SnakeCase));
}

mod storage {
    hallpass_testing::storage_tests!(async {
        let folder = tempfile::tempdir().unwrap();
        let store = super::SqliteStore::new(super::Sqlite::new(super::pool(&folder.path().join("app.db"))));
        store.migrate().await.unwrap();
        let clock = std::sync::Arc::new(super::MockClock::new());
        super::StorageFixture::passing(store.storage(clock.clone()), move |span| {
            // The file is there as long as this is.
            let _ = &folder;
            clock.advance(span);
            std::future::ready(())
        })
    });
}

/// A file of a test's own, that several processes open.
struct File(tempfile::TempDir);

impl hallpass_testing::processes::SharedDatabase for File {
    type Store = SqliteStore;

    async fn create() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn address(&self) -> String {
        self.0.path().join("app.db").display().to_string()
    }

    async fn open(address: &str) -> SqliteStore {
        let store = SqliteStore::new(Sqlite::new(pool(Path::new(address))));
        store.migrate().await.unwrap();
        store
    }

    async fn orphans(&self) -> u64 {
        let pool = pool(Path::new(&self.address()));
        let check: String = sqlx::query_scalar("pragma integrity_check").fetch_one(&pool).await.unwrap();
        assert_eq!(check, "ok");
        let count: i64 =
            sqlx::query_scalar(hallpass_testing::samples::ORPHANS).fetch_one(&pool).await.unwrap();
        u64::try_from(count).unwrap()
    }
}

mod processes {
    hallpass_testing::process_tests!(super::File);
}

mod damaged {
    use super::{Sqlite, SqliteStore, pool};

    crate::damage::damage_tests!(async {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::new(Sqlite::new(pool(&folder.path().join("app.db"))));
        (folder, store)
    });
}

#[tokio::test]
async fn a_batch_that_fails_leaves_nothing_and_its_connection_serves_on() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::new(pool(&folder.path().join("app.db")));
    let tables = "create table t (n integer primary key, v); create table u (n integer references t)";
    sqlx::raw_sql(tables).execute(sqlite.pool()).await.unwrap();
    let insert = |table: &str, n: i64| Statement::new(format!("INSERT INTO {table} (n) VALUES (?1)")).bind(n);
    for (second, expected) in [
        (insert("t", 1), StoreErrorKind::Conflict),
        (insert("u", 7), StoreErrorKind::Unexpected),
        (insert("nowhere", 1), StoreErrorKind::Unexpected),
    ] {
        let error = sqlite.batch(vec![insert("t", 1), second]).await.unwrap_err();
        assert_eq!(error.kind(), expected);
    }
    for value in [Value::Null, 7.into(), Value::Real(0.5), "a".into(), Value::Blob(vec![0, 255])] {
        let put = Statement::new("INSERT INTO t VALUES (1, ?1) ON CONFLICT DO UPDATE SET v = ?1")
            .bind(value.clone());
        let read = Statement::new("SELECT v FROM t");
        let mut results = sqlite.batch(vec![put, read]).await.unwrap();
        assert_eq!(results.iter().map(|rows| rows.affected()).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(results[1].first_mut().unwrap().take("v").unwrap(), value);
    }
}
