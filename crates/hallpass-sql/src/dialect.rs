//! Where SQL differs between databases.

use std::fmt::Write as _;

/// Which SQL a database speaks: how it quotes names and marks parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite, and what is made of it: D1, libSQL.
    Sqlite,
}

impl Dialect {
    /// Writes the name of a table or column.
    pub(crate) fn write_name(self, name: &str, sql: &mut String) {
        match self {
            Self::Sqlite => {
                sql.push('"');
                sql.push_str(name);
                sql.push('"');
            }
        }
    }

    /// Writes the placeholder of the parameter `number`, counted from 1. A template's placeholders stand
    /// in the order of the parameters, each once, for dialects that cannot number them.
    pub(crate) fn write_placeholder(self, number: usize, sql: &mut String) {
        match self {
            // Writing to a String cannot fail.
            Self::Sqlite => drop(write!(sql, "?{number}")),
        }
    }
}
