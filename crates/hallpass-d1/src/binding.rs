//! D1 by a Worker's binding.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use hallpass::store::StoreError;
use hallpass_sql::{Dialect, Rows, SqlConnection, Statement, Value};
use worker::Env;
use worker::d1::{D1Database, D1PreparedStatement, D1Result, D1SessionConstraint};
use worker::js_sys::Uint8Array;
use worker::send::SendFuture;
use worker::wasm_bindgen::JsValue;

use crate::cell::{self, Record};
use crate::error;
use crate::reads::read;

/// A D1 database.
pub struct D1 {
    database: D1Database,
    /// The newest bookmark, if there are sessions.
    bookmark: Option<Mutex<Option<String>>>,
}

impl D1 {
    /// The database of a binding, as `env.d1("DB")` gives it.
    pub fn new(database: D1Database) -> Self {
        Self { database, bookmark: None }
    }

    /// The database of the binding with this name.
    ///
    /// # Errors
    /// The Worker has no such binding, or it is of something else.
    pub fn from_env(env: &Env, binding: &str) -> Result<Self, StoreError> {
        let found = env.d1(binding);
        found.map(Self::new).map_err(|error| error::no_binding(binding, &error))
    }

    /// Runs everything in [sessions](https://developers.cloudflare.com/d1/best-practices/read-replication/) of D1 that begin at the
    /// primary, and keeps their newest [bookmark](Self::bookmark). For databases with read replication whose app reads replicas:
    /// hallpass itself never does, as what has ended there may live on a replica.
    #[must_use]
    pub fn with_sessions(self) -> Self {
        Self { bookmark: Some(Mutex::default()), ..self }
    }

    /// How far the database was when it was last asked, to begin a session of the app's own there: it sees what hallpass wrote, on any
    /// replica. `None` without [sessions](Self::with_sessions), and before the first statement.
    pub fn bookmark(&self) -> Option<String> {
        self.bookmark.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[expect(clippy::future_not_send, reason = "a Worker has one thread")]
    async fn run(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreError> {
        let results = match &self.bookmark {
            Some(newest) => self.run_in_session(statements, newest).await?,
            None => {
                let prepared = prepared(statements, |sql| self.database.prepare(sql))?;
                self.database.batch(prepared).await.map_err(|error| error::of(&error))?
            }
        };
        if results.len() != statements.len() {
            return Err(error::unexpected("D1 gave another number of results than it was given statements"));
        }
        results.iter().map(rows).collect()
    }

    #[expect(clippy::future_not_send, reason = "a Worker has one thread")]
    async fn run_in_session(
        &self,
        statements: &[Statement],
        newest: &Mutex<Option<String>>,
    ) -> Result<Vec<D1Result>, StoreError> {
        let session = self.database.with_session_constraint(D1SessionConstraint::FirstPrimary);
        let session = session.map_err(|error| error::of(&error))?;
        let prepared = prepared(statements, |sql| session.prepare(sql))?;
        let results = session.batch(prepared).await.map_err(|error| error::of(&error))?;
        let bookmark = session.get_bookmark().map_err(|error| error::of(&error))?;
        let mut newest = newest.lock().unwrap_or_else(PoisonError::into_inner);
        // They are in the order of their text; of requests at once, any may come last.
        *newest = newest.take().max(bookmark);
        Ok(results)
    }
}

impl fmt::Debug for D1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("D1").finish_non_exhaustive()
    }
}

#[async_trait]
impl SqlConnection for D1 {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        // A Worker has one thread, to which JavaScript's values are bound.
        SendFuture::new(self.run(&statements)).await
    }

    async fn query(&self, statement: Statement) -> Result<Rows, StoreError> {
        let statement = [statement];
        read(|| SendFuture::new(self.run(&statement))).await
    }
}

fn prepared(
    statements: &[Statement],
    prepare: impl Fn(&str) -> D1PreparedStatement,
) -> Result<Vec<D1PreparedStatement>, StoreError> {
    let bound = statements.iter().map(|statement| {
        let parameters: Result<Vec<_>, _> = statement.params().iter().map(parameter).collect();
        prepare(statement.sql()).bind(&parameters?).map_err(|error| error::of(&error))
    });
    bound.collect()
}

fn parameter(value: &Value) -> Result<JsValue, StoreError> {
    Ok(match value {
        Value::Null => JsValue::NULL,
        Value::Bool(truth) => JsValue::from_f64(f64::from(u8::from(*truth))),
        #[expect(clippy::cast_precision_loss, reason = "it is one that a float has")]
        Value::Integer(number) if cell::is_exact(*number) => JsValue::from_f64(*number as f64),
        Value::Integer(_) => return Err(error::unexpected("D1 has no whole number of more than 2^53")),
        Value::Real(number) => JsValue::from_f64(*number),
        Value::Text(text) => JsValue::from_str(text),
        Value::Blob(bytes) => Uint8Array::from(bytes.as_slice()).into(),
        _ => return Err(error::unexpected("a value that SQLite has no type for")),
    })
}

fn rows(result: &D1Result) -> Result<Rows, StoreError> {
    let records: Vec<Record> = result.results().map_err(|error| error::of(&error))?;
    let meta = result.meta().map_err(|error| error::of(&error))?;
    let affected = meta.and_then(|meta| meta.changes).unwrap_or(0);
    Ok(cell::rows(records, affected as u64))
}
