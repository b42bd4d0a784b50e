//! The contracts of hallpass's stores, over a file with two handles, in both layouts and with other names, and over
//! memory.

use crate::common::{Directory, other_names};
use hallpass_sql::{Layout, Names};
use hallpass_sqlite::{Sqlite, SqliteOptions, SqliteStore, Synchronous};
use hallpass_testing::StoreFixture;

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
