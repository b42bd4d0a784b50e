//! The one thread that writes.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use futures_channel::oneshot;
use hallpass::store::{StoreError, StoreErrorKind};
use hallpass_sql::{Rows, Statement};

use crate::Database;
use crate::error::{kind, store_error};

/// How many batches share one transaction at most, so that the first of them need not wait for ever.
const GROUP: usize = 256;

/// The way to the thread that writes. The thread ends, after all that was handed in, when this is
/// dropped.
pub(crate) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// A batch that waits, and who waits for it.
struct Job {
    statements: Vec<Statement>,
    answer: oneshot::Sender<Answer>,
}

type Answer = Result<Vec<Rows>, StoreError>;

impl Writer {
    pub(crate) fn start(database: Arc<Mutex<Database>>, queue: usize) -> io::Result<Self> {
        Self::start_with(queue, move |group| {
            run_group(&mut database.lock().unwrap_or_else(PoisonError::into_inner), group);
        })
    }

    fn start_with(queue: usize, run: impl FnMut(&mut VecDeque<Job>) + Send + 'static) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(queue);
        let thread = thread::Builder::new().name("hallpass-sqlite".to_owned()).spawn(move || serve(&waiting, run))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs a batch in one transaction.
    pub(crate) async fn run(&self, statements: Vec<Statement>) -> Answer {
        let (answer, answered) = oneshot::channel();
        let sent = self.jobs.as_ref().map(|jobs| jobs.try_send(Job { statements, answer }));
        match sent {
            Some(Ok(())) => {}
            Some(Err(TrySendError::Full(_))) => return Err(unavailable("too many batches wait to be written")),
            Some(Err(TrySendError::Disconnected(_))) | None => return Err(unavailable("the writer's thread has ended")),
        }
        answered.await.unwrap_or_else(|_| Err(unavailable("the writer's thread ended before it answered")))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so itself.
            drop(thread.join());
        }
    }
}

fn serve(waiting: &Receiver<Job>, mut run: impl FnMut(&mut VecDeque<Job>)) {
    while let Ok(first) = waiting.recv() {
        let mut group = VecDeque::from([first]);
        group.extend(waiting.try_iter().take(GROUP - 1));
        while !group.is_empty() {
            run(&mut group);
        }
    }
}

/// Runs batches from the front of `group`, all of them if nothing goes wrong, in one transaction.
fn run_group(database: &mut Database, group: &mut VecDeque<Job>) {
    let mut done = Vec::with_capacity(group.len());
    let outcome = run_jobs(database, group, &mut done);
    if outcome.is_err() && database.is_in_transaction() {
        // Fails only when SQLite has rolled back by itself.
        drop(database.steer("ROLLBACK"));
    }
    if let Err(error) = outcome {
        // None of the group's writes stands, whatever its statements gave.
        let shared = Arc::new(error);
        for (answer, result) in done {
            let error = if result.is_ok() { Err(StoreError::new(lost(&shared), Lost(Arc::clone(&shared)))) } else { result };
            drop(answer.send(error));
        }
        return;
    }
    for (answer, result) in done {
        // Whoever no longer waits does not want to know.
        drop(answer.send(result));
    }
}

/// Runs batches into `done`, and commits. An error means that nothing was committed, or that it is not
/// known.
fn run_jobs(
    database: &mut Database,
    group: &mut VecDeque<Job>,
    done: &mut Vec<(oneshot::Sender<Answer>, Answer)>,
) -> rusqlite::Result<()> {
    if let Err(error) = database.steer("BEGIN IMMEDIATE") {
        // Nobody can write: nobody is kept waiting for another time-out.
        done.extend(group.drain(..).map(|job| (job.answer, Ok(Vec::new()))));
        return Err(error);
    }
    while let Some(job) = group.pop_front() {
        // What nobody waits for any more is not begun.
        if job.answer.is_canceled() {
            continue;
        }
        database.steer("SAVEPOINT batch")?;
        match job.statements.iter().map(|statement| database.run(statement)).collect() {
            Ok(rows) => {
                done.push((job.answer, Ok(rows)));
                database.steer("RELEASE batch")?;
            }
            Err(error) if database.is_in_transaction() => {
                done.push((job.answer, Err(store_error(error))));
                database.steer("ROLLBACK TO batch")?;
                database.steer("RELEASE batch")?;
            }
            Err(error) => {
                // SQLite rolled the whole transaction back (no space, no memory, a read or write failed).
                done.push((job.answer, Ok(Vec::new())));
                return Err(error);
            }
        }
    }
    database.steer("COMMIT")
}

/// Why a batch was lost with the transaction that it shared.
#[derive(Debug, thiserror::Error)]
#[error("the transaction was not committed: {0}")]
struct Lost(Arc<rusqlite::Error>);

/// A conflict would say that the caller's own values are taken, which is not known here.
fn lost(error: &rusqlite::Error) -> StoreErrorKind {
    match kind(error) {
        StoreErrorKind::Conflict => StoreErrorKind::Unavailable,
        kind => kind,
    }
}

fn unavailable(reason: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, reason)
}
