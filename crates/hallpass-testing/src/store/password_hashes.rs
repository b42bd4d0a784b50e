//! `replace_password_hash` of [`AccountStore`](hallpass::store::AccountStore).

use hallpass::model::Account;
use hallpass::store::Store;

use crate::sample::{account, at, credential, email, hash, sign_up, user};

/// `replace_password_hash`: replaces the hash `from` by `to` at the moment `now`, and nothing else.
pub async fn a_password_hash_is_replaced(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    let id = credential("ada").id;
    assert!(store.replace_password_hash(&id, &hash("$first"), &hash("$second"), at(50)).await.unwrap());

    let after = Account { password: Some(hash("$second")), updated_at: at(50), ..credential("ada") };
    let (found, credential_found) = store.credential_by_email(&email("ada")).await.unwrap().unwrap();
    assert_eq!(found, user("ada"));
    assert_eq!(credential_found.as_ref().and_then(|account| account.password.clone()), Some(hash("$second")));
    assert_eq!(credential_found, Some(after));
    // Bob's hash is the same text, and his own.
    assert_eq!(store.accounts_of(&"bob".into()).await.unwrap(), [credential("bob")]);
}

/// `replace_password_hash`: `false`, and nothing changed, if the account's hash is no longer `from`.
pub async fn a_password_hash_that_has_changed_is_not_replaced(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    let id = credential("ada").id;
    for no_longer in ["$zeroth", "$FIRST", "$first ", "$firs", "", "%"] {
        let replaced =
            store.replace_password_hash(&id, &hash(no_longer), &hash("$new"), at(50)).await.unwrap();
        assert!(!replaced, "{no_longer:?}");
    }
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada")]);
}

/// `replace_password_hash`: `false`, and nothing added, where there is no hash to compare with.
pub async fn a_missing_password_hash_is_not_replaced(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    let github = account("ada", "github", "1");
    assert!(store.add_account(&github).await.unwrap());
    for from in ["", "$first"] {
        let replaced =
            store.replace_password_hash(&github.id, &hash(from), &hash("$new"), at(50)).await.unwrap();
        assert!(!replaced, "the account has no password");
        let id = "nothing".into();
        assert!(!store.replace_password_hash(&id, &hash(from), &hash("$new"), at(50)).await.unwrap());
    }
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada"), github]);
}
