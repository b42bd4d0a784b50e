//! Every method is linearizable: of many callers at once, one comes first and the others see it.

use std::time::Duration;

use crate::StorageFixture;
use crate::race::{CROWD, TURNS};

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
