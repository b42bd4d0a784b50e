//! How many requests one client may make on one route.

use std::sync::Arc;
use std::time::Duration;

use crate::client_address::AddressBucket;
use crate::config::{RateLimit, RateLimitOptions};
use crate::endpoint::Endpoint;
use crate::error::Error;
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

    /// Admits a request or says when to come back. A client whose address cannot be told shares one
    /// count with all such clients: it is limited, never exempt.
    pub(crate) async fn admit(&self, endpoint: &Endpoint, client: AddressBucket) -> Result<(), Error> {
        let Some(limit) = self.limit_of(endpoint) else { return Ok(()) };
        let key = format!("{client}|{}", endpoint.path());
        let count = self.storage.increment(&key, limit.window).await?;
        if count.value > limit.max {
            return Err(Error::RateLimited { retry_after: count.remaining.max(Duration::from_millis(1)) });
        }
        Ok(())
    }

    fn limit_of(&self, endpoint: &Endpoint) -> Option<RateLimit> {
        let rule = self.options.rules.iter().find(|(pattern, _)| matches_route(pattern, endpoint.path()));
        match rule {
            Some((_, limit)) => *limit,
            None => Some(endpoint.limit.unwrap_or(self.options.default)),
        }
    }
}

/// Whether a route matches a pattern, in which `*` stands for any characters but `/`, `?` for one of
/// them, and a whole segment `**` for any segments.
fn matches_route(pattern: &str, route: &str) -> bool {
    fn segments(pattern: &[&str], route: &[&str]) -> bool {
        match (pattern.split_first(), route.split_first()) {
            (None, None) => true,
            (Some((&"**", rest)), _) => {
                (0..=route.len()).any(|skip| segments(rest, route.get(skip..).unwrap_or(&[])))
            }
            (Some((first, rest)), Some((segment, others))) => {
                glob(first.as_bytes(), segment.as_bytes()) && segments(rest, others)
            }
            _ => false,
        }
    }
    fn glob(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => {
                (0..=text.len()).any(|skip| glob(rest, text.get(skip..).unwrap_or(&[])))
            }
            (Some((b'?', rest)), Some((_, others))) => glob(rest, others),
            (Some((wanted, rest)), Some((found, others))) => wanted == found && glob(rest, others),
            _ => false,
        }
    }
    segments(&pattern.split('/').collect::<Vec<_>>(), &route.split('/').collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stay_within_a_segment_unless_it_is_two_stars() {
        for (pattern, route, fits) in [
            ("/sign-in/email", "/sign-in/email", true),
            ("/sign-in/*", "/sign-in/email", true),
            ("/sign-*/email", "/sign-in/email", true),
            ("/sign-i?/email", "/sign-in/email", true),
            ("/*", "/sign-in/email", false),
            ("/**", "/sign-in/email", true),
            ("/sign-in/email*", "/sign-in/email", true),
            ("/sign-in", "/sign-in/email", false),
            ("/Sign-in/email", "/sign-in/email", false),
        ] {
            assert_eq!(matches_route(pattern, route), fits, "{pattern} {route}");
        }
    }
}
