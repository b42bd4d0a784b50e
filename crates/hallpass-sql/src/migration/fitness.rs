//! Whether what a database has is what this version works with: what was there and is gone, what a newer version made,
//! and what it would have to fill and knows nothing of.

use hallpass::schema::Schema;
use hallpass::store::StoreError;

use super::{MigrateError, core};
use crate::connection::SqlConnection;
use crate::dialect::Catalogue;
use crate::issuer::ISSUER;
use crate::record::{ACCOUNT, Table, Tables, VERIFICATION};
use crate::store::SqlStore;

/// What ids of the core's migrations begin with. Others are of plugins that need not be there.
const CORE: &str = "core/";

impl<C: SqlConnection> SqlStore<C> {
    /// Refuses a database that a newer version migrated, and one that has lost a table or a column; it has these tables.
    pub(super) async fn refuse_unfit(&self, tables: &[String]) -> Result<(), MigrateError> {
        let applied = self.applied(tables).await.map_err(MigrateError::Unreadable)?;
        let known = core::migrations(self.connection().dialect(), self.layout());
        let is_newer =
            |id: &&String| id.starts_with(CORE) && known.iter().all(|migration| migration.id != *id);
        let newer: Vec<_> = applied.iter().filter(is_newer).cloned().collect();
        if !newer.is_empty() {
            return Err(MigrateError::Newer { migrations: newer.join(", ") });
        }
        let was_made = applied.iter().any(|id| id == core::TABLES);
        for table in self.core_tables() {
            let name = self.renderer().listed_table(table.name);
            if !tables.contains(&name) {
                // It may have been made between the two looks, by another process that migrates.
                if was_made && !self.lists(&name).await? {
                    return Err(MigrateError::TableGone { table: name, migration: core::TABLES });
                }
                continue;
            }
            let there = self.columns_of(&table, |catalogue| catalogue.columns).await?;
            let gone: Vec<_> = table
                .columns()
                .map(|column| self.renderer().listed_column(table.name, column))
                .filter(|column| !there.contains(column))
                .collect();
            if !gone.is_empty() {
                return Err(MigrateError::ColumnsGone { table: name, columns: gone.join(", ") });
            }
        }
        Ok(())
    }

    async fn lists(&self, table: &String) -> Result<bool, MigrateError> {
        let tables = self.renderer().tables(self.connection()).await.map_err(MigrateError::Unreadable)?;
        Ok(tables.contains(table))
    }

    /// Columns that must not be empty, have no default, and are none that hallpass or the declared schema fills, as
    /// `table.column`: as long as there is one, no row can be added to its table. What an app declares is known once an
    /// [`Auth`](hallpass::Auth) was built over the store.
    ///
    /// # Errors
    /// [`MigrateError::Unreadable`].
    pub async fn unknown_required_columns(&self) -> Result<Vec<String>, MigrateError> {
        let mut unknown = Vec::new();
        for table in self.core_tables() {
            let known: Vec<_> = table
                .columns()
                .chain(table.extra.names())
                // Which is filled where it is there.
                .chain((table.name == ACCOUNT.name).then_some(ISSUER))
                .map(|column| self.renderer().listed_column(table.name, column))
                .collect();
            let required = self.columns_of(&table, |catalogue| catalogue.required).await?;
            let name = self.renderer().listed_table(table.name);
            unknown.extend(
                required
                    .into_iter()
                    .filter(|column| !known.contains(column))
                    .map(|column| format!("{name}.{column}")),
            );
        }
        Ok(unknown)
    }

    /// Refuses what [`unknown_required_columns`](Self::unknown_required_columns) finds.
    pub(crate) async fn refuse_unknown_columns(&self) -> Result<(), MigrateError> {
        let columns = self.unknown_required_columns().await?;
        if columns.is_empty() {
            return Ok(());
        }
        Err(MigrateError::UnknownColumns { columns: columns.join(", ") })
    }

    fn core_tables(&self) -> [Table; 4] {
        let none = Schema::new();
        let Tables { user, session } = Tables::new(self.declared().unwrap_or(&none));
        [user, session, ACCOUNT, VERIFICATION]
    }

    async fn columns_of(
        &self,
        table: &Table,
        query: fn(&Catalogue) -> &'static str,
    ) -> Result<Vec<String>, MigrateError> {
        let names = async {
            let mut rows = self.connection().query(self.renderer().about(table.name, query)).await?;
            rows.iter_mut().map(|mut row| row.text("name")).collect::<Result<_, StoreError>>()
        };
        names.await.map_err(MigrateError::Unreadable)
    }
}
