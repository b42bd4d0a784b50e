//! Clearing away what has expired.

use crate::auth::Auth;
use crate::error::Error;

/// What [`Auth::sweep`] cleared away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Swept {
    /// Sessions that had expired.
    pub sessions: u64,
    /// Verifications that had expired.
    pub verifications: u64,
}

impl Auth {
    /// Deletes the sessions and verifications that have expired. Nothing depends on it, an expired row
    /// is worth nothing; but rows of browsers that never come back stay until it is called, so call it
    /// now and then, once an hour say.
    ///
    /// # Errors
    /// [`Error::Store`] when the store fails.
    pub async fn sweep(&self) -> Result<Swept, Error> {
        let inner = self.inner();
        let now = inner.clock.now();
        Ok(Swept {
            sessions: inner.store.delete_expired_sessions(now).await?,
            verifications: inner.store.delete_expired_verifications(now).await?,
        })
    }
}
