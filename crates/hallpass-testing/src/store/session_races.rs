//! Sessions while others end them: a deleted session is never revived, and none outlives its user.
//!
//! Each race is run as often as the fixture says, in batches.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use hallpass::model::{Extra, Session};
use hallpass::store::StoreError;

use super::extra_fields::schema;
use crate::StoreFixture;
use crate::race::Racer;
use crate::sample::{at, credential, earliest, forms, is_signed_in, session, sign_up, token, user};

fn name(number: usize) -> String {
    format!("number-{number}")
}

/// Adds a session of `user` under the token of each number.
async fn sign_in_all(fixture: &StoreFixture, user: &'static str, numbers: Range<usize>) {
    let racers = numbers.map(|number| {
        let store = fixture.handle(number);
        racer(async move { store.create_session(&session(user, &name(number))).await })
    });
    assert!(fixture.race(racers.collect()).await.into_iter().all(|created| created.unwrap()));
}

fn racer<T>(work: impl Future<Output = T> + Send + 'static) -> Racer<T> {
    Box::pin(work)
}

/// Two racers for every number, the first of a pair sometimes behind the second.
fn pairs<T>(numbers: Range<usize>, pair: impl Fn(usize) -> [Racer<T>; 2]) -> Vec<Racer<T>> {
    let turned = |number: usize| {
        let mut pair = pair(number);
        if number.is_multiple_of(3) {
            pair.reverse();
        }
        pair
    };
    numbers.flat_map(turned).collect()
}

/// `touch_session`, `delete_session`: a deleted session is never revived.
pub async fn a_touch_never_revives_a_session_that_is_deleted(fixture: &StoreFixture) {
    sign_up(fixture.store(), &["ada"]).await;
    for batch in fixture.batches() {
        sign_in_all(fixture, "ada", batch.clone()).await;
        let racers = pairs(batch.clone(), |number| {
            let (toucher, deleter) = (fixture.handle(number), fixture.handle(number + 1));
            [
                racer(async move {
                    toucher.touch_session(&token(&name(number)), at(5_000), at(50)).await.map(|_| true)
                }),
                racer(async move { deleter.delete_session(&forms(&name(number))).await }),
            ]
        });
        let deleted = fixture.race(racers).await;
        assert!(deleted.into_iter().all(Result::unwrap), "a session was not there to be deleted");
        for number in batch {
            assert!(!is_signed_in(fixture.store(), &name(number)).await, "{number} was revived");
        }
        assert_eq!(fixture.store().sessions_of(&"ada".into(), earliest()).await.unwrap(), []);
    }
}

/// `update_session`, `delete_session`: a deleted session is never revived.
pub async fn an_update_never_revives_a_session_that_is_deleted(fixture: &StoreFixture) {
    fixture.declare(&schema()).await;
    sign_up(fixture.store(), &["ada"]).await;
    for batch in fixture.batches() {
        sign_in_all(fixture, "ada", batch.clone()).await;
        let racers = pairs(batch.clone(), |number| {
            let (updater, deleter) = (fixture.handle(number), fixture.handle(number + 1));
            let extra = Extra::from_iter([("motto".to_owned(), name(number).into())]);
            [
                racer(async move {
                    updater.update_session(&token(&name(number)), &extra, at(50)).await.map(|_| true)
                }),
                racer(async move { deleter.delete_session(&forms(&name(number))).await }),
            ]
        });
        let deleted = fixture.race(racers).await;
        assert!(deleted.into_iter().all(Result::unwrap), "a session was not there to be deleted");
        for number in batch {
            assert!(!is_signed_in(fixture.store(), &name(number)).await, "{number} was revived");
        }
        assert_eq!(fixture.store().sessions_of(&"ada".into(), earliest()).await.unwrap(), []);
    }
}

/// `touch_session`, `delete_sessions_of`: a deleted session is never revived, and the excepted one
/// stays.
pub async fn a_touch_never_revives_a_session_when_all_are_deleted(fixture: &StoreFixture) {
    sign_up(fixture.store(), &["ada"]).await;
    for batch in fixture.batches() {
        sign_in_all(fixture, "ada", batch.clone()).await;
        let spared = batch.start;
        let mut racers: Vec<_> = batch
            .clone()
            .map(|number| {
                let store = fixture.handle(number);
                racer(async move {
                    store.touch_session(&token(&name(number)), at(5_000), at(50)).await.map(|_| 0)
                })
            })
            .collect();
        let store = fixture.handle(spared + 1);
        let except = token(&name(spared));
        let sweep = racer(async move { store.delete_sessions_of(&"ada".into(), Some(&except)).await });
        racers.insert(racers.len() / 2, sweep);
        let deleted: u64 = fixture.race(racers).await.into_iter().map(Result::unwrap).sum();

        let left = fixture.store().sessions_of(&"ada".into(), earliest()).await.unwrap();
        let left: Vec<_> = left.into_iter().map(|session| session.token).collect();
        assert_eq!(left, [token(&name(spared))], "a session was revived, or the excepted one is gone");
        assert_eq!(deleted, batch.len() as u64 - 1);
        assert!(fixture.store().delete_session(&forms(&name(spared))).await.unwrap());
    }
}

/// `create_session`, `delete_user`: no session outlives its user, and none is created for a user that
/// is not there.
pub async fn no_session_outlives_a_user_that_is_deleted(fixture: &StoreFixture) {
    for batch in fixture.batches() {
        sign_up_all(fixture, batch.clone()).await;
        let racers = pairs(batch.clone(), |number| {
            let (creator, deleter) = (fixture.handle(number), fixture.handle(number + 1));
            [
                racer(async move {
                    creator.create_session(&session(&name(number), &name(number))).await.map(|_| true)
                }),
                racer(async move { deleter.delete_user(&name(number).into()).await }),
            ]
        });
        assert!(
            fixture.race(racers).await.into_iter().all(Result::unwrap),
            "a user was not there to be deleted"
        );
        for number in batch {
            let left = fixture.store().sessions_of(&name(number).into(), earliest()).await.unwrap();
            assert_eq!(left, [], "a session outlived its user");
            assert!(!is_signed_in(fixture.store(), &name(number)).await);
        }
    }
}

/// `add_account`, `delete_user`: an account is deleted with its user, and none is added to a user that
/// is not there.
pub async fn no_account_outlives_a_user_that_is_deleted(fixture: &StoreFixture) {
    for batch in fixture.batches() {
        let racers = batch.clone().map(|number| {
            let store = fixture.handle(number);
            racer(async move { store.create_user(&user(&name(number)), None).await })
        });
        fixture.race(racers.collect()).await.into_iter().for_each(Result::unwrap);
        let racers = pairs(batch.clone(), |number| {
            let (adder, deleter) = (fixture.handle(number), fixture.handle(number + 1));
            [
                racer(async move { adder.add_account(&credential(&name(number))).await.map(|_| true) }),
                racer(async move { deleter.delete_user(&name(number).into()).await }),
            ]
        });
        assert!(
            fixture.race(racers).await.into_iter().all(Result::unwrap),
            "a user was not there to be deleted"
        );
        for number in batch {
            let left = fixture.store().account_by_provider("credential", &name(number)).await.unwrap();
            assert_eq!(left, None, "an account outlived its user");
        }
    }
}

/// `delete_sessions_of`: reaches every session whose creation was acknowledged before the call.
pub async fn every_acknowledged_session_is_deleted(fixture: &StoreFixture) {
    sign_up(fixture.store(), &["ada"]).await;
    for batch in fixture.batches() {
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let racers = batch.clone().map(|number| {
            let (store, acknowledged) = (fixture.handle(number), acknowledged.clone());
            racer::<Result<Vec<usize>, StoreError>>(async move {
                if !number.is_multiple_of(5) {
                    assert!(store.create_session(&session("ada", &name(number))).await?);
                    acknowledged.lock().unwrap().push(number);
                    return Ok(Vec::new());
                }
                let before = acknowledged.lock().unwrap().clone();
                store.delete_sessions_of(&"ada".into(), None).await?;
                Ok(before)
            })
        });
        let reached = fixture.race(racers.collect()).await;
        for number in reached.into_iter().flat_map(Result::unwrap) {
            assert!(!is_signed_in(fixture.store(), &name(number)).await, "{number} was not reached");
        }
        fixture.store().delete_sessions_of(&"ada".into(), None).await.unwrap();
    }
}

/// Adds a user with the id of each number.
async fn sign_up_all(fixture: &StoreFixture, numbers: Range<usize>) {
    let racers = numbers.map(|number| {
        let store = fixture.handle(number);
        racer(async move { store.create_user(&user(&name(number)), Some(&credential(&name(number)))).await })
    });
    fixture.race(racers.collect()).await.into_iter().for_each(Result::unwrap);
}

/// `delete_expired_sessions`, `touch_session`: one that is prolonged while expired ones are deleted stays, or was deleted
/// before; and however many sweep at once, each session is counted once.
pub async fn a_sweep_never_deletes_a_session_that_was_prolonged(fixture: &StoreFixture) {
    sign_up(fixture.store(), &["ada"]).await;
    for batch in fixture.batches() {
        let expired = batch.clone().map(|number| {
            let store = fixture.handle(number);
            racer(async move {
                let expired = Session { expires_at: at(99), ..session("ada", &name(number)) };
                store.create_session(&expired).await
            })
        });
        assert!(fixture.race(expired.collect()).await.into_iter().all(|created| created.unwrap()));
        let racers = pairs(batch.clone(), |number| {
            let (toucher, sweeper) = (fixture.handle(number), fixture.handle(number + 1));
            [
                racer(async move {
                    let touched = toucher.touch_session(&token(&name(number)), at(5_000), at(50)).await;
                    (u64::from(touched.unwrap()), 0)
                }),
                racer(async move { (0, sweeper.delete_expired_sessions(at(100), 3).await.unwrap()) }),
            ]
        });
        let (touched, swept) =
            fixture.race(racers).await.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let store = fixture.store();
        // What the sweepers left to each other.
        let left = store.delete_expired_sessions(at(100), 1_000).await.unwrap();
        let there = store.sessions_of(&"ada".into(), earliest()).await.unwrap().len() as u64;
        assert_eq!(there, touched, "of those that were prolonged");
        assert_eq!(touched + swept + left, batch.len() as u64, "prolonged, and deleted");
        assert_eq!(store.delete_sessions_of(&"ada".into(), None).await.unwrap(), touched);
    }
}
