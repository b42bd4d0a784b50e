//! A store that fails when a test wants it to.

use std::sync::Mutex;

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

use super::lock;

/// Which calls of a [`FaultyStore`] fail, with [`StoreErrorKind::Unavailable`]. Calls are counted from
/// 1, beginning with the first after [`FaultyStore::arm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// This call fails and does nothing.
    Before(usize),
    /// This call does what it should and fails then: its acknowledgement is lost.
    After(usize),
    /// Every call fails and does nothing.
    Always,
}

/// Passes every call on to another store, counts them, and fails as [`arm`](Self::arm)ed.
///
/// To fail at every call of a flow in turn: run the flow once and count [`calls`](Self::calls), then
/// once more for each, with [`Fault::Before`] and with [`Fault::After`] it.
#[derive(Debug)]
pub struct FaultyStore<S> {
    inner: S,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<&'static str>,
    fault: Option<Fault>,
}

impl<S: Store> FaultyStore<S> {
    /// Around `inner`, with no fault.
    pub fn new(inner: S) -> Self {
        Self { inner, state: Mutex::default() }
    }

    /// From now on fails as `fault` says, and counts calls from 1 again.
    pub fn arm(&self, fault: Fault) {
        *lock(&self.state) = State { calls: Vec::new(), fault: Some(fault) };
    }

    /// From now on fails no more, and counts calls from 1 again.
    pub fn disarm(&self) {
        *lock(&self.state) = State::default();
    }

    /// The calls since the store was made, armed or disarmed, by the names of the methods; those that
    /// failed among them.
    pub fn calls(&self) -> Vec<&'static str> {
        lock(&self.state).calls.clone()
    }

    /// The store behind, which does not fail.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    async fn call<T: Send>(
        &self,
        method: &'static str,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let (number, fault) = {
            let mut state = lock(&self.state);
            state.calls.push(method);
            (state.calls.len(), state.fault)
        };
        let failure = || StoreError::new(StoreErrorKind::Unavailable, "failed, as the test wants it");
        match fault {
            Some(Fault::Always) => Err(failure()),
            Some(Fault::Before(at)) if at == number => Err(failure()),
            Some(Fault::After(at)) if at == number => {
                work.await?;
                Err(failure())
            }
            _ => work.await,
        }
    }
}

#[async_trait]
impl<S: Store> SchemaStore for FaultyStore<S> {
    /// Neither fails nor is counted: it is no call of a flow.
    fn declare(&self, schema: &Schema) -> Result<(), StoreError> {
        self.inner.declare(schema)
    }

    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.call("migrate", self.inner.migrate()).await
    }
}

macro_rules! forward {
    ($($part:ident { $($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)* })*) => {$(
        #[async_trait]
        impl<S: Store> $part for FaultyStore<S> {$(
            async fn $method(&self, $($name: $type),*) -> Result<$answer, StoreError> {
                self.call(stringify!($method), self.inner.$method($($name),*)).await
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
    }
    SessionStore {
        create_session(session: &Session) -> bool;
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
        verification(identifier: &str, now: Timestamp) -> Option<Verification>;
        take_verification(identifier: &str, now: Timestamp) -> Option<Verification>;
        delete_expired_verifications(now: Timestamp) -> u64;
    }
}
