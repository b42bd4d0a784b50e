//! [`AtomicStorage`], one caller after the other.

use std::time::Duration;

use hallpass::storage::AtomicStorage;

use crate::StorageFixture;
use crate::sample::UNICODE;

const TTL: Duration = Duration::from_secs(2);

/// `take`: takes the value *out*; there is no second time, and other keys keep theirs.
pub async fn a_value_is_taken_once(storage: &dyn AtomicStorage) {
    storage.set("key", UNICODE, None).await.unwrap();
    storage.set("other", "bystander", None).await.unwrap();
    assert_eq!(storage.take("key").await.unwrap().as_deref(), Some(UNICODE));
    assert_eq!(storage.take("key").await.unwrap(), None);
    assert_eq!(storage.get("key").await.unwrap(), None);
    assert_eq!(storage.take("never set").await.unwrap(), None);
    assert_eq!(storage.get("other").await.unwrap().as_deref(), Some("bystander"));
}

/// `take`: the value under `key`, if it has not expired.
pub async fn an_expired_value_is_not_taken(fixture: &StorageFixture) {
    fixture.storage().set("key", "value", Some(TTL)).await.unwrap();
    fixture.pass(TTL + TTL / 2).await;
    assert_eq!(fixture.storage().take("key").await.unwrap(), None);
}

/// `increment`: adds one. A counter that does not exist begins at 1 and lives for `ttl`.
pub async fn a_counter_counts_from_one(storage: &dyn AtomicStorage) {
    for expected in 1..=5 {
        let count = storage.increment("key", TTL).await.unwrap();
        assert_eq!(count.value, expected);
        assert!(count.remaining <= TTL, "{count:?}");
        assert!(count.remaining > Duration::ZERO, "{count:?}");
    }
    assert_eq!(storage.increment("other", TTL).await.unwrap().value, 1);
}

/// `increment`: counting on **must not** lengthen the counter's life, nor does a longer `ttl`.
pub async fn counting_on_does_not_lengthen_a_counters_life(fixture: &StorageFixture) {
    let storage = fixture.storage();
    assert_eq!(storage.increment("key", TTL).await.unwrap().value, 1);
    fixture.pass(TTL / 2).await;
    let count = storage.increment("key", TTL * 100).await.unwrap();
    assert_eq!(count.value, 2);
    assert!(count.remaining <= TTL / 2, "{count:?}");
    fixture.pass(TTL / 4).await;
    let count = storage.increment("key", TTL).await.unwrap();
    assert_eq!(count.value, 3);
    assert!(count.remaining <= TTL / 4, "{count:?}");
    fixture.pass(TTL / 2).await;
    let count = storage.increment("key", TTL).await.unwrap();
    assert_eq!(count.value, 1, "the first window was over");
    assert!(count.remaining > TTL / 2, "{count:?}");
}

/// `delete`: forgets a counter as well.
pub async fn a_deleted_counter_begins_anew(storage: &dyn AtomicStorage) {
    storage.increment("key", TTL).await.unwrap();
    storage.increment("key", TTL).await.unwrap();
    storage.delete("key").await.unwrap();
    assert_eq!(storage.increment("key", TTL).await.unwrap().value, 1);
}

/// `set_if_absent`: sets the value under `key` if there is none.
pub async fn a_value_is_set_where_there_is_none(storage: &dyn AtomicStorage) {
    assert!(storage.set_if_absent("key", "first", None).await.unwrap());
    assert_eq!(storage.get("key").await.unwrap().as_deref(), Some("first"));
    storage.delete("key").await.unwrap();
    assert!(storage.set_if_absent("key", "second", None).await.unwrap(), "it was deleted");
    storage.take("key").await.unwrap();
    assert!(storage.set_if_absent("key", "", None).await.unwrap(), "it was taken");
    assert!(!storage.set_if_absent("key", "third", None).await.unwrap(), "an empty value is a value");
    assert!(storage.set_if_absent("other", "value", None).await.unwrap());
}

/// `set_if_absent`: `false` when there is a value, which keeps its text and its life.
pub async fn a_value_that_is_not_set_changes_nothing(fixture: &StorageFixture) {
    let storage = fixture.storage();
    assert!(storage.set_if_absent("short", "first", Some(TTL)).await.unwrap());
    assert!(storage.set_if_absent("kept", "first", None).await.unwrap());
    for key in ["short", "kept"] {
        let ttl = if key == "short" { None } else { Some(TTL) };
        assert!(!storage.set_if_absent(key, "second", ttl).await.unwrap());
        assert_eq!(storage.get(key).await.unwrap().as_deref(), Some("first"), "{key}");
    }
    fixture.pass(TTL + TTL / 2).await;
    assert_eq!(storage.get("short").await.unwrap(), None, "its life was lengthened");
    assert_eq!(storage.get("kept").await.unwrap().as_deref(), Some("first"), "its life was shortened");
}

/// `set_if_absent`: a value that has expired is none.
pub async fn an_expired_value_counts_as_absent(fixture: &StorageFixture) {
    let storage = fixture.storage();
    assert!(storage.set_if_absent("key", "first", Some(TTL)).await.unwrap());
    fixture.pass(TTL + TTL / 2).await;
    assert!(storage.set_if_absent("key", "second", Some(TTL)).await.unwrap());
    assert_eq!(storage.get("key").await.unwrap().as_deref(), Some("second"));
}

/// `delete_expired`: at most `limit` at a time of those that have expired, and none of those that live.
pub async fn a_sweep_leaves_what_lives(fixture: &StorageFixture) {
    let storage = fixture.storage();
    for number in 0..5 {
        storage.set(&format!("short-{number}"), "value", Some(TTL)).await.unwrap();
    }
    storage.set("long", "value", Some(TTL * 1_000)).await.unwrap();
    storage.set("kept", "value", None).await.unwrap();
    storage.increment("count", TTL * 1_000).await.unwrap();
    fixture.pass(TTL + TTL / 2).await;
    storage.set("short-0", "anew", Some(TTL * 1_000)).await.unwrap();
    let mut deleted = 0;
    loop {
        let step = storage.delete_expired(2).await.unwrap();
        deleted += step;
        assert!(step <= 2 && deleted <= 4, "{step} in a step, {deleted} in all");
        if step < 2 {
            break;
        }
    }
    assert_eq!(storage.get("short-0").await.unwrap().as_deref(), Some("anew"));
    assert!(storage.get("long").await.unwrap().is_some() && storage.get("kept").await.unwrap().is_some());
    assert_eq!(storage.increment("count", TTL).await.unwrap().value, 2);
}
