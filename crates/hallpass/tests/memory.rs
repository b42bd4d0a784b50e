//! The memory store and the memory storage keep their contracts.

mod store {
    hallpass_testing::store_tests!(async { hallpass::MemoryStore::new() });
}

mod storage {
    use std::sync::Arc;

    use hallpass::memory_storage::MemoryStorage;
    use hallpass_testing::{MockClock, StorageFixture};

    hallpass_testing::storage_tests!(async {
        let clock = Arc::new(MockClock::new());
        StorageFixture::new(MemoryStorage::new(clock.clone(), 10_000), clock)
    });
}
