//! How many requests one client may make on one route.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::client_address::AddressBucket;
use crate::config::{RateLimit, RateLimitOptions};
use crate::error::Error;
use crate::glob;
use crate::storage::AtomicStorage;
use crate::store::StoreError;

/// Admits requests by means of its own, which need not count to the last one: a limiter that a platform has, say.
///
/// It is for the [default limit](crate::AuthBuilder::default_limiter) alone, which is against floods. What can be guessed
/// at is counted exactly.
///
/// # Contract
/// It may admit more than it is told to, and never forgets a client for good. It is asked by any number of callers at once, answers soon,
/// and keeps apart what has different keys.
#[async_trait]
pub trait RequestLimiter: Debug + Send + Sync + 'static {
    /// Whether a request is admitted of those that have one `key`, which stands for a client and a route; else how
    /// long the client is to wait. `limit` is what [`RateLimitOptions::default`](crate::RateLimitOptions::default) says,
    /// of which a limiter with settings of its own takes no notice.
    ///
    /// # Errors
    /// Nobody can tell: the request is refused, or at `/get-session`
    /// admitted if the error is [`Unavailable`](crate::store::StoreErrorKind::Unavailable).
    async fn admit(&self, key: &str, limit: RateLimit) -> Result<Option<Duration>, StoreError>;
}

#[async_trait]
impl<L: RequestLimiter + ?Sized> RequestLimiter for Arc<L> {
    async fn admit(&self, key: &str, limit: RateLimit) -> Result<Option<Duration>, StoreError> {
        (**self).admit(key, limit).await
    }
}

/// Counts in fixed windows: the count is one atomic step, so of any number of requests at once exactly `max` are
/// admitted, and no request lengthens the window.
#[derive(Debug)]
pub(crate) struct Counting(pub(crate) Arc<dyn AtomicStorage>);

#[async_trait]
impl RequestLimiter for Counting {
    async fn admit(&self, key: &str, limit: RateLimit) -> Result<Option<Duration>, StoreError> {
        let count = self.0.increment(key, limit.window).await?;
        Ok((count.value > limit.max).then_some(count.remaining))
    }
}

/// Limits requests by client address and matched route.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    options: RateLimitOptions,
    counting: Counting,
    /// For routes whose limit is the default one, if not the same.
    default: Option<Arc<dyn RequestLimiter>>,
}

impl RateLimiter {
    pub(crate) fn new(
        options: RateLimitOptions,
        storage: Arc<dyn AtomicStorage>,
        default: Option<Arc<dyn RequestLimiter>>,
    ) -> Self {
        Self { options, counting: Counting(storage), default }
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
        let rule = self.options.rules.iter().find(|(pattern, _)| glob::matches_path(pattern, path));
        let own = match rule {
            Some((_, None)) => return Ok(()),
            Some((_, own)) => *own,
            None => declared,
        };
        let limiter: &dyn RequestLimiter = match (&self.default, own) {
            (Some(default), None) => &**default,
            _ => &self.counting,
        };
        let key = format!("{client}|{path}");
        match limiter.admit(&key, own.unwrap_or(self.options.default)).await? {
            None => Ok(()),
            Some(wait) => Err(Error::RateLimited { retry_after: wait.max(Duration::from_millis(1)) }),
        }
    }
}
