//! A few threads for long computations, with a bounded queue before them.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use futures_channel::oneshot;

use super::job::{Job, Pending};
use super::scratch::Scratch;

/// Threads that are started when the first work comes and end when this value is dropped.
pub(super) struct Workers {
    /// At most this many threads.
    pub(super) threads: usize,
    /// At most this many jobs wait while all threads are busy.
    pub(super) queue: usize,
    /// Run by each thread before anything else.
    pub(super) on_start: Option<Arc<dyn Fn() + Send + Sync>>,
    start: fn(Worker) -> io::Result<()>,
    shared: Arc<Shared>,
}

/// Why work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotDone {
    /// All threads are busy and the queue is full.
    QueueFull,
    /// The work panicked.
    Panicked,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Told of every new job, and of the end.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Box<dyn Job>>,
    /// Threads that live.
    threads: usize,
    /// Threads that run a job.
    running: usize,
    closed: bool,
}

impl Workers {
    pub(super) fn new(threads: usize, queue: usize) -> Self {
        Self { threads, queue, on_start: None, start: Worker::start, shared: Arc::default() }
    }

    /// Runs `work` on one of the threads and gives what it gives.
    ///
    /// When the future is dropped before a thread has begun, `work` is dropped too. Where threads
    /// cannot be had at all, `work` runs on the calling task.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Scratch) -> T + Send + 'static,
    ) -> Result<T, NotDone> {
        let (reply, outcome) = oneshot::channel();
        if let Some(mut job) = self.enqueue(Box::new(Pending::new(work, reply)))? {
            job.run(&mut Scratch::for_one_hash());
            job.reply();
        }
        outcome.await.map_err(|_| NotDone::Panicked)
    }

    /// Hands `job` to the threads, or back when there are none and none can be started.
    fn enqueue(&self, job: Box<dyn Job>) -> Result<Option<Box<dyn Job>>, NotDone> {
        let mut state = self.shared.lock();
        let room = self.threads.saturating_add(self.queue).saturating_sub(state.running);
        if state.waiting.len() >= room {
            state.waiting.retain(|job| !job.is_abandoned());
            if state.waiting.len() >= room {
                return Err(NotDone::QueueFull);
            }
        }
        state.waiting.push_back(job);
        let idle = state.threads.saturating_sub(state.running);
        if idle < state.waiting.len() && state.threads < self.threads {
            let worker = Worker { shared: Arc::clone(&self.shared), on_start: self.on_start.clone() };
            match (self.start)(worker) {
                Ok(()) => state.threads += 1,
                Err(error) if state.threads == 0 => {
                    tracing::debug!(%error, "no thread for password hashing, so it runs on the calling task");
                    return Ok(state.waiting.pop_back());
                }
                Err(error) => tracing::warn!(%error, "password hashing has fewer threads than it may have"),
            }
        }
        drop(state);
        self.shared.changed.notify_one();
        Ok(None)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("Workers")
            .field("threads", &self.threads)
            .field("queue", &self.queue)
            .field("running", &state.running)
            .field("waiting", &state.waiting.len())
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// A panic while the lock is held cannot leave the state half changed, so a poisoned lock is as
    /// good as new.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one thread does.
struct Worker {
    shared: Arc<Shared>,
    on_start: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl Worker {
    fn start(self) -> io::Result<()> {
        thread::Builder::new().name("hallpass-hash".to_owned()).spawn(move || self.live()).map(drop)
    }

    fn live(self) {
        if let Some(on_start) = &self.on_start {
            // A thread that is counted must live, or its jobs would wait for ever.
            let _ = catch_unwind(AssertUnwindSafe(|| on_start()));
        }
        let mut scratch = Scratch::for_thread();
        while let Some(mut job) = self.next(&mut scratch) {
            let outcome = catch_unwind(AssertUnwindSafe(|| job.run(&mut scratch)));
            // Before the reply: whoever receives it may come at once with the next job, and must find this
            // thread free.
            self.shared.lock().running -= 1;
            match outcome {
                Ok(()) => job.reply(),
                Err(_) => scratch.release(),
            }
        }
    }

    /// The next job that somebody still waits for, or `None` at the end.
    fn next(&self, scratch: &mut Scratch) -> Option<Box<dyn Job>> {
        let mut state = self.shared.lock();
        loop {
            if state.closed {
                state.threads -= 1;
                return None;
            }
            match state.waiting.pop_front() {
                Some(job) if job.is_abandoned() => {}
                Some(job) => {
                    state.running += 1;
                    return Some(job);
                }
                None if scratch.is_empty() => {
                    state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                None => {
                    drop(state);
                    scratch.release();
                    state = self.shared.lock();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::OnceCell;
    use std::pin::{Pin, pin};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::task::{Context, Waker};
    use std::time::Duration;

    use super::*;
    use crate::password::testing::block_on;

    /// Long enough for any machine: reached only by a test that fails.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// Begins `future`; asserts that it has to wait.
    fn begin<T>(future: Pin<&mut impl Future<Output = T>>) {
        assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }

    /// Work that says when it has begun and ends when it is told to.
    fn gated() -> (impl FnOnce(&mut Scratch) + Send + 'static, mpsc::Receiver<()>, mpsc::Sender<()>) {
        let (begun, has_begun) = mpsc::channel();
        let (open, gate) = mpsc::channel();
        let work = move |_: &mut Scratch| {
            begun.send(()).expect("the test waits");
            gate.recv_timeout(PATIENCE).expect("the gate opens");
        };
        (work, has_begun, open)
    }

    #[test]
    fn a_full_queue_refuses_at_once() {
        let workers = Workers::new(1, 1);
        let (work, begun, open) = gated();
        let mut first = pin!(workers.run(work));
        begin(first.as_mut());
        begun.recv_timeout(PATIENCE).unwrap();
        let mut second = pin!(workers.run(|_| 2));
        begin(second.as_mut());
        assert_eq!(block_on(workers.run(|_| 3)), Err(NotDone::QueueFull));
        open.send(()).unwrap();
        assert_eq!(block_on(first), Ok(()));
        assert_eq!(block_on(second), Ok(2));
        assert_eq!(block_on(workers.run(|_| 4)), Ok(4));
    }

    #[test]
    fn an_abandoned_job_is_skipped_and_leaves_its_place() {
        let workers = Workers::new(1, 1);
        let (work, begun, open) = gated();
        let mut first = pin!(workers.run(work));
        begin(first.as_mut());
        begun.recv_timeout(PATIENCE).unwrap();

        let abandoned_runs = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&abandoned_runs);
        let mut abandoned = Box::pin(workers.run(move |_| counter.fetch_add(1, Ordering::SeqCst)));
        begin(abandoned.as_mut());
        drop(abandoned);

        // The queue of one is free again, and what stood in it is not run before the next job.
        let mut last = pin!(workers.run(|_| "last"));
        begin(last.as_mut());
        open.send(()).unwrap();
        assert_eq!(block_on(last), Ok("last"));
        assert_eq!(abandoned_runs.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn a_job_abandoned_in_a_queue_with_room_is_skipped_when_its_turn_comes() {
        let workers = Workers::new(1, 2);
        let (work, begun, open) = gated();
        let mut first = pin!(workers.run(work));
        begin(first.as_mut());
        begun.recv_timeout(PATIENCE).unwrap();

        let (ran, has_run) = mpsc::channel();
        let mut abandoned = Box::pin(workers.run(move |_| ran.send(())));
        begin(abandoned.as_mut());
        drop(abandoned);
        let mut last = pin!(workers.run(|_| "last"));
        begin(last.as_mut());
        open.send(()).unwrap();
        assert_eq!(block_on(last), Ok("last"));
        // The sender went with the job, unused.
        assert_eq!(has_run.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    }

    #[test]
    fn a_panic_ends_the_job_and_not_the_thread() {
        let workers = Workers::new(1, 1);
        for _ in 0..3 {
            let panicked = block_on(workers.run::<()>(|_| panic!("this panic belongs to the test")));
            assert_eq!(panicked, Err(NotDone::Panicked));
            assert_eq!(block_on(workers.run(|_| 7)), Ok(7));
        }
        assert_eq!(workers.shared.lock().threads, 1);
    }

    #[test]
    fn threads_start_when_needed_and_no_more_than_allowed() {
        let workers = Workers::new(2, 8);
        assert_eq!(workers.shared.lock().threads, 0);
        for _ in 0..5 {
            block_on(workers.run(|_| ())).unwrap();
        }
        assert_eq!(workers.shared.lock().threads, 1, "one at a time needs one thread");

        let (mut jobs, mut gates) = (Vec::new(), Vec::new());
        for _ in 0..4 {
            let (work, begun, open) = gated();
            let mut job = Box::pin(workers.run(work));
            begin(job.as_mut());
            jobs.push(job);
            gates.push((begun, open));
        }
        gates[0].0.recv_timeout(PATIENCE).unwrap();
        gates[1].0.recv_timeout(PATIENCE).unwrap();
        let state = workers.shared.lock();
        assert_eq!((state.threads, state.running, state.waiting.len()), (2, 2, 2));
        drop(state);
        for (_, open) in &gates {
            open.send(()).unwrap();
        }
        for job in jobs {
            assert_eq!(block_on(job), Ok(()));
        }
    }

    #[test]
    fn threads_are_named_and_run_their_start_hook() {
        let mut workers = Workers::new(1, 1);
        let (started, has_started) = mpsc::channel();
        workers.on_start = Some(Arc::new(move || {
            started.send(thread::current().name().map(str::to_owned)).expect("the test waits");
        }));
        block_on(workers.run(|_| ())).unwrap();
        assert_eq!(has_started.try_recv(), Ok(Some("hallpass-hash".to_owned())));
    }

    #[test]
    fn a_panic_of_the_start_hook_leaves_the_thread_alive() {
        let mut workers = Workers::new(1, 1);
        workers.on_start = Some(Arc::new(|| panic!("this panic belongs to the test")));
        assert_eq!(block_on(workers.run(|_| 7)), Ok(7));
    }

    /// Two workers at most, and a channel that hears of the end of each thread.
    fn mortal_workers() -> (Workers, mpsc::Receiver<()>) {
        struct AtEnd(mpsc::Sender<()>);
        impl Drop for AtEnd {
            fn drop(&mut self) {
                let _ = self.0.send(());
            }
        }
        thread_local! {
            static AT_END: OnceCell<AtEnd> = const { OnceCell::new() };
        }
        let (ended, has_ended) = mpsc::channel();
        let mut workers = Workers::new(2, 1);
        workers.on_start = Some(Arc::new(move || {
            AT_END.with(|at_end| at_end.get_or_init(|| AtEnd(ended.clone())).0.clone());
        }));
        (workers, has_ended)
    }

    #[test]
    fn dropping_the_workers_ends_idle_threads() {
        for _ in 0..20 {
            let (workers, has_ended) = mortal_workers();
            block_on(workers.run(|_| ())).unwrap();
            // Mostly enough for the thread to fall asleep, so that it has to be woken.
            for _ in 0..100 {
                thread::yield_now();
            }
            drop(workers);
            has_ended.recv_timeout(PATIENCE).expect("the idle thread ends");
        }
    }

    #[test]
    fn dropping_the_workers_ends_busy_threads_after_their_job() {
        let (workers, has_ended) = mortal_workers();
        let (work, begun, open) = gated();
        let mut job = Box::pin(workers.run(work));
        begin(job.as_mut());
        begun.recv_timeout(PATIENCE).unwrap();
        drop(job);
        drop(workers);
        assert_eq!(has_ended.try_recv(), Err(mpsc::TryRecvError::Empty));
        open.send(()).unwrap();
        has_ended.recv_timeout(PATIENCE).expect("the busy thread ends");
    }

    #[test]
    fn without_threads_the_work_runs_on_the_calling_task() {
        let mut workers = Workers::new(1, 0);
        workers.start = |_| Err(io::ErrorKind::Unsupported.into());
        let caller = thread::current().id();
        for _ in 0..2 {
            assert_eq!(block_on(workers.run(move |_| thread::current().id() == caller)), Ok(true));
        }
        assert_eq!(workers.shared.lock().waiting.len(), 0);
    }
}
