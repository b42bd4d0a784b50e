//! Several processes on one server, and processes that are killed.

use hallpass_sqlx::{Postgres, PostgresStore};
use hallpass_testing::processes::SharedDatabase;
use hallpass_testing::samples::ORPHANS;

use crate::common::{Database, SERVER, pool};

impl SharedDatabase for Database {
    type Store = PostgresStore;

    async fn create() -> Self {
        Self::new().await
    }

    fn address(&self) -> String {
        self.schema.clone()
    }

    async fn open(address: &str) -> PostgresStore {
        let server = std::env::var(SERVER).unwrap().parse().unwrap();
        let store = PostgresStore::new(Postgres::new(pool(server, 6)).in_schema(address));
        store.migrate().await.unwrap();
        store
    }

    async fn orphans(&self) -> u64 {
        let count: i64 = sqlx::query_scalar(ORPHANS).fetch_one(&self.pool(1)).await.unwrap();
        u64::try_from(count).unwrap()
    }
}

hallpass_testing::process_tests!(Database);

/// The storage in the database's table.
mod storage {
    use hallpass::clock::SystemClock;
    use hallpass_sql::SqlStorage;
    use hallpass_sqlx::Postgres;
    use hallpass_testing::processes::{SharedDatabase, SharedStorage};

    use super::Database;

    struct Table(Database);

    impl SharedStorage for Table {
        type Storage = SqlStorage<Postgres>;

        async fn create() -> Self {
            let database = <Database as SharedDatabase>::create().await;
            <Database as SharedDatabase>::open(&database.address()).await;
            Self(database)
        }

        fn address(&self) -> String {
            self.0.address()
        }

        async fn open(address: &str) -> SqlStorage<Postgres> {
            <Database as SharedDatabase>::open(address).await.storage(SystemClock::default())
        }
    }

    hallpass_testing::storage_process_tests!(Table);
}
