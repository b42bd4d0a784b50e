use hallpass::clock::{Clock, Timestamp};

/// The time as JavaScript tells it. Within a request Workers let it stand still until something is waited for, against attacks by
/// measuring.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct WorkerClock;

impl Clock for WorkerClock {
    fn now(&self) -> Timestamp {
        let millis = worker::Date::now().as_millis();
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }
}
