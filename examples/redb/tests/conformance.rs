//! The contracts of hallpass's stores, over a file with two handles: this one macro is all of it. A write waits for the
//! disk, so races between two methods are run less often.

use hallpass_redb::RedbStore;
use hallpass_testing::StoreFixture;

hallpass_testing::store_tests!(async {
    let folder = tempfile::tempdir().unwrap();
    let store = RedbStore::open(folder.path().join("app.redb")).unwrap();
    StoreFixture::new(store.clone()).also(store).rounds(100).keep(folder)
});
