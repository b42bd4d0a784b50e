//! Clearing away what has expired.

use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::error::Error;

/// How many rows of a table a step deletes at most. On SQLite that many take 10 to 100 milliseconds, for which other
/// writers wait: their pages are all over the file.
const ROWS: u32 = 1_000;

/// What [`Auth::sweep`] or a step of it cleared away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Swept {
    /// Sessions that had expired.
    pub sessions: u64,
    /// Verifications that had expired.
    pub verifications: u64,
    /// Entries of the storages, counts of requests among them, that had expired: of those that do not forget by
    /// themselves.
    pub entries: u64,
    /// Whether nothing is left that had expired.
    pub is_done: bool,
}

impl Auth {
    /// Deletes the sessions and verifications that have expired, and entries of the storages. Nothing depends on it, an expired row
    /// is worth nothing; but rows of browsers that never come back stay until it is called, so call it
    /// now and then, once an hour say.
    ///
    /// However many there are, it goes in [steps](Self::sweep_step) of at most 1,000 rows of each, and lets others write
    /// between them. When it is dropped or fails on the way, what was deleted until then stays deleted, and the next
    /// call goes on.
    ///
    /// # Errors
    /// [`Error::Store`] when the store or a storage fails.
    pub async fn sweep(&self) -> Result<Swept, Error> {
        let now = self.inner().clock.now();
        let mut swept = Swept::default();
        while !swept.is_done {
            let step = self.sweep_step_at(now).await?;
            swept = Swept {
                sessions: swept.sessions + step.sessions,
                verifications: swept.verifications + step.verifications,
                entries: swept.entries + step.entries,
                is_done: step.is_done,
            };
        }
        Ok(swept)
    }

    /// One step of [`sweep`](Self::sweep): at most 1,000 sessions, 1,000 verifications and as many entries of a storage. For those who have only so
    /// much time at once, such as a Worker, or want to show how far it is.
    ///
    /// # Errors
    /// As `sweep`.
    pub async fn sweep_step(&self) -> Result<Swept, Error> {
        self.sweep_step_at(self.inner().clock.now()).await
    }

    async fn sweep_step_at(&self, now: Timestamp) -> Result<Swept, Error> {
        let store = &self.inner().store;
        let sessions = store.delete_expired_sessions(now, ROWS).await?;
        let verifications = store.delete_expired_verifications(now, ROWS).await?;
        let (mut entries, mut most) = (0, sessions.max(verifications));
        for storage in [Some(&self.inner().counters), self.inner().secondary.as_ref()].into_iter().flatten() {
            let deleted = storage.delete_expired(ROWS).await?;
            entries += deleted;
            most = most.max(deleted);
        }
        Ok(Swept { sessions, verifications, entries, is_done: most < ROWS.into() })
    }
}
