//! The library on a SQLite file, with a user who exists.

use std::sync::Arc;

use anyhow::Result;
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
    _folder: TempDir,
}

impl Server {
    pub(crate) async fn start(pair: &Pair) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let store = SqliteStore::new(Sqlite::open(folder.path().join("auth.db"))?);
        store.migrate().await?;
        let builder = Auth::builder_over(Arc::new(store))
            .secret("kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=")
            .base_url("http://localhost:3000")
            .danger_without_rate_limit();
        let auth = (pair.configure)(builder).build()?;
        let known = hallpass::SignUpEmail::new("Ada Lovelace", KNOWN, PASSWORD);
        auth.sign_up_email(known).await?;
        Ok(Self { auth, _folder: folder })
    }

    /// Waits until what an answer left to be done after it is done, so that it does not weigh on the next.
    pub(crate) async fn settle(&self) {
        tokio::task::yield_now().await;
    }
}

/// The same builder, for pairs that need nothing more.
pub(crate) fn with_passwords(builder: AuthBuilder) -> AuthBuilder {
    builder.email_password(hallpass::EmailPassword::default())
}
