//! A storage that others overtake.

use std::time::Duration;

use async_trait::async_trait;
use hallpass::storage::{AtomicStorage, Count, SecondaryStorage};
use hallpass::store::StoreError;
use tokio::task::yield_now;

/// Lets others run before each call.
#[derive(Debug)]
pub(crate) struct SlowStorage<S>(S);

impl<S> SlowStorage<S> {
    pub(crate) fn new(storage: S) -> Self {
        Self(storage)
    }
}

#[async_trait]
impl<S: SecondaryStorage> SecondaryStorage for SlowStorage<S> {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        yield_now().await;
        self.0.get(key).await
    }

    async fn set(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError> {
        yield_now().await;
        self.0.set(key, value, ttl).await
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        yield_now().await;
        self.0.delete(key).await
    }
}

#[async_trait]
impl<S: AtomicStorage> AtomicStorage for SlowStorage<S> {
    async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        yield_now().await;
        self.0.take(key).await
    }

    async fn increment(&self, key: &str, ttl: Duration) -> Result<Count, StoreError> {
        yield_now().await;
        self.0.increment(key, ttl).await
    }

    async fn set_if_absent(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<bool, StoreError> {
        yield_now().await;
        self.0.set_if_absent(key, value, ttl).await
    }

    async fn compare_and_set(
        &self,
        key: &str,
        from: &str,
        to: &str,
        ttl: Option<Duration>,
    ) -> Result<bool, StoreError> {
        yield_now().await;
        self.0.compare_and_set(key, from, to, ttl).await
    }

    async fn compare_and_delete(&self, key: &str, value: &str) -> Result<bool, StoreError> {
        yield_now().await;
        self.0.compare_and_delete(key, value).await
    }
}
