//! [`SecondaryStorage`], of a storage that does not lag.

use std::time::Duration;

use hallpass::storage::SecondaryStorage;

use crate::StorageFixture;
use crate::sample::{UNICODE, long};

const TTL: Duration = Duration::from_secs(1);

async fn get(storage: &dyn SecondaryStorage, key: &str) -> Option<String> {
    storage.get(key).await.unwrap()
}

/// `set`, `get`: what comes out is what went in.
pub async fn a_value_is_read_back_exactly(storage: &dyn SecondaryStorage) {
    let long = long();
    for value in ["value", "", "0", "007", " spaces ", "{\"json\":[1]}", UNICODE, &long] {
        for ttl in [None, Some(Duration::from_secs(3_600))] {
            storage.set("key", value, ttl).await.unwrap();
            assert_eq!(get(storage, "key").await.as_deref(), Some(value));
            if (1..=512).contains(&value.len()) {
                storage.set(value, "under an odd key", ttl).await.unwrap();
            }
        }
    }
}

/// `get`: the value under `key`, *if there is one*; and `delete`: nothing happens if there is none.
pub async fn a_key_that_was_never_set_has_no_value(storage: &dyn SecondaryStorage) {
    assert_eq!(get(storage, "key").await, None);
    storage.delete("key").await.unwrap();
    assert_eq!(get(storage, "key").await, None);
}

/// `set`: the value under `key` is then the new one.
pub async fn a_value_is_set_in_place_of_the_last(storage: &dyn SecondaryStorage) {
    storage.set("key", "old", None).await.unwrap();
    storage.set("other", "bystander", None).await.unwrap();
    storage.set("key", "new", None).await.unwrap();
    assert_eq!(get(storage, "key").await.as_deref(), Some("new"));
    assert_eq!(get(storage, "other").await.as_deref(), Some("bystander"));
}

/// Keys are any text of 1 to 512 bytes, and each has its own value.
pub async fn a_key_is_any_text(storage: &dyn SecondaryStorage) {
    let long = "k".repeat(511);
    let keys =
        [UNICODE.to_owned(), format!("{long}1"), format!("{long}2"), " ".to_owned(), "{a}:{b}".to_owned()];
    for key in &keys {
        storage.set(key, key, None).await.unwrap();
    }
    for key in &keys {
        assert_eq!(get(storage, key).await.as_ref(), Some(key));
    }
}

/// `set`: a `ttl` is any span. One of nothing is over at once, or a millisecond later; it is not "for ever".
pub async fn a_ttl_is_any_span(fixture: &StorageFixture) {
    let storage = fixture.storage();
    let spans = [Duration::ZERO, Duration::from_nanos(1), Duration::from_millis(1)];
    for (number, ttl) in spans.into_iter().enumerate() {
        storage.set(&format!("short-{number}"), "value", Some(ttl)).await.unwrap();
    }
    let spans = [Duration::from_secs(400 * 24 * 3_600), Duration::MAX];
    for (number, ttl) in spans.into_iter().enumerate() {
        storage.set(&format!("long-{number}"), "value", Some(ttl)).await.unwrap();
    }
    fixture.pass(TTL).await;
    for number in 0..3 {
        assert_eq!(get(storage, &format!("short-{number}")).await, None, "{number}");
    }
    for number in 0..2 {
        assert!(get(storage, &format!("long-{number}")).await.is_some(), "{number}");
    }
}

/// `delete`: forgets `key`, and no other.
pub async fn a_deleted_value_is_gone(storage: &dyn SecondaryStorage) {
    storage.set("key", "value", None).await.unwrap();
    storage.set("other", "bystander", None).await.unwrap();
    storage.delete("key").await.unwrap();
    assert_eq!(get(storage, "key").await, None);
    storage.delete("key").await.unwrap();
    assert_eq!(get(storage, "other").await.as_deref(), Some("bystander"));
}

/// `get`: the value under *this* key, not under one like it.
pub async fn keys_are_matched_whole(storage: &dyn SecondaryStorage) {
    storage.set("Limit:Abc", "value", None).await.unwrap();
    let others = [
        "limit:abc",
        "LIMIT:ABC",
        "Limit:Ab",
        "Limit:Abcd",
        "Limit:Abc ",
        " Limit:Abc",
        "Limit:*",
        "Limit:A_c",
        "Abc",
    ];
    for other in others {
        assert_eq!(get(storage, other).await, None, "{other:?}");
        storage.delete(other).await.unwrap();
    }
    assert_eq!(get(storage, "Limit:Abc").await.as_deref(), Some("value"));
}

/// A value is read back never after its `ttl`; without one it is kept.
pub async fn a_value_is_forgotten_after_its_ttl(fixture: &StorageFixture) {
    let storage = fixture.storage();
    storage.set("short", "value", Some(TTL)).await.unwrap();
    storage.set("long", "value", Some(TTL * 1_000)).await.unwrap();
    storage.set("kept", "value", None).await.unwrap();
    fixture.pass(TTL / 2).await;
    assert!(get(storage, "short").await.is_some());
    fixture.pass(TTL).await;
    assert_eq!(get(storage, "short").await, None);
    assert!(get(storage, "long").await.is_some());
    assert!(get(storage, "kept").await.is_some());
}

/// `set`: to be forgotten after `ttl`, whatever the ttl of the value before it was.
pub async fn a_new_value_has_its_own_ttl(fixture: &StorageFixture) {
    let storage = fixture.storage();
    for (key, first, second) in
        [("longer", Some(TTL), Some(TTL * 1_000)), ("kept", Some(TTL), None), ("shorter", None, Some(TTL))]
    {
        storage.set(key, "old", first).await.unwrap();
        storage.set(key, "new", second).await.unwrap();
    }
    fixture.pass(TTL + TTL / 2).await;
    assert_eq!(get(storage, "longer").await.as_deref(), Some("new"));
    assert_eq!(get(storage, "kept").await.as_deref(), Some("new"));
    assert_eq!(get(storage, "shorter").await, None);
}
