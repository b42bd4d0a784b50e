//! Runs one check as the macros do: over a fresh fixture, on threads of its own.

use std::sync::Arc;

use hallpass::tasks::{BackgroundTasks, Task};
use tokio::runtime::{Builder, Handle};

use crate::check::Check;
use crate::fixture::{StorageFixture, StoreFixture};
use crate::{storage, store};

/// More than a small machine has cores, so that threads are interrupted at places nobody chose.
const THREADS: usize = 4;

/// The racers of a check, as tasks of its runtime.
#[derive(Debug)]
struct OnRuntime(Handle);

impl BackgroundTasks for OnRuntime {
    fn spawn(&self, task: Task) {
        self.0.spawn(task);
    }
}

/// Runs the store check called `name` over what `fresh` makes. [`store_tests!`](crate::store_tests)
/// calls this.
///
/// # Panics
/// When the check fails, and when there is none of that name.
pub fn run_store_check<T: Into<StoreFixture>>(name: &str, fresh: impl Future<Output = T>) {
    block_on(store::checks(), name, async {
        fresh.await.into().tasks(Arc::new(OnRuntime(Handle::current())))
    });
}

/// Runs the storage check called `name` over what `fresh` makes.
/// [`storage_tests!`](crate::storage_tests) calls this.
///
/// # Panics
/// When the check fails, and when there is none of that name.
pub fn run_storage_check(name: &str, fresh: impl Future<Output = StorageFixture>) {
    block_on(storage::checks(), name, async { fresh.await.tasks(Arc::new(OnRuntime(Handle::current()))) });
}

/// Runs the check of stores of keys called `name` over what `fresh` makes.
/// [`jwk_store_tests!`](crate::jwk_store_tests) calls this.
///
/// # Panics
/// When the check fails, and when there is none of that name.
#[cfg(feature = "jwt")]
pub fn run_jwk_check<T: Into<crate::jwk::JwkStoreFixture>>(name: &str, fresh: impl Future<Output = T>) {
    block_on(crate::jwk::checks(), name, async {
        fresh.await.into().tasks(Arc::new(OnRuntime(Handle::current())))
    });
}

fn block_on<F: Sync>(checks: &[Check<F>], name: &str, fresh: impl Future<Output = F>) {
    let check = checks.iter().find(|check| check.name() == name);
    let check = check.unwrap_or_else(|| panic!("there is no check called {name}"));
    let runtime = Builder::new_multi_thread().worker_threads(THREADS).enable_all().build().unwrap();
    runtime.block_on(async { check.run(&fresh.await).await });
}
