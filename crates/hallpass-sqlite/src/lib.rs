//! [hallpass] on an embedded SQLite file.
//!
//! ```
//! use hallpass_sqlite::{Sqlite, SqliteStore};
//!
//! # async fn example(path: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let store = SqliteStore::new(Sqlite::open(path)?);
//! store.migrate().await?;
//! # Ok(())
//! # }
//! ```
//!
//! A file that better-auth made opens as it is; [`migrate`](SqlStore::migrate) looks it over, and adds what
//! it lacks. Any number of processes can have one file open, on one
//! machine: SQLite's write-ahead log does not work over a network file system.
//!
//! # Reads
//! A read runs at once on the task that asks, on one of a few read-only connections: it takes some
//! microseconds, less than handing it to another thread would. It never waits for a writer.
//!
//! # Writes
//! All writes go through one thread. It runs the batches that wait, each in a savepoint of its own, in
//! **one** transaction, and answers when that is on the disk, so that many callers share one `fsync`. A
//! batch that fails leaves nothing and troubles no other. With [`Synchronous::Full`], the default, what
//! was acknowledged outlives the loss of power.
//!
//! A future that is dropped before it is ready leaves an unknown outcome: its batch was run as a whole,
//! will be, or never will. Dropping the last handle waits for the transaction that is under way.

mod database;
mod error;
mod options;
mod readers;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use hallpass::store::StoreError;
use hallpass_sql::{Dialect, Rows, SqlConnection, SqlStore, Statement};

use database::Database;
use readers::Readers;
use writer::Writer;

pub use database::Synchronous;
pub use error::OpenError;
pub use options::SqliteOptions;

/// hallpass's store in SQLite: `SqliteStore::new(Sqlite::open("app.db")?)`.
pub type SqliteStore = SqlStore<Sqlite>;

/// An open SQLite database. A clone is another handle to it.
#[derive(Clone)]
pub struct Sqlite {
    inner: Arc<Inner>,
}

struct Inner {
    path: Option<PathBuf>,
    // Dropped before the writer: the last connection to close empties the log into the file, which a
    // reader cannot do.
    readers: Readers,
    writer: Writer,
}

impl Sqlite {
    /// Opens a database file with the default [options](SqliteOptions), and makes it if it is missing.
    /// `target` is a path, or a URL such as `sqlite:app.db`, `sqlite:///srv/app.db` or `sqlite::memory:`.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(target: impl AsRef<Path>) -> Result<Self, OpenError> {
        SqliteOptions::default().open(target)
    }

    /// Opens a new database in memory, gone with its last handle. One connection serves reads and writes.
    ///
    /// # Errors
    /// [`OpenError`]; in practice only when there is no memory or no thread to be had.
    pub fn in_memory() -> Result<Self, OpenError> {
        SqliteOptions::default().open(":memory:")
    }

    /// The path of the file as it was given; `None` in memory.
    pub fn path(&self) -> Option<&Path> {
        self.inner.path.as_deref()
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

#[async_trait]
impl SqlConnection for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        self.inner.writer.run(statements).await
    }

    async fn query(&self, statement: Statement) -> Result<Rows, StoreError> {
        self.inner.readers.with(|database| database.read(&statement)).map_err(error::store_error)
    }
}
