//! The contracts of hallpass's stores, with two handles, in both layouts.

use hallpass::clock::Timestamp;
use hallpass_sql::Layout;
use hallpass_sqlx::{MySql, MySqlStore};
use hallpass_testing::StoreFixture;

use crate::common::{Database, EXACT};

const CONNECTIONS: u32 = 6;

mod camel_case {
    hallpass_testing::store_tests!(super::fixture(super::Layout::CamelCase));
}

mod snake_case {
    hallpass_testing::store_tests!(super::fixture(super::Layout::SnakeCase));
}

/// One database, open twice, as two processes would have it.
async fn fixture(layout: Layout) -> StoreFixture {
    let database = Database::new(EXACT).await;
    let open = || MySqlStore::in_layout(MySql::new(database.pool(CONNECTIONS)), layout);
    let store = open();
    store.migrate().await.unwrap();
    // What a `timestamp` has place for.
    let moments = ["1970-01-01T00:00:01.000Z", "2038-01-19T03:14:07.999Z"];
    let [first, last] = moments.map(|moment| Timestamp::parse(moment).unwrap());
    StoreFixture::new(store).also(open()).rounds(500).moments(first..=last).keep(database)
}
