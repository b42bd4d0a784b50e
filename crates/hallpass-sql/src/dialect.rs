//! Where SQL differs between databases: what each of them has of its own is in a file of its own.

mod mysql;
mod postgres;
mod sqlite;

use hallpass::IdFormat;
use hallpass::schema::Column;

use crate::layout::Layout;
use crate::statement::Statement;

/// Which SQL a database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite, and what is made of it: D1, libSQL.
    Sqlite,
    /// PostgreSQL, from version 15 on.
    Postgres,
    /// MySQL, from version 8.0.22 on, and MariaDB, from 10.6 on.
    ///
    /// Parameters are numbered, `?1`, because one can stand in several places: an adapter gives the database a `?` for
    /// each, and the value for it. Statements that change the schema end transactions. A batch that is run
    /// [in turn](crate::SqlStore::in_turn) begins with `SELECT GET_LOCK(…)`, which gives 1; the connection releases all
    /// its locks by name once the transaction is over, or is closed.
    MySql,
}

impl Dialect {
    /// What the dialect has of its own.
    #[inline]
    pub(crate) fn grammar(self) -> &'static Grammar {
        match self {
            Self::Sqlite => &sqlite::GRAMMAR,
            Self::Postgres => &postgres::GRAMMAR,
            Self::MySql => &mysql::GRAMMAR,
        }
    }
}

/// What a dialect has of its own. SQL is given as templates.
#[derive(Debug)]
pub(crate) struct Grammar {
    /// The sign before a parameter's number.
    pub(crate) placeholder: char,
    /// What stands around a name, and twice for itself in it.
    pub(crate) quote: char,
    /// Whether two texts are the same, to the byte.
    pub(crate) equal: fn(&str, &str) -> String,
    /// False and true.
    pub(crate) truths: [&'static str; 2],
    /// A text as the default of a column.
    pub(crate) text_default: fn(&str) -> String,
    /// How moments are kept in a layout.
    pub(crate) moments: fn(Layout) -> Moments,
    /// A text of something that may be of a type of the database's own for ids.
    pub(crate) as_text: fn(&str) -> String,
    /// The type of an `id`, and its default if it has one.
    pub(crate) id: fn(IdFormat) -> &'static str,
    /// The type that better-auth gives a column, if what it refers to has ids of this format.
    pub(crate) kind: fn(Layout, IdFormat, &Column) -> &'static str,
    /// Makes the core's tables as better-auth makes them.
    pub(crate) tables: fn(Layout) -> &'static [&'static str],
    /// Whether what a column refers to stands beside the columns, and not in its definition.
    pub(crate) references_stand_apart: bool,
    pub(crate) indexes: Indexes,
    /// Whether a statement that changes rows gives them back by RETURNING.
    pub(crate) returns: bool,
    /// Makes the table of [`SqlStorage`](crate::SqlStorage).
    pub(crate) storage: &'static [&'static str],
    /// Deletes at most so many rows of a table with this primary key, both as templates, that expired before a moment: its
    /// parameters are the moment and the number. By an index on `expiresAt` and by the key, whatever else the table has.
    pub(crate) sweep: fn(&str, &str) -> String,
    /// Makes the table in which migrations are recorded.
    pub(crate) records: &'static str,
    pub(crate) catalogue: Catalogue,
    /// How to keep others out; `None` where batches run one after the other anyway.
    pub(crate) locks: Option<Locks>,
}

/// How a database makes indexes.
#[derive(Debug)]
pub(crate) struct Indexes {
    /// What follows `create` or `create unique`.
    pub(crate) create: &'static str,
    /// Whether only a part of a long text has place in one.
    pub(crate) takes_prefixes: bool,
    /// The query of the [`Catalogue`] for the `name` of each, where one that is there already is not to be made again.
    pub(crate) named: Option<&'static str>,
}

/// How a database keeps moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moments {
    /// As ISO 8601 text in UTC.
    IsoText,
    /// As whole milliseconds since the Unix epoch.
    Millis,
    /// In a type of the database's own.
    Native,
}

/// Queries about tables. All but the first take the table's name as
/// [`Renderer::about`](crate::renderer::Renderer::about) gives it, and are no templates.
#[derive(Debug)]
pub(crate) struct Catalogue {
    /// The `name` of each table, in a schema if one is given.
    pub(crate) tables: fn(Option<&str>) -> Statement,
    /// The `name` of each column, and its type in lower case, as `kind`.
    pub(crate) columns: &'static str,
    /// The `name` of each column that must not be empty, and is not filled by the database.
    pub(crate) required: &'static str,
    /// The `name` of the first column of each index.
    pub(crate) indexed: &'static str,
    /// For each unique index over all rows, as `rule`, its columns, one a row, as `part`; an expression is an
    /// empty text. In the order of the rules.
    pub(crate) unique: &'static str,
}

/// Statements see what was committed before them, and rows that they do not change may change meanwhile. Where
/// that would make a condition wrong, it locks.
#[derive(Debug)]
pub(crate) struct Locks {
    /// Ends a query: its rows stay as they are until the transaction ends. Others may lock them so too.
    pub(crate) share: &'static str,
    /// Ends a query: its rows are this transaction's alone.
    pub(crate) update: &'static str,
    /// Waits for every transaction that has locked the same text.
    pub(crate) text: &'static str,
}

impl Grammar {
    /// The end of a statement that gives back these columns of the rows that it changes.
    pub(crate) fn returning(&self, columns: &str) -> String {
        if self.returns { format!(" RETURNING {columns}") } else { String::new() }
    }
}

/// What is a text already.
fn plain(text: &str) -> String {
    text.to_owned()
}

/// As most databases compare texts.
fn equal(left: &str, right: &str) -> String {
    format!("{left} = {right}")
}

/// A literal of standard SQL.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Locks {
    pub(crate) const NONE: Self = Self { share: "", update: "", text: "" };
}
