//! `update_user` of [`UserStore`](hallpass::store::UserStore).

use hallpass::model::User;
use hallpass::store::{Store, StoreErrorKind, UserChange};

use crate::StoreFixture;
use crate::sample::{UNICODE, at, credential, email, is_signed_in, sign_in, sign_up, user};

/// `update_user`: applies `change`; what is `None` stays as it is.
pub async fn an_update_changes_only_what_it_names(fixture: &StoreFixture) {
    let store = fixture.store();
    sign_up(store, &["ada", "bob"]).await;
    sign_in(store, "ada", &["one"]).await;
    let none = UserChange { updated_at: at(50), ..UserChange::default() };
    let mut expected = User { updated_at: at(50), ..user("ada") };

    let change = UserChange { name: Some(UNICODE.to_owned()), ..none.clone() };
    expected.name = UNICODE.to_owned();
    changes_to(store, change, &expected).await;

    let change = UserChange { email: Some(email("lovelace")), ..none.clone() };
    expected.email = email("lovelace");
    changes_to(store, change, &expected).await;

    for verified in [true, false, true] {
        let change = UserChange { email_verified: Some(verified), ..none.clone() };
        expected.email_verified = verified;
        changes_to(store, change, &expected).await;
    }
    let change = UserChange { image: Some(Some("new".to_owned())), ..none.clone() };
    expected.image = Some("new".to_owned());
    changes_to(store, change, &expected).await;

    for moment in [fixture.earliest(), fixture.latest(), at(51)] {
        expected.updated_at = moment;
        changes_to(store, UserChange { updated_at: moment, ..UserChange::default() }, &expected).await;
    }
    assert_eq!(store.user(&"bob".into()).await.unwrap(), Some(user("bob")), "another user changed");
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada")]);
    assert!(is_signed_in(store, "one").await);
}

async fn changes_to(store: &dyn Store, change: UserChange, expected: &User) {
    store.update_user(&"ada".into(), &change).await.unwrap();
    assert_eq!(store.user(&"ada".into()).await.unwrap().as_ref(), Some(expected), "{change:?}");
}

/// `update_user` with `if_email`: only of the user who has this address, whoever else has it.
pub async fn an_update_for_another_address_changes_nothing(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    let prove = |name: &str| UserChange {
        email_verified: Some(true),
        email: Some(email("lovelace")),
        if_email: Some(email(name)),
        updated_at: at(50),
        ..UserChange::default()
    };
    for other in ["bob", "lovelace", "carl"] {
        assert_eq!(store.update_user(&"ada".into(), &prove(other)).await.unwrap(), None, "{other}");
    }
    assert_eq!(store.user(&"ada".into()).await.unwrap(), Some(user("ada")), "another address is proven");
    assert_eq!(store.user(&"bob".into()).await.unwrap(), Some(user("bob")), "another user changed");
    let proven = store.update_user(&"ada".into(), &prove("ada")).await.unwrap().unwrap();
    assert_eq!((proven.email, proven.email_verified), (email("lovelace"), true));
}

/// `update_user` with `if_email_verified`: only while the address is proven, or while it is not.
pub async fn an_update_for_another_proof_changes_nothing(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    let change = |verified: bool| UserChange {
        email: Some(email("lovelace")),
        email_verified: Some(!verified),
        if_email_verified: Some(verified),
        updated_at: at(50),
        ..UserChange::default()
    };
    let ada = user("ada");
    assert_eq!(store.update_user(&ada.id, &change(!ada.email_verified)).await.unwrap(), None);
    assert_eq!(store.user(&ada.id).await.unwrap().as_ref(), Some(&ada), "of another proof");
    let changed = store.update_user(&ada.id, &change(ada.email_verified)).await.unwrap().unwrap();
    assert_eq!((changed.email, changed.email_verified), (email("lovelace"), !ada.email_verified));
}

/// `update_user`: applies all of `change`, and returns the user as it is after it.
pub async fn an_update_returns_the_user_as_it_then_is(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    let change = UserChange {
        name: Some(String::new()),
        email: Some(email("lovelace")),
        email_verified: Some(true),
        image: Some(Some(String::new())),
        updated_at: at(50),
        ..UserChange::default()
    };
    let expected = User {
        name: String::new(),
        email: email("lovelace"),
        email_verified: true,
        image: Some(String::new()),
        updated_at: at(50),
        ..user("ada")
    };
    assert_eq!(store.update_user(&"ada".into(), &change).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(store.user(&"ada".into()).await.unwrap(), Some(expected));
}

/// `UserChange::image`: `Some(None)` takes the picture away.
pub async fn an_update_can_take_the_picture_away(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    let change = UserChange { image: Some(None), updated_at: at(50), ..UserChange::default() };
    store.update_user(&"ada".into(), &change).await.unwrap();
    assert_eq!(store.user(&"ada".into()).await.unwrap().and_then(|user| user.image), None);
}

/// `update_user`: `None` if there is no such user; none is added.
pub async fn an_update_of_nobody_is_none(store: &dyn Store) {
    let change =
        UserChange { name: Some("Ada".to_owned()), email: Some(email("ada")), ..UserChange::default() };
    assert_eq!(store.update_user(&"ada".into(), &change).await.unwrap(), None);
    assert_eq!(store.user(&"ada".into()).await.unwrap(), None);
    assert_eq!(store.user_by_email(&email("ada")).await.unwrap(), None);
}

/// `email` is unique over all users, in an update too: the second writer gets `Conflict`, and nothing
/// of the change is applied.
pub async fn an_update_to_a_taken_address_changes_nothing(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    let change = UserChange {
        name: Some("Bob".to_owned()),
        email: Some(email("ada")),
        updated_at: at(50),
        ..UserChange::default()
    };
    let refused = store.update_user(&"bob".into(), &change).await;

    assert_eq!(refused.map_err(|error| error.kind()), Err(StoreErrorKind::Conflict));
    assert_eq!(store.user(&"bob".into()).await.unwrap(), Some(user("bob")));
    assert_eq!(store.user_by_email(&email("bob")).await.unwrap(), Some(user("bob")));
    assert_eq!(store.user_by_email(&email("ada")).await.unwrap(), Some(user("ada")));
}

/// `email` is unique: a new address is taken, the old one free, and one's own no conflict.
pub async fn an_update_moves_the_address(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    let to = |name: &str| UserChange { email: Some(email(name)), updated_at: at(2), ..UserChange::default() };
    store.update_user(&"ada".into(), &to("ada")).await.unwrap();
    store.update_user(&"ada".into(), &to("lovelace")).await.unwrap();

    assert_eq!(store.user_by_email(&email("ada")).await.unwrap(), None);
    let moved = store.credential_by_email(&email("lovelace")).await.unwrap();
    assert_eq!(moved, Some((User { email: email("lovelace"), ..user("ada") }, Some(credential("ada")))));
    store.create_user(&User { email: email("ada"), ..user("bob") }, None).await.unwrap();
    let late = store.create_user(&User { email: email("lovelace"), ..user("eve") }, None).await;
    assert_eq!(late.map_err(|error| error.kind()), Err(StoreErrorKind::Conflict));
}
