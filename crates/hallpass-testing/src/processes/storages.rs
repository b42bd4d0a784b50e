//! The tests of a storage that several processes share.

use hallpass::storage::AtomicStorage;

use super::child::Role;
use super::{CONSUMERS, FEW, MOST_RACES, PROCESSES, runtime, storage_contest};

/// A key-value storage that several processes can open.
pub trait SharedStorage: Sized + Send + Sync + 'static {
    /// hallpass's storage in it.
    type Storage: AtomicStorage;

    /// A new one with nothing in it.
    fn create() -> impl Future<Output = Self> + Send;

    /// By what another process opens it: one line.
    fn address(&self) -> String;

    /// Opens it, in whichever process this is.
    fn open(address: &str) -> impl Future<Output = Self::Storage> + Send;
}

/// Makes the tests of a [`SharedStorage`](crate::processes::SharedStorage): races for one value, each kind of call that one
/// caller wins, over several processes, and whether they find what is broken.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use hallpass::MemoryStorage;
/// use hallpass::clock::SystemClock;
/// use hallpass_testing::processes::SharedStorage;
///
/// struct Mine; // a prefix on a server
///
/// impl SharedStorage for Mine {
///     type Storage = MemoryStorage; // the adapter's
///
///     async fn create() -> Self {
///         Self
///     }
///
///     fn address(&self) -> String {
///         "redis://localhost test-1".to_owned()
///     }
///
///     async fn open(address: &str) -> MemoryStorage {
///         println!("opens {address}");
///         MemoryStorage::new(Arc::new(SystemClock::default()), 1_000)
///     }
/// }
///
/// hallpass_testing::storage_process_tests!(Mine);
/// ```
#[macro_export]
macro_rules! storage_process_tests {
    ($storage:ty) => {
        #[test]
        fn of_a_thousand_in_one_process_one_gets_it() {
            $crate::processes::storage_one_process::<$storage>();
        }

        #[test]
        fn of_a_thousand_in_eight_processes_one_gets_it() {
            $crate::processes::storage_eight_processes::<$storage>(concat!(
                module_path!(),
                "::of_a_thousand_in_eight_processes_one_gets_it"
            ));
        }

        #[test]
        fn races_find_every_defect() {
            $crate::processes::storage_races_find_defects::<$storage>();
        }

        #[test]
        fn races_of_processes_find_every_defect() {
            $crate::processes::storage_process_races_find_defects::<$storage>(concat!(
                module_path!(),
                "::races_of_processes_find_every_defect"
            ));
        }
    };
}

/// A thousand tasks of one process.
#[doc(hidden)]
pub fn storage_one_process<S: SharedStorage>() {
    let failures = runtime().block_on(storage_contest::in_one_process::<S>(CONSUMERS, None));
    assert!(failures.is_empty(), "{failures:#?}");
}

/// As many in eight.
#[doc(hidden)]
pub fn storage_eight_processes<S: SharedStorage>(test: &str) {
    match Role::of_this_process() {
        Some(role) => storage_contest::consume_as_told::<S>(&role),
        None => {
            let failures = storage_contest::in_processes::<S>(test, PROCESSES, CONSUMERS, None);
            assert!(failures.is_empty(), "{failures:#?}");
        }
    }
}

/// Whether a race in one process finds what breaks it.
#[doc(hidden)]
pub fn storage_races_find_defects<S: SharedStorage>() {
    let runtime = runtime();
    for defect in storage_contest::FINDS {
        let race = |_| runtime.block_on(storage_contest::in_one_process::<S>(FEW, Some(defect)));
        assert!((0..MOST_RACES).any(|turn| !race(turn).is_empty()), "{defect} was not found");
    }
}

/// Whether a race of processes does.
#[doc(hidden)]
pub fn storage_process_races_find_defects<S: SharedStorage>(test: &str) {
    match Role::of_this_process() {
        Some(role) => storage_contest::consume_as_told::<S>(&role),
        None => {
            for defect in storage_contest::FINDS {
                let race = |_| storage_contest::in_processes::<S>(test, 2, FEW, Some(defect));
                assert!((0..MOST_RACES).any(|turn| !race(turn).is_empty()), "{defect} was not found");
            }
        }
    }
}
