//! How a database is opened.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::database::{Database, Synchronous};
use crate::error::OpenError;
use crate::readers::Readers;
use crate::writer::Writer;
use crate::{Inner, Sqlite};

/// How a database is opened. The default is right for most.
///
/// ```
/// use hallpass_sqlite::{SqliteOptions, Synchronous};
///
/// let options = SqliteOptions::default().synchronous(Synchronous::Normal).readers(4);
/// # let _ = options;
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct SqliteOptions {
    busy_timeout: Duration,
    synchronous: Synchronous,
    readers: usize,
    queue: usize,
    create_if_missing: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(2, NonZeroUsize::get);
        Self {
            busy_timeout: Duration::from_secs(5),
            synchronous: Synchronous::default(),
            readers: cores.clamp(2, 16),
            queue: 4096,
            create_if_missing: true,
        }
    }
}

impl SqliteOptions {
    /// How long a write waits for another process that writes, before it is
    /// [`Unavailable`](hallpass::store::StoreErrorKind::Unavailable): 5 seconds.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// When a write counts as done: when it is on the disk.
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// How many connections read: as many as the machine has cores, from 2 to 16. More than there are
    /// threads that serve requests are of no use; each has a cache of up to 2 MB. At least 1.
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// How many batches may wait for the writer: 4,096. One more is refused at once as
    /// [`Unavailable`](hallpass::store::StoreErrorKind::Unavailable). At least 1.
    pub fn queue(mut self, batches: usize) -> Self {
        self.queue = batches.max(1);
        self
    }

    /// Whether a missing file is made, readable by its owner alone (mode 0600): yes.
    pub fn create_if_missing(mut self, create: bool) -> Self {
        self.create_if_missing = create;
        self
    }

    /// Opens a database; `target` as for [`Sqlite::open`].
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(self, target: impl AsRef<Path>) -> Result<Sqlite, OpenError> {
        let Some(path) = file(target.as_ref())? else {
            let database = Database::in_memory()?;
            let database = Arc::new(Mutex::new(database));
            let readers = Readers::new(vec![Arc::clone(&database)]);
            return self.assemble(None, readers, database);
        };
        if self.create_if_missing {
            make(&path)?;
        } else if !path.exists() {
            return Err(OpenError::Missing { path });
        }
        let writer = Database::writer(&path, self.busy_timeout, self.synchronous)?;
        let readers = (0..self.readers)
            .map(|_| Ok(Arc::new(Mutex::new(Database::reader(&path, self.busy_timeout)?))))
            .collect::<Result<_, OpenError>>()?;
        self.assemble(Some(path), Readers::new(readers), Arc::new(Mutex::new(writer)))
    }

    fn assemble(
        &self,
        path: Option<PathBuf>,
        readers: Readers,
        database: Arc<Mutex<Database>>,
    ) -> Result<Sqlite, OpenError> {
        let writer = Writer::start(database, self.queue)
            .map_err(|source| OpenError::Io { path: path.clone().unwrap_or_default(), source })?;
        Ok(Sqlite { inner: Arc::new(Inner { path, readers, writer }) })
    }
}

/// The file that a path or URL means; `None` for memory.
fn file(target: &Path) -> Result<Option<PathBuf>, OpenError> {
    let Some(text) = target.to_str() else { return Ok(Some(target.to_owned())) };
    if text == ":memory:" {
        return Ok(None);
    }
    let Some(rest) = text.strip_prefix("sqlite:") else {
        // A URL of another database must not become a file of that name.
        return if text.contains("://") {
            Err(OpenError::Url { url: scheme_only(text) })
        } else {
            Ok(Some(target.to_owned()))
        };
    };
    match rest.strip_prefix("//").unwrap_or(rest) {
        ":memory:" => Ok(None),
        "" => Err(OpenError::Url { url: text.to_owned() }),
        path if path.contains('?') => Err(OpenError::Url { url: text.to_owned() }),
        path => Ok(Some(path.into())),
    }
}

/// The scheme of a URL: the rest of another database's may hold a password.
fn scheme_only(url: &str) -> String {
    format!("{}://…", url.split("://").next().unwrap_or_default())
}

/// Makes the file if it is missing, readable by its owner alone; SQLite gives its log the same mode.
fn make(path: &Path) -> Result<(), OpenError> {
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty())
        && !directory.is_dir()
    {
        return Err(OpenError::DirectoryMissing { directory: directory.to_owned() });
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(OpenError::Io { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_urls_name_files() {
        for (target, path) in [
            ("app.db", "app.db"),
            ("/srv/app.db", "/srv/app.db"),
            ("sqlite:app.db", "app.db"),
            ("sqlite:/srv/app.db", "/srv/app.db"),
            ("sqlite://app.db", "app.db"),
            ("sqlite:///srv/app.db", "/srv/app.db"),
            ("odd?name.db", "odd?name.db"),
        ] {
            assert_eq!(file(Path::new(target)).unwrap(), Some(path.into()), "{target}");
        }
        for memory in [":memory:", "sqlite::memory:", "sqlite://:memory:"] {
            assert_eq!(file(Path::new(memory)).unwrap(), None, "{memory}");
        }
    }

    #[test]
    fn other_urls_are_refused_without_showing_their_password() {
        for url in ["sqlite:", "sqlite://", "sqlite:app.db?mode=ro", "postgres://me:hunter2@db/app"] {
            let error = file(Path::new(url)).unwrap_err().to_string();
            assert!(error.contains("is no SQLite URL") && !error.contains("hunter2"), "{error}");
        }
    }
}
