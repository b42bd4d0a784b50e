//! The contracts of hallpass's stores, with two handles, in both layouts and with other names.

use std::sync::Arc;

use hallpass::clock::Timestamp;
use hallpass_sql::{Layout, Names};
use hallpass_sqlx::{MySql, MySqlStore};
use hallpass_testing::{MockClock, StorageFixture, StoreFixture};

use crate::common::{Database, EXACT, LOOSE, other_names};

const CONNECTIONS: u32 = 6;

mod camel_case {
    hallpass_testing::store_tests!(super::fixture(super::Layout::CamelCase, super::Names::new()));
}

mod snake_case {
    hallpass_testing::store_tests!(super::fixture(super::Layout::SnakeCase, super::Names::new()));
}

mod with_other_names {
    hallpass_testing::store_tests!(super::fixture(super::Layout::CamelCase, super::other_names()));
}

/// One database, open twice, as two processes would have it.
async fn fixture(layout: Layout, names: Names) -> StoreFixture {
    let database = Database::new(EXACT).await;
    let open = || {
        let mysql = MySql::new(database.pool(CONNECTIONS));
        MySqlStore::with_names(mysql, layout, names.clone()).unwrap()
    };
    let store = open();
    store.migrate().await.unwrap();
    // What a `timestamp` has place for.
    let moments = ["1970-01-01T00:00:01.000Z", "2038-01-19T03:14:07.999Z"];
    let [first, last] = moments.map(|moment| Timestamp::parse(moment).unwrap());
    StoreFixture::new(store).also(open()).rounds(500).moments(first..=last).keep(database)
}

mod storage {
    hallpass_testing::storage_tests!(super::storage_of(
        super::EXACT,
        super::Layout::CamelCase,
        super::Names::new()
    ));
}

mod storage_in_snake_case_of_a_loose_collation {
    hallpass_testing::storage_tests!(super::storage_of(
        super::LOOSE,
        super::Layout::SnakeCase,
        super::Names::new()
    ));
}

mod storage_with_other_names {
    hallpass_testing::storage_tests!(super::storage_of(
        super::EXACT,
        super::Layout::CamelCase,
        super::other_names()
    ));
}

async fn storage_of(collation: &str, layout: Layout, names: Names) -> StorageFixture {
    let database = Database::new(collation).await;
    let store = MySqlStore::with_names(MySql::new(database.pool(CONNECTIONS)), layout, names).unwrap();
    store.migrate().await.unwrap();
    let clock = Arc::new(MockClock::new());
    StorageFixture::new(store.storage(Arc::clone(&clock)), clock)
}
