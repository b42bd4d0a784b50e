//! The contracts of hallpass's stores, over a file with two handles, in both layouts and with other names, and over
//! memory.

use std::sync::Arc;

use crate::common::{Directory, other_names};
use hallpass_sql::{Layout, Names};
use hallpass_sqlite::{Sqlite, SqliteOptions, SqliteStore, Synchronous};
use hallpass_testing::{MockClock, StorageFixture, StoreFixture};

/// A new file, open twice, as two processes would have it.
async fn file(layout: Layout, names: Names) -> StoreFixture {
    let directory = Directory::new();
    // Whether power was lost is nothing that these checks could see, and waiting for the disk is long.
    let options = SqliteOptions::default().synchronous(Synchronous::Normal);
    let open = || {
        let sqlite = options.clone().open(directory.file("app.db")).unwrap();
        SqliteStore::with_names(sqlite, layout, names.clone()).unwrap()
    };
    let store = open();
    store.migrate().await.unwrap();
    StoreFixture::new(store).also(open()).rounds(500).keep(directory)
}

mod camel_iso {
    hallpass_testing::store_tests!(super::file(super::Layout::CamelCase, super::Names::new()));
}

mod snake_millis {
    hallpass_testing::store_tests!(super::file(super::Layout::SnakeCase, super::Names::new()));
}

mod with_other_names {
    hallpass_testing::store_tests!(super::file(super::Layout::CamelCase, super::other_names()));
}

mod memory {
    hallpass_testing::store_tests!(async {
        let store = super::SqliteStore::new(super::Sqlite::in_memory().unwrap());
        store.migrate().await.unwrap();
        super::StoreFixture::new(store).rounds(2_000)
    });
}

/// The storage in a file.
async fn storage_in_a_file(layout: Layout, names: Names) -> StorageFixture {
    let directory = Directory::new();
    let options = SqliteOptions::default().synchronous(Synchronous::Normal);
    let sqlite = options.open(directory.file("app.db")).unwrap();
    let store = SqliteStore::with_names(sqlite, layout, names).unwrap();
    store.migrate().await.unwrap();
    let clock = Arc::new(MockClock::new());
    StorageFixture::passing(store.storage(Arc::clone(&clock)), move |span| {
        // The file is there as long as this is.
        let _ = &directory;
        clock.advance(span);
        std::future::ready(())
    })
}

mod storage {
    hallpass_testing::storage_tests!(super::storage_in_a_file(super::Layout::CamelCase, super::Names::new()));
}

mod storage_in_snake_case {
    hallpass_testing::storage_tests!(super::storage_in_a_file(super::Layout::SnakeCase, super::Names::new()));
}

mod storage_with_other_names {
    hallpass_testing::storage_tests!(super::storage_in_a_file(
        super::Layout::CamelCase,
        super::other_names()
    ));
}
