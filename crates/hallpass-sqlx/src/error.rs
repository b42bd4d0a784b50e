//! What can go wrong, in the terms of the caller.

use hallpass::store::{StoreError, StoreErrorKind};
use hallpass_sql::Remedy;

/// What went wrong. It holds no parameter: what a database says of values is left out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The database refused.
    #[error("error {code} from the database{}{}", told(": ", .message), told(", constraint ", .constraint))]
    Refused { code: String, message: Option<String>, constraint: Option<String> },
    /// No connection, or it broke.
    #[error("no connection to the database: {0}")]
    Connection(Box<str>),
    /// The connection could not be made safe.
    #[error("no connection to the database by TLS: {0}")]
    Tls(Box<str>),
    /// A value has no place in a column, or a column's value none here.
    #[error("{0} does not go with the database's type `{1}`")]
    Misfit(&'static str, Box<str>),
    /// Another has held a lock for too long.
    #[cfg(feature = "mysql")]
    #[error("another holds a lock, and did not release it in time")]
    Busy,
    /// The pool's connections would write or read wrongly.
    #[cfg(feature = "mysql")]
    #[error("the pool's connections are not as they have to be: {0}")]
    Unfit(&'static str),
    /// The driver failed otherwise.
    #[error("the database's driver failed: {0}")]
    Driver(&'static str),
}

fn told(before: &str, text: &Option<String>) -> String {
    text.as_ref().map(|text| format!("{before}{text}")).unwrap_or_default()
}

impl Failure {
    /// What the driver says, without what the database refused: each database has codes of its own.
    pub(crate) fn of_driver(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(error) => Self::Connection(error.to_string().into()),
            sqlx::Error::Tls(error) => Self::Tls(error.to_string().into()),
            sqlx::Error::PoolTimedOut => Self::Connection("none was made or became free in time".into()),
            sqlx::Error::PoolClosed => Self::Connection("the pool is closed".into()),
            sqlx::Error::WorkerCrashed => Self::Connection("the driver's thread ended".into()),
            // The rest can quote what was sent or received.
            sqlx::Error::Database(_) => Self::Driver("it refused a statement"),
            sqlx::Error::Protocol(_) => Self::Driver("it received what it did not expect"),
            sqlx::Error::Encode(_) => Self::Driver("it could not write a parameter"),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::Driver("it could not read a column")
            }
            sqlx::Error::BeginFailed => Self::Driver("it could not begin a transaction"),
            _ => Self::Driver("without saying more"),
        }
    }

    /// As the store's error, where the database's `code` alone tells its kind.
    pub(crate) fn into_store(
        self,
        kind: impl FnOnce(&str) -> StoreErrorKind,
        remedy: impl FnOnce(&str, &str) -> Option<Remedy>,
    ) -> StoreError {
        let remedy = match &self {
            Self::Refused { code, message, .. } => remedy(code, message.as_deref().unwrap_or_default()),
            Self::Connection(_) => Some(Remedy::Server),
            Self::Tls(_) => Some(Remedy::Tls),
            #[cfg(feature = "mysql")]
            Self::Busy => Some(Remedy::Lock),
            #[cfg(feature = "mysql")]
            Self::Unfit(_) => None,
            Self::Misfit(..) | Self::Driver(_) => None,
        };
        let kind = match &self {
            Self::Refused { code, .. } => kind(code),
            Self::Connection(_) | Self::Tls(_) => StoreErrorKind::Unavailable,
            #[cfg(feature = "mysql")]
            Self::Busy => StoreErrorKind::Unavailable,
            #[cfg(feature = "mysql")]
            Self::Unfit(_) => StoreErrorKind::Unexpected,
            Self::Misfit(..) | Self::Driver(_) => StoreErrorKind::Unexpected,
        };
        match remedy {
            Some(remedy) => remedy.advise(kind, self),
            None => StoreError::new(kind, self),
        }
    }
}
