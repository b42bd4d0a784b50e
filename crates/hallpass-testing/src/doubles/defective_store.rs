//! A store that breaks a contract when a test wants it to.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::model::{Account, Extra, Session, User, Verification};
use hallpass::password::PasswordHash;
use hallpass::schema::Schema;
use hallpass::store::{
    AccountStore, SchemaStore, SessionStore, Store, StoreError, StoreErrorKind, UserChange, UserStore,
    VerificationStore,
};
use hallpass::types::{AccountId, Email, StoredToken, TokenForms, UserId};

use crate::race::lull;

/// A classic mistake of a store under load or in a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreDefect {
    /// A verification is read, and deleted by another statement.
    TakesInTwoSteps,
    /// A user is there before the first account is.
    CreatesInTwoSteps,
    /// Who signs up with an address that another signed up with at the same time is a user too.
    AddressIsNotUnique,
    /// A password's hash is replaced whatever it is by then.
    ReplacesWithoutComparing,
    /// The last account is deleted as any other.
    DeletesTheLastAccount,
    /// One session in a hundred, and one user in ten, is acknowledged and never written.
    LosesWrites,
    /// A session is acknowledged as deleted, and goes on.
    KeepsSessions,
    /// A verification is handed out as taken, and stays.
    KeepsVerifications,
}

impl StoreDefect {
    /// All that there are.
    pub const ALL: [Self; 8] = [
        Self::TakesInTwoSteps,
        Self::CreatesInTwoSteps,
        Self::AddressIsNotUnique,
        Self::ReplacesWithoutComparing,
        Self::DeletesTheLastAccount,
        Self::LosesWrites,
        Self::KeepsSessions,
        Self::KeepsVerifications,
    ];
}

impl fmt::Display for StoreDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Passes every call on to another store, but for one defect, if any: to see that a test of races or crashes can fail.
#[derive(Debug)]
pub struct DefectiveStore<S> {
    inner: S,
    defect: Option<StoreDefect>,
    writes: AtomicUsize,
}

impl<S: Store> DefectiveStore<S> {
    /// Around `inner`.
    pub fn new(inner: S, defect: Option<StoreDefect>) -> Self {
        Self { inner, defect, writes: AtomicUsize::new(0) }
    }

    fn has(&self, defect: StoreDefect) -> bool {
        self.defect == Some(defect)
    }

    /// Whether the write that is asked for is one of those that are lost, one in `number`.
    fn loses_one_in(&self, number: usize) -> bool {
        self.has(StoreDefect::LosesWrites)
            && (self.writes.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(number)
    }
}

/// Implements these parts of a store: what stands after a `+` by itself, and each method named then by the store's in it.
macro_rules! forward {
    ($($part:ident {
        $(+ { $($own:tt)* })?
        $($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)*
    })*) => {$(
        #[async_trait]
        impl<S: Store> $part for DefectiveStore<S> {
            $($($own)*)?
            $(async fn $method(&self, $($name: $type),*) -> Result<$answer, StoreError> {
                self.inner.$method($($name),*).await
            })*
        }
    )*};
}

forward! {
    UserStore {
        + {
            async fn create_user(&self, user: &User, account: Option<&Account>) -> Result<(), StoreError> {
                if self.loses_one_in(10) {
                    return Ok(());
                }
                if !self.has(StoreDefect::CreatesInTwoSteps) {
                    let created = self.inner.create_user(user, account).await;
                    let is_taken =
                        matches!(&created, Err(error) if error.kind() == StoreErrorKind::Conflict);
                    if !(is_taken && self.has(StoreDefect::AddressIsNotUnique)) {
                        return created;
                    }
                    // The database sees to it that no two are spelt the same.
                    let email = Email::from_stored(format!("{}.{}", user.id, user.email));
                    return self.inner.create_user(&User { email, ..user.clone() }, account).await;
                }
                self.inner.create_user(user, None).await?;
                lull().await;
                match account {
                    Some(account) => self.inner.add_account(account).await.map(drop),
                    None => Ok(()),
                }
            }

            async fn create_user_with_session(
                &self,
                user: &User,
                account: Option<&Account>,
                session: &Session,
            ) -> Result<Option<bool>, StoreError> {
                if self.loses_one_in(10) {
                    return Ok(Some(true));
                }
                // What is wrong with making users is wrong above.
                if self.has(StoreDefect::CreatesInTwoSteps) || self.has(StoreDefect::AddressIsNotUnique) {
                    return Ok(None);
                }
                self.inner.create_user_with_session(user, account, session).await
            }
        }
        user(id: &UserId) -> Option<User>;
        user_by_email(email: &Email) -> Option<User>;
        credential_by_email(email: &Email) -> Option<(User, Option<Account>)>;
        update_user(id: &UserId, change: &UserChange) -> Option<User>;
        user_by_field(field: &str, value: &str) -> Option<User>;
        delete_user(id: &UserId) -> bool;
    }
    AccountStore {
        + {
            async fn replace_password_hash(
                &self,
                account: &AccountId,
                from: &PasswordHash,
                to: &PasswordHash,
                now: Timestamp,
            ) -> Result<bool, StoreError> {
                let replaced = self.inner.replace_password_hash(account, from, to, now).await?;
                Ok(replaced || self.has(StoreDefect::ReplacesWithoutComparing))
            }

            async fn delete_account_unless_last(&self, id: &AccountId) -> Result<bool, StoreError> {
                match self.has(StoreDefect::DeletesTheLastAccount) {
                    true => self.inner.delete_account(id).await,
                    false => self.inner.delete_account_unless_last(id).await,
                }
            }
        }
        add_account(account: &Account) -> bool;
        account_by_provider(provider_id: &str, account_id: &str) -> Option<Account>;
        accounts_of(user: &UserId) -> Vec<Account>;
        delete_account(id: &AccountId) -> bool;
    }
    SessionStore {
        + {
            async fn create_session(&self, session: &Session) -> Result<bool, StoreError> {
                if self.loses_one_in(100) {
                    return Ok(true);
                }
                self.inner.create_session(session).await
            }

            async fn delete_session(&self, token: &TokenForms) -> Result<bool, StoreError> {
                match self.has(StoreDefect::KeepsSessions) {
                    true => Ok(self.inner.session(token).await?.is_some()),
                    false => self.inner.delete_session(token).await,
                }
            }

            async fn delete_sessions_of(
                &self,
                user: &UserId,
                except: Option<&StoredToken>,
            ) -> Result<u64, StoreError> {
                match self.has(StoreDefect::KeepsSessions) {
                    true => Ok(0),
                    false => self.inner.delete_sessions_of(user, except).await,
                }
            }
        }
        may_have_session(user: &UserId) -> bool;
        session(token: &TokenForms) -> Option<(Session, User)>;
        touch_session(token: &StoredToken, expires_at: Timestamp, updated_at: Timestamp) -> bool;
        update_session(token: &StoredToken, extra: &Extra, updated_at: Timestamp) -> Option<Session>;
        sessions_of(user: &UserId, now: Timestamp) -> Vec<Session>;
        delete_expired_sessions(now: Timestamp, limit: u32) -> u64;
    }
    VerificationStore {
        + {
            async fn take_verification(
                &self,
                identifier: &str,
                now: Timestamp,
            ) -> Result<Option<Verification>, StoreError> {
                if self.has(StoreDefect::KeepsVerifications) {
                    return self.inner.verification(identifier, now).await;
                }
                if !self.has(StoreDefect::TakesInTwoSteps) {
                    return self.inner.take_verification(identifier, now).await;
                }
                let found = self.inner.verification(identifier, now).await?;
                lull().await;
                if found.is_some() {
                    self.inner.take_verification(identifier, now).await?;
                }
                Ok(found)
            }
        }
        put_verification(verification: &Verification) -> ();
        restore_verification(verification: &Verification) -> bool;
        verification(identifier: &str, now: Timestamp) -> Option<Verification>;
        delete_expired_verifications(now: Timestamp, limit: u32) -> u64;
    }
}

#[async_trait]
impl<S: Store> SchemaStore for DefectiveStore<S> {
    fn declare(&self, schema: &Schema) -> Result<(), StoreError> {
        self.inner.declare(schema)
    }

    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.inner.migrate().await
    }
}
