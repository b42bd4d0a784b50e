//! Time that stands still.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hallpass::clock::{Clock, Timestamp};

/// A clock that stands until it is moved. It starts at 2026-01-01T00:00:00.000Z.
///
/// ```
/// use std::time::Duration;
///
/// use hallpass::clock::Clock;
/// use hallpass_testing::MockClock;
///
/// let clock = MockClock::new();
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now().to_string(), "2026-01-01T00:01:30.000Z");
/// ```
#[derive(Debug)]
pub struct MockClock(AtomicI64);

impl MockClock {
    /// A clock that stands at 2026-01-01T00:00:00.000Z.
    pub const fn new() -> Self {
        Self::at(Timestamp::from_millis(1_767_225_600_000))
    }

    /// A clock that stands at `moment`.
    pub const fn at(moment: Timestamp) -> Self {
        Self(AtomicI64::new(moment.as_millis()))
    }

    /// Moves the clock on by `span`, of which it counts whole milliseconds.
    pub fn advance(&self, span: Duration) {
        // Two that advance at once both count.
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Puts the clock to `moment`, be it earlier or later.
    pub fn set(&self, moment: Timestamp) {
        self.0.store(moment.as_millis(), Ordering::SeqCst);
    }
}

impl Default for MockClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for MockClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_until_it_is_moved() {
        let clock = MockClock::new();
        assert_eq!(clock.now().to_string(), "2026-01-01T00:00:00.000Z");
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::from_millis(1_500));
        assert_eq!(clock.now().to_string(), "2026-01-01T00:00:01.500Z");
        clock.set(Timestamp::from_millis(-1));
        assert_eq!(clock.now().to_string(), "1969-12-31T23:59:59.999Z");
    }
}
