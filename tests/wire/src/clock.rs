//! The system's clock, moved or stopped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[cfg(not(target_family = "wasm"))]
use hallpass::clock::SystemClock;
use hallpass::clock::{Clock, Timestamp};
#[cfg(target_family = "wasm")]
use hallpass_workers::WorkerClock as SystemClock;

/// The system's clock and as many milliseconds more as the control port was told; or one that stands, and
/// goes only when it is moved.
#[derive(Debug, Clone, Default)]
pub(crate) struct MovedClock {
    moved: Arc<Mutex<Moved>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Moved {
    offset: i64,
    stands_at: Option<i64>,
    tick: i64,
}

impl MovedClock {
    /// Moves the clock; negative goes back.
    pub(crate) fn advance(&self, millis: i64) {
        self.lock().offset += millis;
    }

    /// Stops the clock at a time, in milliseconds since 1970; it then goes `tick` milliseconds at each request.
    pub(crate) fn stand_at(&self, millis: i64, tick: i64) {
        *self.lock() = Moved { offset: 0, stands_at: Some(millis), tick };
    }

    /// A request has come: how far the clock goes with it.
    pub(crate) fn tick(&self) -> i64 {
        let mut moved = self.lock();
        moved.offset += moved.tick;
        moved.tick
    }

    fn lock(&self) -> MutexGuard<'_, Moved> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        let moved = *self.lock();
        let from = moved.stands_at.unwrap_or_else(|| SystemClock::default().now().as_millis());
        Timestamp::from_millis(from + moved.offset)
    }
}
