//! By which columns rows are looked up, and which of these have no index.
//!
//! A migration that was run is recorded, and not run again; an index can be dropped after it.

use hallpass::store::StoreError;

use super::index::{Index, Name};
use crate::connection::SqlConnection;
use crate::storage;
use crate::store::SqlStore;

/// Table, column, and whether it alone is unique. Ids are primary keys.
const LOOKUPS: [(&str, &str, bool); 9] = [
    ("user", "email", true),
    ("session", "token", true),
    ("session", "userId", false),
    ("session", "expiresAt", false),
    ("account", "userId", false),
    // With the account's id behind it.
    ("account", "providerId", false),
    ("verification", "identifier", false),
    ("verification", "expiresAt", false),
    (storage::TABLE, "expiresAt", false),
];

/// A column by which rows are looked up, and that no index begins with: each time, the whole table is read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingIndex {
    /// The table, as the database names it.
    pub table: String,
    /// The column, as the database names it.
    pub column: String,
    /// The SQL that makes an index for it.
    pub sql: String,
}

impl<C: SqlConnection> SqlStore<C> {
    /// The indexes of the core's tables that were there once [`migrate`](Self::migrate) had run, and are there no more.
    /// Changes nothing.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn missing_indexes(&self) -> Result<Vec<MissingIndex>, StoreError> {
        let mut missing = Vec::new();
        for (table, column, is_unique) in LOOKUPS {
            let about = self.renderer().about(table, |catalogue| catalogue.indexed);
            let mut rows = self.connection().query(about).await?;
            let indexed = rows.iter_mut().map(|mut row| row.text("name")).collect::<Result<Vec<_>, _>>()?;
            if !indexed.contains(&self.renderer().listed_column(table, column)) {
                let columns: &[_] = match column {
                    "providerId" => &[("providerId", Some(191)), ("accountId", Some(255))],
                    _ => &[(column, None)],
                };
                let index = Index::new(Name::Ours(column.to_owned()), table, columns.iter().copied());
                let index = if is_unique || columns.len() > 1 { index.unique() } else { index };
                missing.push(MissingIndex {
                    table: self.renderer().table(table),
                    column: self.renderer().column(Some(table), column),
                    sql: index.create(self.renderer()),
                });
            }
        }
        Ok(missing)
    }
}
