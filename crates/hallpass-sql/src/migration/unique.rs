//! What must be unique, and what of it an adopted database does not see to yet.
//!
//! Of two requests that write one address at once, the database alone can tell that they are two. Tables
//! that better-auth made have these rules; tables that were written by hand may not.

use hallpass::store::StoreError;

use crate::connection::SqlConnection;
use crate::dialect::Dialect;
use crate::layout::Layout;
use crate::statement::Statement;

/// Columns that must be unique together.
pub(super) struct Unique {
    table: &'static str,
    columns: &'static [&'static str],
    /// What an operator does with rows that are alike in them.
    pub(super) remedy: &'static str,
}

/// What `core/0002` makes unique.
const IDENTITY: Unique = Unique {
    table: "account",
    columns: &["providerId", "accountId"],
    remedy: "delete all but one row of each",
};

/// What better-auth's own tables keep unique, and so `core/0001` too.
pub(super) const OF_TABLES: [Unique; 6] = [
    Unique {
        table: "user",
        columns: &["email"],
        remedy: "give all but one user of each another address, or delete them",
    },
    Unique { table: "session", columns: &["token"], remedy: "delete all rows of each, which signs them out" },
    id("user"),
    id("session"),
    id("account"),
    id("verification"),
];

const fn id(table: &'static str) -> Unique {
    Unique { table, columns: &["id"], remedy: "delete all but one row of each, or give them other ids" }
}

/// All of them, in the order in which migrations make their indexes.
pub(super) fn all() -> impl Iterator<Item = Unique> {
    std::iter::once(IDENTITY).chain(OF_TABLES)
}

impl Unique {
    pub(super) fn table(&self, layout: Layout) -> String {
        layout.name(self.table)
    }

    pub(super) fn columns(&self, layout: Layout) -> Vec<String> {
        self.columns.iter().map(|column| layout.name(column)).collect()
    }

    /// The template of its index.
    pub(super) fn create(&self) -> String {
        format!(
            "create unique index if not exists {{hallpass_{table}_{}}} on [{table}] ({})",
            self.columns.join("_"),
            self.listed(", "),
            table = self.table
        )
    }

    /// The template of a query for the values that more than one row has. Any number of rows may have none.
    pub(super) fn duplicates(&self) -> String {
        format!(
            "SELECT {columns}, COUNT(*) AS {{rows}} FROM [{}] WHERE {} IS NOT NULL \
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
        layout: Layout,
    ) -> Result<bool, StoreError> {
        let sql = match connection.dialect() {
            // A primary key of whole numbers has no index. An expression has no name.
            Dialect::Sqlite => {
                "SELECT l.name AS rule, COALESCE(i.name, '') AS part \
                 FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i \
                 WHERE l.\"unique\" = 1 AND l.partial = 0 \
                 UNION ALL SELECT '', name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY 1"
            }
        };
        let mut rows = connection.query(Statement::new(sql).bind(self.table(layout))).await?;
        let parts = rows
            .iter_mut()
            .map(|mut row| Ok((row.text("rule")?, row.text("part")?.to_ascii_lowercase())))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let mut columns: Vec<_> =
            self.columns(layout).iter().map(|column| column.to_ascii_lowercase()).collect();
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
