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
use crate::error::{kind, remedy, store_error, with_remedy};

/// How many batches share one transaction at most, so that the first of them need not wait for ever.
const GROUP: usize = 256;

/// The way to the thread that writes. Dropping it ends the thread, and waits until it has; by then nobody
/// waits for a batch, because waiting borrows this.
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
        let thread =
            thread::Builder::new().name("hallpass-sqlite".to_owned()).spawn(move || serve(&waiting, run))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs a batch in one transaction.
    pub(crate) async fn run(&self, statements: Vec<Statement>) -> Answer {
        let (answer, answered) = oneshot::channel();
        let sent = self.jobs.as_ref().map(|jobs| jobs.try_send(Job { statements, answer }));
        match sent {
            Some(Ok(())) => {}
            Some(Err(TrySendError::Full(_))) => {
                return Err(unavailable("too many batches wait to be written"));
            }
            Some(Err(TrySendError::Disconnected(_))) | None => {
                return Err(unavailable("the writer's thread has ended"));
            }
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
            let error = if result.is_ok() {
                Err(with_remedy(lost(&shared), remedy(&shared), Lost(Arc::clone(&shared))))
            } else {
                result
            };
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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use futures_util::future::join_all;

    use super::*;

    fn statement(sql: &str) -> Statement {
        Statement::new(sql)
    }

    /// A database with tables to break rules of, one rule at the end of a transaction.
    fn database() -> Database {
        let mut database = Database::in_memory().unwrap();
        for sql in [
            "CREATE TABLE t (n integer PRIMARY KEY, m integer UNIQUE)",
            "CREATE TABLE late (t integer REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)",
        ] {
            database.run(&statement(sql)).unwrap();
        }
        database
    }

    fn job(sql: &[&str]) -> (Job, oneshot::Receiver<Answer>) {
        let (answer, answered) = oneshot::channel();
        (Job { statements: sql.iter().map(|sql| statement(sql)).collect(), answer }, answered)
    }

    /// Runs batches as one group, and gives what each of them was answered.
    fn run(database: &mut Database, batches: &[&[&str]]) -> Vec<Result<usize, StoreErrorKind>> {
        let (mut group, answers): (VecDeque<_>, Vec<_>) = batches.iter().map(|batch| job(batch)).unzip();
        run_group(database, &mut group);
        assert!(group.is_empty() && !database.is_in_transaction());
        let answer = |answer: oneshot::Receiver<Answer>| answer.now_or_never().unwrap().unwrap();
        answers
            .into_iter()
            .map(answer)
            .map(|it| it.map(|rows| rows.len()).map_err(|error| error.kind()))
            .collect()
    }

    fn count(database: &mut Database) -> i64 {
        let mut rows = database.run(&statement("SELECT COUNT(*) AS n FROM t")).unwrap();
        rows.first_mut().unwrap().integer("n").unwrap()
    }

    #[test]
    fn a_batch_that_fails_leaves_nothing_and_troubles_no_other() {
        let mut database = database();
        let answers = run(
            &mut database,
            &[
                &["INSERT INTO t VALUES (1, 1)"],
                &["INSERT INTO t VALUES (2, 2)", "INSERT INTO t VALUES (3, 1)"],
                &["INSERT INTO t VALUES (4, 4)", "INSERT INTO t VALUES (1, 5)"],
                &["INSERT INTO nowhere VALUES (1)"],
                &["INSERT INTO t VALUES (6, 6)", "INSERT INTO t VALUES (7, 7)"],
            ],
        );
        use StoreErrorKind::{Conflict, Unexpected};
        assert_eq!(answers, [Ok(1), Err(Conflict), Err(Conflict), Err(Unexpected), Ok(2)]);
        assert_eq!(count(&mut database), 3);
    }

    #[test]
    fn nobody_is_told_that_a_batch_stands_before_the_commit_did() {
        let mut database = database();
        let answers =
            run(&mut database, &[&["INSERT INTO t VALUES (1, 1)"], &["INSERT INTO late VALUES (9)"]]);
        assert_eq!(answers, [Err(StoreErrorKind::Unexpected); 2]);
        assert_eq!(count(&mut database), 0);
        assert_eq!(run(&mut database, &[&["INSERT INTO t VALUES (1, 1)"]]), [Ok(1)]);
    }

    #[test]
    fn a_transaction_that_sqlite_gives_up_fails_what_was_in_it_and_nothing_after() {
        let mut database = database();
        let (mut group, answers): (VecDeque<_>, Vec<_>) = [
            job(&["INSERT INTO t VALUES (1, 1)"]),
            job(&["INSERT INTO t VALUES (2, 2)", "INSERT OR ROLLBACK INTO t VALUES (2, 2)"]),
            job(&["INSERT INTO t VALUES (3, 3)"]),
        ]
        .into_iter()
        .unzip();
        while !group.is_empty() {
            run_group(&mut database, &mut group);
        }
        let stands = |answer: oneshot::Receiver<Answer>| answer.now_or_never().unwrap().unwrap().is_ok();
        assert_eq!(answers.into_iter().map(stands).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(count(&mut database), 1);
    }

    #[test]
    fn a_batch_for_which_nobody_waits_is_not_begun() {
        let mut database = database();
        let (job, answered) = job(&["INSERT INTO t VALUES (1, 1)"]);
        drop(answered);
        run_group(&mut database, &mut VecDeque::from([job]));
        assert_eq!(count(&mut database), 0);
    }

    #[tokio::test]
    async fn a_panic_of_the_thread_leaves_no_caller_waiting() {
        let writer = Writer::start_with(8, |_: &mut VecDeque<Job>| panic!("on purpose")).unwrap();
        for answer in join_all([writer.run(vec![]), writer.run(vec![])]).await {
            assert_eq!(answer.unwrap_err().kind(), StoreErrorKind::Unavailable);
        }
        assert_eq!(writer.run(vec![]).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let (go, gate) = sync_channel::<()>(0);
        let run = move |group: &mut VecDeque<Job>| {
            gate.recv().ok();
            group.drain(..).for_each(|job| drop(job.answer.send(Ok(vec![]))));
        };
        let writer = Writer::start_with(1, run).unwrap();
        // One is run and one waits, and no more than that.
        let mut handed_in: Vec<_> = (0..8).map(|_| Box::pin(writer.run(vec![]))).collect();
        let answers: Vec<_> = handed_in.iter_mut().map(|batch| batch.now_or_never()).collect();
        let refused: Vec<_> = answers.iter().flatten().collect();
        assert!(refused.len() >= 6, "{}", refused.len());
        for answer in refused {
            assert_eq!(answer.as_ref().unwrap_err().kind(), StoreErrorKind::Unavailable);
        }
        drop(go);
        let waiting = handed_in.into_iter().zip(answers).filter(|(_, answer)| answer.is_none());
        for answer in join_all(waiting.map(|(batch, _)| batch)).await {
            assert!(answer.is_ok());
        }
    }
}
