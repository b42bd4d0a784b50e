//! A security log to look into.

use std::sync::Mutex;

use hallpass::events::{EventSink, SecurityEvent};

use super::lock;

/// Keeps every security event, oldest first.
#[derive(Debug, Default)]
pub struct RecordingEvents(Mutex<Vec<SecurityEvent>>);

impl RecordingEvents {
    /// With no event yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The events so far, oldest first.
    pub fn events(&self) -> Vec<SecurityEvent> {
        lock(&self.0).clone()
    }

    /// Takes out the events, oldest first.
    pub fn take(&self) -> Vec<SecurityEvent> {
        std::mem::take(&mut lock(&self.0))
    }
}

impl EventSink for RecordingEvents {
    fn record(&self, event: &SecurityEvent) {
        lock(&self.0).push(event.clone());
    }
}

#[cfg(test)]
mod tests {
    use hallpass::types::UserId;

    use super::*;

    #[test]
    fn events_are_kept_in_their_order_until_taken() {
        let events = RecordingEvents::new();
        let [one, two] = ["1", "2"].map(|user| SecurityEvent::PasswordRehashed { user: UserId::from(user) });
        events.record(&one);
        events.record(&two);
        assert_eq!(events.events(), [one.clone(), two.clone()]);
        assert_eq!(events.take(), [one, two]);
        assert!(events.events().is_empty());
    }
}
