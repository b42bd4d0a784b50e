//! Work beside the answer, on tokio.

use hallpass::tasks::{BackgroundTasks, Task};
use tokio::runtime::Handle;

/// Spawns tasks on a tokio runtime. A task that panics harms nothing else; one that still runs when
/// the runtime is shut down is cut off.
#[derive(Debug, Clone)]
pub struct TokioTasks {
    runtime: Handle,
}

impl TokioTasks {
    /// On `runtime`, from whatever thread: `TokioTasks::new(Handle::current())`.
    pub fn new(runtime: Handle) -> Self {
        Self { runtime }
    }
}

impl BackgroundTasks for TokioTasks {
    fn spawn(&self, task: Task) {
        self.runtime.spawn(task);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_of_any_thread_runs_on_the_runtime() {
        let (done, is_done) = tokio::sync::oneshot::channel();
        let tasks = TokioTasks::new(Handle::current());
        let elsewhere = std::thread::spawn(move || {
            tasks.spawn(Box::pin(async { panic!("a task that fails") }));
            tasks.spawn(Box::pin(async { done.send(Handle::try_current().is_ok()).unwrap() }));
        });
        assert!(is_done.await.unwrap());
        elsewhere.join().unwrap();
    }
}
