//! Verifications with many callers at once, over every handle.

use std::sync::Arc;

use hallpass::model::Verification;
use hallpass::store::Store;

use crate::StoreFixture;
use crate::sample::{at, verification};

/// `take_verification`: of any number of callers at once, **one** gets it.
pub async fn two_hundred_takers_of_one_verification_make_one(fixture: &StoreFixture) {
    for turn in 0..fixture.turns() {
        let put = verification("reset", &turn.to_string());
        fixture.store().put_verification(&put).await.unwrap();
        let takers = fixture.crowd(|_, store| async move { store.take_verification("reset", at(100)).await });
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
    for _ in 0..fixture.turns() {
        let mut taken: Vec<_> = fixture.crowd(work).await.into_iter().flatten().collect();
        let left = fixture.store().take_verification("reset", at(100)).await.unwrap();
        taken.extend(left.map(|left| left.value));
        let count = taken.len();
        taken.sort();
        taken.dedup();
        assert_eq!(taken.len(), count, "a verification was taken twice");
        assert_eq!(fixture.store().take_verification("reset", at(100)).await.unwrap(), None);
    }
}

/// `restore_verification`: looks and puts in one step. Of any number that come back at once, the newest is there in the
/// end, whichever comes first.
pub async fn of_verifications_that_are_put_back_at_once_the_newest_stays(fixture: &StoreFixture) {
    for turn in 0..fixture.turns() {
        let identifier = format!("reset-{turn}");
        let put_back = fixture.crowd(|number, store| {
            // Neither the first to come nor the last is the newest.
            let moment = if number == 7 { 90 } else { 80 - u64::try_from(number % 60).unwrap() };
            let row = number.to_string();
            let back = Verification { created_at: at(moment), ..verification(&identifier, &row) };
            async move { store.restore_verification(&back).await.unwrap().then_some(back) }
        });
        let newest = put_back.await.into_iter().flatten().max_by_key(|back| back.created_at).unwrap();
        assert_eq!(newest.created_at, at(90), "the newest was not put back");
        let left = fixture.store().take_verification(&identifier, at(100)).await.unwrap();
        assert_eq!(left, Some(newest), "an older one took the place of the newest");
    }
}

/// `put_verification`: in place of any with the same identifier, so a reader always finds one.
pub async fn a_replaced_verification_is_never_missing(fixture: &StoreFixture) {
    fixture.store().put_verification(&verification("reset", "first")).await.unwrap();
    for _ in 0..fixture.turns() {
        fixture
            .crowd(|number, store| async move {
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
