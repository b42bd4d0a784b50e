//! The system's clock, moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use hallpass::clock::{Clock, SystemClock, Timestamp};

/// The system's clock and as many milliseconds more as the control port was told.
#[derive(Debug, Clone, Default)]
pub(crate) struct MovedClock {
    offset: Arc<AtomicI64>,
}

impl MovedClock {
    /// Moves the clock; negative goes back.
    pub(crate) fn advance(&self, millis: i64) {
        self.offset.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock::default().now().as_millis() + self.offset.load(Ordering::SeqCst))
    }
}
