//! Work that an answer does not wait for.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A piece of work that owns all it needs.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// Runs work beside the answer: `tokio::spawn`, or `waitUntil` on Workers.
///
/// # Contract
/// `spawn` returns at once. The task is run to its end unless the process ends first; a task that
/// panics harms nothing else.
pub trait BackgroundTasks: Debug + Send + Sync + 'static {
    /// Takes over `task`.
    fn spawn(&self, task: Task);
}

impl<T: BackgroundTasks + ?Sized> BackgroundTasks for Arc<T> {
    fn spawn(&self, task: Task) {
        (**self).spawn(task);
    }
}
