//! Sessions and verifications in a key-value storage, under better-auth's keys and in its form.

#[macro_use]
mod forward;

mod cached;
mod record;
mod references;
mod sessions;
mod stored_session;
mod verifications;

pub use self::cached::CachedStore;
pub(crate) use self::cached::RecentSessions;
pub(crate) use self::verifications::VERIFICATIONS;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::{Clock, Timestamp};
use crate::model::{Account, User};
use crate::schema::{ExtraField, Schema};
use crate::storage::AtomicStorage;
use crate::store::{SchemaStore, Store, StoreError, StoreErrorKind, UserChange, UserStore};
use crate::types::{Email, UserId};

/// Where sessions are, when there is a [`SecondaryStore`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SessionPlacement {
    /// Only in the storage, which decides whether a session lives: what it loses is signed out.
    #[default]
    StorageOnly,
    /// In the database, which decides and is asked, and a copy in the storage for better-auth's readers.
    /// better-auth's `storeSessionInDatabase`; it asks the storage first, and so goes on granting what only that has.
    AlsoInDatabase,
    /// In the storage, which decides; the database keeps a record of each session, ended ones too.
    /// better-auth's `storeSessionInDatabase` with `preserveSessionInDatabase`.
    RecordedInDatabase,
    /// Only in the database, as without a storage, which has the rest.
    DatabaseOnly,
    /// In the database, which decides, and in copies that are believed for `max_stale` where nothing sensitive is done:
    /// what [`AuthBuilder::session_cache`](crate::AuthBuilder::session_cache) does over a storage that may lag. A
    /// [`SecondaryStore`] by itself asks the database, as every [`Store`] does: copies are read by
    /// [`CachedStore::recent_session`], over it.
    Cached {
        /// How long a copy is believed after the database was asked: more than zero and at most an hour.
        max_stale: Duration,
    },
}

impl SessionPlacement {
    /// Whether the storage has sessions under better-auth's keys.
    fn is_in_storage(self) -> bool {
        matches!(self, Self::StorageOnly | Self::AlsoInDatabase | Self::RecordedInDatabase)
    }

    /// Whether the database says what lives.
    pub(crate) fn is_decided_by_database(self) -> bool {
        matches!(self, Self::AlsoInDatabase | Self::DatabaseOnly | Self::Cached { .. })
    }
}

/// Where verifications are, when there is a [`SecondaryStore`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum VerificationPlacement {
    /// Only in the storage, which decides.
    #[default]
    StorageOnly,
    /// In the database, which decides, and a copy in the storage for better-auth's readers.
    /// better-auth's `verification.storeInDatabase`.
    AlsoInDatabase,
}

/// What a [`SecondaryStore`] keeps where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(clippy::exhaustive_structs, reason = "built with ..SecondaryOptions::default()")]
pub struct SecondaryOptions {
    /// Where sessions are. Default: only in the storage.
    pub sessions: SessionPlacement,
    /// Where verifications are. Default: only in the storage.
    pub verifications: VerificationPlacement,
}

/// A store that keeps users and accounts in a database, and sessions and verifications in a key-value
/// storage, with better-auth's keys and values: its secondary storage is taken over as it is, and it
/// goes on reading what is written here (tokens that are stored hashed aside, which it cannot find).
///
/// Usually made by [`AuthBuilder::secondary_storage`](crate::AuthBuilder::secondary_storage). It asks
/// for an [`AtomicStorage`], because the storage decides whether a session lives and who takes a
/// verification; one that may lag does not compile:
/// ```compile_fail
/// # use hallpass::{MemoryStore, SecondaryStore, clock::SystemClock, storage::SecondaryStorage};
/// fn lagging(storage: impl SecondaryStorage) -> SecondaryStore {
///     SecondaryStore::new(MemoryStore::new(), storage, SystemClock::default())
/// }
/// ```
///
/// # Keys
/// | Key | Value |
/// |---|---|
/// | the token as it is stored | `{"session":{…},"user":{…}}`; the user is a copy, renewed whenever the user changes |
/// | `active-sessions-<user id>` | `[{"token","expiresAt"}]`, by which all sessions of a user are found |
/// | `revoked-sessions-before-<user id>` | a moment in milliseconds: sessions created before it are void |
/// | `verification:<identifier>` | `{"value","expiresAt",…}` |
///
/// Everything is forgotten when it expires, by the clock that is given here: like every storage this
/// one is in, the store forgets what has expired by itself, so that such a session is not found
/// any more and no sweep counts it. When the storage fails, the call fails: nothing is granted.
#[derive(Debug)]
pub struct SecondaryStore {
    primary: Arc<dyn Store>,
    storage: Arc<dyn AtomicStorage>,
    clock: Arc<dyn Clock>,
    options: SecondaryOptions,
    longest_session: Duration,
    schema: OnceLock<Schema>,
}

/// How often a value is read and compared anew before a call is given up: each time another caller has
/// changed it in between, so that many in a row are many callers.
const ATTEMPTS: usize = 10_000;

/// The most that a session may last; see [`SessionOptions`](crate::SessionOptions).
const LONGEST_SESSION: Duration = Duration::from_secs(400 * 24 * 3600);

impl SecondaryStore {
    /// Around `primary`, with everything that may be there in `storage` alone. `clock` tells how long
    /// the storage is to keep things.
    pub fn new(primary: impl Store, storage: impl AtomicStorage, clock: impl Clock) -> Self {
        Self::over(Arc::new(primary), Arc::new(storage), Arc::new(clock))
    }

    /// As [`new`](Self::new), over what is shared already or chosen at run time.
    pub fn over(primary: Arc<dyn Store>, storage: Arc<dyn AtomicStorage>, clock: Arc<dyn Clock>) -> Self {
        let options = SecondaryOptions::default();
        let schema = OnceLock::new();
        Self { primary, storage, clock, options, longest_session: LONGEST_SESSION, schema }
    }

    /// What is kept where.
    #[must_use]
    pub fn options(mut self, options: SecondaryOptions) -> Self {
        self.options = options;
        self
    }

    /// How long a session may last at most, from its creation or last refresh: so long it is remembered
    /// that a user's sessions were revoked. Default: 400 days; less only saves room.
    #[must_use]
    pub fn longest_session(mut self, longest: Duration) -> Self {
        self.longest_session = longest;
        self
    }

    fn session_fields(&self) -> &[ExtraField] {
        self.schema.get().map_or(&[], Schema::session_fields)
    }

    fn user_fields(&self) -> &[ExtraField] {
        self.schema.get().map_or(&[], Schema::user_fields)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How long the storage is to keep what expires at `until`; `None` if it has.
    fn ttl(&self, until: Timestamp) -> Option<Duration> {
        Some(self.now().until(until)).filter(|ttl| !ttl.is_zero())
    }
}

/// A value that is not what it must be.
fn unreadable(what: &'static str) -> StoreError {
    // The value holds tokens: it is not shown.
    StoreError::new(StoreErrorKind::Unexpected, format!("{what} in the secondary storage cannot be read"))
}

fn contended() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "a value in the secondary storage never stood still")
}

#[async_trait]
impl UserStore for SecondaryStore {
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
        if updated.is_some() && self.options.sessions.is_in_storage() {
            self.renew_copies(id).await?;
        }
        Ok(updated)
    }

    async fn user_by_field(&self, field: &str, value: &str) -> Result<Option<User>, StoreError> {
        self.primary.user_by_field(field, value).await
    }

    async fn delete_user(&self, id: &UserId) -> Result<bool, StoreError> {
        if !self.options.sessions.is_in_storage() {
            return self.primary.delete_user(id).await;
        }
        // The sessions first: when the storage fails, the user is still there and can be deleted again.
        if self.primary.user(id).await?.is_some() {
            self.revoke_before_now(id).await?;
            self.end_sessions_of(id, None).await?;
        }
        let deleted = self.primary.delete_user(id).await?;
        // Then those that were created meanwhile; what is created from now on looks for its user.
        self.end_sessions_of(id, None).await?;
        Ok(deleted)
    }
}

forward_accounts!(SecondaryStore);

#[async_trait]
impl SchemaStore for SecondaryStore {
    fn declare(&self, schema: &Schema) -> Result<(), StoreError> {
        self.primary.declare(schema)?;
        self.schema.get_or_init(|| schema.clone());
        Ok(())
    }

    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.primary.migrate().await
    }
}
