//! A connection that fails: at every batch of statements, and within it.

use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

use async_trait::async_trait;
use hallpass::store::{StoreError, StoreErrorKind};
use hallpass_sql::{Dialect, Rows, SqlConnection, Statement};
use hallpass_testing::Fault;
use tokio::runtime::Handle;

use super::Faulty;

/// A connection that fails.
#[derive(Debug, Clone)]
pub(super) struct FaultyConnection<C> {
    inner: C,
    /// Where its work is done, if it needs a runtime.
    beside: Option<Handle>,
    state: Arc<Mutex<(usize, Option<Fault>)>>,
    /// The defect: each statement is a transaction of its own.
    splits: bool,
}

/// Wakes a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for what the writer's thread does, so that whatever is done beside an answer is done before it.
fn now<T>(work: impl Future<Output = T>) -> T {
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut work = pin!(work);
    loop {
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

fn failure() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "failed, as the test wants it")
}

impl<C: SqlConnection + Clone> FaultyConnection<C> {
    pub(super) fn new(inner: C, beside: Option<Handle>, splits: bool) -> Self {
        Self { inner, beside, state: Arc::default(), splits }
    }

    fn batch_now(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        let Some(runtime) = &self.beside else { return now(self.inner.batch(statements)) };
        let inner = self.inner.clone();
        let (done, answer) = mpsc::channel();
        runtime.spawn(async move { done.send(inner.batch(statements).await) });
        answer.recv().unwrap()
    }

    fn run(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        if !self.splits {
            return self.batch_now(statements);
        }
        let mut rows = Vec::new();
        for statement in statements {
            rows.extend(self.batch_now(vec![statement])?);
        }
        Ok(rows)
    }

    /// Without a fault.
    pub(super) fn execute_now(&self, sql: &str) -> Rows {
        let quoted = if self.dialect() == Dialect::MySql { sql.replace('"', "`") } else { sql.to_owned() };
        self.batch_now(vec![Statement::new(quoted)]).unwrap().remove(0)
    }
}

#[async_trait]
impl<C: SqlConnection + Clone> SqlConnection for FaultyConnection<C> {
    fn dialect(&self) -> Dialect {
        self.inner.dialect()
    }

    async fn batch(&self, mut statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        let (number, fault) = {
            let mut state = self.state.lock().unwrap();
            state.0 += 1;
            (state.0, state.1)
        };
        match fault {
            Some(Fault::Before(at)) if at == number => Err(failure()),
            Some(Fault::After(at)) if at == number => {
                self.run(statements)?;
                Err(failure())
            }
            // Half of it was run, and then a statement fails: what was done before it must be undone.
            Some(Fault::Hangs(at)) if at == number => {
                let half = statements.len().div_ceil(2);
                statements.insert(half, Statement::new("SELECT fails_as_the_test_wants_it()"));
                self.run(statements)
            }
            _ => self.run(statements),
        }
    }
}

#[async_trait]
impl<C: SqlConnection + Clone> Faulty for FaultyConnection<C> {
    fn set(&self, fault: Option<Fault>) {
        *self.state.lock().unwrap() = (0, fault);
    }

    fn calls(&self) -> usize {
        self.state.lock().unwrap().0
    }

    fn hangs(&self) -> bool {
        false
    }

    async fn counts(&self) -> [u64; 2] {
        let count = |table: &str| {
            let mut rows = self.execute_now(&format!("SELECT COUNT(*) AS n FROM \"{table}\""));
            u64::try_from(rows.first_mut().unwrap().integer("n").unwrap()).unwrap()
        };
        [count("account"), count("session")]
    }
}
