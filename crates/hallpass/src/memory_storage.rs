//! Key-value storage in one process's memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::{Clock, Timestamp};
use crate::secondary::VERIFICATIONS;
use crate::storage::{AtomicStorage, Count, SecondaryStorage};
use crate::store::{StoreError, StoreErrorKind};

/// Storage in memory, bounded, for one process.
///
/// When it is full of entries that have not expired, a new one is refused with
/// [`StoreErrorKind::Unavailable`]: nothing is forgotten before its time. What strangers can make have written, the
/// verifications of a [`SecondaryStore`](crate::SecondaryStore), has room of its own and takes none from sessions.
pub struct MemoryStorage {
    clock: Arc<dyn Clock>,
    capacity: usize,
    /// Whether, when full, the entries that were not touched for the longest time go.
    forgets: bool,
    generations: Mutex<Generations>,
    verifications: Mutex<Generations>,
}

/// With one generation, `old` stays empty. With two, the older is dropped when the younger is full: what was
/// not touched for the longest time goes, in bulk and without a search.
#[derive(Default)]
struct Generations {
    young: HashMap<String, Entry>,
    old: HashMap<String, Entry>,
    /// Until when it is of no use to look for expired entries.
    all_live_until: Timestamp,
    /// How many were written since expired ones were looked for, and how many there were then.
    written_since_sweep: usize,
    left_by_sweep: usize,
}

struct Entry {
    value: Value,
    expires_at: Option<Timestamp>,
}

enum Value {
    Text(String),
    Count(u64),
}

impl Value {
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Count(count) => Cow::Owned(count.to_string()),
        }
    }
}

impl Entry {
    fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|at| at > now)
    }
}

impl MemoryStorage {
    /// Storage for at most `capacity` verifications, and as many other entries.
    pub fn new(clock: Arc<dyn Clock>, capacity: usize) -> Self {
        let (generations, verifications) = (Mutex::default(), Mutex::default());
        Self { clock, capacity: capacity.max(1), forgets: false, generations, verifications }
    }

    /// Storage that forgets rather than refuses: for counting requests, where a full table must not shut
    /// everybody out.
    pub(crate) fn forgetting(clock: Arc<dyn Clock>, capacity: usize) -> Self {
        Self { capacity: (capacity / 2).max(1), forgets: true, ..Self::new(clock, capacity) }
    }

    /// What is there, by key: the value, and when it is forgotten. For diagnostics.
    pub fn entries(&self) -> BTreeMap<String, (String, Option<Timestamp>)> {
        let now = self.clock.now();
        let mut found = BTreeMap::new();
        for generations in [&self.generations, &self.verifications] {
            let generations = locked(generations);
            let entries = generations.young.iter().chain(&generations.old);
            let live = entries.filter(|(_, entry)| entry.is_live(now));
            let shown = |entry: &Entry| (entry.value.text().into_owned(), entry.expires_at);
            found.extend(live.map(|(key, entry)| (key.clone(), shown(entry))));
        }
        found
    }

    /// Where `key` is.
    fn lock(&self, key: &str) -> MutexGuard<'_, Generations> {
        locked(if key.starts_with(VERIFICATIONS) { &self.verifications } else { &self.generations })
    }

    fn expiry(&self, ttl: Option<Duration>) -> Option<Timestamp> {
        ttl.map(|ttl| self.clock.now().plus(ttl))
    }

    fn put(
        &self,
        generations: &mut Generations,
        key: &str,
        entry: Entry,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        generations.old.remove(key);
        generations.written_since_sweep += 1;
        if generations.written_since_sweep > generations.left_by_sweep.max(LEAST_BETWEEN_SWEEPS) {
            generations.clear_expired(now);
        }
        if generations.young.len() >= self.capacity && !generations.young.contains_key(key) {
            if self.forgets {
                generations.old = std::mem::take(&mut generations.young);
            } else {
                generations.clear_expired(now);
            }
        }
        if generations.young.len() >= self.capacity && !generations.young.contains_key(key) {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "the storage in memory is full"));
        }
        if let Some(at) = entry.expires_at {
            generations.all_live_until = generations.all_live_until.min(at);
        }
        generations.young.insert(key.to_owned(), entry);
        Ok(())
    }
}

fn locked(generations: &Mutex<Generations>) -> MutexGuard<'_, Generations> {
    // A panic while the lock is held leaves whole entries behind: the maps' own.
    generations.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Expired entries are looked for again after as many writes as there were entries, but after no fewer than this: so each
/// write pays for looking at two or so.
const LEAST_BETWEEN_SWEEPS: usize = 64;

impl Generations {
    fn live(&self, key: &str, now: Timestamp) -> Option<&Entry> {
        let entry = self.young.get(key).or_else(|| self.old.get(key));
        entry.filter(|entry| entry.is_live(now))
    }

    fn has(&self, key: &str, value: &str, now: Timestamp) -> bool {
        self.live(key, now).is_some_and(|entry| entry.value.text() == value)
    }

    fn remove(&mut self, key: &str) {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// Takes the live entry out of whichever generation has it.
    fn take(&mut self, key: &str, now: Timestamp) -> Option<Entry> {
        let entry = self.young.remove(key).or_else(|| self.old.remove(key))?;
        entry.is_live(now).then_some(entry)
    }

    fn clear_expired(&mut self, now: Timestamp) {
        if now >= self.all_live_until {
            self.young.retain(|_, entry| entry.is_live(now));
            self.old.retain(|_, entry| entry.is_live(now));
            let ends = self.young.values().chain(self.old.values()).filter_map(|entry| entry.expires_at);
            self.all_live_until = ends.min().unwrap_or(Timestamp::from_millis(i64::MAX));
        }
        (self.written_since_sweep, self.left_by_sweep) = (0, self.young.len() + self.old.len());
    }
}

#[async_trait]
impl SecondaryStorage for MemoryStorage {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let now = self.clock.now();
        let generations = self.lock(key);
        Ok(generations.live(key, now).map(|entry| entry.value.text().into_owned()))
    }

    async fn set(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError> {
        let entry = Entry { value: Value::Text(value.to_owned()), expires_at: self.expiry(ttl) };
        self.put(&mut self.lock(key), key, entry, self.clock.now())
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.lock(key).remove(key);
        Ok(())
    }
}

#[async_trait]
impl AtomicStorage for MemoryStorage {
    fn is_shared(&self) -> bool {
        false
    }

    async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        let now = self.clock.now();
        Ok(self.lock(key).take(key, now).map(|entry| entry.value.text().into_owned()))
    }

    async fn increment(&self, key: &str, ttl: Duration) -> Result<Count, StoreError> {
        let now = self.clock.now();
        let mut generations = self.lock(key);
        if let Some(entry) = generations.young.get_mut(key)
            && let (Value::Count(count), Some(at)) = (&mut entry.value, entry.expires_at)
            && at > now
        {
            *count = count.saturating_add(1);
            return Ok(Count { value: *count, remaining: now.until(at) });
        }
        let (value, expires_at) = match generations.take(key, now) {
            Some(Entry { value: Value::Count(count), expires_at: Some(at) }) => (count.saturating_add(1), at),
            _ => (1, now.plus(ttl)),
        };
        let entry = Entry { value: Value::Count(value), expires_at: Some(expires_at) };
        self.put(&mut generations, key, entry, now)?;
        Ok(Count { value, remaining: now.until(expires_at) })
    }

    async fn set_if_absent(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let entry = Entry { value: Value::Text(value.to_owned()), expires_at: self.expiry(ttl) };
        let mut generations = self.lock(key);
        if let Some(there) = generations.take(key, now) {
            self.put(&mut generations, key, there, now)?;
            return Ok(false);
        }
        self.put(&mut generations, key, entry, now)?;
        Ok(true)
    }

    async fn compare_and_set(
        &self,
        key: &str,
        from: &str,
        to: &str,
        ttl: Option<Duration>,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let entry = Entry { value: Value::Text(to.to_owned()), expires_at: self.expiry(ttl) };
        let mut generations = self.lock(key);
        let is_it = generations.has(key, from, now);
        if is_it {
            self.put(&mut generations, key, entry, now)?;
        }
        Ok(is_it)
    }

    async fn compare_and_delete(&self, key: &str, value: &str) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut generations = self.lock(key);
        let is_it = generations.has(key, value, now);
        if is_it {
            generations.remove(key);
        }
        Ok(is_it)
    }
}

impl Debug for MemoryStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = |generations| {
            let generations = locked(generations);
            generations.young.len() + generations.old.len()
        };
        f.debug_struct("MemoryStorage")
            .field("entries", &(entries(&self.generations) + entries(&self.verifications)))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn a_full_storage_refuses_what_is_new_and_forgets_nothing() {
        let storage = MemoryStorage::new(Arc::new(SystemClock), 2);
        assert!(storage.set_if_absent("replay", "1", None).await.unwrap());
        storage.increment("count", LONG).await.unwrap();
        for flood in 0..10 {
            let refused = storage.increment(&flood.to_string(), LONG).await.unwrap_err();
            assert_eq!(refused.kind(), StoreErrorKind::Unavailable);
        }
        assert!(!storage.set_if_absent("replay", "1", None).await.unwrap());
        assert_eq!(storage.increment("count", LONG).await.unwrap().value, 2);
        storage.delete("count").await.unwrap();
        assert!(storage.set_if_absent("another", "1", Some(Duration::ZERO)).await.unwrap());
        assert!(storage.set_if_absent("in place of what expired", "1", None).await.unwrap());
    }

    #[tokio::test]
    async fn one_that_forgets_stays_bounded_and_keeps_what_is_in_use() {
        let storage = MemoryStorage::forgetting(Arc::new(SystemClock), 100);
        for flood in 1..=10_000_u64 {
            storage.increment(&flood.to_string(), LONG).await.unwrap();
            assert_eq!(storage.increment("in use", LONG).await.unwrap().value, flood);
            let generations = storage.lock("in use");
            assert!(generations.young.len() + generations.old.len() <= 100);
        }
    }

    #[tokio::test]
    async fn verifications_take_no_room_from_sessions() {
        let storage = MemoryStorage::new(Arc::new(SystemClock), 2);
        for flood in 0..2 {
            storage.set(&format!("{VERIFICATIONS}{flood}"), "v", Some(LONG)).await.unwrap();
        }
        let one_more = storage.set(&format!("{VERIFICATIONS}more"), "v", Some(LONG)).await.unwrap_err();
        assert_eq!(one_more.kind(), StoreErrorKind::Unavailable);
        for session in ["one", "two"] {
            storage.set(session, "s", Some(LONG)).await.unwrap();
        }
        assert_eq!(storage.entries().len(), 4);
        assert!(storage.take(&format!("{VERIFICATIONS}0")).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn what_has_expired_is_dropped_long_before_the_storage_is_full() {
        for storage in [
            MemoryStorage::new(Arc::new(SystemClock), 1_000_000),
            MemoryStorage::forgetting(Arc::new(SystemClock), 1_000_000),
        ] {
            storage.set("live", "1", Some(LONG)).await.unwrap();
            for flood in 0..10_000 {
                storage.set(&flood.to_string(), "1", Some(Duration::ZERO)).await.unwrap();
                assert!(storage.lock("live").young.len() <= 2 * LEAST_BETWEEN_SWEEPS, "{flood}");
            }
            assert!(storage.get("live").await.unwrap().is_some());
        }
    }
}
