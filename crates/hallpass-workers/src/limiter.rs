use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use hallpass::store::{StoreError, StoreErrorKind};
use hallpass::{RateLimit, RequestLimiter};
use worker::RateLimiter;

/// A Workers rate limiting binding, for the limit against floods:
/// [`AuthBuilder::default_limiter`](hallpass::AuthBuilder::default_limiter). It costs nothing and waits for nothing, and each of
/// Cloudflare's places counts for itself and in its own time, so it may let through more than it is told to.
///
/// How many requests it admits is said where it is bound, in `wrangler.jsonc`, and not by
/// [`RateLimitOptions`](hallpass::RateLimitOptions).
pub struct BoundLimiter {
    limiter: RateLimiter,
    period: Duration,
}

impl BoundLimiter {
    /// The limiter of a binding, as `env.rate_limiter("LIMITER")` gives it, and its period, 10 or 60 seconds: the binding does not
    /// tell, and who is refused is told to come back after so long.
    pub fn new(limiter: RateLimiter, period: Duration) -> Self {
        Self { limiter, period }
    }
}

impl fmt::Debug for BoundLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundLimiter").field("period", &self.period).finish_non_exhaustive()
    }
}

#[async_trait]
impl RequestLimiter for BoundLimiter {
    async fn admit(&self, key: &str, _: RateLimit) -> Result<Option<Duration>, StoreError> {
        let outcome = self.limiter.limit(key.to_owned()).await.map_err(|error| {
            // What follows the first line is the stack of JavaScript.
            let text = error.to_string();
            let message = text.lines().next().unwrap_or_default();
            StoreError::new(StoreErrorKind::Unavailable, format!("the rate limiting binding: {message}"))
        })?;
        Ok((!outcome.success).then_some(self.period))
    }
}
