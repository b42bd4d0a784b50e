//! What a statement gives back.

use std::sync::Arc;

use hallpass::clock::Timestamp;
use hallpass::store::{StoreError, StoreErrorKind};

use crate::value::Value;

/// The names of a result's columns, shared by every result of one statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns(Arc<[Box<str>]>);

impl Columns {
    /// The names, in the order of the values.
    pub fn names(&self) -> &[Box<str>] {
        &self.0
    }
}

impl<S: Into<Box<str>>> FromIterator<S> for Columns {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

/// What a statement gives back: rows, and how many rows it changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    columns: Columns,
    /// The values of all rows, one row after the other.
    values: Vec<Value>,
    affected: u64,
}

impl Rows {
    /// A result. `values` are those of all rows, one row after the other, each with a value for every
    /// column; `affected` is the number of rows that an INSERT, UPDATE or DELETE changed, and 0 for a
    /// SELECT.
    pub fn new(columns: Columns, values: Vec<Value>, affected: u64) -> Self {
        Self { columns, values, affected }
    }

    /// How many rows the statement inserted, updated or deleted; those that a foreign key's cascade
    /// changed are not among them.
    pub fn affected(&self) -> u64 {
        self.affected
    }

    /// The names of the columns; of a result without rows there may be none.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.columns.0.len()).unwrap_or(0)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The rows, to take values out of.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = Row<'_>> {
        let columns = &*self.columns.0;
        self.values.chunks_exact_mut(columns.len().max(1)).map(move |values| Row { columns, values, next: 0 })
    }

    /// The first row.
    pub fn first_mut(&mut self) -> Option<Row<'_>> {
        self.iter_mut().next()
    }
}

/// One row. Values are taken out of it by their columns' names; one that was taken is NULL after.
///
/// Reading in the order of the columns is cheapest: each name is then found at once.
#[derive(Debug)]
pub struct Row<'r> {
    columns: &'r [Box<str>],
    values: &'r mut [Value],
    next: usize,
}

impl Row<'_> {
    /// Takes a value out.
    ///
    /// # Errors
    /// There is no such column.
    pub fn take(&mut self, column: &str) -> Result<Value, StoreError> {
        let at = match self.columns.get(self.next) {
            Some(name) if **name == *column => self.next,
            _ => self.columns.iter().position(|name| **name == *column).ok_or_else(|| missing(column))?,
        };
        self.next = at + 1;
        self.values
            .get_mut(at)
            .map(|value| std::mem::replace(value, Value::Null))
            .ok_or_else(|| missing(column))
    }

    /// Takes a text out.
    ///
    /// # Errors
    /// There is no such column, or it holds anything but a text.
    pub fn text(&mut self, column: &str) -> Result<String, StoreError> {
        match self.take(column)? {
            Value::Text(text) => Ok(text),
            other => Err(unreadable(column, &other, "a text")),
        }
    }

    /// Takes a text out that may be NULL.
    ///
    /// # Errors
    /// There is no such column, or it holds anything but a text or NULL.
    pub fn optional_text(&mut self, column: &str) -> Result<Option<String>, StoreError> {
        match self.take(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other => Err(unreadable(column, &other, "a text or NULL")),
        }
    }

    /// Takes a whole number out.
    ///
    /// # Errors
    /// There is no such column, or it holds anything but a whole number.
    pub fn integer(&mut self, column: &str) -> Result<i64, StoreError> {
        match self.take(column)? {
            Value::Integer(number) => Ok(number),
            other => Err(unreadable(column, &other, "a whole number")),
        }
    }

    /// Takes a boolean out, in the form of a boolean, or of 0 or 1.
    ///
    /// # Errors
    /// There is no such column, or it holds anything else.
    pub fn boolean(&mut self, column: &str) -> Result<bool, StoreError> {
        match self.take(column)? {
            Value::Bool(truth) => Ok(truth),
            Value::Integer(0) => Ok(false),
            Value::Integer(1) => Ok(true),
            other => Err(unreadable(column, &other, "a boolean, 0 or 1")),
        }
    }

    /// Takes a moment out, in the form of a moment, of ISO 8601 text, or of milliseconds since the Unix
    /// epoch.
    ///
    /// # Errors
    /// There is no such column, or it holds anything else.
    pub fn moment(&mut self, column: &str) -> Result<Timestamp, StoreError> {
        let value = self.take(column)?;
        moment(&value).ok_or_else(|| unreadable(column, &value, "a moment"))
    }

    /// Takes a moment out that may be NULL.
    ///
    /// # Errors
    /// There is no such column, or it holds neither a moment nor NULL.
    pub fn optional_moment(&mut self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        match self.take(column)? {
            Value::Null => Ok(None),
            value => moment(&value).map(Some).ok_or_else(|| unreadable(column, &value, "a moment or NULL")),
        }
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Text(text) => Timestamp::parse(text),
        Value::Integer(millis) => Some(Timestamp::from_millis(*millis)),
        Value::Timestamp(moment) => Some(*moment),
        _ => None,
    }
}

/// A value is named by its column and kind alone: its content may be a secret.
#[derive(Debug, thiserror::Error)]
enum RowError {
    #[error("the result has no column `{0}`")]
    Missing(Box<str>),
    #[error("column `{column}` holds {found} that cannot be read as {expected}")]
    Unreadable { column: Box<str>, found: &'static str, expected: &'static str },
}

fn missing(column: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Unexpected, RowError::Missing(column.into()))
}

fn unreadable(column: &str, found: &Value, expected: &'static str) -> StoreError {
    let error = RowError::Unreadable { column: column.into(), found: found.kind(), expected };
    StoreError::new(StoreErrorKind::Unexpected, error)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    fn rows(values: Vec<Value>) -> Rows {
        Rows::new(["a", "b"].into_iter().collect(), values, 0)
    }

    #[test]
    fn values_are_found_by_name_in_any_order() {
        let mut rows = rows(vec![Value::from("x"), Value::from(1), Value::from("y"), Value::from(2)]);
        assert_eq!(rows.len(), 2);
        let read: Vec<_> =
            rows.iter_mut().map(|mut row| (row.integer("b").unwrap(), row.text("a").unwrap())).collect();
        assert_eq!(read, [(1, "x".to_owned()), (2, "y".to_owned())]);
    }

    #[test]
    fn a_moment_is_read_in_each_of_its_forms() {
        let moment = Timestamp::from_millis(1_795_335_687_378);
        for value in [
            Value::from("2026-11-22T08:21:27.378Z"),
            Value::from(1_795_335_687_378),
            Value::Timestamp(moment),
        ] {
            let mut rows = rows(vec![value, Value::Null]);
            let mut row = rows.first_mut().unwrap();
            assert_eq!(row.moment("a").unwrap(), moment);
            assert_eq!(row.optional_moment("b").unwrap(), None);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_by_column_and_not_by_value() {
        let mut rows = rows(vec![Value::from("hunter2"), Value::from(2)]);
        let mut row = rows.first_mut().unwrap();
        for (error, column) in [
            (row.moment("a").unwrap_err(), "`a`"),
            (row.boolean("b").unwrap_err(), "`b`"),
            (row.text("c").unwrap_err(), "`c`"),
            (row.text("a").unwrap_err(), "`a`"),
        ] {
            let source = error.source().unwrap().to_string();
            assert_eq!(error.kind(), StoreErrorKind::Unexpected);
            assert!(source.contains(column) && !source.contains("hunter2"), "{source}");
        }
    }

    #[test]
    fn a_result_without_columns_has_no_rows() {
        let mut rows = Rows::new(Columns::default(), Vec::new(), 3);
        assert_eq!((rows.len(), rows.is_empty(), rows.affected()), (0, true, 3));
        assert!(rows.first_mut().is_none());
    }
}
