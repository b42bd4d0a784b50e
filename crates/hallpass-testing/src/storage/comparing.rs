//! `compare_and_set` and `compare_and_delete` of [`AtomicStorage`], one caller after the other.

use std::time::Duration;

use hallpass::storage::AtomicStorage;

use crate::StorageFixture;
use crate::sample::UNICODE;

const TTL: Duration = Duration::from_secs(2);

/// `compare_and_set`: sets `to` in place of the value `from`, under this key.
pub async fn a_value_is_replaced_where_it_is_the_expected(storage: &dyn AtomicStorage) {
    storage.set("other", "first", None).await.unwrap();
    storage.set("key", "first", None).await.unwrap();
    for (from, to) in [("first", UNICODE), (UNICODE, ""), ("", "{\"a\":[1]}"), ("{\"a\":[1]}", "first")] {
        assert!(storage.compare_and_set("key", from, to, None).await.unwrap(), "{from}");
        assert_eq!(storage.get("key").await.unwrap().as_deref(), Some(to));
    }
    assert!(storage.compare_and_set("key", "first", "first", None).await.unwrap(), "by itself");
    assert_eq!(storage.get("other").await.unwrap().as_deref(), Some("first"));
}

/// `compare_and_set`: `false`, and nothing changed, if the value is another, however like it.
pub async fn a_value_that_is_another_is_not_replaced(fixture: &StorageFixture) {
    let storage = fixture.storage();
    storage.set("key", "Value 1", Some(TTL)).await.unwrap();
    for other in ["", "Value", "Value 12", "value 1", "Value 1 ", " Value 1", "Value%", "*"] {
        assert!(!storage.compare_and_set("key", other, "to", None).await.unwrap(), "{other:?}");
        assert!(!storage.compare_and_delete("key", other).await.unwrap(), "{other:?}");
    }
    assert_eq!(storage.get("key").await.unwrap().as_deref(), Some("Value 1"));
    fixture.pass(TTL + TTL / 2).await;
    assert_eq!(storage.get("key").await.unwrap(), None, "its life was lengthened");
}

/// `compare_and_set`: **must not** insert; what was deleted, taken or has expired stays so.
pub async fn a_value_that_is_gone_is_not_replaced(fixture: &StorageFixture) {
    let storage = fixture.storage();
    for key in ["deleted", "taken", "compared"] {
        storage.set(key, "value", None).await.unwrap();
    }
    storage.set("expired", "value", Some(TTL)).await.unwrap();
    storage.delete("deleted").await.unwrap();
    storage.take("taken").await.unwrap();
    assert!(storage.compare_and_delete("compared", "value").await.unwrap());
    fixture.pass(TTL + TTL / 2).await;
    for key in ["deleted", "taken", "compared", "expired", "never"] {
        for from in ["value", ""] {
            assert!(!storage.compare_and_set(key, from, "value", None).await.unwrap(), "{key}");
            assert!(!storage.compare_and_delete(key, from).await.unwrap(), "{key}");
        }
        assert_eq!(storage.get(key).await.unwrap(), None, "{key} was revived");
    }
}

/// `compare_and_set`: to be forgotten after *this* `ttl`, not the one of the value before.
pub async fn a_replacement_has_its_own_ttl(fixture: &StorageFixture) {
    let storage = fixture.storage();
    for (key, first, second) in
        [("longer", Some(TTL), Some(TTL * 100)), ("kept", Some(TTL), None), ("shorter", None, Some(TTL))]
    {
        storage.set(key, "old", first).await.unwrap();
        assert!(storage.compare_and_set(key, "old", "new", second).await.unwrap());
    }
    fixture.pass(TTL + TTL / 2).await;
    assert_eq!(storage.get("longer").await.unwrap().as_deref(), Some("new"));
    assert_eq!(storage.get("kept").await.unwrap().as_deref(), Some("new"));
    assert_eq!(storage.get("shorter").await.unwrap(), None);
}

/// `compare_and_delete`: forgets `key` if its value is `value`, once, and no other key.
pub async fn a_value_is_deleted_where_it_is_the_expected(storage: &dyn AtomicStorage) {
    storage.set("key", UNICODE, None).await.unwrap();
    storage.set("other", UNICODE, None).await.unwrap();
    assert!(storage.compare_and_delete("key", UNICODE).await.unwrap());
    assert_eq!(storage.get("key").await.unwrap(), None);
    assert!(!storage.compare_and_delete("key", UNICODE).await.unwrap());
    assert_eq!(storage.get("other").await.unwrap().as_deref(), Some(UNICODE));
}

/// `compare_and_set`, `compare_and_delete`: a counter is the text of its number, as `get` gives it.
pub async fn a_counter_is_compared_by_its_number(storage: &dyn AtomicStorage) {
    for key in ["deleted", "replaced"] {
        storage.increment(key, TTL).await.unwrap();
        storage.increment(key, TTL).await.unwrap();
        assert!(!storage.compare_and_delete(key, "1").await.unwrap());
    }
    assert!(storage.compare_and_delete("deleted", "2").await.unwrap());
    assert!(storage.compare_and_set("replaced", "2", "gone", None).await.unwrap());
    assert_eq!(storage.get("replaced").await.unwrap().as_deref(), Some("gone"));
}
