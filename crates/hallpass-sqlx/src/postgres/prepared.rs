//! Statements, and what the server knows of their parameters and columns.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use futures_util::TryStreamExt as _;
use hallpass_sql::{Columns, Rows, Statement, Value};
use sqlx::postgres::{PgArguments, PgConnection, PgRow, PgTypeInfo};
use sqlx::{Arguments as _, AssertSqlSafe, Column as _, Connection as _, Either, Executor as _, Row as _};
use sqlx::{SqlSafeStr as _, Statement as _};

use super::codes;
use super::values::{Param, Use, read};
use crate::changes_rows;
use crate::error::Failure;

/// How many texts are known at once. The core has some thirty; an app that makes ever new ones must not fill memory.
const KNOWN: usize = 512;

/// What the server said of each text. It says it once; from then on a statement is one round trip, on a connection
/// on which it was prepared before.
#[derive(Default)]
pub(super) struct Prepared {
    known: RwLock<HashMap<Arc<str>, Arc<Shape>>>,
}

/// The types of a statement's parameters, which the server knows from where they stand, and the names of its columns.
/// A parameter without a type of its own can so be NULL, and be of whatever type an adopted column has.
struct Shape {
    parameters: Vec<PgTypeInfo>,
    /// How many of them stand before the first WHERE.
    before_conditions: usize,
    columns: Columns,
    changes_rows: bool,
}

impl Prepared {
    pub(super) async fn run(
        &self,
        connection: &mut PgConnection,
        statement: &Statement,
    ) -> Result<Rows, Failure> {
        let outcome = self.try_run(connection, statement).await;
        if let Err(Failure::Refused { code, .. }) = &outcome
            && (code == codes::CHANGED || code.starts_with("42"))
        {
            // Something of the tables was changed, and what was known of them is no more.
            self.known.write().unwrap_or_else(PoisonError::into_inner).remove(statement.sql());
            if code == codes::CHANGED {
                connection.clear_cached_statements().await.map_err(codes::failure)?;
            }
        }
        outcome
    }

    async fn try_run(&self, connection: &mut PgConnection, statement: &Statement) -> Result<Rows, Failure> {
        let shape = self.shape(connection, statement.sql()).await?;
        let (parameters, values) = (&shape.parameters, statement.params());
        if parameters.len() != values.len() {
            return Err(Failure::Driver("a statement was not given one value for each parameter"));
        }
        let mut arguments = PgArguments::default();
        for (at, (value, parameter)) in values.iter().zip(parameters).enumerate() {
            let used = if at < shape.before_conditions { Use::Value } else { Use::Condition };
            arguments
                .add(Param::new(value, parameter, used)?)
                .map_err(sqlx::Error::Encode)
                .map_err(codes::failure)?;
        }
        let query = sqlx::query_with(AssertSqlSafe(Arc::clone(statement.sql())), arguments);
        let mut values = Vec::new();
        let mut affected = 0;
        let mut results = connection.fetch_many(query);
        while let Some(result) = results.try_next().await.map_err(codes::failure)? {
            match result {
                Either::Left(done) => affected += done.rows_affected(),
                Either::Right(row) => read_row(&row, shape.columns.names().len(), &mut values)?,
            }
        }
        let affected = if shape.changes_rows { affected } else { 0 };
        Ok(Rows::new(shape.columns.clone(), values, affected))
    }

    async fn shape(&self, connection: &mut PgConnection, sql: &Arc<str>) -> Result<Arc<Shape>, Failure> {
        if let Some(shape) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(sql) {
            return Ok(Arc::clone(shape));
        }
        let text = AssertSqlSafe(Arc::clone(sql)).into_sql_str();
        let prepared = connection.prepare(text).await.map_err(codes::failure)?;
        let parameters = match prepared.parameters() {
            Some(Either::Left(types)) => types.to_vec(),
            Some(Either::Right(_)) | None => Vec::new(),
        };
        let shape = Arc::new(Shape {
            parameters,
            before_conditions: before_conditions(sql),
            columns: prepared.columns().iter().map(|column| column.name()).collect(),
            changes_rows: changes_rows(sql),
        });
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(Arc::clone(sql), Arc::clone(&shape));
        Ok(shape)
    }
}

/// How many parameters stand before the first WHERE, outside of which values are written. They are numbered in the order in
/// which they stand.
fn before_conditions(sql: &str) -> usize {
    let Some((before, _)) = sql.split_once(" WHERE ") else { return usize::MAX };
    let numbers = before.split('$').skip(1).map(|after| {
        let digits = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
        after.get(..digits).and_then(|digits| digits.parse().ok()).unwrap_or(0)
    });
    numbers.max().unwrap_or(0)
}

fn read_row(row: &PgRow, width: usize, values: &mut Vec<Value>) -> Result<(), Failure> {
    values.reserve(width);
    for column in 0..width {
        values.push(read(&row.try_get_raw(column).map_err(codes::failure)?)?);
    }
    Ok(())
}
