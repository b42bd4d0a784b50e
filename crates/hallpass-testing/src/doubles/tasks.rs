//! Background work in a test's own hands.

use std::collections::VecDeque;
use std::fmt::{self, Debug};
use std::sync::Mutex;
use std::task::{Context, Waker};

use hallpass::tasks::{BackgroundTasks, Task};

use super::lock;

/// Keeps tasks until it is told to run them, so that a test can look at the time between.
///
/// ```
/// use hallpass::tasks::BackgroundTasks;
/// use hallpass_testing::ManualTasks;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let tasks = ManualTasks::new();
/// tasks.spawn(Box::pin(async { println!("a mail is sent") }));
/// assert_eq!(tasks.waiting(), 1);
/// assert_eq!(tasks.run().await, 1);
/// # }
/// ```
#[derive(Default)]
pub struct ManualTasks(Mutex<VecDeque<Task>>);

impl ManualTasks {
    /// With no task yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many tasks wait.
    pub fn waiting(&self) -> usize {
        lock(&self.0).len()
    }

    /// Runs the tasks in the order they came in, and those that come in meanwhile, and says how many
    /// there were. A task's panic is passed on.
    pub async fn run(&self) -> usize {
        let mut count = 0;
        loop {
            // In a statement of its own, so that the lock is free while the task runs.
            let next = lock(&self.0).pop_front();
            let Some(task) = next else { return count };
            task.await;
            count += 1;
        }
    }
}

impl BackgroundTasks for ManualTasks {
    fn spawn(&self, task: Task) {
        lock(&self.0).push_back(task);
    }
}

impl Debug for ManualTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualTasks").field("waiting", &self.waiting()).finish()
    }
}

/// Runs a task while it is spawned, as far as it goes without waiting: to its end, when all it uses
/// are doubles and a store in memory. [`finish`](Self::finish) runs what is left.
#[derive(Debug, Default)]
pub struct ImmediateTasks(ManualTasks);

impl ImmediateTasks {
    /// With no task yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs to their end the tasks that had to wait for something, and says how many there were. A
    /// task's panic is passed on.
    pub async fn finish(&self) -> usize {
        self.0.run().await
    }
}

impl BackgroundTasks for ImmediateTasks {
    fn spawn(&self, mut task: Task) {
        if task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            self.0.spawn(task);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt as _;
    use tokio::sync::Notify;

    use super::*;

    fn note(notes: &Arc<Mutex<String>>, letter: char) -> Task {
        let notes = notes.clone();
        Box::pin(async move { lock(&notes).push(letter) })
    }

    #[test]
    fn manual_tasks_run_when_told_and_in_order() {
        let (tasks, notes) = (Arc::new(ManualTasks::new()), Arc::default());
        tasks.spawn(note(&notes, 'a'));
        let (again, later) = (tasks.clone(), note(&notes, 'c'));
        tasks.spawn(Box::pin(async move { again.spawn(later) }));
        tasks.spawn(note(&notes, 'b'));
        assert_eq!((tasks.waiting(), lock(&notes).as_str()), (3, ""));
        assert_eq!(tasks.run().now_or_never(), Some(4));
        assert_eq!((tasks.waiting(), lock(&notes).as_str()), (0, "abc"));
    }

    #[test]
    fn immediate_tasks_run_at_once() {
        let (tasks, notes) = (ImmediateTasks::new(), Arc::default());
        tasks.spawn(note(&notes, 'a'));
        assert_eq!(*lock(&notes), "a");
        assert_eq!(tasks.finish().now_or_never(), Some(0));
    }

    #[test]
    fn an_immediate_task_that_had_to_wait_is_finished_later() {
        let (tasks, notes) = (ImmediateTasks::new(), Arc::default());
        let (gate, rest) = (Arc::new(Notify::new()), note(&notes, 'a'));
        let opened = gate.clone();
        tasks.spawn(Box::pin(async move {
            opened.notified().await;
            rest.await;
        }));
        assert_eq!(*lock(&notes), "");
        gate.notify_one();
        assert_eq!(tasks.finish().now_or_never(), Some(1));
        assert_eq!(*lock(&notes), "a");
    }
}
