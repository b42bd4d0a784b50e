//! A storage of one list, which keeps every contract but for one defect.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hallpass::clock::{Clock, Timestamp};
use hallpass::storage::{AtomicStorage, Count, SecondaryStorage};
use hallpass::store::{StoreError, StoreErrorKind};
use hallpass_testing::MockClock;

/// One way to break a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    TrimsValues,
    MissingIsAnError,
    FirstValueStays,
    DeletesNothing,
    KeysAreMatchedWithoutCase,
    NothingExpires,
    FirstTtlStays,
    KeysAreCut,
    NothingIsForEver,
    TakingLeaves,
    TakesTheExpired,
    CountsFromZero,
    CountingLengthens,
    EmptyIsAbsent,
    AbsentOrNotTheTtlIsSet,
    ExpiredIsPresent,
    GetsThenDeletes,
    GetsThenAddsOne,
    GetsThenSets,
    ReplacesNothing,
    ReplacesWithoutComparing,
    ReplacesWithoutCase,
    ReplacementInserts,
    ReplacementKeepsTheTtl,
    ComparesAndDeletesNothing,
    CountersAreNotCompared,
    ComparesThenSets,
    ComparesThenDeletes,
    SweepsAll,
    SweepsWithoutLimit,
    LooksThenSweeps,
}

use Defect::*;

#[derive(Debug, Clone)]
struct Entry {
    value: String,
    expires_at: Option<Timestamp>,
}

#[derive(Debug)]
pub(crate) struct BrokenStorage {
    defect: Option<Defect>,
    clock: Arc<MockClock>,
    entries: Mutex<HashMap<String, Entry>>,
}

impl BrokenStorage {
    pub(crate) fn new(defect: Option<Defect>, clock: Arc<MockClock>) -> Self {
        Self { defect, clock, entries: Mutex::default() }
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    fn key(&self, key: &str) -> String {
        let length = if self.has(KeysAreCut) { 255 } else { usize::MAX };
        let key: String = key.chars().take(length).collect();
        if self.has(KeysAreMatchedWithoutCase) { key.to_lowercase() } else { key }
    }

    fn entry(&self, value: &str, ttl: Option<Duration>) -> Entry {
        let value = if self.has(TrimsValues) { value.trim() } else { value };
        let ttl = ttl.filter(|ttl| !(ttl.as_secs() == 0 && self.has(NothingIsForEver)));
        let expires_at = ttl.map(|ttl| self.clock.now().plus(ttl));
        Entry { value: value.to_owned(), expires_at: expires_at.filter(|_| !self.has(NothingExpires)) }
    }

    fn live(&self, entry: Option<&Entry>) -> Option<Entry> {
        entry.filter(|entry| entry.expires_at.is_none_or(|at| at > self.clock.now())).cloned()
    }

    fn peek(&self, key: &str) -> Option<Entry> {
        self.live(self.entries.lock().unwrap().get(&self.key(key)))
    }

    fn is_it(&self, entry: Option<&Entry>, value: &str) -> bool {
        entry.is_some_and(|entry| {
            let is_counter = !entry.value.is_empty() && entry.value.bytes().all(|b| b.is_ascii_digit());
            let same = entry.value == value && !(is_counter && self.has(CountersAreNotCompared));
            same || self.has(ReplacesWithoutComparing)
                || (self.has(ReplacesWithoutCase) && entry.value.eq_ignore_ascii_case(value))
        })
    }

    async fn lull(&self, defect: Defect) {
        if self.has(defect) {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl SecondaryStorage for BrokenStorage {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let found = self.peek(key).map(|entry| entry.value);
        if found.is_none() && self.has(MissingIsAnError) {
            return Err(StoreError::new(StoreErrorKind::Unexpected, "nil"));
        }
        Ok(found)
    }

    async fn set(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError> {
        let mut entry = self.entry(value, ttl);
        if let Some(there) = self.peek(key) {
            if self.has(FirstValueStays) {
                return Ok(());
            }
            if self.has(FirstTtlStays) {
                entry.expires_at = there.expires_at;
            }
        }
        self.entries.lock().unwrap().insert(self.key(key), entry);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        if !self.has(DeletesNothing) {
            self.entries.lock().unwrap().remove(&self.key(key));
        }
        Ok(())
    }
}

#[async_trait]
impl AtomicStorage for BrokenStorage {
    fn is_shared(&self) -> bool {
        false
    }

    async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        if self.has(GetsThenDeletes) || self.has(TakingLeaves) {
            let found = self.peek(key).map(|entry| entry.value);
            self.lull(GetsThenDeletes).await;
            if self.has(GetsThenDeletes) {
                self.entries.lock().unwrap().remove(key);
            }
            return Ok(found);
        }
        let taken = self.entries.lock().unwrap().remove(&self.key(key));
        let live = if self.has(TakesTheExpired) { taken } else { self.live(taken.as_ref()) };
        Ok(live.map(|entry| entry.value))
    }

    async fn increment(&self, key: &str, ttl: Duration) -> Result<Count, StoreError> {
        let now = self.clock.now();
        let begin = if self.has(CountsFromZero) { 0 } else { 1 };
        let next = |there: Option<Entry>| {
            let value = there.as_ref().map_or(begin, |there| there.value.parse::<u64>().unwrap() + 1);
            let end = there.and_then(|there| there.expires_at).filter(|_| !self.has(CountingLengthens));
            (value, end.unwrap_or_else(|| now.plus(ttl)))
        };
        let early = self.peek(key);
        self.lull(GetsThenAddsOne).await;
        let mut entries = self.entries.lock().unwrap();
        let there = if self.has(GetsThenAddsOne) { early } else { self.live(entries.get(&self.key(key))) };
        let (value, end) = next(there);
        entries.insert(self.key(key), Entry { value: value.to_string(), expires_at: Some(end) });
        Ok(Count { value, remaining: now.until(end) })
    }

    async fn set_if_absent(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<bool, StoreError> {
        let early = self.peek(key);
        self.lull(GetsThenSets).await;
        let entry = self.entry(value, ttl);
        let mut entries = self.entries.lock().unwrap();
        let there = entries.get_mut(&self.key(key));
        let live = self.live(there.as_deref());
        let present = match (&live, &there) {
            _ if self.has(GetsThenSets) => early.is_some(),
            (Some(live), _) if self.has(EmptyIsAbsent) => !live.value.is_empty(),
            (None, Some(_)) if self.has(ExpiredIsPresent) => true,
            (live, _) => live.is_some(),
        };
        if present {
            if let Some(there) = there.filter(|_| self.has(AbsentOrNotTheTtlIsSet)) {
                there.expires_at = entry.expires_at;
            }
            return Ok(false);
        }
        entries.insert(self.key(key), entry);
        Ok(true)
    }

    async fn compare_and_set(
        &self,
        key: &str,
        from: &str,
        to: &str,
        ttl: Option<Duration>,
    ) -> Result<bool, StoreError> {
        let mut entry = self.entry(to, ttl);
        let early = self.is_it(self.peek(key).as_ref(), from);
        self.lull(ComparesThenSets).await;
        let mut entries = self.entries.lock().unwrap();
        let there = self.live(entries.get(&self.key(key)));
        let is_it = if self.has(ComparesThenSets) { early } else { self.is_it(there.as_ref(), from) };
        let inserts = there.is_none() && self.has(ReplacementInserts);
        if !is_it && !inserts {
            return Ok(false);
        }
        if let Some(there) = there.filter(|_| self.has(ReplacementKeepsTheTtl)) {
            entry.expires_at = there.expires_at;
        }
        if !self.has(ReplacesNothing) {
            entries.insert(self.key(key), entry);
        }
        Ok(true)
    }

    async fn compare_and_delete(&self, key: &str, value: &str) -> Result<bool, StoreError> {
        let early = self.is_it(self.peek(key).as_ref(), value);
        self.lull(ComparesThenDeletes).await;
        let mut entries = self.entries.lock().unwrap();
        let there = self.live(entries.get(&self.key(key)));
        let is_it = if self.has(ComparesThenDeletes) { early } else { self.is_it(there.as_ref(), value) };
        if is_it && !self.has(ComparesAndDeletesNothing) {
            entries.remove(&self.key(key));
        }
        Ok(is_it)
    }

    async fn delete_expired(&self, limit: u32) -> Result<u64, StoreError> {
        let expired = || -> Vec<String> {
            let entries = self.entries.lock().unwrap();
            let is_over = |entry: &Entry| self.has(SweepsAll) || self.live(Some(entry)).is_none();
            let over = entries.iter().filter(|(_, entry)| is_over(entry)).map(|(key, _)| key.clone());
            over.take(if self.has(SweepsWithoutLimit) { usize::MAX } else { limit as usize }).collect()
        };
        let early = expired();
        // Until all the others have had their turn.
        for _ in 0..100 {
            self.lull(LooksThenSweeps).await;
        }
        let keys = if self.has(LooksThenSweeps) { early } else { expired() };
        let mut entries = self.entries.lock().unwrap();
        Ok(keys.iter().filter(|key| entries.remove(*key).is_some()).count() as u64)
    }
}
