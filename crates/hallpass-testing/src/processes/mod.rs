//! Several processes on one database: of any number that want a thing one gets it, and a process that is killed leaves
//! nothing half done.
//!
//! A test starts itself again as the other processes, by its own name. [`process_tests!`](crate::process_tests) makes
//! the tests of a [`SharedDatabase`]; each of them is also run over [defects](crate::StoreDefect) that it has to find.

mod child;
mod contest;
mod crash;
mod crowd;
mod journal;
mod life;
mod site;
mod storage_contest;
mod storages;

pub use crash::survive;
pub use storages::SharedStorage;
#[doc(hidden)]
pub use storages::{
    storage_eight_processes, storage_one_process, storage_process_races_find_defects,
    storage_races_find_defects,
};

use std::time::Duration;

use hallpass::store::Store;
use tokio::runtime::{Builder, Runtime};

use crate::StoreDefect;
use child::Role;

/// A database that several processes can open.
pub trait SharedDatabase: Sized + Send + Sync + 'static {
    /// hallpass's store in it.
    type Store: Store;

    /// A new one with nothing in it. It is gone when this is dropped.
    fn create() -> impl Future<Output = Self> + Send;

    /// By what another process opens it: one line.
    fn address(&self) -> String;

    /// Opens it, in whichever process this is, and migrates it. Several do so at once.
    fn open(address: &str) -> impl Future<Output = Self::Store> + Send;

    /// How many rows are only half of something: accounts and sessions without their user, users without an account.
    ///
    /// # Panics
    /// The database is damaged.
    fn orphans(&self) -> impl Future<Output = u64> + Send;
}

/// Makes the tests of a [`SharedDatabase`](crate::processes::SharedDatabase): races and crashes over several processes,
/// and whether they find what is broken.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use hallpass::MemoryStore;
/// use hallpass_testing::processes::SharedDatabase;
///
/// struct Mine; // a file in a temporary directory, or a schema on a server
///
/// impl SharedDatabase for Mine {
///     type Store = MemoryStore; // the adapter's
///
///     async fn create() -> Self {
///         Self
///     }
///
///     fn address(&self) -> String {
///         "sqlite:/tmp/…/app.db".to_owned()
///     }
///
///     async fn open(address: &str) -> MemoryStore {
///         println!("opens {address}");
///         MemoryStore::new()
///     }
///
///     async fn orphans(&self) -> u64 {
///         0 // counted by SQL
///     }
/// }
///
/// hallpass_testing::process_tests!(Mine);
/// ```
#[macro_export]
macro_rules! process_tests {
    ($database:ty) => {
        #[test]
        fn of_a_thousand_in_one_process_one_gets_it() {
            $crate::processes::one_process::<$database>(concat!(
                module_path!(),
                "::of_a_thousand_in_one_process_one_gets_it"
            ));
        }

        #[test]
        fn of_a_thousand_in_eight_processes_one_gets_it() {
            $crate::processes::eight_processes::<$database>(concat!(
                module_path!(),
                "::of_a_thousand_in_eight_processes_one_gets_it"
            ));
        }

        #[test]
        fn a_process_that_is_killed_leaves_what_it_acknowledged_and_nothing_half_done() {
            $crate::processes::killed::<$database>(concat!(
                module_path!(),
                "::a_process_that_is_killed_leaves_what_it_acknowledged_and_nothing_half_done"
            ));
        }

        #[test]
        fn races_find_every_defect() {
            $crate::processes::races_find_defects::<$database>(concat!(
                module_path!(),
                "::races_find_every_defect"
            ));
        }

        #[test]
        fn races_of_processes_find_a_defect() {
            $crate::processes::process_races_find_a_defect::<$database>(concat!(
                module_path!(),
                "::races_of_processes_find_a_defect"
            ));
        }

        #[test]
        fn crashes_find_every_defect() {
            $crate::processes::crashes_find_defects::<$database>(concat!(
                module_path!(),
                "::crashes_find_every_defect"
            ));
        }
    };
}

/// How many want the one thing.
const CONSUMERS: usize = 1_000;
/// How many processes they are dealt to.
const PROCESSES: usize = 8;
/// How many are enough to find a defect.
const FEW: usize = 48;
/// How often at most they race until a defect is found.
const MOST_RACES: usize = 500;
/// How often a process is killed.
const KILLS: u64 = 16;
/// How often at most until a defect is found.
const MOST_KILLS: u64 = 200;

/// A thousand tasks of one process.
#[doc(hidden)]
pub fn one_process<D: SharedDatabase>(_test: &str) {
    runtime().block_on(async {
        let failures = contest::in_one_process::<D>(CONSUMERS, None).await;
        assert!(failures.is_empty(), "{failures:#?}");
    });
}

/// As many in eight.
#[doc(hidden)]
pub fn eight_processes<D: SharedDatabase>(test: &str) {
    match Role::of_this_process() {
        Some(role) => contest::consume_as_told::<D>(&role),
        None => {
            let failures = contest::in_processes::<D>(test, PROCESSES, CONSUMERS, None);
            assert!(failures.is_empty(), "{failures:#?}");
        }
    }
}

/// Processes that are killed at work.
#[doc(hidden)]
pub fn killed<D: SharedDatabase>(test: &str) {
    match Role::of_this_process() {
        Some(role) => crash::live::<D>(&role),
        None => {
            let failures = crash::kill::<D>(test, KILLS, None);
            assert!(failures.is_empty(), "{failures:#?}");
        }
    }
}

/// Whether a race in one process finds what breaks it.
#[doc(hidden)]
pub fn races_find_defects<D: SharedDatabase>(_test: &str) {
    runtime().block_on(async {
        for defect in contest::FINDS {
            let mut is_found = false;
            for _ in 0..MOST_RACES {
                is_found |= !contest::in_one_process::<D>(FEW, Some(defect)).await.is_empty();
                if is_found {
                    break;
                }
            }
            assert!(is_found, "{defect} was not found");
        }
    });
}

/// Whether a race of processes finds what breaks it.
#[doc(hidden)]
pub fn process_races_find_a_defect<D: SharedDatabase>(test: &str) {
    match Role::of_this_process() {
        Some(role) => contest::consume_as_told::<D>(&role),
        None => {
            let race = |_| contest::in_processes::<D>(test, 2, FEW, Some(StoreDefect::TakesInTwoSteps));
            let is_found = (0..MOST_RACES).any(|turn| !race(turn).is_empty());
            assert!(is_found, "it was not found");
        }
    }
}

/// Whether a crash finds what breaks it.
#[doc(hidden)]
pub fn crashes_find_defects<D: SharedDatabase>(test: &str) {
    match Role::of_this_process() {
        Some(role) => crash::live::<D>(&role),
        None => {
            for defect in crash::FINDS {
                let failures = crash::kill::<D>(test, MOST_KILLS, Some(defect));
                assert!(!failures.is_empty(), "{defect} was not found");
            }
        }
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()
}

/// For how long what is handed out here is good; nothing expires while a test runs.
const LIFETIME: Duration = Duration::from_secs(3_600);
