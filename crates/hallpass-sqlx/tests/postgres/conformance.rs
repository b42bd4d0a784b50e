//! The contracts of hallpass's stores, with two handles, in both layouts and with other names.

use std::sync::Arc;

use hallpass_sql::{Layout, Names};
use hallpass_sqlx::{Postgres, PostgresStore};
use hallpass_testing::{MockClock, StorageFixture, StoreFixture};

use crate::common::{Database, other_names};

const CONNECTIONS: u32 = 6;

mod camel_case {
    use super::*;

    // Found by the connections' search path.
    hallpass_testing::store_tests!(async {
        let database = Database::new().await;
        let open = || PostgresStore::new(Postgres::new(database.pool(CONNECTIONS)));
        fixture(open(), open()).await.keep(database)
    });
}

mod snake_case {
    use super::*;

    // By name, from connections that would not find it.
    hallpass_testing::store_tests!(async {
        let database = Database::new().await;
        let open = || {
            let postgres = Postgres::new(database.elsewhere(CONNECTIONS)).in_schema(&database.schema);
            PostgresStore::in_layout(postgres, Layout::SnakeCase)
        };
        fixture(open(), open()).await.keep(database)
    });
}

mod with_other_names {
    use super::*;

    hallpass_testing::store_tests!(async {
        let database = Database::new().await;
        let open = || {
            let postgres = Postgres::new(database.pool(CONNECTIONS));
            PostgresStore::with_names(postgres, Layout::SnakeCase, other_names()).unwrap()
        };
        fixture(open(), open()).await.keep(database)
    });
}

/// One database, open twice, as two processes would have it.
async fn fixture(store: PostgresStore, other: PostgresStore) -> StoreFixture {
    store.migrate().await.unwrap();
    StoreFixture::new(store).also(other).rounds(500)
}

mod storage {
    hallpass_testing::storage_tests!(super::storage_of(super::Layout::CamelCase, super::Names::new()));
}

mod storage_in_snake_case {
    hallpass_testing::storage_tests!(super::storage_of(super::Layout::SnakeCase, super::Names::new()));
}

mod storage_with_other_names {
    hallpass_testing::storage_tests!(super::storage_of(super::Layout::CamelCase, super::other_names()));
}

async fn storage_of(layout: Layout, names: Names) -> StorageFixture {
    let database = Database::new().await;
    let postgres = Postgres::new(database.pool(CONNECTIONS));
    let store = PostgresStore::with_names(postgres, layout, names).unwrap();
    store.migrate().await.unwrap();
    let clock = Arc::new(MockClock::new());
    StorageFixture::new(store.storage(Arc::clone(&clock)), clock)
}
