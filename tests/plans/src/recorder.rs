//! A connection that notes what is asked of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use hallpass::store::StoreError;
use hallpass_sql::{Dialect, Rows, SqlConnection, Statement};

use crate::plan::Plan;

/// A connection that notes every statement and, of each, the plan that the database has for it. A clone is another handle to
/// the same notes.
#[derive(Clone)]
pub struct Recorder<C> {
    connection: C,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Default)]
struct Notes {
    /// By the text of the statement.
    plans: BTreeMap<String, Plan>,
    /// The statements of each call since [`Recorder::begin`].
    calls: Vec<Vec<String>>,
}

impl<C: SqlConnection> Recorder<C> {
    /// Around a connection.
    pub fn new(connection: C) -> Self {
        Self { connection, notes: Arc::default() }
    }

    /// Counts from here on.
    pub fn begin(&self) {
        self.notes().calls.clear();
    }

    /// The statements of each call of the connection since [`begin`](Self::begin): one call is one round trip, or with
    /// more than one statement a transaction.
    pub fn calls(&self) -> Vec<Vec<String>> {
        self.notes().calls.clone()
    }

    /// The plan of every statement so far, by its text.
    pub fn plans(&self) -> BTreeMap<String, Plan> {
        self.notes().plans.clone()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn note(&self, statements: &[Statement]) -> Result<(), StoreError> {
        let texts = statements.iter().map(|statement| statement.sql().to_string());
        self.notes().calls.push(texts.collect());
        for statement in statements {
            let is_known = self.notes().plans.contains_key(&**statement.sql());
            let verb = statement.sql().get(..6).unwrap_or_default().to_ascii_uppercase();
            if !is_known && ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(&verb.as_str()) {
                let plan = self.plan(statement).await?;
                self.notes().plans.insert(statement.sql().to_string(), plan);
            }
        }
        Ok(())
    }

    /// Asks the database for its plan. Nothing of the statement happens.
    async fn plan(&self, statement: &Statement) -> Result<Plan, StoreError> {
        let explain = match self.dialect() {
            Dialect::Postgres | Dialect::MySql => "EXPLAIN",
            _ => "EXPLAIN QUERY PLAN",
        };
        let sql = format!("{explain} {}", statement.sql()).into();
        let explained = Statement::with(&sql, statement.params().to_vec());
        Plan::read(self.dialect(), &mut self.connection.execute(explained).await?)
    }
}

#[async_trait]
impl<C: SqlConnection> SqlConnection for Recorder<C> {
    fn dialect(&self) -> Dialect {
        self.connection.dialect()
    }

    fn schema(&self) -> Option<&str> {
        self.connection.schema()
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        self.note(&statements).await?;
        self.connection.batch(statements).await
    }

    async fn query(&self, statement: Statement) -> Result<Rows, StoreError> {
        self.note(std::slice::from_ref(&statement)).await?;
        self.connection.query(statement).await
    }

    async fn execute(&self, statement: Statement) -> Result<Rows, StoreError> {
        self.note(std::slice::from_ref(&statement)).await?;
        self.connection.execute(statement).await
    }
}

impl<C: fmt::Debug> fmt::Debug for Recorder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("connection", &self.connection).finish_non_exhaustive()
    }
}
