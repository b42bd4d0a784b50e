//! How many requests one client may make on one route.

use std::sync::Arc;
use std::time::Duration;

use crate::client_address::AddressBucket;
use crate::config::{RateLimit, RateLimitOptions};
use crate::error::Error;
use crate::glob;
use crate::storage::AtomicStorage;

/// Counts requests by client address and matched route, in fixed windows: the count is one atomic
/// step, so of any number of requests at once exactly `max` are admitted, and no request lengthens
/// the window.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    options: RateLimitOptions,
    storage: Arc<dyn AtomicStorage>,
}

impl RateLimiter {
    pub(crate) fn new(options: RateLimitOptions, storage: Arc<dyn AtomicStorage>) -> Self {
        Self { options, storage }
    }

    /// Admits a request to the route `path`, whose endpoint may have `declared` a limit, or says when to
    /// come back. A client whose address cannot be told shares one
    /// count with all such clients: it is limited, never exempt.
    pub(crate) async fn admit(
        &self,
        path: &str,
        declared: Option<RateLimit>,
        client: AddressBucket,
    ) -> Result<(), Error> {
        let Some(limit) = self.limit_of(path, declared) else { return Ok(()) };
        let key = format!("{client}|{path}");
        let count = self.storage.increment(&key, limit.window).await?;
        if count.value > limit.max {
            return Err(Error::RateLimited { retry_after: count.remaining.max(Duration::from_millis(1)) });
        }
        Ok(())
    }

    fn limit_of(&self, path: &str, declared: Option<RateLimit>) -> Option<RateLimit> {
        let rule = self.options.rules.iter().find(|(pattern, _)| glob::matches_path(pattern, path));
        match rule {
            Some((_, limit)) => *limit,
            None => Some(declared.unwrap_or(self.options.default)),
        }
    }
}
