//! A faulty store fails at the call it was told, before or after the call took effect.

use hallpass::MemoryStore;
use hallpass::clock::Timestamp;
use hallpass::model::Verification;
use hallpass::store::{StoreErrorKind, VerificationStore as _};
use hallpass::types::VerificationId;
use hallpass_testing::{Fault, FaultyStore};

const NOW: Timestamp = Timestamp::from_millis(0);

fn verification() -> Verification {
    Verification {
        id: VerificationId::from("1"),
        identifier: "reset".to_owned(),
        value: "value".to_owned(),
        expires_at: Timestamp::from_millis(1),
        created_at: NOW,
        updated_at: NOW,
    }
}

#[tokio::test]
async fn without_a_fault_calls_are_counted_and_passed_on() {
    let store = FaultyStore::new(MemoryStore::new());
    store.put_verification(&verification()).await.unwrap();
    assert!(store.verification("reset", NOW).await.unwrap().is_some());
    assert!(store.take_verification("reset", NOW).await.unwrap().is_some());
    assert_eq!(store.calls(), ["put_verification", "verification", "take_verification"]);
}

#[tokio::test]
async fn a_fault_before_a_call_keeps_it_from_happening_and_is_over_then() {
    let store = FaultyStore::new(MemoryStore::new());
    store.put_verification(&verification()).await.unwrap();
    store.arm(Fault::Before(2));
    assert!(store.verification("reset", NOW).await.is_ok());
    let failed = store.take_verification("reset", NOW).await;
    assert_eq!(failed.map_err(|error| error.kind()), Err(StoreErrorKind::Unavailable));
    assert_eq!(store.calls().len(), 2);
    assert!(store.take_verification("reset", NOW).await.unwrap().is_some(), "it had been taken");
}

#[tokio::test]
async fn a_fault_after_a_call_loses_the_acknowledgement_only() {
    let store = FaultyStore::new(MemoryStore::new());
    store.put_verification(&verification()).await.unwrap();
    store.arm(Fault::After(1));
    let failed = store.take_verification("reset", NOW).await;
    assert_eq!(failed.map_err(|error| error.kind()), Err(StoreErrorKind::Unavailable));
    assert_eq!(store.take_verification("reset", NOW).await.unwrap(), None, "it had not been taken");
}

#[tokio::test]
async fn a_store_that_is_down_fails_always_and_does_nothing_until_it_is_up() {
    let store = FaultyStore::new(MemoryStore::new());
    store.arm(Fault::Always);
    for _ in 0..3 {
        assert!(store.put_verification(&verification()).await.is_err());
    }
    assert_eq!(store.calls().len(), 3);
    assert_eq!(store.inner().verification("reset", NOW).await.unwrap(), None);
    store.disarm();
    store.put_verification(&verification()).await.unwrap();
    assert_eq!(store.calls().len(), 1);
}
