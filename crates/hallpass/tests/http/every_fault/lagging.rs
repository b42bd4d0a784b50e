//! Every route with copies of sessions in a storage that lags: what is good once, counted or revoked is none of its business.

use std::sync::Arc;
use std::time::Duration;

use hallpass::MemoryStore;
use hallpass_testing::{FaultyStore, LaggingStorage, MockClock};

use super::requests::{ONCE, ROUTES, request};
use super::{InMemory, Place, is_as};

#[tokio::test]
async fn a_storage_that_lags_has_copies_of_sessions_and_nothing_else() {
    let (mut copies, mut once) = (0, 0);
    for route in ROUTES {
        let storage = LaggingStorage::new(Arc::new(MockClock::new()), Duration::from_secs(120));
        let own = storage.elsewhere();
        let memory = MemoryStore::new();
        let store = FaultyStore::new(memory.clone());
        let faults = Arc::new(InMemory { store: store.clone(), memory });
        let place = Place::with(Arc::new(store), faults, |builder| {
            builder.session_cache(own, Duration::from_secs(60))
        });
        place.app.sign_up().await;
        let call = request(&place, route).await.unwrap();
        let first = call.clone().send(&place.app).await;
        if ONCE.contains(route) {
            once += 1;
            assert!(!is_as(&call.send(&place.app).await, &first), "{route} is good twice");
        }
        let keys = storage.keys();
        let others: Vec<_> = keys.iter().filter(|key| !key.starts_with("session-copy:")).collect();
        assert!(others.is_empty(), "{route}: {others:?}");
        copies += keys.len();
    }
    assert!(copies > 20 && once > 5, "{copies} {once}");
}
