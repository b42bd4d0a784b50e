//! Stand-ins for what hallpass asks of the world outside.

mod clock;
mod defective_storage;
mod defective_store;
mod events;
mod fault;
mod faulty_storage;
mod faulty_store;
mod http_client;
mod lagging_storage;
mod mailer;
mod random;
mod store_methods;
mod tasks;

pub use clock::MockClock;
pub use defective_storage::{DefectiveStorage, StorageDefect};
pub use defective_store::{DefectiveStore, StoreDefect};
pub use events::RecordingEvents;
pub use fault::Fault;
pub use faulty_storage::FaultyStorage;
pub use faulty_store::FaultyStore;
pub use http_client::StubHttpClient;
pub use lagging_storage::LaggingStorage;
pub use mailer::StubMailer;
pub use random::SeededRandom;
pub use tasks::{ImmediateTasks, ManualTasks};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a double noted is of use after a panic as well: it may tell why.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
