//! The library on a SQLite file, with a user who exists.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use hallpass::mailer::{Mail, MailError, Mailer};
use hallpass::tasks::{BackgroundTasks, Task};
use hallpass::{Auth, AuthBuilder};
use hallpass_sqlite::{Sqlite, SqliteStore};
use tempfile::TempDir;

use crate::pairs::Pair;

/// Whose address is known.
pub(crate) const KNOWN: &str = "known@example.com";
/// The password of all.
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct Server {
    pub(crate) auth: Auth,
    tasks: Arc<Tasks>,
    _folder: TempDir,
}

impl Server {
    pub(crate) async fn start(pair: &Pair) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let tasks = Arc::new(Tasks::default());
        let store = SqliteStore::new(Sqlite::open(folder.path().join("auth.db"))?);
        store.migrate().await?;
        let builder = Auth::builder_over(Arc::new(store))
            .secret("kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=")
            .base_url("http://localhost:3000")
            .danger_without_rate_limit()
            .mailer(SlowMailer)
            .background_tasks(Arc::clone(&tasks));
        let auth = (pair.configure)(builder).build()?;
        let known = hallpass::SignUpEmail::new("Ada Lovelace", KNOWN, PASSWORD);
        auth.sign_up_email(known).await?;
        Ok(Self { auth, tasks, _folder: folder })
    }

    /// Waits until what an answer left to be done after it is done, and as long after every answer: what is asked
    /// next finds a machine that has been idle for the same time.
    pub(crate) async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(6)).await;
        let running = std::mem::take(&mut *self.tasks.0.lock().unwrap_or_else(PoisonError::into_inner));
        for task in running {
            // One that panicked is done too.
            let _ = task.await;
        }
    }
}

/// Work beside the answers, to be waited for between them.
#[derive(Debug, Default)]
struct Tasks(Mutex<Vec<tokio::task::JoinHandle<()>>>);

impl BackgroundTasks for Tasks {
    fn spawn(&self, task: Task) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(tokio::spawn(task));
    }
}

/// A mail server that takes its time.
#[derive(Debug)]
struct SlowMailer;

#[async_trait]
impl Mailer for SlowMailer {
    async fn send(&self, _: &Mail) -> Result<(), MailError> {
        tokio::time::sleep(Duration::from_millis(3)).await;
        Ok(())
    }
}

/// The same builder, for pairs that need nothing more.
pub(crate) fn with_passwords(builder: AuthBuilder) -> AuthBuilder {
    builder.email_password(hallpass::EmailPassword::default())
}
