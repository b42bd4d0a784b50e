//! Many callers at once, over every handle: one comes first, and the others see it.

use std::sync::Arc;

use hallpass::model::{Account, Session, User};
use hallpass::store::{Store, StoreError, StoreErrorKind, UserChange};

use super::extra_fields::{schema, with_handle};
use crate::StoreFixture;
use crate::race::CROWD;
use crate::sample::{account, at, credential, email, forms, hash, session, sign_in, sign_up, user};

/// How many won; that all the others were told of a conflict.
fn winners(results: Vec<Result<(), StoreError>>) -> usize {
    let won = |result: Result<(), StoreError>| match result {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.kind(), StoreErrorKind::Conflict, "{error:?}");
            false
        }
    };
    results.into_iter().map(won).filter(|won| *won).count()
}

/// `email` is unique: of any number of sign-ups of one address, one gets it, and no account of the
/// others stays behind.
pub async fn two_hundred_sign_ups_of_one_address_make_one_user(fixture: &StoreFixture) {
    let store = fixture.store();
    for turn in 0..fixture.turns() {
        let id = |number: usize| format!("user-{turn}-{number}");
        let address = email(&format!("address-{turn}"));
        let results = fixture.crowd(|number, store| {
            let (user, account) =
                (User { email: address.clone(), ..user(&id(number)) }, credential(&id(number)));
            async move { store.create_user(&user, Some(&account)).await }
        });
        assert_eq!(winners(results.await), 1);

        let (winner, account) = store.credential_by_email(&address).await.unwrap().unwrap();
        assert_eq!(account, Some(credential(winner.id.as_str())));
        for number in 0..CROWD {
            let won = winner.id.as_str() == id(number);
            assert_eq!(store.user(&id(number).into()).await.unwrap().is_some(), won, "{number}");
            let account = store.account_by_provider("credential", &id(number)).await.unwrap();
            assert_eq!(account.is_some(), won, "the account of {number} stayed behind");
        }
    }
}

/// An additional field that is declared unique is: of any number of sign-ups with one text in it, one gets it.
pub async fn two_hundred_sign_ups_with_one_unique_field_make_one_user(fixture: &StoreFixture) {
    fixture.declare(&schema()).await;
    for turn in 0..fixture.turns() {
        let id = |number: usize| format!("user-{turn}-{number}");
        let handle = format!("handle-{turn}");
        let results = fixture.crowd(|number, store| {
            let user = with_handle(&id(number), &handle);
            async move { store.create_user(&user, None).await }
        });
        assert_eq!(winners(results.await), 1);
        let winner = fixture.store().user_by_field("handle", &handle).await.unwrap().unwrap();
        for number in 0..CROWD {
            let won = winner.id.as_str() == id(number);
            assert_eq!(fixture.store().user(&id(number).into()).await.unwrap().is_some(), won, "{number}");
        }
    }
}

/// (`provider_id`, `account_id`) is unique: of any number of users, one gets the identity, whether they
/// link it or sign up with it; a sign-up that does not is refused whole.
pub async fn two_hundred_claims_of_one_identity_make_one_account(fixture: &StoreFixture) {
    let store = fixture.store();
    for turn in 0..fixture.turns() {
        let provider = &*format!("provider-{turn}");
        let id = |number: usize| format!("{provider}-{number}");
        // All of them link it, half of them, or none.
        let links = |number: usize| match turn % 3 {
            0 => true,
            1 => number.is_multiple_of(2),
            _ => false,
        };
        for number in (0..CROWD).filter(|number| links(*number)) {
            sign_up(store, &[&id(number)]).await;
        }
        let results = fixture.crowd(|number, store| {
            let (id, links) = (id(number), links(number));
            let account = account(&id, provider, "1");
            async move {
                if links {
                    store.add_account(&account).await.map(|added| assert!(added, "the user is there"))
                } else {
                    store.create_user(&user(&id), Some(&account)).await
                }
            }
        });
        assert_eq!(winners(results.await), 1, "{provider}");

        let winner = store.account_by_provider(provider, "1").await.unwrap().unwrap().user_id;
        for number in 0..CROWD {
            let won = winner.as_str() == id(number);
            let accounts = store.accounts_of(&id(number).into()).await.unwrap();
            assert_eq!(accounts.iter().any(|account| account.provider_id == provider), won, "{number}");
            let is_user = store.user(&id(number).into()).await.unwrap().is_some();
            assert_eq!(is_user, links(number) || won, "{number}");
        }
    }
}

/// `email` is unique, in an update too: of any number of users who change to one address, one gets it.
pub async fn two_hundred_changes_to_one_address_make_one(fixture: &StoreFixture) {
    let store = fixture.store();
    let id = |number: usize| format!("user-{number}");
    for number in 0..CROWD {
        store.create_user(&user(&id(number)), None).await.unwrap();
    }
    for turn in 0..fixture.turns() {
        let address = email(&format!("address-{turn}"));
        let results = fixture.crowd(|number, store| {
            let (id, email) = (id(number).into(), Some(address.clone()));
            async move {
                let change = UserChange { email: email.clone(), updated_at: at(50), ..UserChange::default() };
                let changed = store.update_user(&id, &change).await?;
                assert_eq!(changed.map(|user| user.email), email);
                Ok(())
            }
        });
        assert_eq!(winners(results.await), 1);

        let winner = store.user_by_email(&address).await.unwrap().unwrap().id;
        for number in (0..CROWD).filter(|number| winner.as_str() != id(*number)) {
            let loser = store.user(&id(number).into()).await.unwrap().unwrap();
            assert_ne!(loser.email, address, "{number}");
        }
        // Out of the next turn's way.
        let email = Some(user(winner.as_str()).email);
        let back = UserChange { email, updated_at: at(51), ..UserChange::default() };
        store.update_user(&winner, &back).await.unwrap();
    }
}

/// `update_user` with `if_email` or `if_email_verified`: compares and sets in one step, so of any number of changes of
/// what one saw, one is made.
pub async fn two_hundred_changes_of_one_state_make_one(fixture: &StoreFixture) {
    let store = fixture.store();
    sign_up(store, &["ada"]).await;
    for turn in 0..fixture.turns() {
        let seen = store.user(&"ada".into()).await.unwrap().unwrap();
        let changed = fixture.crowd(|number, store| {
            let guard = UserChange { updated_at: at(50), ..UserChange::default() };
            let change = if turn.is_multiple_of(2) {
                let address = email(&format!("address-{turn}-{number}"));
                UserChange { email: Some(address), if_email: Some(seen.email.clone()), ..guard }
            } else {
                let (proven, name) = (seen.email_verified, Some(format!("{turn}-{number}")));
                UserChange { email_verified: Some(!proven), if_email_verified: Some(proven), name, ..guard }
            };
            async move { store.update_user(&"ada".into(), &change).await.unwrap() }
        });
        let mut made: Vec<_> = changed.await.into_iter().flatten().collect();
        assert_eq!(made.len(), 1, "so many were made");
        assert_eq!(made.pop(), store.user(&"ada".into()).await.unwrap());
    }
}

/// `token` is unique: of any number of sessions under one token, one is created.
pub async fn two_hundred_sessions_under_one_token_make_one(fixture: &StoreFixture) {
    sign_up(fixture.store(), &["ada"]).await;
    for turn in 1..=fixture.turns() {
        let results = fixture.crowd(|number, store| async move {
            let id = format!("session-{turn}-{number}").into();
            let session = Session { id, ..session("ada", &format!("token-{turn}")) };
            store.create_session(&session).await.map(|created| assert!(created, "the user is there"))
        });
        assert_eq!(winners(results.await), 1);
        assert_eq!(fixture.store().sessions_of(&"ada".into(), at(0)).await.unwrap().len(), turn);
    }
}

/// `replace_password_hash`: compares and sets in one step, so of any number that replace one hash, one
/// does.
pub async fn two_hundred_replacements_of_one_hash_make_one(fixture: &StoreFixture) {
    sign_up(fixture.store(), &["ada"]).await;
    for turn in 0..fixture.turns() {
        let before = fixture.store().credential_by_email(&email("ada")).await.unwrap();
        let from = before.and_then(|(_, account)| account?.password).unwrap();
        let results = fixture.crowd(|number, store| {
            let from = from.clone();
            async move {
                let to = hash(&format!("${turn}-{number}"));
                store.replace_password_hash(&credential("ada").id, &from, &to, at(50)).await.unwrap()
            }
        });
        let results = results.await;
        assert_eq!(results.iter().filter(|replaced| **replaced).count(), 1);
        let winner =
            results.iter().position(|replaced| *replaced).map(|number| hash(&format!("${turn}-{number}")));
        let after = fixture.store().accounts_of(&"ada".into()).await.unwrap();
        let expected = Account { password: winner, updated_at: at(50), ..credential("ada") };
        assert!(after == [expected], "the hash is not the winner's");
    }
}

/// `delete_user`, `delete_account`, `delete_session`: `true` for one of any number of callers.
pub async fn two_hundred_deletions_of_one_row_make_one(fixture: &StoreFixture) {
    let count = |deleted: Vec<bool>| deleted.into_iter().filter(|deleted| *deleted).count();
    for _ in 0..fixture.turns() {
        sign_up(fixture.store(), &["ada"]).await;
        sign_in(fixture.store(), "ada", &["one"]).await;
        let work =
            |_, store: Arc<dyn Store>| async move { store.delete_session(&forms("one")).await.unwrap() };
        assert_eq!(count(fixture.crowd(work).await), 1, "sessions");
        let work = |_, store: Arc<dyn Store>| async move {
            store.delete_account(&credential("ada").id).await.unwrap()
        };
        assert_eq!(count(fixture.crowd(work).await), 1, "accounts");
        let work = |_, store: Arc<dyn Store>| async move { store.delete_user(&"ada".into()).await.unwrap() };
        assert_eq!(count(fixture.crowd(work).await), 1, "users");
    }
}

/// `delete_account_unless_last`: of any number of callers who delete the last two accounts, one deletes one.
pub async fn of_two_accounts_that_are_deleted_at_once_one_stays(fixture: &StoreFixture) {
    let store = fixture.store();
    for turn in 0..fixture.turns() {
        let id = format!("user-{turn}");
        sign_up(store, &[&id]).await;
        let github = account(&id, "github", &id);
        assert!(store.add_account(&github).await.unwrap());
        let ids = [credential(&id).id, github.id];
        let deleted = fixture.crowd(|number, store| {
            let [one, other] = ids.clone();
            let account = if number.is_multiple_of(2) { one } else { other };
            async move { store.delete_account_unless_last(&account).await.unwrap() }
        });
        assert_eq!(deleted.await.into_iter().filter(|deleted| *deleted).count(), 1);
        assert_eq!(store.accounts_of(&id.as_str().into()).await.unwrap().len(), 1);
    }
}

/// Each method is atomic: nobody sees a user whose first account is not there yet, or a change half
/// applied.
pub async fn a_reader_sees_all_of_a_change_or_none(fixture: &StoreFixture) {
    for turn in 0..fixture.turns() {
        let id = format!("user-{turn}");
        fixture
            .crowd(|number, store| {
                let id = id.clone();
                async move {
                    let text = number.to_string();
                    match number {
                        20 => store.create_user(&user(&id), Some(&credential(&id))).await.unwrap(),
                        number if number.is_multiple_of(4) => {
                            let (name, image) = (Some(text.clone()), Some(Some(text)));
                            let change =
                                UserChange { name, image, updated_at: at(50), ..UserChange::default() };
                            store.update_user(&id.as_str().into(), &change).await.map(drop).unwrap();
                        }
                        _ => {
                            let Some((seen, account)) = store.credential_by_email(&email(&id)).await.unwrap()
                            else {
                                return;
                            };
                            assert!(account.is_some(), "a user without an account");
                            let untouched = seen.name == user(&id).name && seen.image == user(&id).image;
                            assert!(untouched || seen.image == Some(seen.name), "half a change");
                        }
                    }
                }
            })
            .await;
    }
}
