//! Key-value storage in one process's memory.

use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::{Clock, Timestamp};
use crate::storage::{AtomicStorage, Count, SecondaryStorage};
use crate::store::StoreError;

/// Storage in memory, bounded, for one process: the default home of rate limits.
///
/// Once it holds `capacity` entries, those that were not touched for the longest time go, in bulk and
/// without a search: entries live in two generations, and the older is dropped when the younger is
/// full. What must not be forgotten before its time, a marker against replay say, needs a capacity that
/// cannot be filled, or another storage.
pub struct MemoryStorage {
    clock: Arc<dyn Clock>,
    half: usize,
    generations: Mutex<Generations>,
}

#[derive(Default)]
struct Generations {
    young: HashMap<String, Entry>,
    old: HashMap<String, Entry>,
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
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Count(count) => count.to_string(),
        }
    }
}

impl MemoryStorage {
    /// Storage for at most `capacity` entries, at least two.
    pub fn new(clock: Arc<dyn Clock>, capacity: usize) -> Self {
        Self { clock, half: (capacity / 2).max(1), generations: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        // A panic while the lock is held leaves whole entries behind: the maps' own.
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expiry(&self, ttl: Option<Duration>) -> Option<Timestamp> {
        ttl.map(|ttl| self.clock.now().plus(ttl))
    }
}

impl Generations {
    /// Takes the live entry out of whichever generation has it.
    fn take(&mut self, key: &str, now: Timestamp) -> Option<Entry> {
        let entry = self.young.remove(key).or_else(|| self.old.remove(key))?;
        entry.expires_at.is_none_or(|at| at > now).then_some(entry)
    }

    fn put(&mut self, key: &str, entry: Entry, half: usize) {
        self.old.remove(key);
        if self.young.len() >= half && !self.young.contains_key(key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key.to_owned(), entry);
    }
}

#[async_trait]
impl SecondaryStorage for MemoryStorage {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let now = self.clock.now();
        let generations = self.lock();
        let entry = generations.young.get(key).or_else(|| generations.old.get(key));
        let live = entry.filter(|entry| entry.expires_at.is_none_or(|at| at > now));
        Ok(live.map(|entry| match &entry.value {
            Value::Text(text) => text.clone(),
            Value::Count(count) => count.to_string(),
        }))
    }

    async fn set(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError> {
        let entry = Entry { value: Value::Text(value.to_owned()), expires_at: self.expiry(ttl) };
        self.lock().put(key, entry, self.half);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let mut generations = self.lock();
        generations.young.remove(key);
        generations.old.remove(key);
        Ok(())
    }
}

#[async_trait]
impl AtomicStorage for MemoryStorage {
    async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        let now = self.clock.now();
        Ok(self.lock().take(key, now).map(|entry| entry.value.into_text()))
    }

    async fn increment(&self, key: &str, ttl: Duration) -> Result<Count, StoreError> {
        let now = self.clock.now();
        let mut generations = self.lock();
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
        generations.put(key, Entry { value: Value::Count(value), expires_at: Some(expires_at) }, self.half);
        Ok(Count { value, remaining: now.until(expires_at) })
    }

    async fn set_if_absent(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let entry = Entry { value: Value::Text(value.to_owned()), expires_at: self.expiry(ttl) };
        let mut generations = self.lock();
        if let Some(there) = generations.take(key, now) {
            generations.put(key, there, self.half);
            return Ok(false);
        }
        generations.put(key, entry, self.half);
        Ok(true)
    }
}

impl Debug for MemoryStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let generations = self.lock();
        f.debug_struct("MemoryStorage")
            .field("entries", &(generations.young.len() + generations.old.len()))
            .finish_non_exhaustive()
    }
}
