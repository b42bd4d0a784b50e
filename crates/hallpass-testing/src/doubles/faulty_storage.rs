//! A key-value storage that fails when a test wants it to.

use std::time::Duration;

use async_trait::async_trait;
use hallpass::storage::{AtomicStorage, Count, SecondaryStorage};
use hallpass::store::StoreError;

use super::fault::{Fault, Faults};
use crate::race::let_others_run;

/// Passes every call on to another storage, counts them, and fails as [`arm`](Self::arm)ed, as
/// [`FaultyStore`](super::FaultyStore) does. Before each call it lets others run, so that the steps of one
/// caller fall between those of another.
#[derive(Debug)]
pub struct FaultyStorage<S> {
    inner: S,
    faults: Faults,
    is_shared: bool,
}

impl<S: AtomicStorage> FaultyStorage<S> {
    /// Around `inner`, with no fault.
    pub fn new(inner: S) -> Self {
        let is_shared = inner.is_shared();
        Self { inner, faults: Faults::default(), is_shared }
    }

    /// Says that other processes see what is in here, whatever `inner` says.
    #[must_use]
    pub fn shared(self) -> Self {
        Self { is_shared: true, ..self }
    }

    /// From now on fails as `fault` says, and counts calls from 1 again.
    pub fn arm(&self, fault: Fault) {
        self.faults.set(Some(fault));
    }

    /// From now on fails no more, and counts calls from 1 again.
    pub fn disarm(&self) {
        self.faults.set(None);
    }

    /// The calls since the storage was made, armed or disarmed, by the names of the methods; those that
    /// failed among them.
    pub fn calls(&self) -> Vec<&'static str> {
        self.faults.calls()
    }

    /// The storage behind, which does not fail.
    pub fn inner(&self) -> &S {
        &self.inner
    }
}

macro_rules! forward {
    ($($part:ident { $(= $plain:ident -> $told:ty;)? $($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)* })*) => {$(
        #[async_trait]
        impl<S: AtomicStorage> $part for FaultyStorage<S> {
            $(fn $plain(&self) -> $told {
                self.$plain
            })?
            $(
            async fn $method(&self, $($name: $type),*) -> Result<$answer, StoreError> {
                let_others_run().await;
                self.faults.call(stringify!($method), self.inner.$method($($name),*)).await
            }
            )*
        }
    )*};
}

forward! {
    SecondaryStorage {
        get(key: &str) -> Option<String>;
        set(key: &str, value: &str, ttl: Option<Duration>) -> ();
        delete(key: &str) -> ();
    }
    AtomicStorage {
        = is_shared -> bool;
        take(key: &str) -> Option<String>;
        increment(key: &str, ttl: Duration) -> Count;
        set_if_absent(key: &str, value: &str, ttl: Option<Duration>) -> bool;
        compare_and_set(key: &str, from: &str, to: &str, ttl: Option<Duration>) -> bool;
        compare_and_delete(key: &str, value: &str) -> bool;
        delete_expired(limit: u32) -> u64;
    }
}
