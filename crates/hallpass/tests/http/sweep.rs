//! Sweeping out what has expired.

use std::sync::Arc;
use std::time::Duration;

use hallpass::model::{Session, Verification};
use hallpass::store::{SessionStore as _, UserStore as _, VerificationStore as _};
use hallpass::types::StoredToken;
use hallpass::{Auth, MemoryStorage, MemoryStore, SecondaryOptions};
use hallpass_testing::samples::{NOW, session, user};
use hallpass_testing::{Fault, FaultyStorage, FaultyStore, MockClock};

use crate::app::SECRET;

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// So many sessions of a user, and verifications, a week before they expire.
async fn with(
    sessions: usize,
    verifications: usize,
) -> (Auth, Arc<FaultyStore<MemoryStore>>, Arc<MockClock>) {
    let memory = MemoryStore::new();
    let (ada, account) = user("ada");
    memory.create_user(&ada, Some(&account)).await.unwrap();
    for number in 0..sessions {
        let one = Session {
            id: number.to_string().into(),
            token: StoredToken::from_stored(number.to_string()),
            ..session(&ada)
        };
        assert!(memory.create_session(&one).await.unwrap());
    }
    for number in 0..verifications {
        let one = Verification {
            id: number.to_string().into(),
            identifier: number.to_string(),
            value: String::new(),
            expires_at: NOW.plus(WEEK),
            created_at: NOW,
            updated_at: NOW,
        };
        memory.put_verification(&one).await.unwrap();
    }
    let (store, clock) = (Arc::new(FaultyStore::new(memory)), Arc::new(MockClock::at(NOW)));
    let auth = Auth::builder_over(Arc::clone(&store) as Arc<_>)
        .clock(Arc::clone(&clock) as Arc<_>)
        .secret(SECRET)
        .base_url("http://localhost:3000")
        .build()
        .unwrap();
    (auth, store, clock)
}

fn left(store: &FaultyStore<MemoryStore>) -> [u64; 2] {
    let counts = store.inner().counts();
    ["session", "verification"].map(|table| counts.iter().find(|(name, _)| *name == table).unwrap().1)
}

#[tokio::test]
async fn a_sweep_goes_in_steps_of_a_thousand_until_nothing_is_left() {
    let (auth, store, clock) = with(2_500, 1_000).await;
    clock.advance(WEEK);
    let swept = auth.sweep().await.unwrap();
    assert_eq!(
        (swept.sessions, swept.verifications, swept.is_done),
        (0, 0, true),
        "not at the moment itself"
    );
    clock.advance(Duration::from_millis(1));
    store.disarm();
    let swept = auth.sweep().await.unwrap();
    assert_eq!((swept.sessions, swept.verifications, swept.is_done), (2_500, 1_000, true));
    assert_eq!((left(&store), store.calls().len()), ([0, 0], 6));
}

#[tokio::test]
async fn a_step_takes_no_more_than_a_thousand_and_says_whether_it_was_the_last() {
    let (auth, store, clock) = with(1_500, 10).await;
    clock.advance(WEEK + Duration::from_millis(1));
    let step = auth.sweep_step().await.unwrap();
    assert_eq!((step.sessions, step.verifications, step.is_done, left(&store)), (1_000, 10, false, [500, 0]));
    let step = auth.sweep_step().await.unwrap();
    assert_eq!((step.sessions, step.verifications, step.is_done, left(&store)), (500, 0, true, [0, 0]));
}

#[tokio::test]
async fn a_sweep_that_fails_on_the_way_has_deleted_what_it_had_come_to() {
    for (fault, sessions, verifications) in [
        (Fault::Before(3), 1_500, 1_500),
        (Fault::After(3), 500, 1_500),
        (Fault::After(4), 500, 500),
        (Fault::Before(5), 500, 500),
    ] {
        let (auth, store, clock) = with(2_500, 2_500).await;
        clock.advance(WEEK + Duration::from_millis(1));
        store.arm(fault);
        assert!(auth.sweep().await.is_err());
        assert_eq!(left(&store), [sessions, verifications], "{fault:?}");
        store.disarm();
        let swept = auth.sweep().await.unwrap();
        assert_eq!((swept.sessions, swept.verifications), (sessions, verifications), "{fault:?}");
    }
}

#[tokio::test]
async fn the_storages_are_swept_too_each_once() {
    let clock = Arc::new(MockClock::at(NOW));
    let storage = || Arc::new(FaultyStorage::new(MemoryStorage::new(Arc::clone(&clock) as Arc<_>, 10)));
    let (counts, secondary) = (storage(), Arc::new(FaultyStorage::new(storage()).shared()));
    let build = |counts: Option<_>| {
        let auth = Auth::builder(MemoryStore::new())
            .clock(Arc::clone(&clock) as Arc<_>)
            .secret(SECRET)
            .base_url("http://localhost:3000")
            .secondary_storage(Arc::clone(&secondary), SecondaryOptions::default());
        match counts {
            Some(counts) => auth.rate_limit_storage(counts).build().unwrap(),
            None => auth.build().unwrap(),
        }
    };
    build(Some(Arc::clone(&counts))).sweep().await.unwrap();
    assert_eq!((counts.calls(), secondary.calls()), (vec!["delete_expired"], vec!["delete_expired"]));
    secondary.disarm();
    build(None).sweep().await.unwrap();
    assert_eq!(secondary.calls(), ["delete_expired"]);
    secondary.arm(Fault::Always);
    assert!(build(None).sweep().await.is_err());
}
