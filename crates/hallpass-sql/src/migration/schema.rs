//! What an app or a plugin declares: columns and tables that a database still lacks.
//!
//! Nothing of it is recorded. The database is looked at, so that a column which better-auth made, or which was
//! dropped, is seen as what it is.

use hallpass::IdFormat;
use hallpass::schema::{Column, FieldKind, Table};
use hallpass::store::{StoreError, StoreErrorKind};
use serde_json::Value as Json;

use super::index::{Index, Name};
use super::unique::Unique;
use super::{MigrateError, PlannedMigration};
use crate::connection::SqlConnection;
use crate::dialect::{Catalogue, Dialect};
use crate::renderer::Renderer;
use crate::statement::Statement;
use crate::storage;
use crate::store::SqlStore;

/// What ids of these migrations begin with.
const PREFIX: &str = "schema/";

impl PlannedMigration {
    pub(super) fn is_recorded(&self) -> bool {
        !self.id.starts_with(PREFIX)
    }
}

impl<C: SqlConnection> SqlStore<C> {
    /// What is declared and missing, in a database with these tables.
    pub(super) async fn undone(
        &self,
        tables: &[String],
        ids: IdFormat,
    ) -> Result<Vec<PlannedMigration>, StoreError> {
        let mut undone = Vec::from_iter(self.issuer_undone(tables).await?);
        undone.extend(self.storage_undone(tables));
        let Some(schema) = self.declared() else { return Ok(undone) };
        for (table, fields) in [("user", schema.user_fields()), ("session", schema.session_fields())] {
            let columns = fields.iter().map(|field| field.column());
            undone.extend(self.undone_columns(table, columns, ids).await?);
        }
        for table in schema.tables() {
            if tables.contains(&self.renderer().listed_table(table.name())) {
                undone.extend(self.undone_columns(table.name(), table.columns().iter(), ids).await?);
            } else {
                undone.push(planned(table.name(), self.create(table, ids)));
            }
        }
        Ok(undone)
    }

    /// The table of [`SqlStorage`](crate::SqlStorage), which is found missing like the tables of a plugin: what is in it is
    /// of short life, so that one that is gone is made anew.
    fn storage_undone(&self, tables: &[String]) -> Option<PlannedMigration> {
        if tables.contains(&self.renderer().listed_table(storage::TABLE)) {
            return None;
        }
        let templates = self.connection().dialect().grammar().storage.iter();
        Some(planned(storage::TABLE, templates.map(|template| self.sql(template).to_string()).collect()))
    }

    /// Columns and indexes that a table lacks. One that is made by a migration before has none of them yet.
    async fn undone_columns(
        &self,
        table: &str,
        columns: impl Iterator<Item = &Column>,
        ids: IdFormat,
    ) -> Result<Vec<PlannedMigration>, StoreError> {
        let mut there = None;
        let mut undone = Vec::new();
        for column in columns {
            let there = match &mut there {
                Some(there) => there,
                none => none.insert(Existing::of(self.connection(), self.renderer(), table).await?),
            };
            let name = self.renderer().listed_column(table, column.name());
            let mut sql = Vec::new();
            if !there.columns.contains(&name) {
                sql.push(self.add(table, column, ids));
                sql.extend(self.index(table, column));
            } else if column.is_unique() {
                let unique = Unique::of_column(table, column.name());
                if !unique.is_kept(self.connection(), self.renderer()).await? {
                    sql.extend(self.index(table, column));
                }
            } else if column.is_indexed() && !there.indexed.contains(&name) {
                sql.extend(self.index(table, column));
            }
            if !sql.is_empty() {
                undone.push(planned(&format!("{table}.{}", column.name()), sql));
            }
        }
        Ok(undone)
    }

    /// Runs one of these migrations; `false` if another process was first.
    pub(super) async fn run_declared(&self, migration: &PlannedMigration) -> Result<bool, MigrateError> {
        let failed = |source| MigrateError::Failed { id: migration.id.clone(), source };
        let batch = migration.sql.iter().map(|sql| Statement::new(sql.as_str())).collect();
        let Err(error) = self.connection().batch(self.in_turn(super::TURN, batch)).await else {
            return Ok(true);
        };
        let tables = self.renderer().tables(self.connection()).await.map_err(failed)?;
        let ids = self.id_format().await.map_err(failed)?;
        if !self.undone(&tables, ids).await.map_err(failed)?.iter().any(|undone| undone.id == migration.id) {
            return Ok(false);
        }
        if error.kind() != StoreErrorKind::Conflict {
            return Err(failed(error));
        }
        // A unique index over rows that are not.
        Err(self.duplicates().await.map_err(failed)?.unwrap_or_else(|| failed(error)))
    }

    fn create(&self, table: &Table, ids: IdFormat) -> Vec<String> {
        let id = (self.connection().dialect().grammar().id)(ids);
        let mut create = self
            .sql(&format!("create table [.{}] ([id] {id} not null primary key", table.name()))
            .to_string();
        for column in table.columns() {
            create.push_str(", ");
            create.push_str(&self.definition(table.name(), column, column.is_required(), ids));
        }
        for reference in
            table.columns().iter().filter_map(|column| self.reference_apart(table.name(), column))
        {
            create.push_str(", ");
            create.push_str(&reference);
        }
        create.push(')');
        let indexes = table.columns().iter().filter_map(|column| self.index(table.name(), column));
        std::iter::once(create).chain(indexes).collect()
    }

    /// Rows that are there already get the default. Without one they have nothing, whatever is required of new
    /// ones.
    fn add(&self, table: &str, column: &Column, ids: IdFormat) -> String {
        let is_filled = column.is_required() && literal(self.connection().dialect(), column).is_some();
        let head = self.sql(&format!("alter table [.{table}] add column "));
        let reference = self.reference_apart(table, column).map(|reference| format!(", add {reference}"));
        format!("{head}{}{}", self.definition(table, column, is_filled, ids), reference.unwrap_or_default())
    }

    fn definition(&self, table: &str, column: &Column, is_filled: bool, ids: IdFormat) -> String {
        let kind = (self.connection().dialect().grammar().kind)(self.layout(), ids, column);
        let mut definition = self.sql(&format!("[{table}.{}] {kind}", column.name())).to_string();
        if is_filled {
            definition.push_str(" not null");
        }
        if let Some(default) = literal(self.connection().dialect(), column) {
            definition.push_str(" default ");
            definition.push_str(&default);
        }
        if !self.connection().dialect().grammar().references_stand_apart {
            definition.extend(self.reference(column).map(|reference| format!(" {reference}")));
        }
        definition
    }

    /// What a column refers to.
    fn reference(&self, column: &Column) -> Option<String> {
        let (table, column) = column.reference()?;
        Some(self.sql(&format!("references [.{table}] ([{column}]) on delete cascade")).to_string())
    }

    /// The same as a rule of the table, where it is not one of the column.
    fn reference_apart(&self, table: &str, column: &Column) -> Option<String> {
        let reference = self
            .reference(column)
            .filter(|_| self.connection().dialect().grammar().references_stand_apart)?;
        Some(format!("{} {reference}", self.sql(&format!("foreign key ([{table}.{}])", column.name()))))
    }

    /// The index of a column, named as better-auth names it.
    fn index(&self, table: &str, column: &Column) -> Option<String> {
        let suffix = match (column.is_unique(), column.is_indexed()) {
            (true, _) => "uidx",
            (false, true) => "idx",
            (false, false) => return None,
        };
        let (physical, name) =
            (self.renderer().table(table), self.renderer().column(Some(table), column.name()));
        let name = Name::Theirs(format!("{physical}_{name}_{suffix}"));
        let index = Index::new(name, table, [(column.name(), None)]);
        Some(if column.is_unique() { index.unique() } else { index }.create(self.renderer()))
    }
}

fn planned(name: &str, sql: Vec<String>) -> PlannedMigration {
    PlannedMigration { id: format!("{PREFIX}{name}"), sql }
}

/// What a table has, as the catalogue names it.
struct Existing {
    columns: Vec<String>,
    /// The first column of each index.
    indexed: Vec<String>,
}

impl Existing {
    async fn of(
        connection: &impl SqlConnection,
        renderer: &Renderer,
        table: &str,
    ) -> Result<Self, StoreError> {
        let names = async |query: fn(&Catalogue) -> &'static str| {
            let mut rows = connection.query(renderer.about(table, query)).await?;
            rows.iter_mut().map(|mut row| row.text("name")).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            columns: names(|catalogue| catalogue.columns).await?,
            indexed: names(|catalogue| catalogue.indexed).await?,
        })
    }
}

/// A column's default as SQL, of the kinds for which better-auth writes one.
fn literal(dialect: Dialect, column: &Column) -> Option<String> {
    let is_plain = matches!(column.kind(), FieldKind::Text | FieldKind::Number | FieldKind::Boolean);
    match column.default().filter(|_| is_plain)? {
        Json::Bool(truth) => {
            let [no, yes] = dialect.grammar().truths;
            Some(if *truth { yes } else { no }.to_owned())
        }
        Json::Number(number) => Some(number.to_string()),
        Json::String(text) => Some((dialect.grammar().text_default)(text)),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}
