//! Every method is linearizable: of many callers at once, one comes first and the others see it.

use std::time::Duration;

use crate::StorageFixture;
use crate::race::{CROWD, TURNS, let_others_run};

/// `take`: of any number of callers at once, **one** gets it.
pub async fn two_hundred_takers_of_one_value_make_one(fixture: &StorageFixture) {
    for _ in 0..TURNS {
        fixture.storage().set("key", "value", None).await.unwrap();
        let taken = fixture.crowd(|_, storage| async move { storage.take("key").await.unwrap() }).await;
        assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), ["value"]);
    }
}

/// `increment`: adds one, for each of any number of callers at once; none is told what another was.
pub async fn two_hundred_increments_count_two_hundred(fixture: &StorageFixture) {
    for turn in 0..TURNS {
        let key = format!("key-{turn}");
        let counted = fixture.crowd(|_, storage| {
            let key = key.clone();
            async move { storage.increment(&key, Duration::from_secs(3_600)).await.unwrap().value }
        });
        let mut counted = counted.await;
        counted.sort_unstable();
        assert!(counted.into_iter().eq(1..=CROWD as u64), "not every number once");
    }
}

/// `increment`: a counter that has expired begins at 1, for one of any number of callers at once.
pub async fn a_counter_that_expired_begins_anew_once(fixture: &StorageFixture) {
    let ttl = Duration::from_secs(2);
    let key = |turn: usize| format!("key-{turn}");
    for turn in 0..TURNS {
        fixture.storage().increment(&key(turn), ttl).await.unwrap();
    }
    fixture.pass(ttl + ttl / 2).await;
    for turn in 0..TURNS {
        let counted = fixture.crowd(|_, storage| {
            let key = key(turn);
            async move { storage.increment(&key, ttl * 1_000).await.unwrap().value }
        });
        let mut counted = counted.await;
        counted.sort_unstable();
        assert!(counted.into_iter().eq(1..=CROWD as u64), "not every number once");
    }
}

/// `set_if_absent`: `true` for the **one** caller that set it, whose value it is.
pub async fn two_hundred_setters_of_one_key_make_one(fixture: &StorageFixture) {
    for turn in 0..TURNS {
        let key = format!("key-{turn}");
        let set = fixture.crowd(|number, storage| {
            let key = key.clone();
            async move { storage.set_if_absent(&key, &number.to_string(), None).await.unwrap() }
        });
        let set = set.await;
        assert_eq!(set.iter().filter(|set| **set).count(), 1);
        let winner = set.iter().position(|set| *set).map(|number| number.to_string());
        assert_eq!(fixture.storage().get(&key).await.unwrap(), winner);
    }
}

/// `compare_and_set`, `compare_and_delete`: of any number of callers who expect one value, **one** finds
/// it.
pub async fn two_hundred_who_compare_one_value_make_one(fixture: &StorageFixture) {
    for turn in 0..TURNS {
        let key = format!("key-{turn}");
        // All of them set, all delete, or half of them each.
        let sets = move |number: usize| match turn % 3 {
            0 => true,
            1 => false,
            _ => number.is_multiple_of(2),
        };
        fixture.storage().set(&key, "value", None).await.unwrap();
        let found = fixture.crowd(|number, storage| {
            let key = key.clone();
            async move {
                if sets(number) {
                    storage.compare_and_set(&key, "value", &number.to_string(), None).await.unwrap()
                } else {
                    storage.compare_and_delete(&key, "value").await.unwrap()
                }
            }
        });
        let found = found.await;
        assert_eq!(found.iter().filter(|found| **found).count(), 1);
        let winner = found.iter().position(|found| *found).filter(|number| sets(*number));
        let left = fixture.storage().get(&key).await.unwrap();
        assert_eq!(left, winner.map(|number| number.to_string()));
    }
}

/// `compare_and_set`: compares and sets in one step, so a list to which everybody adds has them all.
pub async fn no_change_is_lost_between_comparing_and_setting(fixture: &StorageFixture) {
    fixture.storage().set("key", ",", None).await.unwrap();
    fixture
        .crowd(|number, storage| async move {
            loop {
                let before = storage.get("key").await.unwrap().unwrap();
                let after = format!("{before}{number},");
                if storage.compare_and_set("key", &before, &after, None).await.unwrap() {
                    break;
                }
            }
        })
        .await;
    let list = fixture.storage().get("key").await.unwrap().unwrap();
    for number in 0..CROWD {
        assert_eq!(list.matches(&format!(",{number},")).count(), 1, "{number} of {list}");
    }
}

/// `compare_and_set`: what was deleted stays deleted, whoever was about to replace it.
pub async fn a_deleted_value_is_not_set_again(fixture: &StorageFixture) {
    for _ in 0..TURNS {
        fixture.storage().set("key", "value", None).await.unwrap();
        fixture
            .crowd(|number, storage| async move {
                if number == 100 {
                    storage.delete("key").await.unwrap();
                } else {
                    storage.compare_and_set("key", "value", "value", None).await.unwrap();
                }
            })
            .await;
        assert_eq!(fixture.storage().get("key").await.unwrap(), None, "it was set again");
    }
}

/// `delete_expired`: not what another writes anew at the time: a counter that begins again is counted on.
pub async fn a_sweep_never_deletes_what_was_written_anew(fixture: &StorageFixture) {
    let ttl = Duration::from_millis(100);
    for _ in 0..TURNS {
        fixture.storage().delete("key").await.unwrap();
        fixture.storage().increment("key", ttl).await.unwrap();
        fixture.pass(ttl * 2).await;
        let counted = fixture.crowd(|number, storage| async move {
            if number.is_multiple_of(2) {
                storage.delete_expired(1_000).await.unwrap();
                return None;
            }
            // Some have looked by then.
            let_others_run().await;
            Some(storage.increment("key", ttl * 100_000).await.unwrap().value)
        });
        let mut counted: Vec<_> = counted.await.into_iter().flatten().collect();
        counted.sort_unstable();
        assert!(counted.iter().zip(1..).all(|(count, place)| *count == place), "a live counter was swept");
        let last = fixture.storage().get("key").await.unwrap();
        assert_eq!(last, Some(counted.len().to_string()), "a live counter was swept");
    }
}
