//! A key-value storage that breaks a contract when a test wants it to.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hallpass::storage::{AtomicStorage, Count, SecondaryStorage};
use hallpass::store::StoreError;

use crate::race::lull;

/// A classic mistake of a storage under load or in a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorageDefect {
    /// A value is read, and deleted by another command.
    TakesInTwoSteps,
    /// A counter is read, and written by another command.
    CountsInTwoSteps,
    /// Whether there is a value is asked, and it is set by another command.
    SetsInTwoSteps,
    /// A value is compared, and replaced by another command.
    ReplacesInTwoSteps,
    /// A value is compared, and deleted by another command.
    DeletesInTwoSteps,
    /// One value in ten is acknowledged and never written.
    LosesWrites,
    /// A value is handed out as taken, and stays.
    KeepsWhatIsTaken,
}

impl StorageDefect {
    /// All that there are.
    pub const ALL: [Self; 7] = [
        Self::TakesInTwoSteps,
        Self::CountsInTwoSteps,
        Self::SetsInTwoSteps,
        Self::ReplacesInTwoSteps,
        Self::DeletesInTwoSteps,
        Self::LosesWrites,
        Self::KeepsWhatIsTaken,
    ];
}

impl fmt::Display for StorageDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Passes every call on to another storage, but for one defect, if any: to see that a test of races, crashes or
/// snapshots can fail.
#[derive(Debug)]
pub struct DefectiveStorage<S> {
    inner: S,
    defect: Option<StorageDefect>,
    writes: AtomicUsize,
}

impl<S: AtomicStorage> DefectiveStorage<S> {
    /// Around `inner`.
    pub fn new(inner: S, defect: Option<StorageDefect>) -> Self {
        Self { inner, defect, writes: AtomicUsize::new(0) }
    }

    fn has(&self, defect: StorageDefect) -> bool {
        self.defect == Some(defect)
    }

    /// Whether the write that is asked for is one of those that are lost.
    fn loses(&self) -> bool {
        self.has(StorageDefect::LosesWrites)
            && (self.writes.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(10)
    }

    /// Whether `key` has this value, asked by a step of its own.
    async fn is(&self, key: &str, value: Option<&str>) -> Result<bool, StoreError> {
        let found = self.inner.get(key).await?;
        lull().await;
        Ok(found.as_deref() == value)
    }
}

#[async_trait]
impl<S: AtomicStorage> SecondaryStorage for DefectiveStorage<S> {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.inner.get(key).await
    }

    async fn set(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError> {
        if self.loses() { Ok(()) } else { self.inner.set(key, value, ttl).await }
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.inner.delete(key).await
    }
}

#[async_trait]
impl<S: AtomicStorage> AtomicStorage for DefectiveStorage<S> {
    fn is_shared(&self) -> bool {
        self.inner.is_shared()
    }

    async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        if self.has(StorageDefect::KeepsWhatIsTaken) {
            return self.inner.get(key).await;
        }
        if !self.has(StorageDefect::TakesInTwoSteps) {
            return self.inner.take(key).await;
        }
        let found = self.inner.get(key).await?;
        lull().await;
        self.inner.delete(key).await?;
        Ok(found)
    }

    async fn increment(&self, key: &str, ttl: Duration) -> Result<Count, StoreError> {
        if !self.has(StorageDefect::CountsInTwoSteps) {
            return self.inner.increment(key, ttl).await;
        }
        let before = self.inner.get(key).await?.and_then(|count| count.parse().ok()).unwrap_or(0_u64);
        lull().await;
        self.inner.set(key, &(before + 1).to_string(), Some(ttl)).await?;
        Ok(Count { value: before + 1, remaining: ttl })
    }

    async fn set_if_absent(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<bool, StoreError> {
        if self.loses() {
            return Ok(true);
        }
        if !self.has(StorageDefect::SetsInTwoSteps) {
            return self.inner.set_if_absent(key, value, ttl).await;
        }
        let is_absent = self.is(key, None).await?;
        if is_absent {
            self.inner.set(key, value, ttl).await?;
        }
        Ok(is_absent)
    }

    async fn compare_and_set(
        &self,
        key: &str,
        from: &str,
        to: &str,
        ttl: Option<Duration>,
    ) -> Result<bool, StoreError> {
        if !self.has(StorageDefect::ReplacesInTwoSteps) {
            return self.inner.compare_and_set(key, from, to, ttl).await;
        }
        let is_same = self.is(key, Some(from)).await?;
        if is_same {
            self.inner.set(key, to, ttl).await?;
        }
        Ok(is_same)
    }

    async fn delete_expired(&self, limit: u32) -> Result<u64, StoreError> {
        self.inner.delete_expired(limit).await
    }

    async fn compare_and_delete(&self, key: &str, value: &str) -> Result<bool, StoreError> {
        if !self.has(StorageDefect::DeletesInTwoSteps) {
            return self.inner.compare_and_delete(key, value).await;
        }
        let is_same = self.is(key, Some(value)).await?;
        if is_same {
            self.inner.delete(key).await?;
        }
        Ok(is_same)
    }
}
