//! Names of tables and columns that are not the layout's.

use std::collections::BTreeSet;

use hallpass::schema::{ExtraField, Schema};

use crate::issuer::ISSUER;
use crate::layout::Layout;
use crate::record;
use crate::storage;

/// The table in which migrations are recorded, which is nobody's to rename.
const RECORDS: &str = "hallpass_migrations";

/// How tables and columns are called that do not have the names of the [`Layout`]: better-auth's `modelName` and `fields`,
/// the `schema` of its plugins, and `usePlural` of its adapters.
///
/// The names are those in the database, as they stand there. better-auth's generator for Drizzle makes `email_address` of a
/// field that is called `emailAddress`, so `email_address` is what is said here.
///
/// ```
/// # use hallpass_sql::Names;
/// // user: { modelName: 'people', fields: { email: 'email_address' } }
/// let names = Names::new().table("user", "people").column("user", "email", "email_address");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    is_plural: bool,
    tables: Vec<(String, String)>,
    columns: Vec<(String, String, String)>,
}

/// Why [`Names`] cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NamesError {
    /// A text that is no name.
    #[error(
        "{of} cannot be called {name:?}: a name has up to 63 bytes, of letters, digits, `_`, `-`, `$` and spaces inside; \
         a schema is said by the connection and not in the name"
    )]
    #[non_exhaustive]
    NotAName {
        /// The table or column, by its name in hallpass: `user.email`.
        of: String,
        /// The text.
        name: String,
    },
    /// Something is named twice.
    #[error("{of} is named twice: name it once")]
    #[non_exhaustive]
    NamedTwice {
        /// The table or column.
        of: String,
    },
    /// Two tables, or two columns of one table, have one name.
    #[error("{of} and {other} are both called {name:?}: give one of them another name")]
    #[non_exhaustive]
    Clash {
        /// The one.
        of: String,
        /// The other.
        other: String,
        /// What both are called. Names that differ in their case alone are one, as they are to some databases.
        name: String,
    },
    /// A table or column that is named and not there.
    #[error(
        "there is no {of} to be named, only {known}: names of columns and tables are those of better-auth, such as emailVerified; \
             a plugin's are known once it is added"
    )]
    #[non_exhaustive]
    Unknown {
        /// The table or column.
        of: String,
        /// Those that there are, separated by commas.
        known: String,
    },
}

impl Names {
    /// The layout's.
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls a table `name`, as the database does: better-auth's `modelName`, with an `s` where `usePlural` adds one.
    #[must_use]
    pub fn table(mut self, table: impl Into<String>, name: impl Into<String>) -> Self {
        self.tables.push((table.into(), name.into()));
        self
    }

    /// Calls a column of a table `name`, as the database does: better-auth's `fields`.
    #[must_use]
    pub fn column(
        mut self,
        table: impl Into<String>,
        column: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        self.columns.push((table.into(), column.into(), name.into()));
        self
    }

    /// Tables that are not called otherwise, and are not hallpass's own, end in an `s`: better-auth's `usePlural`.
    #[must_use]
    pub fn plural(mut self) -> Self {
        self.is_plural = true;
        self
    }

    /// Whether they are all the layout's.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn is_plural(&self) -> bool {
        self.is_plural
    }

    /// The physical name of a table.
    pub(crate) fn of_table(&self, table: &str, layout: Layout) -> String {
        if let Some((_, name)) = self.tables.iter().find(|(renamed, _)| renamed == table) {
            return name.clone();
        }
        let mut name = layout.name(table);
        if self.is_plural && ![RECORDS, storage::TABLE].contains(&table) {
            name.push('s');
        }
        name
    }

    /// The physical name of a column.
    pub(crate) fn of_column(&self, table: Option<&str>, column: &str, layout: Layout) -> String {
        let is_it = |(of, renamed, _): &&(String, String, String)| Some(&**of) == table && renamed == column;
        self.columns.iter().find(is_it).map_or_else(|| layout.name(column), |(_, _, name)| name.clone())
    }

    /// Whether a table's name is not the layout's.
    pub(crate) fn renames(&self, table: &str, layout: Layout) -> bool {
        self.of_table(table, layout) != layout.name(table)
    }

    /// Whether a column's name is not the layout's.
    pub(crate) fn has_column(&self, table: &str, column: &str) -> bool {
        self.columns.iter().any(|(of, renamed, _)| of == table && renamed == column)
    }

    /// Refuses what cannot be, whatever plugins there are.
    pub(crate) fn check(&self, layout: Layout) -> Result<(), NamesError> {
        let tables = self.tables.iter().map(|(table, name)| (table.clone(), name));
        let columns = self.columns.iter().map(|(table, column, name)| (format!("{table}.{column}"), name));
        let mut named = BTreeSet::new();
        for (of, name) in tables.chain(columns) {
            if !is_name(name) {
                return Err(NamesError::NotAName { of, name: name.clone() });
            }
            if !named.insert(of.clone()) {
                return Err(NamesError::NamedTwice { of });
            }
        }
        self.check_clashes(&known(None), layout)
    }

    /// Refuses what does not fit the schema.
    pub(crate) fn check_against(&self, schema: &Schema, layout: Layout) -> Result<(), NamesError> {
        let known = known(Some(schema));
        for (table, _) in &self.tables {
            find(&known, table)?;
        }
        for (table, column, _) in &self.columns {
            let columns = find(&known, table)?;
            if !columns.contains(column) {
                return Err(NamesError::Unknown {
                    of: format!("column {table}.{column}"),
                    known: columns.join(", "),
                });
            }
        }
        self.check_clashes(&known, layout)
    }

    fn check_clashes(&self, known: &[(String, Vec<String>)], layout: Layout) -> Result<(), NamesError> {
        let mut tables = vec![(RECORDS.to_owned(), RECORDS.to_owned())];
        tables.extend(known.iter().map(|(table, _)| (table.clone(), self.of_table(table, layout))));
        clash(&tables)?;
        for (table, columns) in known {
            let columns: Vec<_> = columns
                .iter()
                .map(|column| (format!("{table}.{column}"), self.of_column(Some(table), column, layout)))
                .collect();
            clash(&columns)?;
        }
        Ok(())
    }
}

/// The tables with their columns.
fn known(schema: Option<&Schema>) -> Vec<(String, Vec<String>)> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut known: Vec<_> =
        record::CORE.iter().map(|(table, columns)| ((*table).to_owned(), owned(columns))).collect();
    if let Some((_, columns)) = known.iter_mut().find(|(table, _)| table == "account") {
        columns.push(ISSUER.to_owned());
    }
    known.push((storage::TABLE.to_owned(), owned(storage::COLUMNS)));
    let Some(schema) = schema else { return known };
    let mut add = |table: &str, fields: &[ExtraField]| {
        if let Some((_, columns)) = known.iter_mut().find(|(name, _)| name == table) {
            for name in fields.iter().map(|field| field.column().name()) {
                if !columns.iter().any(|known| known == name) {
                    columns.push(name.to_owned());
                }
            }
        }
    };
    add("user", schema.user_fields());
    add("session", schema.session_fields());
    known.extend(schema.tables().iter().map(|table| {
        let columns = table.columns().iter().map(|column| column.name().to_owned());
        (table.name().to_owned(), std::iter::once("id".to_owned()).chain(columns).collect())
    }));
    known
}

fn find<'k>(known: &'k [(String, Vec<String>)], table: &str) -> Result<&'k Vec<String>, NamesError> {
    known.iter().find(|(name, _)| name == table).map(|(_, columns)| columns).ok_or_else(|| {
        let known: Vec<_> = known.iter().map(|(table, _)| table.as_str()).collect();
        NamesError::Unknown { of: format!("table {table}"), known: known.join(", ") }
    })
}

fn clash(named: &[(String, String)]) -> Result<(), NamesError> {
    for (at, (of, name)) in named.iter().enumerate() {
        let before = named.iter().take(at);
        if let Some((other, _)) =
            before.into_iter().find(|(_, taken)| taken.to_lowercase() == name.to_lowercase())
        {
            return Err(NamesError::Clash { of: of.clone(), other: other.clone(), name: name.clone() });
        }
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    /// What PostgreSQL takes; MySQL takes one character more.
    const MOST: usize = 63;
    let fits = |letter: char| letter.is_alphanumeric() || "_-$ ".contains(letter);
    !name.is_empty() && name.len() <= MOST && name.trim() == name && name.chars().all(fits)
}
