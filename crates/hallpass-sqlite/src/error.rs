//! What can go wrong, in the terms of the caller.

use std::path::PathBuf;

use hallpass::store::{StoreError, StoreErrorKind};
use hallpass_sql::{Remedy, sqlite_remedy};
use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};

/// That a database could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL is not one of SQLite, or has parameters.
    #[error("`{url}` is no SQLite URL: write `sqlite:PATH` or `sqlite::memory:`, without parameters")]
    #[non_exhaustive]
    Url {
        /// The URL.
        url: String,
    },
    /// The directory in which the file should be is missing.
    #[error("there is no directory `{}` for the database file: make it first", directory.display())]
    #[non_exhaustive]
    DirectoryMissing {
        /// The directory.
        directory: PathBuf,
    },
    /// The file is missing and may not be made.
    #[error("there is no database file `{}`: allow `create_if_missing`, or correct the path", path.display())]
    #[non_exhaustive]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else than a SQLite database, or damaged.
    #[error("`{}` is not a SQLite database, or it is damaged: correct the path, or restore a backup", path.display())]
    #[non_exhaustive]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// SQLite's own words.
        source: rusqlite::Error,
    },
    /// The file may not be written.
    #[error("the database file `{}` cannot be written: correct the permissions of it and of its directory", path.display())]
    #[non_exhaustive]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// SQLite cannot keep a write-ahead log there.
    #[error("`{}` cannot have a write-ahead log (its journal mode stays `{mode}`): it must be on a local disk", path.display())]
    #[non_exhaustive]
    NoWriteAheadLog {
        /// The file.
        path: PathBuf,
        /// The journal mode that SQLite has instead.
        mode: String,
    },
    /// The file could not be made, or the writer's thread not started.
    #[error("cannot open the database `{}`", path.display())]
    #[non_exhaustive]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        source: std::io::Error,
    },
    /// Anything else.
    #[error("cannot open the database `{}`{}", path.display(), advice(source))]
    #[non_exhaustive]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// SQLite's own words.
        source: rusqlite::Error,
    },
}

/// What to do about an error, as it follows on others words.
fn advice(error: &rusqlite::Error) -> String {
    remedy(error).map(|remedy| format!(" ({remedy})")).unwrap_or_default()
}

/// What callers tell apart. SQLite's messages name tables and columns, and never hold a parameter.
pub(crate) fn kind(error: &rusqlite::Error) -> StoreErrorKind {
    let rusqlite::Error::SqliteFailure(failure, _) = error else { return StoreErrorKind::Unexpected };
    match (failure.code, failure.extended_code) {
        (_, SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY) => StoreErrorKind::Conflict,
        (
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::OutOfMemory,
            _,
        ) => StoreErrorKind::Unavailable,
        _ => StoreErrorKind::Unexpected,
    }
}

pub(crate) fn store_error(error: rusqlite::Error) -> StoreError {
    let (kind, remedy) = (kind(&error), remedy(&error));
    with_remedy(kind, remedy, error)
}

/// `error` with what to do about it, if that is known.
pub(crate) fn with_remedy(
    kind: StoreErrorKind,
    remedy: Option<Remedy>,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    match remedy {
        Some(remedy) => remedy.advise(kind, error),
        None => StoreError::new(kind, error),
    }
}

pub(crate) fn remedy(error: &rusqlite::Error) -> Option<Remedy> {
    let (code, message) = match error {
        rusqlite::Error::SqliteFailure(failure, message) => (failure.extended_code, message.as_deref()),
        // A statement that could not be prepared.
        rusqlite::Error::SqlInputError { error, msg, .. } => (error.extended_code, Some(msg.as_str())),
        _ => return None,
    };
    sqlite_remedy(u32::try_from(code).unwrap_or_default(), message.unwrap_or_default())
}
