//! Sessions in the database, with copies in a key-value storage that may lag.

use std::fmt::{self, Debug};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::record::{self, SessionWithUser};
use crate::clock::{Clock, Timestamp};
use crate::model::{Account, Extra, Session, User, Verification};
use crate::schema::Schema;
use crate::storage::SecondaryStorage;
use crate::store::{SchemaStore, SessionStore, Store, StoreError, UserChange, UserStore, VerificationStore};
use crate::types::{Email, StoredToken, TokenForms, UserId};

/// A store whose sessions are also copied to a key-value storage, for reads that may be
/// [a little old](Self::recent_session). The database decides everything, and every method of [`Store`] asks it.
///
/// Usually made by [`AuthBuilder::session_cache`](crate::AuthBuilder::session_cache).
///
/// # How old a copy can be
/// A copy says when the database was asked, and is not believed for longer than `max_stale` after that by this process's
/// clock, however late the storage shows it: the bound holds over one that lags. Clocks of several machines count as
/// one: what one of them is ahead is added to the bound. What changes or ends a session or its user by this store deletes
/// the copies, so that the bound is for what other processes, or a storage that lags or fails, do not see.
///
/// # Keys
/// `session-copy:` and the token as it is stored: `{"readAt":…,"session":{…},"user":{…}}`. Forgotten after `max_stale`.
pub struct CachedStore {
    primary: Arc<dyn Store>,
    storage: Arc<dyn SecondaryStorage>,
    clock: Arc<dyn Clock>,
    max_stale: Duration,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionCopy {
    read_at: Timestamp,
    #[serde(flatten)]
    session: SessionWithUser,
}

/// A session and its user, and whether a copy told it.
type Recent = Option<(Session, User, bool)>;

/// What [`CachedStore::recent_session`] does, for an `Auth` that may have none.
#[async_trait]
pub(crate) trait RecentSessions: Debug + Send + Sync {
    async fn recent(&self, token: &TokenForms) -> Result<Recent, StoreError>;
}

#[async_trait]
impl RecentSessions for CachedStore {
    async fn recent(&self, token: &TokenForms) -> Result<Recent, StoreError> {
        self.recent_session(token).await
    }
}

fn key(token: &StoredToken) -> String {
    format!("session-copy:{}", token.as_str())
}

impl CachedStore {
    /// Around `primary`, with copies in `storage` that are believed for `max_stale`.
    pub fn new(
        primary: impl Store,
        storage: impl SecondaryStorage,
        clock: impl Clock,
        max_stale: Duration,
    ) -> Self {
        Self::over(Arc::new(primary), Arc::new(storage), Arc::new(clock), max_stale)
    }

    /// As [`new`](Self::new), over what is shared already or chosen at run time.
    pub fn over(
        primary: Arc<dyn Store>,
        storage: Arc<dyn SecondaryStorage>,
        clock: Arc<dyn Clock>,
        max_stale: Duration,
    ) -> Self {
        Self { primary, storage, clock, max_stale }
    }

    /// The session and its user as they were at most `max_stale` ago, and whether a copy told it. Where there is no copy
    /// the database is asked, and a copy made. A storage that fails is as one that has no copy.
    ///
    /// # Errors
    /// The database fails.
    pub async fn recent_session(
        &self,
        token: &TokenForms,
    ) -> Result<Option<(Session, User, bool)>, StoreError> {
        for form in [Some(token.written()), token.other()].into_iter().flatten() {
            if let Some((session, user)) = self.copy(form).await {
                return Ok(Some((session, user, true)));
            }
        }
        // Before the database is asked: what changes while it answers makes the copy older, never younger.
        let read_at = self.clock.now();
        let Some((session, user)) = self.primary.session(token).await? else { return Ok(None) };
        let text = record::write(&SessionCopy { read_at, session: SessionWithUser::new(&session, &user) })?;
        let kept = self.storage.set(&key(&session.token), &text, Some(self.max_stale)).await;
        seen(kept);
        Ok(Some((session, user, false)))
    }

    async fn copy(&self, token: &StoredToken) -> Option<(Session, User)> {
        let text = seen(self.storage.get(&key(token)).await)??;
        let SessionCopy { read_at, session } = record::read(&text)?;
        let now = self.clock.now();
        // One from the future would be believed for too long.
        let is_recent = read_at <= now && read_at.until(now) < self.max_stale;
        session.of(token).filter(|_| is_recent)
    }

    async fn forget(&self, token: &StoredToken) {
        seen(self.storage.delete(&key(token)).await);
    }

    async fn forget_forms(&self, token: &TokenForms) {
        for form in [Some(token.written()), token.other()].into_iter().flatten() {
            self.forget(form).await;
        }
    }

    /// The tokens of a user's sessions, to be forgotten after what is about to be done.
    async fn tokens_of(&self, user: &UserId) -> Result<Vec<StoredToken>, StoreError> {
        let sessions = self.primary.sessions_of(user, self.clock.now()).await?;
        Ok(sessions.into_iter().map(|session| session.token).collect())
    }

    async fn forget_all(&self, tokens: &[StoredToken]) {
        for token in tokens {
            self.forget(token).await;
        }
    }
}

/// What came of it, the failure being logged: copies are a matter of speed, and their age is bounded without them.
fn seen<T>(result: Result<T, StoreError>) -> Option<T> {
    result.inspect_err(|error| tracing::warn!(%error, "the storage of copies of sessions failed")).ok()
}

impl Debug for CachedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedStore")
            .field("primary", &self.primary)
            .field("storage", &self.storage)
            .field("max_stale", &self.max_stale)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl SessionStore for CachedStore {
    async fn create_session(&self, session: &Session) -> Result<bool, StoreError> {
        self.primary.create_session(session).await
    }

    async fn may_have_session(&self, user: &UserId) -> Result<bool, StoreError> {
        self.primary.may_have_session(user).await
    }

    async fn session(&self, token: &TokenForms) -> Result<Option<(Session, User)>, StoreError> {
        self.primary.session(token).await
    }

    async fn touch_session(
        &self,
        token: &StoredToken,
        expires_at: Timestamp,
        updated_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let touched = self.primary.touch_session(token, expires_at, updated_at).await?;
        self.forget(token).await;
        Ok(touched)
    }

    async fn update_session(
        &self,
        token: &StoredToken,
        extra: &Extra,
        updated_at: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let updated = self.primary.update_session(token, extra, updated_at).await?;
        self.forget(token).await;
        Ok(updated)
    }

    async fn delete_session(&self, token: &TokenForms) -> Result<bool, StoreError> {
        let deleted = self.primary.delete_session(token).await?;
        self.forget_forms(token).await;
        Ok(deleted)
    }

    async fn sessions_of(&self, user: &UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.primary.sessions_of(user, now).await
    }

    async fn delete_sessions_of(
        &self,
        user: &UserId,
        except: Option<&StoredToken>,
    ) -> Result<u64, StoreError> {
        let tokens = self.tokens_of(user).await?;
        let deleted = self.primary.delete_sessions_of(user, except).await?;
        self.forget_all(&tokens).await;
        Ok(deleted)
    }

    async fn delete_expired_sessions(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.primary.delete_expired_sessions(now, limit).await
    }
}

#[async_trait]
impl UserStore for CachedStore {
    async fn create_user_with_session(
        &self,
        user: &User,
        account: Option<&Account>,
        session: &Session,
    ) -> Result<Option<bool>, StoreError> {
        self.primary.create_user_with_session(user, account, session).await
    }

    async fn create_user(&self, user: &User, account: Option<&Account>) -> Result<(), StoreError> {
        self.primary.create_user(user, account).await
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        self.primary.user(id).await
    }

    async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        self.primary.user_by_email(email).await
    }

    async fn credential_by_email(
        &self,
        email: &Email,
    ) -> Result<Option<(User, Option<Account>)>, StoreError> {
        self.primary.credential_by_email(email).await
    }

    async fn update_user(&self, id: &UserId, change: &UserChange) -> Result<Option<User>, StoreError> {
        let updated = self.primary.update_user(id, change).await?;
        if updated.is_some() {
            // It has happened: that its sessions cannot be listed makes it no failure.
            let tokens = seen(self.tokens_of(id).await).unwrap_or_default();
            self.forget_all(&tokens).await;
        }
        Ok(updated)
    }

    async fn user_by_field(&self, field: &str, value: &str) -> Result<Option<User>, StoreError> {
        self.primary.user_by_field(field, value).await
    }

    async fn delete_user(&self, id: &UserId) -> Result<bool, StoreError> {
        let tokens = self.tokens_of(id).await?;
        let deleted = self.primary.delete_user(id).await?;
        self.forget_all(&tokens).await;
        Ok(deleted)
    }
}

forward_accounts!(CachedStore);

#[async_trait]
impl VerificationStore for CachedStore {
    async fn put_verification(&self, verification: &Verification) -> Result<(), StoreError> {
        self.primary.put_verification(verification).await
    }

    async fn restore_verification(&self, verification: &Verification) -> Result<bool, StoreError> {
        self.primary.restore_verification(verification).await
    }

    async fn verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        self.primary.verification(identifier, now).await
    }

    async fn take_verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        self.primary.take_verification(identifier, now).await
    }

    async fn delete_expired_verifications(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.primary.delete_expired_verifications(now, limit).await
    }
}

#[async_trait]
impl SchemaStore for CachedStore {
    fn declare(&self, schema: &Schema) -> Result<(), StoreError> {
        self.primary.declare(schema)
    }

    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.primary.migrate().await
    }
}
