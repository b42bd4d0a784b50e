//! How often routes that can be misused may be asked, by default.

use std::time::Duration;

use crate::config::RateLimit;

/// Of routes where passwords or secrets can be guessed, or addresses tried.
pub(crate) const GUESSES: RateLimit = RateLimit::new(3, Duration::from_secs(10));

/// Of routes that send mail to an address of the caller's choice.
pub(crate) const MAILS: RateLimit = RateLimit::new(3, Duration::from_secs(60));
