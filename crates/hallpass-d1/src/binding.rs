//! D1 by a Worker's binding.

use std::fmt;

use async_trait::async_trait;
use hallpass::store::StoreError;
use hallpass_sql::{Dialect, Rows, SqlConnection, Statement, Value};
use worker::d1::{D1Database, D1PreparedStatement, D1Result};
use worker::js_sys::Uint8Array;
use worker::send::SendFuture;
use worker::wasm_bindgen::JsValue;

use crate::cell::{self, Record};
use crate::error;
use crate::reads::read;

/// A D1 database.
pub struct D1 {
    database: D1Database,
}

impl D1 {
    /// The database of a binding, as `env.d1("DB")` gives it.
    pub fn new(database: D1Database) -> Self {
        Self { database }
    }

    #[expect(clippy::future_not_send, reason = "a Worker has one thread")]
    async fn run(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreError> {
        let prepared: Result<_, _> =
            statements.iter().map(|statement| prepare(&self.database, statement)).collect();
        let results = self.database.batch(prepared?).await.map_err(|error| error::of(&error))?;
        if results.len() != statements.len() {
            return Err(error::unexpected("D1 gave another number of results than it was given statements"));
        }
        results.iter().map(rows).collect()
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

fn prepare(database: &D1Database, statement: &Statement) -> Result<D1PreparedStatement, StoreError> {
    let parameters: Result<Vec<_>, _> = statement.params().iter().map(parameter).collect();
    database.prepare(&**statement.sql()).bind(&parameters?).map_err(|error| error::of(&error))
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
