//! hallpass's own store and storage in memory keep the contracts, and so does what wraps them.

use std::sync::Arc;

use hallpass::MemoryStorage;
use hallpass::MemoryStore;
use hallpass::storage::AtomicStorage;
use hallpass_testing::{
    DefectiveStorage, DefectiveStore, FaultyStorage, FaultyStore, MockClock, StorageFixture, StoreFixture,
};

mod store {
    use super::*;

    hallpass_testing::store_tests!(async { StoreFixture::new(MemoryStore::new()) });
}

mod shared_store {
    use super::*;

    hallpass_testing::store_tests!(async { StoreFixture::shared(Arc::new(MemoryStore::new())) });
}

mod store_that_could_fail {
    use super::*;

    hallpass_testing::store_tests!(async { FaultyStore::new(MemoryStore::new()) });
}

mod store_that_could_be_defective {
    use super::*;

    hallpass_testing::store_tests!(async {
        StoreFixture::new(DefectiveStore::new(MemoryStore::new(), None)).rounds(1_000)
    });
}

mod storage {
    use super::*;

    hallpass_testing::storage_tests!(async {
        let clock = Arc::new(MockClock::new());
        StorageFixture::new(MemoryStorage::new(clock.clone(), 1_000), clock)
    });
}

mod shared_storage {
    use super::*;

    hallpass_testing::storage_tests!(async {
        let clock = Arc::new(MockClock::new());
        let storage: Arc<dyn AtomicStorage> = Arc::new(MemoryStorage::new(clock.clone(), 1_000));
        StorageFixture::new(storage, clock)
    });
}

mod storage_that_could_fail {
    use super::*;

    hallpass_testing::storage_tests!(async {
        let clock = Arc::new(MockClock::new());
        StorageFixture::new(FaultyStorage::new(MemoryStorage::new(clock.clone(), 1_000)), clock)
    });
}

mod storage_that_could_be_defective {
    use super::*;

    hallpass_testing::storage_tests!(async {
        let clock = Arc::new(MockClock::new());
        StorageFixture::new(DefectiveStorage::new(MemoryStorage::new(clock.clone(), 1_000), None), clock)
    });
}
