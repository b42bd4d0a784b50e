//! The contracts of hallpass's stores, over a file with two handles, in both layouts, and over memory.

use crate::common::Directory;
use hallpass_sql::Layout;
use hallpass_sqlite::{Sqlite, SqliteOptions, SqliteStore, Synchronous};
use hallpass_testing::StoreFixture;

/// A new file, open twice, as two processes would have it.
async fn file(layout: Layout) -> StoreFixture {
    let directory = Directory::new();
    // Whether power was lost is nothing that these checks could see, and waiting for the disk is long.
    let options = SqliteOptions::default().synchronous(Synchronous::Normal);
    let open = || SqliteStore::in_layout(options.clone().open(directory.file("app.db")).unwrap(), layout);
    let store = open();
    store.migrate().await.unwrap();
    StoreFixture::new(store).also(open()).rounds(500).keep(directory)
}

mod camel_iso {
    hallpass_testing::store_tests!(super::file(super::Layout::CamelCase));
}

mod snake_millis {
    hallpass_testing::store_tests!(super::file(super::Layout::SnakeCase));
}

mod memory {
    hallpass_testing::store_tests!(async {
        let store = super::SqliteStore::new(super::Sqlite::in_memory().unwrap());
        store.migrate().await.unwrap();
        super::StoreFixture::new(store).rounds(2_000)
    });
}
