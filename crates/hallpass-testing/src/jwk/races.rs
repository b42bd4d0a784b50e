//! Many at once, as servers that start together are.

use super::{JwkStoreFixture, NOW, key};

/// `add_key`: whoever is told `true` finds the key among all of them, and nobody else's attempt is there; one at least is.
pub async fn of_two_hundred_who_add_a_key_those_who_did_find_theirs(fixture: &JwkStoreFixture) {
    let id = |number: usize| format!("{number:03}");
    let added = fixture.crowd(|number, store| async move {
        store.add_key(&key(&format!("{number:03}"), None), NOW, "EdDSA").await.unwrap()
    });
    let added = added.await;
    let told: Vec<_> = (0..).zip(&added).filter(|(_, added)| **added).map(|(number, _)| id(number)).collect();
    let mut kept: Vec<_> = fixture.store().keys().await.unwrap().into_iter().map(|key| key.id).collect();
    kept.sort();
    assert!(!told.is_empty(), "nobody added a key");
    assert_eq!(kept, told);
}
