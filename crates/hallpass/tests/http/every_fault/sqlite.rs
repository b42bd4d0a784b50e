//! The same over SQLite: at every batch of statements, and within it.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

use async_trait::async_trait;
use hallpass::store::{StoreError, StoreErrorKind};
use hallpass_sql::{Dialect, Rows, SqlConnection, SqlStore, Statement};
use hallpass_sqlite::Sqlite;
use hallpass_testing::Fault;

use super::{Faulty, Place, walk};

/// A connection that fails.
#[derive(Debug, Clone)]
struct FaultySqlite {
    inner: Sqlite,
    state: Arc<Mutex<(usize, Option<Fault>)>>,
    /// The defect: each statement is a transaction of its own.
    splits: Arc<AtomicBool>,
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

impl FaultySqlite {
    fn run(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        if !self.splits.load(Ordering::Relaxed) {
            return now(self.inner.batch(statements));
        }
        let mut rows = Vec::new();
        for statement in statements {
            rows.push(now(self.inner.execute(statement))?);
        }
        Ok(rows)
    }
}

#[async_trait]
impl SqlConnection for FaultySqlite {
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
impl Faulty for FaultySqlite {
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
        let count = async |table: &str| {
            let query = Statement::new(format!("SELECT COUNT(*) AS n FROM \"{table}\""));
            let mut rows = self.inner.query(query).await.unwrap();
            u64::try_from(rows.first_mut().unwrap().integer("n").unwrap()).unwrap()
        };
        [count("account").await, count("session").await]
    }
}

impl Place {
    async fn on_sqlite(splits: bool) -> Self {
        let connection = FaultySqlite {
            inner: Sqlite::in_memory().unwrap(),
            state: Arc::default(),
            splits: Arc::new(AtomicBool::new(splits)),
        };
        let store = SqlStore::new(connection.clone());
        let place = Self::over(Arc::new(store), Arc::new(connection));
        place.app.auth.migrate().await.unwrap();
        place.app.sign_up().await;
        place
    }
}

/// What is met with a memory store before a call too is left out here.
const FAULTS: &[fn(usize) -> Fault] = &[Fault::After, Fault::Hangs];

#[tokio::test]
async fn no_fault_at_any_statement_grants_loses_or_halves_anything_on_any_route() {
    let (wrong, tried) = walk(async || Place::on_sqlite(false).await, FAULTS).await;
    assert!(wrong.is_empty(), "{} of {tried}: {wrong:#?}", wrong.len());
    assert!(tried > 300, "{tried}");
}

#[tokio::test]
async fn a_batch_whose_statements_are_transactions_of_their_own_is_found() {
    let (wrong, _) = walk(async || Place::on_sqlite(true).await, FAULTS).await;
    assert!(wrong.iter().any(|wrong| wrong.starts_with("/sign-up/email")), "{wrong:#?}");
}
