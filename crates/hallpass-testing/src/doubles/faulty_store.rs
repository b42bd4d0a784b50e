//! A store that fails when a test wants it to.

use std::sync::Arc;

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
///
/// A clone is another handle, with the same faults and the same count.
///
/// ```
/// use hallpass::MemoryStore;
/// use hallpass::store::{StoreErrorKind, UserStore};
/// use hallpass_testing::{Fault, FaultyStore, samples};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let store = FaultyStore::new(MemoryStore::new());
/// let (ada, account) = samples::user("ada");
/// store.arm(Fault::After(1));
/// let failed = store.create_user(&ada, Some(&account)).await.unwrap_err();
/// assert_eq!(failed.kind(), StoreErrorKind::Unavailable);
/// // Whether it wrote is not known to the caller; this time it did.
/// assert!(store.inner().user(&ada.id).await.unwrap().is_some());
/// assert_eq!(store.calls(), ["create_user"]);
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct FaultyStore<S> {
    inner: S,
    faults: Arc<Faults>,
}

impl<S: Store> FaultyStore<S> {
    /// Around `inner`, with no fault.
    pub fn new(inner: S) -> Self {
        Self { inner, faults: Arc::default() }
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

crate::__store_methods! { forward }
