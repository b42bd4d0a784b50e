//! [`UserStore`](hallpass::store::UserStore), but for `update_user`.

use hallpass::model::{Session, User};
use hallpass::store::{Store, StoreErrorKind};
use hallpass::types::{Email, UserId};

use crate::StoreFixture;
use crate::sample::{
    UNICODE, account, at, credential, earliest, email, forms, is_signed_in, long, session, sign_in, sign_up,
    user,
};

/// `create_user`: adds `user`, together with the first `account` if there is one.
pub async fn a_user_comes_with_its_first_account(store: &dyn Store) {
    store.create_user(&user("ada"), Some(&credential("ada"))).await.unwrap();
    store.create_user(&user("bob"), None).await.unwrap();

    assert_eq!(store.user(&"ada".into()).await.unwrap(), Some(user("ada")));
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada")]);
    assert_eq!(store.user(&"bob".into()).await.unwrap(), Some(user("bob")));
    assert_eq!(store.accounts_of(&"bob".into()).await.unwrap(), []);
}

/// `create_user_with_session`: user, account and session, or none of them; or it cannot, and adds nothing.
pub async fn a_user_comes_with_its_first_session_or_not_at_all(store: &dyn Store) {
    let (ada, first) = (user("ada"), session("ada", "first"));
    let made = store.create_user_with_session(&ada, Some(&credential("ada")), &first).await.unwrap();
    if made.is_none() {
        assert_eq!(store.user(&"ada".into()).await.unwrap(), None);
        return;
    }
    assert_eq!(made, Some(true));
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada")]);
    assert_eq!(store.session(&first.token.clone().into()).await.unwrap(), Some((first.clone(), ada.clone())));

    // The session's token is taken, and then the address.
    let bobs = Session { id: "bobs".into(), user_id: "bob".into(), ..first };
    let refused = store.create_user_with_session(&user("bob"), Some(&credential("bob")), &bobs).await;
    assert_eq!(refused.unwrap_err().kind(), StoreErrorKind::Conflict);
    let bob = User { email: ada.email, ..user("bob") };
    let bobs = session("bob", "second");
    let refused = store.create_user_with_session(&bob, Some(&credential("bob")), &bobs).await;
    assert_eq!(refused.unwrap_err().kind(), StoreErrorKind::Conflict);
    assert_eq!(store.user(&"bob".into()).await.unwrap(), None);
    assert_eq!(store.accounts_of(&"bob".into()).await.unwrap(), []);
    assert_eq!(store.session(&bobs.token.into()).await.unwrap(), None);
    // Nothing is left that would be in the way.
    let made = store.create_user_with_session(&user("bob"), None, &session("bob", "second")).await.unwrap();
    assert_eq!(made, Some(true));
}

/// `user`, `user_by_email`, `credential_by_email`: what comes out is what went in, in every field.
pub async fn every_field_of_a_user_is_kept_exactly(fixture: &StoreFixture) {
    let store = fixture.store();
    let users = [
        User { image: None, name: String::new(), ..user("least") },
        User { image: Some(String::new()), email_verified: true, ..user("empty") },
        User { image: Some(UNICODE.to_owned()), name: UNICODE.to_owned(), ..user("unicode") },
        User { image: Some(long()), name: "long ".repeat(50), ..user("long") },
        User { created_at: fixture.earliest(), updated_at: fixture.latest(), ..user("ends-of-time") },
        User { created_at: fixture.earliest(), updated_at: at(999), ..user("milliseconds") },
        User { email: Email::from_stored("o'neil+tag_%@sub.example.co".to_owned()), ..user("address") },
    ];
    for user in &users {
        store.create_user(user, None).await.unwrap();
    }
    for user in users {
        assert_eq!(store.user(&user.id).await.unwrap().as_ref(), Some(&user));
        assert_eq!(store.user_by_email(&user.email).await.unwrap().as_ref(), Some(&user));
        assert_eq!(store.credential_by_email(&user.email).await.unwrap(), Some((user, None)));
    }
}

/// A user who is not there is no error: `None`, or `false`.
pub async fn nobody_is_none(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    assert_eq!(store.user(&"bob".into()).await.unwrap(), None);
    assert_eq!(store.user_by_email(&email("bob")).await.unwrap(), None);
    assert_eq!(store.credential_by_email(&email("bob")).await.unwrap(), None);
    assert!(!store.delete_user(&"bob".into()).await.unwrap());
}

/// `id` is unique over all users: the second writer gets `Conflict` and leaves nothing behind.
pub async fn a_taken_user_id_is_refused_whole(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    let second = User { id: "ada".into(), ..user("bob") };
    let theirs = account("ada", "github", "1");
    let refused = store.create_user(&second, Some(&theirs)).await;

    assert_eq!(refused.map_err(|error| error.kind()), Err(StoreErrorKind::Conflict));
    assert_eq!(store.user(&"ada".into()).await.unwrap(), Some(user("ada")));
    assert_eq!(store.user_by_email(&email("bob")).await.unwrap(), None);
    assert_eq!(store.account_by_provider("github", "1").await.unwrap(), None, "an account stayed behind");
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada")]);
}

/// `email` is unique over all users: the second writer gets `Conflict` and leaves nothing behind.
pub async fn a_taken_address_is_refused_whole(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    let second = User { email: email("ada"), ..user("bob") };
    let refused = store.create_user(&second, Some(&credential("bob"))).await;

    assert_eq!(refused.map_err(|error| error.kind()), Err(StoreErrorKind::Conflict));
    assert_eq!(store.user_by_email(&email("ada")).await.unwrap(), Some(user("ada")));
    assert_eq!(store.user(&"bob".into()).await.unwrap(), None);
    assert_eq!(
        store.account_by_provider("credential", "bob").await.unwrap(),
        None,
        "an account stayed behind"
    );
    assert_eq!(store.accounts_of(&"bob".into()).await.unwrap(), []);
    // Nothing of it stands in the way of another try.
    store.create_user(&user("bob"), Some(&credential("bob"))).await.unwrap();
}

/// `create_user`: both or neither, so a first account that is taken leaves no user behind.
pub async fn a_taken_first_account_refuses_the_user(store: &dyn Store) {
    store.create_user(&user("ada"), Some(&account("ada", "github", "1"))).await.unwrap();
    let refused = store.create_user(&user("bob"), Some(&account("bob", "github", "1"))).await;

    assert_eq!(refused.map_err(|error| error.kind()), Err(StoreErrorKind::Conflict));
    assert_eq!(store.user(&"bob".into()).await.unwrap(), None, "a user without an account stayed behind");
    assert_eq!(store.user_by_email(&email("bob")).await.unwrap(), None);
    let first = store.account_by_provider("github", "1").await.unwrap();
    assert_eq!(first, Some(account("ada", "github", "1")));
}

/// `user_by_email`, `credential_by_email`: the user with *this* address, not with one like it.
pub async fn addresses_are_matched_whole(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    let others =
        ["a_a@example.com", "a%@example.com", "ad@example.com", "ada@example.co", "adaa@example.com"];
    let spellings =
        ["ADA@example.com", "ada@Example.com", "ada@example.com ", " ada@example.com", "adá@example.com", ""];
    for other in others.into_iter().chain(spellings) {
        let other = Email::from_stored(other.to_owned());
        assert_eq!(store.user_by_email(&other).await.unwrap(), None, "{other}");
        assert_eq!(store.credential_by_email(&other).await.unwrap(), None, "{other}");
    }
    // As another server may have written it.
    let namesake = User { email: Email::from_stored("ADA@example.com".to_owned()), ..user("bob") };
    store.create_user(&namesake, None).await.unwrap();
    assert_eq!(store.user_by_email(&namesake.email).await.unwrap(), Some(namesake));
    assert_eq!(store.user_by_email(&email("ada")).await.unwrap(), Some(user("ada")));
}

/// `user`: the user with *this* id. Ids differ by case.
pub async fn user_ids_are_matched_whole(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    for other in ["ADA", "Ada", "ad", "adaa", "ada ", " ada", "a_a", "a%", ""] {
        assert_eq!(store.user(&other.into()).await.unwrap(), None, "{other:?}");
        assert!(!store.delete_user(&other.into()).await.unwrap(), "{other:?}");
    }
    let namesake = User { id: "ADA".into(), ..user("bob") };
    store.create_user(&namesake, None).await.unwrap();
    assert_eq!(store.user(&"ada".into()).await.unwrap(), Some(user("ada")));
    assert_eq!(store.user(&"ADA".into()).await.unwrap(), Some(namesake));
}

/// `credential_by_email`: the user, and the account with provider `credential` and the user's id as
/// account id, if the user has one.
pub async fn the_credential_is_the_users_own_password_account(store: &dyn Store) {
    store.create_user(&user("ada"), Some(&account("ada", "github", "1"))).await.unwrap();
    store.create_user(&user("bob"), Some(&account("bob", "github", "2"))).await.unwrap();
    // None of these is Ada's: wrong account id, wrong provider, another's account under her id.
    for not_it in [
        account("ada", "credential", "else"),
        account("ada", "google", "ada"),
        account("bob", "credential", "ada"),
    ] {
        assert!(store.add_account(&not_it).await.unwrap());
    }
    let none = store.credential_by_email(&email("ada")).await.unwrap();
    assert_eq!(none, Some((user("ada"), None)));

    assert!(store.add_account(&credential("bob")).await.unwrap());
    let found = store.credential_by_email(&email("bob")).await.unwrap();
    assert_eq!(found, Some((user("bob"), Some(credential("bob")))));
}

/// `delete_user`: deletes the user with every account and session.
pub async fn a_deleted_user_takes_accounts_and_sessions_along(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    assert!(store.add_account(&account("ada", "github", "1")).await.unwrap());
    sign_in(store, "ada", &["one", "two"]).await;
    assert!(store.delete_user(&"ada".into()).await.unwrap());

    assert_eq!(store.user(&"ada".into()).await.unwrap(), None);
    assert_eq!(store.user_by_email(&email("ada")).await.unwrap(), None);
    assert_eq!(store.credential_by_email(&email("ada")).await.unwrap(), None);
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), []);
    assert_eq!(store.account_by_provider("credential", "ada").await.unwrap(), None);
    assert_eq!(store.account_by_provider("github", "1").await.unwrap(), None);
    assert_eq!(store.sessions_of(&"ada".into(), earliest()).await.unwrap(), []);
    assert!(!is_signed_in(store, "one").await);
    assert!(!store.delete_session(&forms("two")).await.unwrap());
}

/// `delete_user`: `false` if there was none.
pub async fn a_user_is_deleted_once(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    assert!(store.delete_user(&"ada".into()).await.unwrap());
    assert!(!store.delete_user(&"ada".into()).await.unwrap());
}

/// `delete_user`: deletes *the* user.
pub async fn deleting_a_user_leaves_the_others(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    sign_in(store, "bob", &["bobs"]).await;
    assert!(store.delete_user(&"ada".into()).await.unwrap());

    assert_eq!(store.user(&"bob".into()).await.unwrap(), Some(user("bob")));
    assert_eq!(store.accounts_of(&"bob".into()).await.unwrap(), [credential("bob")]);
    assert!(is_signed_in(store, "bobs").await);
}

/// Uniqueness is over the users that there are: what a deleted one had is free, and comes back empty.
pub async fn a_deleted_user_can_come_back_and_finds_nothing(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    sign_in(store, "ada", &["one"]).await;
    assert!(store.add_account(&account("ada", "github", "1")).await.unwrap());
    assert!(store.delete_user(&UserId::from("ada")).await.unwrap());

    sign_up(store, &["ada"]).await;
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada")]);
    assert_eq!(store.sessions_of(&"ada".into(), earliest()).await.unwrap(), []);
    assert!(!is_signed_in(store, "one").await);
}
