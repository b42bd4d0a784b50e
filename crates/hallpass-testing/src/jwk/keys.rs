//! One caller after the other.

use hallpass_jwt::{JwkStore, StoredKey};

use super::{NOW, after, key};

async fn ids(store: &dyn JwkStore) -> Vec<String> {
    let mut ids: Vec<_> = store.keys().await.unwrap().into_iter().map(|key| key.id).collect();
    ids.sort();
    ids
}

/// `add_key`, `keys`: a key is read back as it was added, to the byte and the millisecond.
pub async fn a_key_is_read_back_exactly(store: &dyn JwkStore) {
    assert_eq!(store.keys().await.unwrap(), []);
    let long = "\u{1f511} 'quoted' \"text\" \\ ".repeat(500);
    let added = StoredKey { private_key: long.clone(), public_key: long, ..key("one", Some(after(1))) };
    assert!(store.add_key(&added, NOW, "EdDSA").await.unwrap());
    assert_eq!(store.keys().await.unwrap(), [added]);
}

/// `add_key`, `keys`: what is `None` stays so.
pub async fn a_key_without_what_need_not_be_there_is_read_back_too(store: &dyn JwkStore) {
    let added = StoredKey { alg: None, crv: None, ..key("one", None) };
    assert!(store.add_key(&added, NOW, "EdDSA").await.unwrap());
    assert_eq!(store.keys().await.unwrap(), [added]);
}

/// `add_key`: adds where no key still signs at `until`: one that expires just then does not.
pub async fn a_key_is_added_where_none_signs_so_long(store: &dyn JwkStore) {
    assert!(store.add_key(&key("one", Some(after(10))), NOW, "EdDSA").await.unwrap());
    assert!(store.add_key(&key("two", Some(after(20))), after(10), "EdDSA").await.unwrap());
    assert_eq!(ids(store).await, ["one", "two"]);
}

/// `add_key`: `false`, and nothing added, where a key expires later than `until`, or never.
pub async fn a_key_that_signs_longer_or_for_ever_leaves_no_place(store: &dyn JwkStore) {
    let first = key("one", Some(after(10)));
    assert!(store.add_key(&first, NOW, "EdDSA").await.unwrap());
    let just_before = hallpass::clock::Timestamp::from_millis(after(10).as_millis() - 1);
    assert!(!store.add_key(&key("two", None), just_before, "EdDSA").await.unwrap());
    assert_eq!(store.keys().await.unwrap(), [first]);
    assert!(store.add_key(&key("three", None), after(10), "EdDSA").await.unwrap());
    assert!(!store.add_key(&key("four", None), after(1_000_000), "EdDSA").await.unwrap());
    assert_eq!(ids(store).await, ["one", "three"]);
}

/// `add_key`: keys for other algorithms do not count.
pub async fn a_key_of_another_algorithm_is_not_in_the_way(store: &dyn JwkStore) {
    assert!(store.add_key(&key("one", None), NOW, "EdDSA").await.unwrap());
    let other = StoredKey { alg: Some("ES256".to_owned()), ..key("two", None) };
    assert!(store.add_key(&other, NOW, "EdDSA").await.unwrap());
    let again = StoredKey { id: "three".to_owned(), ..other };
    assert!(!store.add_key(&again, NOW, "EdDSA").await.unwrap());
    assert_eq!(ids(store).await, ["one", "two"]);
}

/// `add_key`: a key that does not say its algorithm counts as one for `unnamed`, the one that is there and the one that
/// is added.
pub async fn a_key_that_does_not_say_its_algorithm_counts_as_one_for_the_named(store: &dyn JwkStore) {
    let unnamed = |id| StoredKey { alg: None, ..key(id, None) };
    assert!(store.add_key(&unnamed("one"), NOW, "EdDSA").await.unwrap());
    assert!(!store.add_key(&key("two", None), NOW, "EdDSA").await.unwrap());
    assert!(!store.add_key(&unnamed("three"), NOW, "EdDSA").await.unwrap());
    // By another word for it, that key is of another algorithm.
    assert!(store.add_key(&key("four", None), NOW, "ES256").await.unwrap());
    assert!(!store.add_key(&unnamed("five"), NOW, "EdDSA").await.unwrap());
    assert_eq!(ids(store).await, ["four", "one"]);
}

/// `keys`: **all** keys, those too that sign no more: tokens that they signed are still to be checked.
pub async fn a_key_that_signs_no_more_is_kept(store: &dyn JwkStore) {
    for number in 0..20 {
        let added = key(&format!("{number:02}"), Some(after(number)));
        assert!(store.add_key(&added, after(number), "EdDSA").await.unwrap());
    }
    let expected: Vec<_> = (0..20).map(|number| format!("{number:02}")).collect();
    assert_eq!(ids(store).await, expected);
}

/// `Debug` shows no private key, of whatever is kept.
pub async fn debug_shows_no_key(store: &dyn JwkStore) {
    store.add_key(&key("one", None), NOW, "EdDSA").await.unwrap();
    let shown = format!("{store:?} {:?}", store.keys().await.unwrap());
    assert!(!shown.contains("private of"), "{shown}");
}
