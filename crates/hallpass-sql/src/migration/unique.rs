//! What must be unique, and what of it an adopted database does not see to yet.
//!
//! Of two requests that write one address at once, the database alone can tell that they are two. Tables
//! that better-auth made have these rules; tables that were written by hand may not.

use std::borrow::Cow;

use hallpass::schema::Schema;
use hallpass::store::StoreError;

use super::index::{Index, Name};
use crate::connection::SqlConnection;
use crate::renderer::Renderer;

/// Columns that must be unique together.
#[derive(Debug, Clone)]
pub(super) struct Unique {
    table: Cow<'static, str>,
    columns: Vec<Cow<'static, str>>,
    /// What an operator does with rows that are alike in them.
    pub(super) remedy: &'static str,
}

/// What better-auth's own tables keep unique, and so `core/0001` too.
pub(super) fn of_tables() -> Vec<Unique> {
    let email = "give all but one user of each another address, or delete them";
    let token = "delete all rows of each, which signs them out";
    let id = "delete all but one row of each, or give them other ids";
    vec![
        Unique::new("user", &["email"], email),
        Unique::new("session", &["token"], token),
        Unique::new("user", &["id"], id),
        Unique::new("session", &["id"], id),
        Unique::new("account", &["id"], id),
        Unique::new("verification", &["id"], id),
    ]
}

/// What `core/0002` makes unique.
fn identity() -> Unique {
    Unique::new("account", &["providerId", "accountId"], "delete all but one row of each")
}

/// The declared fields that are unique.
fn of_schema(schema: &Schema) -> impl Iterator<Item = Unique> {
    let of_users = schema.user_fields().iter().map(|field| ("user", field.column()));
    let of_tables =
        schema.tables().iter().flat_map(|table| table.columns().iter().map(|column| (table.name(), column)));
    of_users
        .chain(of_tables)
        .filter(|(_, column)| column.is_unique())
        .map(|(table, column)| Unique::of_column(table, column.name()))
}

/// All of them, in the order in which migrations make their indexes.
pub(super) fn all(declared: Option<&Schema>) -> impl Iterator<Item = Unique> {
    std::iter::once(identity()).chain(of_tables()).chain(declared.into_iter().flat_map(of_schema))
}

impl Unique {
    fn new(table: &'static str, columns: &[&'static str], remedy: &'static str) -> Self {
        let columns = columns.iter().copied().map(Cow::Borrowed).collect();
        Self { table: Cow::Borrowed(table), columns, remedy }
    }

    /// A declared column.
    pub(super) fn of_column(table: &str, column: &str) -> Self {
        Self {
            table: Cow::Owned(table.to_owned()),
            columns: vec![Cow::Owned(column.to_owned())],
            remedy: "give all but one row of each another value, or none",
        }
    }

    /// By its camelCase name.
    pub(super) fn table(&self) -> &str {
        &self.table
    }

    /// As the database names them.
    pub(super) fn columns(&self, renderer: &Renderer) -> Vec<String> {
        self.columns.iter().map(|column| renderer.column(Some(&self.table), column)).collect()
    }

    /// Its index.
    pub(super) fn index(&self) -> Index {
        Index::new(
            Name::Ours(self.columns.join("_")),
            &self.table,
            self.columns.iter().map(|column| (&**column, None)),
        )
        .unique()
    }

    /// The template of a query for the values that more than one row has. Any number of rows may have none.
    pub(super) fn duplicates(&self) -> String {
        format!(
            "SELECT {columns}, COUNT(*) AS {{rows}} FROM [.{}] WHERE {} IS NOT NULL \
             GROUP BY {columns} HAVING COUNT(*) > 1",
            self.table,
            self.listed(" IS NOT NULL AND "),
            columns = self.listed(", "),
        )
    }

    /// Whether the table, which is there, keeps the columns unique by itself: by an index or primary key
    /// over just these, for all rows.
    pub(super) async fn is_kept(
        &self,
        connection: &impl SqlConnection,
        renderer: &Renderer,
    ) -> Result<bool, StoreError> {
        let mut rows = connection.query(renderer.about(&self.table, |catalogue| catalogue.unique)).await?;
        let parts = rows
            .iter_mut()
            .map(|mut row| Ok((row.text("rule")?, row.text("part")?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let mut columns: Vec<_> =
            self.columns.iter().map(|column| renderer.listed_column(&self.table, column)).collect();
        columns.sort();
        Ok(parts.chunk_by(|a, b| a.0 == b.0).any(|rule| {
            let mut rule: Vec<_> = rule.iter().map(|(_, part)| part).collect();
            rule.sort();
            rule.into_iter().eq(&columns)
        }))
    }

    fn listed(&self, separator: &str) -> String {
        self.columns.iter().map(|column| format!("[{column}]")).collect::<Vec<_>>().join(separator)
    }
}
