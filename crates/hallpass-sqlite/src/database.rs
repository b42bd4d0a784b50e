//! One connection to a database.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use hallpass_sql::{Columns, Rows, Statement, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};

use crate::error::OpenError;

/// When a write counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Synchronous {
    /// When it is on the disk: what was acknowledged outlives the loss of power.
    #[default]
    Full,
    /// When it is with the operating system: what was acknowledged outlives the end of the process, but
    /// the loss of power may undo the last of it, and with it a sign-up, a sign-out or a new password.
    /// The file stays sound.
    Normal,
}

/// How many statements a connection keeps prepared. The core has some thirty.
const PREPARED: usize = 128;

/// One connection, with its prepared statements and the names of their columns.
pub(crate) struct Database {
    connection: Connection,
    /// Column names by the address of the statement's text, which is held and so cannot be another's.
    columns: Vec<(Arc<str>, Columns)>,
}

impl Database {
    /// The connection that writes.
    pub(crate) fn writer(
        path: &Path,
        busy_timeout: Duration,
        synchronous: Synchronous,
    ) -> Result<Self, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> rusqlite::Result<(Connection, String)> {
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(busy_timeout)?;
            let mode = write_ahead_log(&connection, busy_timeout)?;
            connection.pragma_update(
                None,
                "synchronous",
                if synchronous == Synchronous::Full { "FULL" } else { "NORMAL" },
            )?;
            enforce_foreign_keys(&connection)?;
            Ok((connection, mode))
        };
        let (connection, mode) = open().map_err(|source| open_error(path, source))?;
        // Where the file may not be written, SQLite opens it for reading without a word.
        if connection.is_readonly("main").map_err(|source| open_error(path, source))? {
            return Err(OpenError::ReadOnly { path: path.to_owned() });
        }
        if mode != "wal" {
            return Err(OpenError::NoWriteAheadLog { path: path.to_owned(), mode });
        }
        Ok(Self::new(connection))
    }

    /// A connection that reads.
    pub(crate) fn reader(path: &Path, busy_timeout: Duration) -> Result<Self, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(busy_timeout)?;
            Ok(connection)
        };
        open().map(Self::new).map_err(|source| open_error(path, source))
    }

    /// A new database in memory.
    pub(crate) fn in_memory() -> Result<Self, OpenError> {
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_in_memory()?;
            enforce_foreign_keys(&connection)?;
            Ok(connection)
        };
        open().map(Self::new).map_err(|source| open_error(Path::new(":memory:"), source))
    }

    fn new(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(PREPARED);
        Self { connection, columns: Vec::new() }
    }

    /// Runs one statement.
    pub(crate) fn run(&mut self, statement: &Statement) -> rusqlite::Result<Rows> {
        self.step(statement, false)
    }

    /// Runs one statement that reads; one that writes is refused.
    pub(crate) fn read(&mut self, statement: &Statement) -> rusqlite::Result<Rows> {
        self.step(statement, true)
    }

    /// Runs a statement that steers the transaction.
    pub(crate) fn steer(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.raw_execute().map(drop)
    }

    /// Whether a transaction is open.
    pub(crate) fn is_in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    fn step(&mut self, statement: &Statement, only_read: bool) -> rusqlite::Result<Rows> {
        let changed = self.connection.total_changes();
        let mut prepared = self.connection.prepare_cached(statement.sql())?;
        if only_read && !prepared.readonly() {
            return Err(rusqlite::Error::InvalidQuery);
        }
        let columns = match self.columns.iter().find(|(sql, _)| Arc::ptr_eq(sql, statement.sql())) {
            Some((_, columns)) => columns.clone(),
            None => {
                let columns: Columns = prepared.column_names().into_iter().collect();
                if self.columns.len() >= PREPARED {
                    self.columns.clear();
                }
                self.columns.push((Arc::clone(statement.sql()), columns.clone()));
                columns
            }
        };
        let width = columns.names().len();
        let mut values = Vec::with_capacity(width);
        let mut rows = prepared.query(rusqlite::params_from_iter(statement.params().iter().map(Param)))?;
        while let Some(row) = rows.next()? {
            for column in 0..width {
                values.push(match row.get_ref(column)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(number) => Value::Integer(number),
                    ValueRef::Real(number) => Value::Real(number),
                    ValueRef::Text(text) => Value::Text(
                        std::str::from_utf8(text)
                            .map_err(|error| rusqlite::Error::Utf8Error(column, error))?
                            .to_owned(),
                    ),
                    ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                });
            }
        }
        // SQLite's count of changed rows is the last changing statement's, which need not be this one.
        let affected = if self.connection.total_changes() == changed { 0 } else { self.connection.changes() };
        Ok(Rows::new(columns, values, affected))
    }
}

/// That is for SQLite a matter of each connection, and of how SQLite was built: the one that rusqlite brings does
/// it by itself, one of the system's would not.
fn enforce_foreign_keys(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "foreign_keys", true)
}

/// Switches the write-ahead log on, and gives the journal mode that the file then has.
fn write_ahead_log(connection: &Connection, busy_timeout: Duration) -> rusqlite::Result<String> {
    const PAUSE: Duration = Duration::from_millis(10);
    // While another process switches it on too, SQLite fails at once instead of waiting as it otherwise does.
    let mut waited = Duration::ZERO;
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0)) {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && waited < busy_timeout =>
            {
                thread::sleep(PAUSE);
                waited += PAUSE;
            }
            answer => return answer,
        }
    }
}

fn open_error(path: &Path, source: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            OpenError::NotADatabase { path, source }
        }
        Some(ErrorCode::ReadOnly) => OpenError::ReadOnly { path },
        _ => OpenError::Sqlite { path, source },
    }
}

/// A parameter, bound without a copy of ours.
struct Param<'v>(&'v Value);

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Bool(truth) => ToSqlOutput::Borrowed(ValueRef::Integer((*truth).into())),
            Value::Integer(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Value::Real(number) => ToSqlOutput::Borrowed(ValueRef::Real(*number)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            // SQLite has no type of moments: the layout says which form one has, and not this crate.
            other => {
                return Err(rusqlite::Error::ToSqlConversionFailure(
                    format!("{} has no form in SQLite", other.kind()).into(),
                ));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_keys_are_enforced_however_sqlite_was_built() {
        let connection = Connection::open_in_memory().unwrap();
        let is_on =
            || connection.pragma_query_value(None, "foreign_keys", |row| row.get::<_, bool>(0)).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        assert!(!is_on());
        enforce_foreign_keys(&connection).unwrap();
        assert!(is_on());
    }
}
