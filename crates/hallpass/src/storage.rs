//! Key-value storage of two kinds, told apart by type: one that may lag, and one that decides.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::store::StoreError;

/// A key-value storage that may be eventually consistent, such as Workers KV.
///
/// # Contract
/// A value that was set is read back some time later, or never after its `ttl`. Nothing is promised
/// about what two callers see at once, so it **caches positive facts** and decides nothing: what must
/// be decided (single use, counting, revocation) asks for an [`AtomicStorage`] or a
/// [`Store`](crate::store::Store).
///
/// Keys are any text of 1 to 512 bytes and values any text; both are compared byte for byte. A `ttl` is any span: one of
/// nothing is over at once or a millisecond later, one that is longer than the storage can tell is as long as it can.
#[async_trait]
pub trait SecondaryStorage: Debug + Send + Sync + 'static {
    /// The value under `key`, if there is one that has not expired.
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError>;

    /// Sets the value under `key`, to be forgotten after `ttl` (`None`: kept).
    async fn set(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError>;

    /// Forgets `key`; nothing happens if it is not there.
    async fn delete(&self, key: &str) -> Result<(), StoreError>;
}

/// A key-value storage that decides: Redis, one process's memory, a table.
///
/// # Contract
/// Every method is linearizable: of two callers at once, one comes first and the other sees it.
#[async_trait]
pub trait AtomicStorage: SecondaryStorage {
    /// Whether other processes see what is in here. Where they do not, requests are counted
    /// [apart](crate::AuthBuilder::rate_limit_storage), and strangers must not fill it.
    fn is_shared(&self) -> bool;

    /// Takes the value under `key` out. Of any number of callers at once, **one** gets it.
    async fn take(&self, key: &str) -> Result<Option<String>, StoreError>;

    /// Adds one to the counter under `key`. A counter that does not exist begins at 1 and lives for
    /// `ttl`; counting on **must not** lengthen its life. To [`get`](SecondaryStorage::get) and to compare it is the text
    /// of its number. What comes of counting under a key that was set to something else is not promised.
    async fn increment(&self, key: &str, ttl: Duration) -> Result<Count, StoreError>;

    /// Sets the value under `key` if there is none; `true` for the **one** caller that set it.
    async fn set_if_absent(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<bool, StoreError>;

    /// Sets `to` in place of the value `from`, to be forgotten after `ttl`; `false`, and nothing changed,
    /// if the value under `key` is another or there is none. **Must** compare and set in one step, and
    /// **must not** insert: what was deleted stays deleted. (Redis: a script, or `SET … IFEQ`.)
    async fn compare_and_set(
        &self,
        key: &str,
        from: &str,
        to: &str,
        ttl: Option<Duration>,
    ) -> Result<bool, StoreError>;

    /// Forgets `key` if its value is `value`; `true` for the **one** caller that ended it. **Must**
    /// compare and delete in one step.
    async fn compare_and_delete(&self, key: &str, value: &str) -> Result<bool, StoreError>;

    /// Deletes at most `limit` entries that have expired, and says how many: fewer than `limit` when none is left. It
    /// is one short step of [`Auth::sweep`](crate::Auth::sweep), and **must not** touch what lives. What forgets by
    /// itself has nothing to do here, and gives 0, as this does where it is not said otherwise.
    async fn delete_expired(&self, limit: u32) -> Result<u64, StoreError> {
        let _ = limit;
        Ok(0)
    }
}

#[async_trait]
impl<T: SecondaryStorage + ?Sized> SecondaryStorage for Arc<T> {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        (**self).get(key).await
    }

    async fn set(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError> {
        (**self).set(key, value, ttl).await
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        (**self).delete(key).await
    }
}

#[async_trait]
impl<T: AtomicStorage + ?Sized> AtomicStorage for Arc<T> {
    fn is_shared(&self) -> bool {
        (**self).is_shared()
    }

    async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        (**self).take(key).await
    }

    async fn increment(&self, key: &str, ttl: Duration) -> Result<Count, StoreError> {
        (**self).increment(key, ttl).await
    }

    async fn set_if_absent(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<bool, StoreError> {
        (**self).set_if_absent(key, value, ttl).await
    }

    async fn compare_and_set(
        &self,
        key: &str,
        from: &str,
        to: &str,
        ttl: Option<Duration>,
    ) -> Result<bool, StoreError> {
        (**self).compare_and_set(key, from, to, ttl).await
    }

    async fn compare_and_delete(&self, key: &str, value: &str) -> Result<bool, StoreError> {
        (**self).compare_and_delete(key, value).await
    }

    async fn delete_expired(&self, limit: u32) -> Result<u64, StoreError> {
        (**self).delete_expired(limit).await
    }
}

/// What a counter says after it was incremented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "storages build it; it is the whole answer")]
pub struct Count {
    /// How often it has been incremented, this time included.
    pub value: u64,
    /// How long until it begins anew.
    pub remaining: Duration,
}
