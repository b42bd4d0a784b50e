//! Key-value storages as configured. The code that works with one is named here alone, by pointers that only the options
//! make: a program that has none of them is linked without it, which counts where its size does.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::secondary::{CachedStore, RecentSessions, SecondaryOptions, SecondaryStore, SessionPlacement};
use crate::storage::{AtomicStorage, SecondaryStorage};
use crate::store::Store;

/// Makes the store around another, whose sessions last no longer than that.
type Around = fn(Arc<dyn Store>, Secondary, Arc<dyn Clock>, Duration) -> Arc<dyn Store>;

/// What [`AuthBuilder::secondary_storage`](super::AuthBuilder::secondary_storage) was given.
#[derive(Debug)]
pub(super) struct Secondary {
    pub(super) storage: Arc<dyn AtomicStorage>,
    pub(super) options: SecondaryOptions,
    over: Around,
    cached: fn(&Self, Duration) -> SessionCache,
}

impl Secondary {
    pub(super) fn new(storage: impl AtomicStorage, options: SecondaryOptions) -> Self {
        Self {
            storage: Arc::new(storage),
            options,
            over: |store, Self { storage, options, .. }, clock, longest| {
                Arc::new(
                    SecondaryStore::over(store, storage, clock).options(options).longest_session(longest),
                )
            },
            cached: |secondary, max_stale| {
                SessionCache::new(Arc::clone(&secondary.storage) as Arc<dyn SecondaryStorage>, max_stale)
            },
        }
    }

    /// The store around `store`, where no session lasts longer than `longest`.
    pub(super) fn around(
        self,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        longest: Duration,
    ) -> Arc<dyn Store> {
        (self.over)(store, self, clock, longest)
    }

    /// Copies of sessions in the storage, if they are to be there.
    pub(super) fn session_cache(&self) -> Option<SessionCache> {
        match self.options.sessions {
            SessionPlacement::Cached { max_stale } => Some((self.cached)(self, max_stale)),
            _ => None,
        }
    }
}

/// The store that makes copies, and what reads them.
type Caching = (Arc<dyn Store>, Arc<dyn RecentSessions>);

/// Where copies of sessions are, and how long they are believed.
#[derive(Debug)]
pub(super) struct SessionCache {
    storage: Arc<dyn SecondaryStorage>,
    pub(super) max_stale: Duration,
    over: fn(Arc<dyn Store>, Self, Arc<dyn Clock>) -> Caching,
}

impl SessionCache {
    pub(super) fn new(storage: Arc<dyn SecondaryStorage>, max_stale: Duration) -> Self {
        Self {
            storage,
            max_stale,
            over: |store, Self { storage, max_stale, .. }, clock| {
                let cached = Arc::new(CachedStore::over(store, storage, clock, max_stale));
                (Arc::clone(&cached) as Arc<dyn Store>, cached)
            },
        }
    }

    pub(super) fn around(self, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Caching {
        (self.over)(store, self, clock)
    }
}
