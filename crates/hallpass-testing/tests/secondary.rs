//! A store with its sessions and verifications in a key-value storage keeps the contracts, wherever they
//! are placed, and also when the storage is slow, so that every step of one call falls between two of
//! another.

use std::sync::Arc;

use hallpass::clock::Timestamp;
use hallpass::{
    CachedStore, MemoryStorage, MemoryStore, SecondaryOptions, SecondaryStore, SessionPlacement,
    VerificationPlacement,
};
use hallpass_testing::{FaultyStorage, MockClock, StoreFixture};

fn fixture(sessions: SessionPlacement, verifications: VerificationPlacement) -> StoreFixture {
    let clock = Arc::new(MockClock::at(Timestamp::from_millis(i64::MIN)));
    let storage = Arc::new(FaultyStorage::new(MemoryStorage::new(clock.clone(), 100_000)));
    let database = MemoryStore::new();
    let options = SecondaryOptions { sessions, verifications };
    let handle =
        || SecondaryStore::new(database.clone(), Arc::clone(&storage), clock.clone()).options(options);
    StoreFixture::new(handle()).also(handle()).forgets_expired().rounds(1_000)
}

mod storage_only {
    use super::*;

    hallpass_testing::store_tests!(async {
        fixture(SessionPlacement::StorageOnly, VerificationPlacement::StorageOnly)
    });
}

mod also_in_database {
    use super::*;

    hallpass_testing::store_tests!(async {
        fixture(SessionPlacement::AlsoInDatabase, VerificationPlacement::AlsoInDatabase)
    });
}

mod recorded_in_database {
    use super::*;

    hallpass_testing::store_tests!(async {
        fixture(SessionPlacement::RecordedInDatabase, VerificationPlacement::StorageOnly)
    });
}

mod with_copies {
    use std::time::Duration;

    use super::*;

    hallpass_testing::store_tests!(async {
        let clock = Arc::new(MockClock::new());
        let storage = Arc::new(FaultyStorage::new(MemoryStorage::new(clock.clone(), 100_000)));
        let database = MemoryStore::new();
        let stale = Duration::from_secs(60);
        let handle = || CachedStore::new(database.clone(), Arc::clone(&storage), clock.clone(), stale);
        StoreFixture::new(handle()).also(handle()).rounds(1_000)
    });
}
