//! What a statement is given and a row holds.

use std::fmt;

use hallpass::clock::Timestamp;

/// A value of a parameter or a column.
///
/// `Debug` shows the kind and never the content, which may be a token or a hash.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// A boolean. A database without them (SQLite) keeps 0 and 1.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// A moment, for databases that have a type for it. [`SqlStore::moment`](crate::SqlStore::moment)
    /// gives the form that the layout asks for; SQLite never gets this one.
    Timestamp(Timestamp),
}

impl Value {
    /// What kind of value this is, for messages: `a text`, `NULL`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "a whole number",
            Self::Real(_) => "a floating-point number",
            Self::Text(_) => "a text",
            Self::Blob(_) => "bytes",
            Self::Timestamp(_) => "a moment",
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({})", self.kind())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_kind_and_not_the_content() {
        assert_eq!(format!("{:?}", Value::from("hunter2")), "Value(a text)");
        assert_eq!(format!("{:?}", Value::Blob(b"hunter2".to_vec())), "Value(bytes)");
    }

    #[test]
    fn an_absent_value_is_null() {
        assert_eq!(Value::from(None::<&str>), Value::Null);
        assert_eq!(Value::from(Some(7)), Value::Integer(7));
    }
}
