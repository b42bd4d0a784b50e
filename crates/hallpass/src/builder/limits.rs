//! How many requests one client may make, and where they are counted.

use std::sync::Arc;

use super::AuthBuilder;
use crate::clock::Clock;
use crate::config::RateLimitOptions;
use crate::memory_storage::MemoryStorage;
use crate::rate_limit::{Counting, RateLimiter, RequestLimiter};
use crate::storage::AtomicStorage;

/// How many clients and routes are counted at once in memory, as in better-auth.
const ENTRIES: usize = 100_000;

/// What the default limit is kept by, if not by the storage of the others.
#[derive(Debug)]
pub(super) enum DefaultLimiter {
    InMemory,
    Own(Arc<dyn RequestLimiter>),
}

impl AuthBuilder {
    /// How many requests one client may make.
    pub fn rate_limit(mut self, options: RateLimitOptions) -> Self {
        self.rate_limit = Some(options);
        self
    }

    /// Turns rate limits off: **passwords can be guessed at full speed**, unless something in front of
    /// the server limits them.
    pub fn danger_without_rate_limit(mut self) -> Self {
        self.rate_limit = None;
        self
    }

    /// Where requests, and guesses at codes, are counted. Default: the [secondary storage](Self::secondary_storage) if it is
    /// [shared](AtomicStorage::is_shared), else this process's memory, which several processes do not share.
    pub fn rate_limit_storage(mut self, storage: impl AtomicStorage) -> Self {
        self.rate_limit_storage = Some(Arc::new(storage));
        self
    }

    /// Keeps the [default limit](RateLimitOptions::default) by a count in this process's memory, wherever the others
    /// are counted: a request who is signed in then writes nothing. Routes that declare a limit, at which something can
    /// be guessed or sent, and those with a [rule](RateLimitOptions::rules) are counted in the
    /// [storage](Self::rate_limit_storage) as ever.
    pub fn default_limit_in_memory(mut self) -> Self {
        self.default_limiter = Some(DefaultLimiter::InMemory);
        self
    }

    /// The same by a limiter of one's own, such as one that a platform has.
    pub fn default_limiter(mut self, limiter: impl RequestLimiter) -> Self {
        self.default_limiter = Some(DefaultLimiter::Own(Arc::new(limiter)));
        self
    }
}

/// Counts in memory, for as long as there is room.
pub(super) fn in_memory(clock: &Arc<dyn Clock>) -> Arc<dyn AtomicStorage> {
    Arc::new(MemoryStorage::forgetting(Arc::clone(clock), ENTRIES))
}

pub(super) fn limiter(
    options: RateLimitOptions,
    counters: &Arc<dyn AtomicStorage>,
    default: Option<DefaultLimiter>,
    clock: &Arc<dyn Clock>,
) -> RateLimiter {
    let default = default.map(|default| match default {
        DefaultLimiter::InMemory => Arc::new(Counting(in_memory(clock))),
        DefaultLimiter::Own(limiter) => limiter,
    });
    RateLimiter::new(options, Arc::clone(counters), default)
}
