//! Migrations: which there are, which a database still lacks, and how they are run.

mod core;
mod error;
mod fitness;
mod index;
mod issuer;
mod lookups;
mod schema;
mod unique;

use hallpass::IdFormat;
use hallpass::schema::Schema;
use hallpass::store::{StoreError, StoreErrorKind};

use crate::connection::SqlConnection;
use crate::dates;
use crate::ids;
use crate::statement::Statement;
use crate::store::SqlStore;
use crate::unenforced::{self, Unenforced};
use index::Index;
use unique::Unique;

pub use error::MigrateError;
pub use lookups::MissingIndex;

/// For which those who migrate wait in turn.
const TURN: &str = "migrations";

/// A change of the schema, run once. It is run as a whole or not at all, or on MySQL, where each of its statements
/// is, goes on where it ended before.
pub(crate) struct Migration {
    /// Who it belongs to and its number there: `core/0001`.
    pub(crate) id: &'static str,
    /// Templates of its statements; each does nothing where its change is there already, because a
    /// database may have been made by better-auth.
    pub(crate) statements: &'static [&'static str],
    /// What it makes after these.
    indexes: Vec<Index>,
    /// What it makes unique where a table that is there already does not see to it.
    unique: Vec<Unique>,
}

/// A migration that a database lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedMigration {
    /// The id under which it is recorded in the table `hallpass_migrations`: `core/0001`. What an app or a
    /// plugin declares is found missing by looking, and not recorded: `schema/user.role`.
    pub id: String,
    /// The statements that are run, in one transaction where the database can, with the record if there is one.
    pub sql: Vec<String>,
}

impl<C: SqlConnection> SqlStore<C> {
    /// The migrations that the database lacks, in the order in which [`migrate`](Self::migrate) would
    /// run them. Changes nothing.
    ///
    /// # Errors
    /// [`MigrateError::Newer`], [`MigrateError::TableGone`], [`MigrateError::ColumnsGone`],
    /// [`MigrateError::NotEnforced`], [`MigrateError::UnsupportedDates`], [`MigrateError::UnsupportedIds`] and
    /// [`MigrateError::Unreadable`].
    pub async fn plan(&self) -> Result<Vec<PlannedMigration>, MigrateError> {
        let tables = self.renderer().tables(self.connection()).await.map_err(MigrateError::Unreadable)?;
        self.refuse_unfit(&tables).await?;
        self.refuse_unenforced(&tables).await?;
        let mismatch = dates::mismatch(self.connection(), self.renderer(), &tables).await;
        if let Some(mismatch) = mismatch.map_err(MigrateError::Unreadable)? {
            return Err(MigrateError::UnsupportedDates(mismatch));
        }
        let ids = self.ids_for_new_columns().await?;
        let mut missing = self.missing(&tables, ids).await.map_err(MigrateError::Unreadable)?;
        missing.extend(self.undone(&tables, ids).await.map_err(MigrateError::Unreadable)?);
        Ok(missing)
    }

    /// Runs the migrations that the database lacks, and gives their ids.
    ///
    /// Any number of processes may do this at once: each migration is run by one of them. On a database
    /// that better-auth made, tables and indexes that are there stay as they are.
    ///
    /// Additional fields and plugins' tables are seen to once they are declared, that is when an
    /// [`Auth`](hallpass::Auth) was built over the store. [`Auth::migrate`](hallpass::Auth::migrate) does this
    /// at the right time.
    ///
    /// Each call looks the database over first, as [`plan`](Self::plan) does, whether or not a migration is
    /// missing: that it has no users whom this version would let in where better-auth would not, which reads
    /// the table `user` once if there are such columns, and that moments have the layout's form.
    ///
    /// # Errors
    /// [`MigrateError`]; calling again goes on where it failed.
    pub async fn migrate(&self) -> Result<Vec<String>, MigrateError> {
        let mut applied = Vec::new();
        for migration in self.plan().await? {
            let is_done = match migration.is_recorded() {
                true => self.run(&migration).await?,
                false => self.run_declared(&migration).await?,
            };
            if is_done {
                applied.push(migration.id);
            }
        }
        Ok(applied)
    }

    /// The SQL of [`plan`](Self::plan) as a script, for databases that are migrated by other means than
    /// [`migrate`](Self::migrate): what is recorded there is recorded by it, so that nothing is missing after it.
    ///
    /// # Errors
    /// As `plan`.
    pub async fn script(&self) -> Result<String, MigrateError> {
        let mut script = String::new();
        let plan = self.plan().await?;
        if plan.iter().any(PlannedMigration::is_recorded) {
            script.push_str(&format!("{};\n", self.sql(self.connection().dialect().grammar().records)));
        }
        for migration in plan {
            script.push_str(&format!("\n-- {}\n", migration.id));
            for sql in &migration.sql {
                script.push_str(&format!("{sql};\n"));
            }
            if migration.is_recorded() {
                // An id is no text of anybody's: letters, digits and a slash.
                let recorded = self.sql(core::RECORDED).replace("<id>", &migration.id);
                script.push_str(&format!("{recorded};\n"));
            }
        }
        Ok(script)
    }

    /// Refuses a database that takes other ids than are made, and tells which ids columns are to take that it lacks.
    async fn ids_for_new_columns(&self) -> Result<IdFormat, MigrateError> {
        let made = self.declared().map(Schema::id_format);
        let misfit = ids::misfit(self.connection(), self.renderer(), made).await;
        if let Some(misfit) = misfit.map_err(MigrateError::Unreadable)? {
            return Err(MigrateError::UnsupportedIds(misfit));
        }
        self.id_format().await.map_err(MigrateError::Unreadable)
    }

    /// What ids the database takes, as its tables say; those that were declared where there are no tables.
    ///
    /// # Errors
    /// The database cannot be read, or has ids that are [not supported](crate::UnsupportedIds).
    pub async fn id_format(&self) -> Result<IdFormat, StoreError> {
        let wanted = ids::wanted(self.connection(), self.renderer()).await?;
        let wanted = wanted.map_err(|error| StoreError::new(StoreErrorKind::Unexpected, error))?;
        let has_tables = async || {
            let tables = self.renderer().tables(self.connection()).await?;
            Ok::<_, StoreError>(tables.contains(&self.renderer().listed_table("user")))
        };
        Ok(match wanted {
            Some(wanted) => wanted,
            None if has_tables().await? => IdFormat::default(),
            None => self.declared().map(Schema::id_format).unwrap_or_default(),
        })
    }

    /// Runs one migration; `false` if another process was first.
    async fn run(&self, migration: &PlannedMigration) -> Result<bool, MigrateError> {
        let failed = |source| MigrateError::Failed { id: migration.id.clone(), source };
        // The record comes last: on MySQL each statement is a transaction, and what is recorded is whole. Of several
        // processes, all but one fail there at the latest.
        let mut batch = vec![Statement::new(self.sql(self.connection().dialect().grammar().records))];
        batch.extend(migration.sql.iter().map(|sql| Statement::new(sql.as_str())));
        batch.push(Statement::new(self.sql(core::RECORD)).bind(migration.id.as_str()));
        let Err(error) = self.connection().batch(self.in_turn(TURN, batch)).await else { return Ok(true) };
        let tables = self.renderer().tables(self.connection()).await.map_err(failed)?;
        if self.applied(&tables).await.map_err(failed)?.contains(&migration.id) {
            return Ok(false);
        }
        if error.kind() != StoreErrorKind::Conflict {
            return Err(failed(error));
        }
        // Not the record, so it is a unique index over rows that are not.
        Err(self.duplicates().await.map_err(failed)?.unwrap_or_else(|| failed(error)))
    }

    /// The migrations that were not run yet, for a database with these tables.
    async fn missing(&self, tables: &[String], ids: IdFormat) -> Result<Vec<PlannedMigration>, StoreError> {
        let applied = self.applied(tables).await?;
        let mut missing = Vec::new();
        for migration in core::migrations(self.connection().dialect(), self.layout()) {
            if applied.iter().any(|id| id == migration.id) {
                continue;
            }
            let mut sql: Vec<_> =
                migration.statements.iter().map(|template| self.with_ids(template, ids)).collect();
            for index in &migration.indexes {
                if !index.is_in_the_way(self.connection(), self.renderer()).await? {
                    sql.push(index.create(self.renderer()));
                }
            }
            for unique in &migration.unique {
                // A table that is missing is made with its rules.
                if tables.contains(&self.renderer().listed_table(unique.table()))
                    && !unique.is_kept(self.connection(), self.renderer()).await?
                {
                    sql.push(unique.index().create(self.renderer()));
                }
            }
            missing.push(PlannedMigration { id: migration.id.to_owned(), sql });
        }
        Ok(missing)
    }

    /// The SQL of a template in which `<id>` is the type of ids, and `<of>` that of what refers to one.
    fn with_ids(&self, template: &str, ids: IdFormat) -> String {
        let id = (self.connection().dialect().grammar().id)(ids);
        let of = id.split(' ').next().unwrap_or(id);
        self.sql(&template.replace("<id>", id).replace("<of>", of)).to_string()
    }

    /// The ids of the migrations that have been run, in a database with these tables.
    async fn applied(&self, tables: &[String]) -> Result<Vec<String>, StoreError> {
        if !tables.iter().any(|name| name == core::RECORDED_IN) {
            return Ok(Vec::new());
        }
        let mut rows = self.connection().query(Statement::new(self.sql(core::APPLIED))).await?;
        rows.iter_mut().map(|mut row| row.text("id")).collect()
    }

    /// The first rows that are alike where they must not be.
    async fn duplicates(&self) -> Result<Option<MigrateError>, StoreError> {
        for unique in unique::all(self.declared()) {
            let query = self.sql(&unique.duplicates()).to_string();
            let groups = self.count(&format!("SELECT COUNT(*) AS n FROM ({query}) AS duplicates")).await?;
            if groups > 0 {
                return Ok(Some(MigrateError::DuplicateRows {
                    table: self.renderer().table(unique.table()),
                    columns: unique.columns(self.renderer()).join(", "),
                    groups,
                    query,
                    remedy: unique.remedy,
                }));
            }
        }
        Ok(None)
    }

    /// Refuses a database with users of whom better-auth asks for more than a password.
    async fn refuse_unenforced(&self, tables: &[String]) -> Result<(), MigrateError> {
        if self.unenforced() != Unenforced::Refuse || !tables.contains(&self.renderer().listed_table("user"))
        {
            return Ok(());
        }
        for (column, feature) in unenforced::COLUMNS {
            let are = format!("FROM [.user] WHERE COALESCE([{column}], FALSE) <> FALSE");
            let count = format!("SELECT (SELECT COUNT(*) {are}) AS {{n}} FROM {}", unenforced::ABSENT);
            let users = self.count(&self.sql(&count)).await.map_err(MigrateError::Unreadable)?;
            if users > 0 {
                let query = self.sql(&format!("SELECT [id], [email] {are}")).to_string();
                return Err(MigrateError::NotEnforced { feature, users, query });
            }
        }
        Ok(())
    }

    /// The number `n` that a query gives.
    async fn count(&self, query: &str) -> Result<u64, StoreError> {
        let mut rows = self.connection().query(Statement::new(query)).await?;
        let count = rows.first_mut().map(|mut row| row.integer("n")).transpose()?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }
}
