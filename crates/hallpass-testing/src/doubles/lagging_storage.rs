//! A key-value storage that lags.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hallpass::clock::{Clock as _, Timestamp};
use hallpass::storage::SecondaryStorage;
use hallpass::store::{StoreError, StoreErrorKind};

use super::{MockClock, lock};

/// A key-value storage of several places that lags by the clock, as Workers KV does or worse:
///
/// * a place sees its own writes at once, and keeps what it saw for `lag`, that there is nothing too;
/// * every other write reaches the middle, which all places ask, only after `lag`: an older one can come after a newer, and stays.
///
/// So what a place shows is up to twice `lag` old, and something that was deleted can come back. The hardest storage that
/// [`AuthBuilder::session_cache`](hallpass::AuthBuilder::session_cache) allows: whatever it shows, nothing may be granted by it
/// for longer than the stated bound.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use hallpass::storage::SecondaryStorage;
/// use hallpass_testing::{LaggingStorage, MockClock};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = Arc::new(MockClock::new());
/// let here = LaggingStorage::new(clock.clone(), Duration::from_secs(60));
/// let there = here.elsewhere();
/// assert_eq!(there.get("key").await?, None);
/// here.set("key", "value", None).await?;
/// assert_eq!(here.get("key").await?.as_deref(), Some("value"));
/// assert_eq!(there.get("key").await?, None, "that there was nothing is remembered");
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(there.get("key").await?.as_deref(), Some("value"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LaggingStorage {
    world: Arc<World>,
    place: usize,
}

#[derive(Debug)]
struct World {
    clock: Arc<MockClock>,
    lag: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The writes of each key: when they reach the middle, and what they wrote.
    writes: BTreeMap<String, Vec<(Timestamp, Value)>>,
    /// What each place saw last, and when.
    seen: Vec<BTreeMap<String, (Timestamp, Value)>>,
    written: usize,
    last: BTreeMap<String, Timestamp>,
    limits_writes: bool,
    keys: BTreeSet<String>,
}

/// A value and its end, or that there is none.
type Value = Option<(String, Option<Timestamp>)>;

impl LaggingStorage {
    /// One place of a storage with nothing in it.
    pub fn new(clock: Arc<MockClock>, lag: Duration) -> Self {
        let state = Mutex::new(State { seen: vec![BTreeMap::new()], ..State::default() });
        Self { world: Arc::new(World { clock, lag, state }), place: 0 }
    }

    /// Another place of the same storage.
    #[must_use]
    pub fn elsewhere(&self) -> Self {
        let mut state = lock(&self.world.state);
        state.seen.push(BTreeMap::new());
        Self { world: self.world.clone(), place: state.seen.len() - 1 }
    }

    /// From now on refuses what is written under one key twice within a second, as Workers KV does (429).
    pub fn limit_writes(&self) {
        lock(&self.world.state).limits_writes = true;
    }

    /// Every key that was asked for or written, anywhere.
    pub fn keys(&self) -> Vec<String> {
        lock(&self.world.state).keys.iter().cloned().collect()
    }

    fn write(&self, key: &str, value: Value) -> Result<(), StoreError> {
        let now = self.world.clock.now();
        let mut state = lock(&self.world.state);
        state.keys.insert(key.to_owned());
        let last = state.last.get(key).copied();
        if state.limits_writes && last.is_some_and(|last| last.until(now) < Duration::from_secs(1)) {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "429 Too Many Requests"));
        }
        state.last.insert(key.to_owned(), now);
        state.written += 1;
        let arrives = if state.written.is_multiple_of(2) { now } else { now.plus(self.world.lag) };
        let writes = state.writes.entry(key.to_owned()).or_default();
        // In the order in which they reach the middle.
        let at = writes.partition_point(|(other, _)| *other <= arrives);
        writes.insert(at, (arrives, value.clone()));
        if let Some(seen) = state.seen.get_mut(self.place) {
            seen.insert(key.to_owned(), (now, value));
        }
        Ok(())
    }
}

#[async_trait]
impl SecondaryStorage for LaggingStorage {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let now = self.world.clock.now();
        let mut state = lock(&self.world.state);
        state.keys.insert(key.to_owned());
        let seen = state.seen.get(self.place).and_then(|seen| seen.get(key)).cloned();
        let value = match seen {
            Some((at, value)) if at.until(now) < self.world.lag => value,
            _ => {
                let writes = state.writes.get(key).map(Vec::as_slice).unwrap_or_default();
                let arrived = writes.iter().rfind(|(arrives, _)| *arrives <= now);
                let value = arrived.and_then(|(_, value)| value.clone());
                if let Some(seen) = state.seen.get_mut(self.place) {
                    seen.insert(key.to_owned(), (now, value.clone()));
                }
                value
            }
        };
        Ok(value.filter(|(_, end)| end.is_none_or(|end| now < end)).map(|(value, _)| value))
    }

    async fn set(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError> {
        // No life is shorter, as in Workers KV.
        let ttl = ttl.map(|ttl| self.world.clock.now().plus(ttl.max(Duration::from_secs(60))));
        self.write(key, Some((value.to_owned(), ttl)))
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.write(key, None)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const LAG: Duration = Duration::from_secs(60);

    fn get(storage: &LaggingStorage) -> Option<String> {
        storage.get("key").now_or_never().unwrap().unwrap()
    }

    #[test]
    fn what_was_deleted_can_come_back() {
        let clock = Arc::new(MockClock::new());
        let here = LaggingStorage::new(clock.clone(), LAG);
        here.set("key", "old", None).now_or_never().unwrap().unwrap();
        here.delete("key").now_or_never().unwrap().unwrap();
        assert_eq!(get(&here), None);
        clock.advance(LAG);
        assert_eq!(get(&here).as_deref(), Some("old"));
    }

    #[test]
    fn a_key_takes_one_write_a_second() {
        let clock = Arc::new(MockClock::new());
        let here = LaggingStorage::new(clock.clone(), LAG);
        here.limit_writes();
        let set = || here.set("key", "value", None).now_or_never().unwrap();
        assert!(set().is_ok() && set().is_err());
        clock.advance(Duration::from_secs(1));
        assert!(set().is_ok());
        assert_eq!(here.keys(), ["key"]);
    }
}
