#![doc = include_str!("../README.md")]

mod accounts;
mod records;
mod schema;
mod sessions;
mod users;
mod verifications;

use std::fmt::{self, Debug};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use hallpass::schema::Schema;
use hallpass::store::{StoreError, StoreErrorKind};
use redb::{Database, ReadableDatabase as _};
use tokio::task::spawn_blocking;

use crate::records::{RECORDS, ReadRecords, Records, WriteRecords};

/// Users, accounts, sessions and verifications in one file. A clone is another handle to the same.
#[derive(Clone)]
pub struct RedbStore {
    database: Arc<Database>,
    /// Shared, for what is declared to one handle is declared to all.
    schema: Arc<OnceLock<Schema>>,
}

impl RedbStore {
    /// Opens the file, or makes it. One process at a time can have it open.
    ///
    /// # Errors
    /// The file cannot be opened, or is no database, or another process has it.
    pub fn open(file: impl AsRef<Path>) -> Result<Self, StoreError> {
        let database = Database::create(file).map_err(failed)?;
        // Who reads before anything was written finds a table all the same.
        let transaction = database.begin_write().map_err(failed)?;
        transaction.open_table(RECORDS).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(Self { database: Arc::new(database), schema: Arc::default() })
    }

    /// What is declared.
    fn schema(&self) -> Schema {
        self.schema.get().cloned().unwrap_or_default()
    }

    /// The database as it is at one moment. Reading is from memory, or of a page or two of a file: too short to be
    /// worth a thread.
    fn read(&self) -> Result<ReadRecords, StoreError> {
        let transaction = self.database.begin_read().map_err(failed)?;
        Ok(Records(transaction.open_table(RECORDS).map_err(failed)?))
    }

    /// Does `work` in a transaction of its own, while no other writes: all of it is seen, or none where it fails.
    /// That is the whole secret of single use, of comparing and setting, and of all or nothing.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut WriteRecords<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = Arc::clone(&self.database);
        // Off the async threads, for the disk takes its time. It is done to the end even if the caller goes away.
        let working = spawn_blocking(move || {
            let transaction = database.begin_write().map_err(failed)?;
            // An error ends the transaction with nothing written.
            let outcome = work(&mut Records(transaction.open_table(RECORDS).map_err(failed)?))?;
            // On the disk when it returns: what is acknowledged is durable.
            transaction.commit().map_err(failed)?;
            Ok(outcome)
        });
        working.await.map_err(|gone| StoreError::new(StoreErrorKind::Unavailable, gone))?
    }
}

impl Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Records hold secrets: what prints a store prints none of them.
        f.debug_struct("RedbStore").finish_non_exhaustive()
    }
}

/// redb's own errors say nothing of keys and values, so they may be told.
fn failed(error: impl Into<redb::Error>) -> StoreError {
    StoreError::new(StoreErrorKind::Unexpected, error.into())
}
