//! The connections that read.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use crate::Database;

/// The connections that read. Each thread prefers one of its own, so that threads rarely meet and each
/// connection's cache stays with a core; when that one is in use, any that is free serves.
pub(crate) struct Readers {
    databases: Vec<Arc<Mutex<Database>>>,
}

impl Readers {
    pub(crate) fn new(databases: Vec<Arc<Mutex<Database>>>) -> Self {
        Self { databases }
    }

    /// Runs `work` on one of the connections. When all are in use it blocks until its own is free: a
    /// matter of microseconds, since a connection is never held over an `await`.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut Database) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let (before, from_own) = self.databases.split_at(own_number() % self.databases.len().max(1));
        for database in from_own.iter().chain(before) {
            match database.try_lock() {
                Ok(mut database) => return work(&mut database),
                Err(TryLockError::Poisoned(poisoned)) => return work(&mut poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        let own = from_own.first().ok_or(rusqlite::Error::InvalidQuery)?;
        work(&mut own.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A number for each thread, counted up from 0.
fn own_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static OWN: Cell<Option<usize>> = const { Cell::new(None) };
    }
    OWN.with(|own| match own.get() {
        Some(number) => number,
        None => {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            own.set(Some(number));
            number
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    fn readers(number: usize) -> Readers {
        Readers::new((0..number).map(|_| Arc::new(Mutex::new(Database::in_memory().unwrap()))).collect())
    }

    #[test]
    fn as_many_reads_run_at_once_as_there_are_connections() {
        let (readers, all) = (readers(3), Barrier::new(3));
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| readers.with(|_| Ok(all.wait())).unwrap());
            }
        });
    }

    #[test]
    fn more_reads_than_connections_wait_for_one() {
        let readers = readers(2);
        let done = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        readers.with(|_| Ok(done.fetch_add(1, Ordering::Relaxed))).unwrap();
                    }
                });
            }
        });
        assert_eq!(done.into_inner(), 800);
    }

    #[test]
    fn a_connection_serves_on_after_a_panic_of_its_user() {
        let readers = readers(1);
        thread::scope(|scope| {
            let user = scope.spawn(|| readers.with(|_| -> rusqlite::Result<()> { panic!("on purpose") }));
            assert!(user.join().is_err());
        });
        assert_eq!(readers.with(|_| Ok(1)).unwrap(), 1);
    }
}
