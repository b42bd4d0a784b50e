//! Several processes on one file, and processes that are killed.

use crate::common::Directory;
use hallpass_sqlite::{Sqlite, SqliteStore};
use hallpass_testing::processes::SharedDatabase;

/// A file of a test's own.
struct File(Directory);

impl SharedDatabase for File {
    type Store = SqliteStore;

    async fn create() -> Self {
        Self(Directory::new())
    }

    fn address(&self) -> String {
        self.0.file("app.db").display().to_string()
    }

    async fn open(address: &str) -> SqliteStore {
        let store = SqliteStore::new(Sqlite::open(address).unwrap());
        store.migrate().await.unwrap();
        store
    }

    async fn orphans(&self) -> u64 {
        let connection = rusqlite::Connection::open(self.0.file("app.db")).unwrap();
        let check: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
        connection
            .query_row(hallpass_testing::samples::ORPHANS, [], |row| row.get::<_, u32>(0))
            .unwrap()
            .into()
    }
}

hallpass_testing::process_tests!(File);

/// The storage in a file's table.
mod storage {
    use hallpass::clock::SystemClock;
    use hallpass_sql::SqlStorage;
    use hallpass_sqlite::Sqlite;
    use hallpass_testing::processes::{SharedDatabase as _, SharedStorage};

    use super::{Directory, File};

    struct Table(File);

    impl SharedStorage for Table {
        type Storage = SqlStorage<Sqlite>;

        async fn create() -> Self {
            let file = File(Directory::new());
            File::open(&file.address()).await;
            Self(file)
        }

        fn address(&self) -> String {
            self.0.address()
        }

        async fn open(address: &str) -> SqlStorage<Sqlite> {
            File::open(address).await.storage(SystemClock::default())
        }
    }

    hallpass_testing::storage_process_tests!(Table);
}
