//! Whose a record is, and what a method says first where several things are wrong.

use hallpass::model::{Account, Extra, Session, User};
use hallpass::store::{Store, UserChange};
use hallpass::types::UserId;

use crate::sample::{
    account, at, credential, earliest, email, hash, is_signed_in, session, sign_in, sign_up, user,
};

/// Texts that are not `ada`, though many a database has them for it.
const LIKE_ADA: [&str; 8] = ["ADA", "Ada", "ada ", " ada", "adá", "a_a", "a%", ""];

/// Ids are compared byte for byte, wherever one says whose a record is.
pub async fn owners_are_matched_whole(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    sign_in(store, "ada", &["one"]).await;
    let renamed = UserChange { name: Some("x".to_owned()), updated_at: at(50), ..UserChange::default() };
    for other in LIKE_ADA {
        let id = UserId::from(other);
        assert_eq!(store.accounts_of(&id).await.unwrap(), [], "{other:?}");
        assert_eq!(store.sessions_of(&id, earliest()).await.unwrap(), [], "{other:?}");
        assert_eq!(store.update_user(&id, &renamed).await.unwrap(), None, "{other:?}");
        assert_eq!(store.delete_sessions_of(&id, None).await.unwrap(), 0, "{other:?}");
        assert!(!store.may_have_session(&id).await.unwrap(), "{other:?}");
        let theirs = Account { user_id: id.clone(), ..account("ada", "github", other) };
        assert!(!store.add_account(&theirs).await.unwrap(), "{other:?}");
        let theirs = Session { user_id: id, ..session("ada", "two") };
        assert!(!store.create_session(&theirs).await.unwrap(), "{other:?}");
    }
    // Two who are so called have each their own.
    let namesake = User { email: email("namesake"), ..user("ADA") };
    let password = Account { id: "namesake's".into(), ..credential("ADA") };
    store.create_user(&namesake, Some(&password)).await.unwrap();
    sign_in(store, "ADA", &["hers"]).await;
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada")]);
    assert_eq!(store.sessions_of(&"ada".into(), earliest()).await.unwrap(), [session("ada", "one")]);
    let found = store.credential_by_email(&email("namesake")).await.unwrap();
    assert_eq!(found, Some((namesake, Some(password))));
    assert!(store.delete_user(&"ADA".into()).await.unwrap());
    assert!(is_signed_in(store, "one").await && !is_signed_in(store, "hers").await);
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada")]);
}

/// Ids are compared byte for byte: an account's, by every method that takes one.
pub async fn account_ids_are_matched_whole(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    assert!(store.add_account(&account("ada", "github", "1")).await.unwrap());
    for other in
        ["ADA-PASSWORD", "ada-passwor", "ada-password ", " ada-password", "ada_password", "ada-%", ""]
    {
        let id = other.into();
        let replaced = store.replace_password_hash(&id, &hash("$first"), &hash("$new"), at(50)).await;
        assert!(!replaced.unwrap(), "{other:?}");
        assert!(!store.delete_account(&id).await.unwrap(), "{other:?}");
        assert!(!store.delete_account_unless_last(&id).await.unwrap(), "{other:?}");
    }
    let left = store.accounts_of(&"ada".into()).await.unwrap();
    assert_eq!(left, [credential("ada"), account("ada", "github", "1")]);
}

/// `update_user`, `add_account`, `create_session`: `None` or `false` if there is no such user, also where something that
/// must be unique is taken.
pub async fn nobody_is_in_conflict_with_nobody(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    sign_in(store, "ada", &["one"]).await;
    let taken = UserChange { email: Some(email("ada")), updated_at: at(50), ..UserChange::default() };
    assert_eq!(store.update_user(&"bob".into(), &taken).await.unwrap(), None);
    let taken = Account { id: "bobs".into(), user_id: "bob".into(), ..credential("ada") };
    assert!(!store.add_account(&taken).await.unwrap());
    let taken = Session { id: "bobs".into(), user_id: "bob".into(), ..session("ada", "one") };
    assert!(!store.create_session(&taken).await.unwrap());
    let found = store.sessions_of(&"ada".into(), earliest()).await.unwrap();
    assert_eq!(found, [Session { extra: Extra::new(), ..session("ada", "one") }]);
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada")]);
}
