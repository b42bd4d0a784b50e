//! Migrations: which there are, which a database still lacks, and how they are run.

mod core;

use hallpass::store::{StoreError, StoreErrorKind};

use crate::connection::SqlConnection;
use crate::dialect::Dialect;
use crate::statement::Statement;
use crate::store::SqlStore;

/// A change of the schema, run once, as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Migration {
    /// Who it belongs to and its number there: `core/0001`.
    pub(crate) id: &'static str,
    /// Templates of its statements; each does nothing where its change is there already, because a
    /// database may have been made by better-auth.
    pub(crate) statements: &'static [&'static str],
}

/// A migration that a database lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedMigration {
    /// The id under which it is recorded in the table `hallpass_migrations`: `core/0001`.
    pub id: String,
    /// The statements that are run, in one transaction with the record.
    pub sql: Vec<String>,
}

/// That migrations could not be run. Those before the one that failed stay; that one left nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// Identities (a provider and an account id there) that have more than one row in the table
    /// `account`, which better-auth does not exclude. Which row is the right one, only the app's
    /// operator can tell: two of them may belong to two users.
    #[error(
        "{identities} identities stand in more than one row of table `account`, so that a sign-in could reach \
         either user. List them by `{query}`, delete all but one row of each, and migrate again"
    )]
    #[non_exhaustive]
    DuplicateAccounts {
        /// How many identities have more than one row.
        identities: u64,
        /// A query that lists them.
        query: String,
    },
    /// The database failed.
    #[error("migration {id}")]
    #[non_exhaustive]
    Failed {
        /// The migration that failed.
        id: String,
        /// How.
        source: StoreError,
    },
    /// What has been run could not be read.
    #[error("cannot read which migrations have been run")]
    Unreadable(#[source] StoreError),
}

impl<C: SqlConnection> SqlStore<C> {
    /// The migrations that the database lacks, in the order in which [`migrate`](Self::migrate) would
    /// run them. Changes nothing.
    ///
    /// # Errors
    /// [`MigrateError::Unreadable`].
    pub async fn plan(&self) -> Result<Vec<PlannedMigration>, MigrateError> {
        let applied = self.applied().await.map_err(MigrateError::Unreadable)?;
        let missing =
            core::migrations(self.layout()).filter(|migration| !applied.iter().any(|id| id == migration.id));
        Ok(missing
            .map(|migration| PlannedMigration {
                id: migration.id.to_owned(),
                sql: migration.statements.iter().map(|template| self.sql(template).to_string()).collect(),
            })
            .collect())
    }

    /// Runs the migrations that the database lacks, and gives their ids.
    ///
    /// Any number of processes may do this at once: each migration is run by one of them. On a database
    /// that better-auth made, tables and indexes that are there stay as they are.
    ///
    /// # Errors
    /// [`MigrateError`]; calling again goes on where it failed.
    pub async fn migrate(&self) -> Result<Vec<String>, MigrateError> {
        let mut applied = Vec::new();
        for migration in self.plan().await? {
            if self.run(&migration).await? {
                applied.push(migration.id);
            }
        }
        Ok(applied)
    }

    /// Runs one migration; `false` if another process was first.
    async fn run(&self, migration: &PlannedMigration) -> Result<bool, MigrateError> {
        let failed = |source| MigrateError::Failed { id: migration.id.clone(), source };
        // The record comes first: of several processes, all but one fail here, and change nothing.
        let mut batch = vec![
            Statement::new(self.sql(core::RECORDS)),
            Statement::new(self.sql(core::RECORD)).bind(migration.id.as_str()),
        ];
        batch.extend(migration.sql.iter().map(|sql| Statement::new(sql.as_str())));
        match self.connection().batch(batch).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == StoreErrorKind::Conflict => {
                if self.applied().await.map_err(MigrateError::Unreadable)?.contains(&migration.id) {
                    return Ok(false);
                }
                // Not the record, so it is a unique index over rows that are not.
                let identities = self.duplicate_accounts().await.map_err(failed)?;
                if identities == 0 {
                    return Err(failed(error));
                }
                Err(MigrateError::DuplicateAccounts {
                    identities,
                    query: self.sql(core::DUPLICATE_ACCOUNTS).to_string(),
                })
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The ids of the migrations that have been run.
    async fn applied(&self) -> Result<Vec<String>, StoreError> {
        let tables = match self.connection().dialect() {
            Dialect::Sqlite => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'hallpass_migrations'"
            }
        };
        if self.connection().query(Statement::new(tables)).await?.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows = self.connection().query(Statement::new("SELECT id FROM hallpass_migrations")).await?;
        rows.iter_mut().map(|mut row| row.text("id")).collect()
    }

    async fn duplicate_accounts(&self) -> Result<u64, StoreError> {
        let query = self.sql(core::DUPLICATE_ACCOUNTS);
        let count = format!("SELECT COUNT(*) AS n FROM ({query}) AS duplicates");
        let mut rows = self.connection().query(Statement::new(count)).await?;
        let count = rows.first_mut().map(|mut row| row.integer("n")).transpose()?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }
}
