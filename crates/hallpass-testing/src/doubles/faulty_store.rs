//! A store that fails when a test wants it to.

use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::model::{Account, Extra, Session, User, Verification};
use hallpass::password::PasswordHash;
use hallpass::schema::Schema;
use hallpass::store::{
    AccountStore, SchemaStore, SessionStore, Store, StoreError, UserChange, UserStore, VerificationStore,
};
use hallpass::types::{AccountId, Email, StoredToken, TokenForms, UserId};

use super::fault::{Fault, Faults};

/// Passes every call on to another store, counts them, and fails as [`arm`](Self::arm)ed.
///
/// To fail at every call of a flow in turn: run the flow once and count [`calls`](Self::calls), then
/// once more for each, with [`Fault::Before`] and with [`Fault::After`] it.
#[derive(Debug)]
pub struct FaultyStore<S> {
    inner: S,
    faults: Faults,
}

impl<S: Store> FaultyStore<S> {
    /// Around `inner`, with no fault.
    pub fn new(inner: S) -> Self {
        Self { inner, faults: Faults::default() }
    }

    /// From now on fails as `fault` says, and counts calls from 1 again.
    pub fn arm(&self, fault: Fault) {
        self.faults.set(Some(fault));
    }

    /// From now on fails no more, and counts calls from 1 again.
    pub fn disarm(&self) {
        self.faults.set(None);
    }

    /// The calls since the store was made, armed or disarmed, by the names of the methods; those that
    /// failed among them.
    pub fn calls(&self) -> Vec<&'static str> {
        self.faults.calls()
    }

    /// The store behind, which does not fail.
    pub fn inner(&self) -> &S {
        &self.inner
    }
}

#[async_trait]
impl<S: Store> SchemaStore for FaultyStore<S> {
    /// Neither fails nor is counted: it is no call of a flow.
    fn declare(&self, schema: &Schema) -> Result<(), StoreError> {
        self.inner.declare(schema)
    }

    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.faults.call("migrate", self.inner.migrate()).await
    }
}

macro_rules! forward {
    ($($part:ident { $($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)* })*) => {$(
        #[async_trait]
        impl<S: Store> $part for FaultyStore<S> {$(
            async fn $method(&self, $($name: $type),*) -> Result<$answer, StoreError> {
                self.faults.call(stringify!($method), self.inner.$method($($name),*)).await
            }
        )*}
    )*};
}

forward! {
    UserStore {
        create_user(user: &User, account: Option<&Account>) -> ();
        user(id: &UserId) -> Option<User>;
        user_by_email(email: &Email) -> Option<User>;
        credential_by_email(email: &Email) -> Option<(User, Option<Account>)>;
        update_user(id: &UserId, change: &UserChange) -> Option<User>;
        user_by_field(field: &str, value: &str) -> Option<User>;
        delete_user(id: &UserId) -> bool;
    }
    AccountStore {
        add_account(account: &Account) -> bool;
        account_by_provider(provider_id: &str, account_id: &str) -> Option<Account>;
        accounts_of(user: &UserId) -> Vec<Account>;
        replace_password_hash(account: &AccountId, from: &PasswordHash, to: &PasswordHash, now: Timestamp) -> bool;
        delete_account(id: &AccountId) -> bool;
        delete_account_unless_last(id: &AccountId) -> bool;
    }
    SessionStore {
        create_session(session: &Session) -> bool;
        may_have_session(user: &UserId) -> bool;
        session(token: &TokenForms) -> Option<(Session, User)>;
        touch_session(token: &StoredToken, expires_at: Timestamp, updated_at: Timestamp) -> bool;
        update_session(token: &StoredToken, extra: &Extra, updated_at: Timestamp) -> Option<Session>;
        delete_session(token: &TokenForms) -> bool;
        sessions_of(user: &UserId, now: Timestamp) -> Vec<Session>;
        delete_sessions_of(user: &UserId, except: Option<&StoredToken>) -> u64;
        delete_expired_sessions(now: Timestamp) -> u64;
    }
    VerificationStore {
        put_verification(verification: &Verification) -> ();
        restore_verification(verification: &Verification) -> bool;
        verification(identifier: &str, now: Timestamp) -> Option<Verification>;
        take_verification(identifier: &str, now: Timestamp) -> Option<Verification>;
        delete_expired_verifications(now: Timestamp) -> u64;
    }
}
