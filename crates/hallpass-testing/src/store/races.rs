//! Many callers at once, over every handle: one comes first, and the others see it.

use std::sync::Arc;

use hallpass::model::{Account, Session, User, Verification};
use hallpass::store::{Store, StoreError, StoreErrorKind, UserChange};

use crate::StoreFixture;
use crate::race::Racer;
use crate::sample::{account, at, credential, email, forms, hash, session, sign_up, user, verification};

/// How many want the one thing.
const CROWD: usize = 200;

/// A racer: `work` on the handle for its number.
fn racer<T, F>(fixture: &StoreFixture, number: usize, work: impl FnOnce(Arc<dyn Store>) -> F) -> Racer<T>
where
    F: Future<Output = T> + Send + 'static,
{
    Box::pin(work(fixture.handle(number)))
}

/// Lets a crowd do `work`, each with its number, and gives what they came to.
async fn crowd<T, F>(fixture: &StoreFixture, work: impl Fn(usize, Arc<dyn Store>) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let racers = (0..CROWD).map(|number| racer(fixture, number, |store| work(number, store)));
    fixture.race(racers.collect()).await
}

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

/// `take_verification`: of any number of callers at once, **one** gets it.
pub async fn two_hundred_takers_of_one_verification_make_one(fixture: &StoreFixture) {
    for turn in 0..10 {
        let put = verification("reset", &turn.to_string());
        fixture.store().put_verification(&put).await.unwrap();
        let takers = crowd(fixture, |_, store| async move { store.take_verification("reset", at(100)).await });
        let mut taken: Vec<_> = takers.await.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(taken.len(), 1, "so many callers got it");
        assert_eq!(taken.pop(), Some(put));
    }
}

/// `take_verification`, `put_verification`: exactly one caller, also when new ones are put in place of
/// it all the while.
pub async fn a_verification_replaced_meanwhile_is_taken_once(fixture: &StoreFixture) {
    let work = |number: usize, store: Arc<dyn Store>| async move {
        if number.is_multiple_of(2) {
            store.put_verification(&verification("reset", &number.to_string())).await.unwrap();
            return None;
        }
        store.take_verification("reset", at(100)).await.unwrap().map(|taken| taken.value)
    };
    for _ in 0..10 {
        let mut taken: Vec<_> = crowd(fixture, work).await.into_iter().flatten().collect();
        let left = fixture.store().take_verification("reset", at(100)).await.unwrap();
        taken.extend(left.map(|left| left.value));
        let count = taken.len();
        taken.sort();
        taken.dedup();
        assert_eq!(taken.len(), count, "a verification was taken twice");
        assert_eq!(fixture.store().take_verification("reset", at(100)).await.unwrap(), None);
    }
}

/// `email` is unique: of any number of sign-ups of one address, one gets it, and no account of the
/// others stays behind.
pub async fn two_hundred_sign_ups_of_one_address_make_one_user(fixture: &StoreFixture) {
    let id = |number: usize| format!("user-{number}");
    let results = crowd(fixture, |number, store| async move {
        let user = User { email: email("ada"), ..user(&id(number)) };
        store.create_user(&user, Some(&credential(&id(number)))).await
    });
    assert_eq!(winners(results.await), 1);

    let store = fixture.store();
    let (winner, account) = store.credential_by_email(&email("ada")).await.unwrap().unwrap();
    assert_eq!(account, Some(credential(winner.id.as_str())));
    for number in 0..CROWD {
        let won = winner.id.as_str() == id(number);
        assert_eq!(store.user(&id(number).into()).await.unwrap().is_some(), won, "{number}");
        let account = store.account_by_provider("credential", &id(number)).await.unwrap();
        assert_eq!(account.is_some(), won, "the account of {number} stayed behind");
    }
}

/// (`provider_id`, `account_id`) is unique: of any number of users, one gets the identity; a sign-up
/// that does not is refused whole.
pub async fn two_hundred_claims_of_one_identity_make_one_account(fixture: &StoreFixture) {
    let store = fixture.store();
    let id = |number: usize| format!("user-{number}");
    for number in (0..CROWD).step_by(2) {
        sign_up(store, &[&id(number)]).await;
    }
    let results = crowd(fixture, |number, store| async move {
        let account = account(&id(number), "github", "1");
        if number.is_multiple_of(2) {
            store.add_account(&account).await.map(|added| assert!(added, "the user is there"))
        } else {
            store.create_user(&user(&id(number)), Some(&account)).await
        }
    });
    assert_eq!(winners(results.await), 1);

    let winner = store.account_by_provider("github", "1").await.unwrap().unwrap().user_id;
    for number in 0..CROWD {
        let won = winner.as_str() == id(number);
        let accounts = store.accounts_of(&id(number).into()).await.unwrap();
        assert_eq!(accounts.iter().any(|account| account.provider_id == "github"), won, "{number}");
        let signed_up = number.is_multiple_of(2) || won;
        assert_eq!(store.user(&id(number).into()).await.unwrap().is_some(), signed_up, "{number}");
    }
}

/// `email` is unique, in an update too: of any number of users who change to one address, one gets it.
pub async fn two_hundred_changes_to_one_address_make_one(fixture: &StoreFixture) {
    let store = fixture.store();
    let id = |number: usize| format!("user-{number}");
    for number in 0..CROWD {
        store.create_user(&user(&id(number)), None).await.unwrap();
    }
    let results = crowd(fixture, |number, store| async move {
        let change = UserChange { email: Some(email("ada")), updated_at: at(50), ..UserChange::default() };
        let changed = store.update_user(&id(number).into(), &change).await?;
        assert!(changed.is_some_and(|user| user.email == email("ada")));
        Ok(())
    });
    assert_eq!(winners(results.await), 1);

    let winner = store.user_by_email(&email("ada")).await.unwrap().unwrap().id;
    for number in (0..CROWD).filter(|number| winner.as_str() != id(*number)) {
        assert_eq!(store.user(&id(number).into()).await.unwrap(), Some(user(&id(number))));
    }
}

/// `token` is unique: of any number of sessions under one token, one is created.
pub async fn two_hundred_sessions_under_one_token_make_one(fixture: &StoreFixture) {
    sign_up(fixture.store(), &["ada"]).await;
    let results = crowd(fixture, |number, store| async move {
        let id = format!("session-{number}").into();
        let created = store.create_session(&Session { id, ..session("ada", "one") }).await;
        created.map(|created| assert!(created, "the user is there"))
    });
    assert_eq!(winners(results.await), 1);
    assert_eq!(fixture.store().sessions_of(&"ada".into(), at(0)).await.unwrap().len(), 1);
}

/// `replace_password_hash`: compares and sets in one step, so of any number that replace one hash, one
/// does.
pub async fn two_hundred_replacements_of_one_hash_make_one(fixture: &StoreFixture) {
    sign_up(fixture.store(), &["ada"]).await;
    for turn in 0..10 {
        let before = fixture.store().credential_by_email(&email("ada")).await.unwrap();
        let from = before.and_then(|(_, account)| account?.password).unwrap();
        let results = crowd(fixture, |number, store| {
            let from = from.clone();
            async move {
                let to = hash(&format!("${turn}-{number}"));
                store.replace_password_hash(&credential("ada").id, &from, &to, at(50)).await.unwrap()
            }
        });
        let results = results.await;
        assert_eq!(results.iter().filter(|replaced| **replaced).count(), 1);
        let winner = results.iter().position(|replaced| *replaced).map(|number| hash(&format!("${turn}-{number}")));
        let after = fixture.store().accounts_of(&"ada".into()).await.unwrap();
        let expected = Account { password: winner, updated_at: at(50), ..credential("ada") };
        assert!(after == [expected], "the hash is not the winner's");
    }
}

/// `delete_user`, `delete_account`, `delete_session`: `true` for one of any number of callers.
pub async fn two_hundred_deletions_of_one_row_make_one(fixture: &StoreFixture) {
    sign_up(fixture.store(), &["ada"]).await;
    assert!(fixture.store().create_session(&session("ada", "one")).await.unwrap());
    let ended = crowd(fixture, |_, store| async move { store.delete_session(&forms("one")).await.unwrap() });
    assert_eq!(ended.await.into_iter().filter(|deleted| *deleted).count(), 1, "sessions");
    let unlinked = crowd(fixture, |_, store| async move { store.delete_account(&credential("ada").id).await.unwrap() });
    assert_eq!(unlinked.await.into_iter().filter(|deleted| *deleted).count(), 1, "accounts");
    let deleted = crowd(fixture, |_, store| async move { store.delete_user(&"ada".into()).await.unwrap() });
    assert_eq!(deleted.await.into_iter().filter(|deleted| *deleted).count(), 1, "users");
}

/// Each method is atomic: nobody sees a user whose first account is not there yet, or a change half
/// applied.
pub async fn a_reader_sees_all_of_a_change_or_none(fixture: &StoreFixture) {
    for turn in 0..10 {
        let id = format!("user-{turn}");
        crowd(fixture, |number, store| {
            let id = id.clone();
            async move {
                let text = number.to_string();
                match number {
                    20 => store.create_user(&user(&id), Some(&credential(&id))).await.unwrap(),
                    number if number.is_multiple_of(4) => {
                        let (name, image) = (Some(text.clone()), Some(Some(text)));
                        let change = UserChange { name, image, updated_at: at(50), ..UserChange::default() };
                        store.update_user(&id.as_str().into(), &change).await.map(drop).unwrap();
                    }
                    _ => {
                        let Some((seen, account)) = store.credential_by_email(&email(&id)).await.unwrap() else {
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

/// `put_verification`: in place of any with the same identifier, so a reader always finds one.
pub async fn a_replaced_verification_is_never_missing(fixture: &StoreFixture) {
    fixture.store().put_verification(&verification("reset", "first")).await.unwrap();
    for _ in 0..10 {
        crowd(fixture, |number, store| async move {
            if number.is_multiple_of(2) {
                let put = Verification { id: "row".into(), ..verification("reset", &number.to_string()) };
                store.put_verification(&put).await.unwrap();
            } else {
                let found = store.verification("reset", at(100)).await.unwrap();
                assert!(found.is_some(), "neither the old one nor the new one");
            }
        })
        .await;
    }
}
