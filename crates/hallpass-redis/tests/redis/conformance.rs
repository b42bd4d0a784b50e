//! The contracts of hallpass's storages and stores, on one server and on a cluster, each with two handles.

// Asks for copies wherever a session is read; beside what it wraps, in the suite's own tests.
#[path = "../../../hallpass-testing/tests/secondary/by_copies.rs"]
mod by_copies;

use std::sync::Arc;
use std::time::Duration;

use by_copies::ByCopies;
use hallpass::clock::Timestamp;
use hallpass::{
    CachedStore, MemoryStore, SecondaryOptions, SecondaryStore, SessionPlacement, VerificationPlacement,
};
use hallpass_redis::RedisBuilder;
use hallpass_testing::{MockClock, StorageFixture, StoreFixture};

use crate::common::{Place, connection};

mod storage_on_a_server {
    use super::*;

    hallpass_testing::storage_tests!(async { storage(Place::single()).await });
}

mod storage_on_a_cluster {
    use super::*;

    hallpass_testing::storage_tests!(async { storage(Place::cluster()).await });
}

mod storage_over_the_apps_own_connection {
    use super::*;

    hallpass_testing::storage_tests!(async {
        let place = Place::single();
        let own = connection(&std::env::var("HALLPASS_TEST_REDIS").unwrap()).await;
        let storage = RedisBuilder::over(own).prefix(&place.prefix).connect().await.unwrap();
        passing(storage, place)
    });
}

async fn storage(place: Place) -> StorageFixture {
    passing(place.storage().await, place)
}

fn passing(storage: hallpass_redis::RedisStorage, place: Place) -> StorageFixture {
    StorageFixture::passing(storage, move |span| {
        let place = place.clone();
        async move { place.pass(span).await }
    })
}

const IN_REDIS_ALONE: SecondaryOptions = SecondaryOptions {
    sessions: SessionPlacement::StorageOnly,
    verifications: VerificationPlacement::StorageOnly,
};

const ALSO_IN_DATABASE: SecondaryOptions = SecondaryOptions {
    sessions: SessionPlacement::AlsoInDatabase,
    verifications: VerificationPlacement::AlsoInDatabase,
};

const RECORDED_IN_DATABASE: SecondaryOptions = SecondaryOptions {
    sessions: SessionPlacement::RecordedInDatabase,
    verifications: VerificationPlacement::StorageOnly,
};

mod sessions_on_a_server {
    use super::*;

    hallpass_testing::store_tests!(async { store(Place::single(), IN_REDIS_ALONE).await });
}

mod sessions_on_a_server_and_in_the_database {
    use super::*;

    hallpass_testing::store_tests!(async { store(Place::single(), ALSO_IN_DATABASE).await });
}

mod sessions_on_a_server_recorded_in_the_database {
    use super::*;

    hallpass_testing::store_tests!(async { store(Place::single(), RECORDED_IN_DATABASE).await });
}

mod sessions_on_a_cluster {
    use super::*;

    hallpass_testing::store_tests!(async { store(Place::cluster(), IN_REDIS_ALONE).await });
}

mod sessions_on_a_cluster_and_in_the_database {
    use super::*;

    hallpass_testing::store_tests!(async { store(Place::cluster(), ALSO_IN_DATABASE).await });
}

mod sessions_on_a_cluster_recorded_in_the_database {
    use super::*;

    hallpass_testing::store_tests!(async { store(Place::cluster(), RECORDED_IN_DATABASE).await });
}

async fn store(place: Place, options: SecondaryOptions) -> StoreFixture {
    // Nothing ends meanwhile.
    let clock = Arc::new(MockClock::at(Timestamp::from_millis(i64::MIN)));
    let database = MemoryStore::new();
    let handle = |storage| SecondaryStore::new(database.clone(), storage, clock.clone()).options(options);
    StoreFixture::new(handle(place.storage().await))
        .also(handle(place.storage().await))
        .forgets_expired()
        .rounds(100)
}

mod copies_on_a_server {
    use super::*;

    hallpass_testing::store_tests!(async { copies(Place::single()).await });
}

mod copies_on_a_cluster {
    use super::*;

    hallpass_testing::store_tests!(async { copies(Place::cluster()).await });
}

/// Sessions in a database, asked for by copies that are never believed.
async fn copies(place: Place) -> StoreFixture {
    let clock = Arc::new(MockClock::new());
    let database = MemoryStore::new();
    let handle =
        |storage| ByCopies::new(CachedStore::new(database.clone(), storage, clock.clone(), Duration::ZERO));
    StoreFixture::new(handle(place.storage().await)).also(handle(place.storage().await)).rounds(100)
}
