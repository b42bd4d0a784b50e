//! Real time, which is what a benchmark measures.

use std::time::Instant;

/// Now, by the machine's own clock.
#[expect(clippy::disallowed_methods, reason = "real time is what is measured; there is nothing to inject")]
pub fn now() -> Instant {
    Instant::now()
}
