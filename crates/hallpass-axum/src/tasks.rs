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
