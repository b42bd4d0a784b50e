//! Several processes on one server, and processes that are killed.

use hallpass_sqlx::{MySql, MySqlStore};
use hallpass_testing::processes::SharedDatabase;
use hallpass_testing::samples::ORPHANS;
use sqlx::AssertSqlSafe;
use sqlx::mysql::MySqlConnectOptions;

use crate::common::{Database, LOOSE, SERVER, pool};

impl SharedDatabase for Database {
    type Store = MySqlStore;

    async fn create() -> Self {
        Self::new(LOOSE).await
    }

    fn address(&self) -> String {
        self.options().get_database().unwrap().to_owned()
    }

    async fn open(address: &str) -> MySqlStore {
        let server: MySqlConnectOptions = std::env::var(SERVER).unwrap().parse().unwrap();
        let store = MySqlStore::new(MySql::new(pool(server.database(address), 6)));
        store.migrate().await.unwrap();
        store
    }

    async fn orphans(&self) -> u64 {
        let orphans = AssertSqlSafe(ORPHANS.replace('"', "`"));
        let count: i64 = sqlx::query_scalar(orphans).fetch_one(&self.pool(1)).await.unwrap();
        u64::try_from(count).unwrap()
    }
}

hallpass_testing::process_tests!(Database);

/// The storage in the database's table.
mod storage {
    use hallpass::clock::SystemClock;
    use hallpass_sql::SqlStorage;
    use hallpass_sqlx::MySql;
    use hallpass_testing::processes::{SharedDatabase, SharedStorage};

    use super::Database;

    struct Table(Database);

    impl SharedStorage for Table {
        type Storage = SqlStorage<MySql>;

        async fn create() -> Self {
            let database = <Database as SharedDatabase>::create().await;
            <Database as SharedDatabase>::open(&database.address()).await;
            Self(database)
        }

        fn address(&self) -> String {
            self.0.address()
        }

        async fn open(address: &str) -> SqlStorage<MySql> {
            <Database as SharedDatabase>::open(address).await.storage(SystemClock::default())
        }
    }

    hallpass_testing::storage_process_tests!(Table);
}
