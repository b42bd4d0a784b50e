//! A store with its sessions and verifications in a key-value storage keeps the contracts, wherever they
//! are placed, and also when the storage is slow, so that every step of one call falls between two of
//! another.

mod by_copies;

use std::sync::Arc;
use std::time::Duration;

use by_copies::ByCopies;
use hallpass::clock::Timestamp;
use hallpass::store::Store;
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

mod database_only {
    use super::*;

    hallpass_testing::store_tests!(async {
        fixture(SessionPlacement::DatabaseOnly, VerificationPlacement::AlsoInDatabase)
    });
}

mod cached {
    use super::*;

    hallpass_testing::store_tests!(async {
        let sessions = SessionPlacement::Cached { max_stale: Duration::from_secs(60) };
        fixture(sessions, VerificationPlacement::StorageOnly)
    });
}

/// A store with copies that are believed for `stale`, open twice.
fn with_copies<S: Store>(stale: Duration, asked: impl Fn(CachedStore) -> S) -> StoreFixture {
    let clock = Arc::new(MockClock::new());
    let storage = Arc::new(FaultyStorage::new(MemoryStorage::new(clock.clone(), 100_000)));
    let database = MemoryStore::new();
    let handle = || asked(CachedStore::new(database.clone(), Arc::clone(&storage), clock.clone(), stale));
    StoreFixture::new(handle()).also(handle()).rounds(1_000)
}

mod with_copies {
    use super::*;

    hallpass_testing::store_tests!(async { super::with_copies(Duration::from_secs(60), |store| store) });
}

// What may be no older than the database is the database, by this way of asking too.
mod with_copies_that_are_never_believed {
    use super::*;

    hallpass_testing::store_tests!(async { super::with_copies(Duration::ZERO, ByCopies::new) });
}

// What is changed by this store is seen at once however long copies are believed, by one caller after the other.
mod asked_for_copies {
    use super::*;

    #[tokio::test]
    async fn each_check_without_races_holds_by_copies_that_are_believed() {
        for check in hallpass_testing::store::checks() {
            // Between a reader that has asked the database and its copy, others may end the session: that is the bound.
            let races = ["never_revives", "acknowledged", "outlives", "two_hundred"];
            if !races.iter().any(|word| check.name().contains(word)) {
                check.run(&super::with_copies(Duration::from_secs(60), ByCopies::new)).await;
            }
        }
    }
}
