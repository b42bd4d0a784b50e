//! What to do when a database fails.

use std::error::Error;
use std::fmt;

use hallpass::store::{StoreError, StoreErrorKind};

/// What to do about a failure of a database, as its error says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Remedy {
    /// The tables are not those that this version works with.
    Tables,
    /// A column without a default must not be empty, and nothing is known of it.
    UnknownColumn,
    /// There is no such database or schema.
    Database,
    /// The user or the password is wrong.
    Password,
    /// The user may not do it.
    Permission,
    /// It takes no writes.
    ReadOnly,
    /// No room is left.
    Space,
    /// Another holds a lock.
    Lock,
    /// Too many connections.
    Connections,
    /// It does not answer.
    Server,
    /// It asks for TLS, or has another certificate.
    Tls,
    /// The file is damaged, or something else.
    Damage,
    /// The file or its folder cannot be opened.
    File,
    /// D1: the tables are not those that this version works with.
    D1Tables,
    /// D1: the Worker has no such binding.
    D1Binding,
    /// D1: the database is as large as it may be.
    D1Space,
    /// D1 over HTTP: the token is wrong, or may not do it.
    D1Token,
    /// It is asked more than it works off.
    Overloaded,
    /// A statement or a value is larger than it may be.
    TooLarge,
}

impl Remedy {
    /// All that there are.
    pub const ALL: [Self; 19] = [
        Self::Tables,
        Self::UnknownColumn,
        Self::Database,
        Self::Password,
        Self::Permission,
        Self::ReadOnly,
        Self::Space,
        Self::Lock,
        Self::Connections,
        Self::Server,
        Self::Tls,
        Self::Damage,
        Self::File,
        Self::D1Tables,
        Self::D1Binding,
        Self::D1Space,
        Self::D1Token,
        Self::Overloaded,
        Self::TooLarge,
    ];

    /// The remedy that an error names, or one of its causes.
    pub fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(advised) = error.downcast_ref::<Advised>() {
                return Some(advised.remedy);
            }
            cause = error.source();
        }
        None
    }

    /// `error` as the store's, with what to do about it.
    pub fn advise(self, kind: StoreErrorKind, error: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
        StoreError::new(kind, Advised { remedy: self, error: error.into() })
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tables => "`hallpass doctor` says what is missing, and `hallpass migrate` adds it",
            Self::UnknownColumn => "give the column a default or let it be NULL, or declare it to hallpass",
            Self::Database => "make the database or the schema, or correct its name in the URL",
            Self::Password => "correct the user and the password in the URL",
            Self::Permission => {
                "grant the database's user SELECT, INSERT, UPDATE and DELETE on hallpass's tables, and CREATE and ALTER \
                 for migrations"
            }
            Self::ReadOnly => {
                "it takes no writes: connect to the primary server, or let the process write the file, its -wal and -shm \
                 and their folder"
            }
            Self::Space => "make room on the database's disk: nothing that was acknowledged is lost",
            Self::Lock => {
                "end what holds the lock (a backup, a shell with an open transaction), or wait for it longer"
            }
            Self::Connections => {
                "raise the server's limit of connections, or lower the limits of the pools of all processes"
            }
            Self::Server => {
                "is the server up, and is this its address? if so, its connections or the pool's are all in use"
            }
            Self::Tls => "correct the URL's TLS settings and the certificate of the server",
            Self::Damage => "restore a backup, beside the damaged file: it may be wanted",
            Self::File => "correct the path, and let the process read and write the file and its folder",
            Self::D1Tables => {
                "apply the migrations: `wrangler d1 migrations apply`, with `--remote` for the live database; \
                 `hallpass generate --for d1` writes them"
            }
            Self::D1Binding => "name the database under `d1_databases` in wrangler.jsonc, by this binding",
            Self::D1Space => {
                "delete what has expired, or move to a plan with larger databases: nothing that was acknowledged is lost"
            }
            Self::D1Token => {
                "make a token with the permission D1 Edit for this account, and set it as CLOUDFLARE_API_TOKEN"
            }
            Self::Overloaded => "it passes; if it comes back, ask less at once, and see which query takes long",
            Self::TooLarge => "shorten what is to be kept: the limits are the database's",
        })
    }
}

/// An error, and what to do about it. Its causes are those of the error.
#[derive(Debug)]
struct Advised {
    remedy: Remedy,
    error: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for Advised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.error, self.remedy)
    }
}

impl Error for Advised {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// What an extended result code of SQLite's means for who runs it: <https://sqlite.org/rescode.html>.
pub fn sqlite_remedy(code: u32, message: &str) -> Option<Remedy> {
    let lacks = |what: &str| message.contains(what);
    Some(match (code, code & 0xff) {
        // SQLITE_CONSTRAINT_NOTNULL
        (1299, _) => Remedy::UnknownColumn,
        // SQLITE_ERROR has no code for these.
        (_, 1) if lacks("no such table") || lacks("no such column") || lacks("has no column named") => {
            Remedy::Tables
        }
        // SQLITE_PERM, _READONLY, _AUTH
        (_, 3 | 8 | 23) => Remedy::ReadOnly,
        // SQLITE_BUSY, _LOCKED
        (_, 5 | 6) => Remedy::Lock,
        // SQLITE_CORRUPT, _NOTADB
        (_, 11 | 26) => Remedy::Damage,
        // SQLITE_FULL
        (_, 13) => Remedy::Space,
        // SQLITE_CANTOPEN
        (_, 14) => Remedy::File,
        _ => return None,
    })
}
