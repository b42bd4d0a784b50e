//! SQLite.

use std::fmt;

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use hallpass::store::{StoreError, StoreErrorKind};
use hallpass_sql::{Columns, Dialect, Rows, SqlConnection, SqlStore, Statement, Value, sqlite_remedy};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{
    Arguments as _, AssertSqlSafe, Column as _, Decode, Either, Executor as _, Row as _, SqlitePool,
    TypeInfo as _, ValueRef as _,
};

use crate::changes_rows;
use crate::error::Failure;

/// hallpass's store in SQLite by sqlx: `SqliteStore::new(Sqlite::new(pool))`.
pub type SqliteStore = SqlStore<Sqlite>;

/// A SQLite database, by the app's own pool. A clone is another handle to it.
///
/// This is for apps that have their own tables in the same file, by sqlx. `hallpass-sqlite` reads without handing over
/// to another thread, and its writers share their waiting for the disk.
///
/// The pool's options decide what a write is worth: use the write-ahead log, and let foreign keys be on, as sqlx has
/// them unless told otherwise. A database in memory needs a pool of one connection that is never closed.
#[derive(Clone)]
pub struct Sqlite {
    pool: SqlitePool,
}

impl Sqlite {
    /// The database that the pool is connected to.
    pub fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }

    /// The pool.
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    async fn run(&self, statements: &[Statement]) -> Result<Vec<Rows>, Failure> {
        if let [statement] = statements {
            let mut connection = self.pool.acquire().await.map_err(failure)?;
            return Ok(vec![run(&mut connection, statement).await?]);
        }
        // A transaction that begins by reading could not go on to write where another has written meanwhile.
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(failure)?;
        let mut results = Vec::with_capacity(statements.len());
        for statement in statements {
            results.push(run(&mut transaction, statement).await?);
        }
        transaction.commit().await.map_err(failure)?;
        Ok(results)
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").finish_non_exhaustive()
    }
}

#[async_trait]
impl SqlConnection for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        self.run(&statements).await.map_err(|failure| {
            failure.into_store(kind, |code, message| sqlite_remedy(code.parse().unwrap_or_default(), message))
        })
    }
}

async fn run(connection: &mut SqliteConnection, statement: &Statement) -> Result<Rows, Failure> {
    let mut arguments = SqliteArguments::default();
    for value in statement.params() {
        let added = match value {
            Value::Null => arguments.add(None::<String>),
            Value::Bool(truth) => arguments.add(*truth),
            Value::Integer(number) => arguments.add(*number),
            Value::Real(number) => arguments.add(*number),
            Value::Text(text) => arguments.add(text.clone()),
            Value::Blob(bytes) => arguments.add(bytes.clone()),
            // SQLite has no type of moments: the layout says which form one has, and not this crate.
            other => return Err(Failure::Misfit(other.kind(), "any of SQLite".into())),
        };
        added.map_err(sqlx::Error::Encode).map_err(failure)?;
    }
    let query = sqlx::query_with(AssertSqlSafe(std::sync::Arc::clone(statement.sql())), arguments);
    let (mut columns, mut values, mut affected) = (Columns::default(), Vec::new(), 0);
    let mut results = connection.fetch_many(query);
    while let Some(result) = results.try_next().await.map_err(failure)? {
        match result {
            Either::Left(done) => affected += done.rows_affected(),
            Either::Right(row) => {
                if values.is_empty() {
                    columns = row.columns().iter().map(|column| column.name()).collect();
                }
                read_row(&row, &mut values)?;
            }
        }
    }
    // SQLite's count is that of the last statement that changed rows, which need not be this one.
    let affected = if changes_rows(statement.sql()) { affected } else { 0 };
    Ok(Rows::new(columns, values, affected))
}

fn read_row(row: &SqliteRow, values: &mut Vec<Value>) -> Result<(), Failure> {
    for column in 0..row.len() {
        let value = row.try_get_raw(column).map_err(failure)?;
        if value.is_null() {
            values.push(Value::Null);
            continue;
        }
        let kind = value.type_info().into_owned();
        let read = match kind.name() {
            "INTEGER" => Decode::<sqlx::Sqlite>::decode(value).map(Value::Integer),
            "REAL" => Decode::<sqlx::Sqlite>::decode(value).map(Value::Real),
            "TEXT" => Decode::<sqlx::Sqlite>::decode(value).map(Value::Text),
            "BLOB" => Decode::<sqlx::Sqlite>::decode(value).map(Value::Blob),
            other => return Err(Failure::Misfit("what hallpass reads", other.into())),
        };
        values.push(read.map_err(|_| Failure::Misfit("what was received", kind.name().into()))?);
    }
    Ok(())
}

/// SQLite's messages name tables and columns, and never hold a parameter.
fn failure(error: sqlx::Error) -> Failure {
    let sqlx::Error::Database(error) = error else { return Failure::of_driver(error) };
    let code = error.code().map(|code| code.into_owned()).unwrap_or_default();
    Failure::Refused { code, message: Some(error.message().to_owned()), constraint: None }
}

/// What an extended code means: <https://sqlite.org/rescode.html>.
fn kind(code: &str) -> StoreErrorKind {
    let code = code.parse::<u32>().unwrap_or_default();
    match (code, code & 0xff) {
        // SQLITE_CONSTRAINT_UNIQUE and _PRIMARYKEY.
        (2067 | 1555, _) => StoreErrorKind::Conflict,
        // SQLITE_BUSY, _LOCKED, _NOMEM, _IOERR, _CANTOPEN.
        (_, 5 | 6 | 7 | 10 | 14) => StoreErrorKind::Unavailable,
        _ => StoreErrorKind::Unexpected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extended_code_tells_the_kind() {
        for (code, expected) in [
            ("2067", StoreErrorKind::Conflict),
            ("1555", StoreErrorKind::Conflict),
            ("787", StoreErrorKind::Unexpected),
            ("5", StoreErrorKind::Unavailable),
            ("517", StoreErrorKind::Unavailable),
            ("1", StoreErrorKind::Unexpected),
        ] {
            assert_eq!(kind(code), expected, "{code}");
        }
    }
}
