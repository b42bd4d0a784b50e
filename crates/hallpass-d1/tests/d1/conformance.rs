//! The contracts of the stores, in both layouts.

use std::sync::Arc;

use hallpass_sql::{Layout, SqlStore};
use hallpass_testing::StoreFixture;

use crate::api::{Api, connection};

/// A new database, reached over two connections.
async fn fixture(layout: Layout) -> StoreFixture {
    let api = Arc::new(Api::new());
    let open = || SqlStore::in_layout(connection(&api), layout);
    let store = open();
    store.migrate().await.unwrap();
    StoreFixture::new(store).also(open()).rounds(100)
}

mod camel_case {
    hallpass_testing::store_tests!(super::fixture(super::Layout::CamelCase));
}

mod snake_case {
    hallpass_testing::store_tests!(super::fixture(super::Layout::SnakeCase));
}
