//! One SQL statement with its parameters.

use std::fmt;
use std::sync::Arc;

use crate::value::Value;

/// One SQL statement with its parameters.
///
/// The text is shared, so that a statement that is run often is written once; a connection may know it
/// again by its address.
#[derive(Clone, PartialEq)]
pub struct Statement {
    sql: Arc<str>,
    params: Vec<Value>,
}

impl Statement {
    /// A statement without parameters so far.
    pub fn new(sql: impl Into<Arc<str>>) -> Self {
        Self { sql: sql.into(), params: Vec::new() }
    }

    /// A statement with its parameters, in the order of their placeholders.
    pub fn with(sql: &Arc<str>, params: Vec<Value>) -> Self {
        Self { sql: Arc::clone(sql), params }
    }

    /// Gives the next placeholder its value.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.params.push(value.into());
        self
    }

    /// The text.
    pub fn sql(&self) -> &Arc<str> {
        &self.sql
    }

    /// The parameters, in the order of their placeholders.
    pub fn params(&self) -> &[Value] {
        &self.params
    }

    /// The text and the parameters, given away.
    pub fn into_parts(self) -> (Arc<str>, Vec<Value>) {
        (self.sql, self.params)
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement").field("sql", &self.sql).field("params", &self.params).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_text_and_no_parameter() {
        let shown = format!("{:?}", Statement::new("SELECT ?").bind("hunter2"));
        assert!(shown.contains("SELECT ?") && !shown.contains("hunter2"), "{shown}");
    }
}
