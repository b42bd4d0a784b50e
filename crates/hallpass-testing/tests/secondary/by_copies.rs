use std::ops::Deref;

use async_trait::async_trait;
use hallpass::CachedStore;
use hallpass::clock::Timestamp;
use hallpass::model::{Account, Extra, Session, User, Verification};
use hallpass::password::PasswordHash;
use hallpass::schema::Schema;
use hallpass::store::{
    AccountStore, SchemaStore, SessionStore, StoreError, UserChange, UserStore, VerificationStore,
};
use hallpass::types::{AccountId, Email, StoredToken, TokenForms, UserId};

/// A store with copies that is asked for copies wherever a session is read.
#[derive(Debug)]
pub(crate) struct ByCopies(Copies);

#[derive(Debug)]
struct Copies(CachedStore);

impl ByCopies {
    pub(crate) fn new(store: CachedStore) -> Self {
        Self(Copies(store))
    }
}

impl Copies {
    /// In place of the store's own, which asks the database.
    async fn session(&self, token: &TokenForms) -> Result<Option<(Session, User)>, StoreError> {
        let found = self.0.recent_session(token).await?;
        Ok(found.map(|(session, user, _)| (session, user)))
    }
}

impl Deref for Copies {
    type Target = CachedStore;

    fn deref(&self) -> &CachedStore {
        &self.0
    }
}

macro_rules! forward {
    ($($part:ident { $($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)* })*) => {$(
        #[async_trait]
        impl $part for ByCopies {$(
            async fn $method(&self, $($name: $type),*) -> Result<$answer, StoreError> {
                self.0.$method($($name),*).await
            }
        )*}
    )*};
}

hallpass_testing::__store_methods! { forward }

#[async_trait]
impl SchemaStore for ByCopies {
    fn declare(&self, schema: &Schema) -> Result<(), StoreError> {
        self.0.declare(schema)
    }

    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.0.migrate().await
    }
}
