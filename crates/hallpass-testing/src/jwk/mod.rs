//! The checks of the contract of [`hallpass_jwt::JwkStore`]: a function for every sentence.
//!
//! A check takes a store with no keys in it, and panics when the store breaks the contract.

mod list;

pub mod keys;
pub mod races;

use std::fmt::{self, Debug};
use std::sync::Arc;

use hallpass::clock::Timestamp;
use hallpass::tasks::BackgroundTasks;
use hallpass_jwt::{JwkStore, StoredKey};

use crate::Check;
use crate::race::{CROWD, Racer, race};

/// Every check, each once, to be run by name where [`jwk_store_tests!`](crate::jwk_store_tests) cannot.
pub fn checks() -> &'static [Check<JwkStoreFixture>] {
    CHECKS
}

const CHECKS: &[Check<JwkStoreFixture>] = crate::__jwk_checks! { [crate::macros::table] };

/// An empty store of keys.
pub struct JwkStoreFixture {
    store: Arc<dyn JwkStore>,
    tasks: Option<Arc<dyn BackgroundTasks>>,
    _kept: Option<Box<dyn Send + Sync>>,
}

impl JwkStoreFixture {
    /// Around a store with no keys in it.
    pub fn new(store: impl JwkStore) -> Self {
        Self { store: Arc::new(store), tasks: None, _kept: None }
    }

    /// Keeps `thing`, such as the directory that the store is in, until the check is over.
    #[must_use]
    pub fn keep(self, thing: impl Send + Sync + 'static) -> Self {
        Self { _kept: Some(Box::new(thing)), ..self }
    }

    /// What runs the racers of a race: it should have several threads. Without it they take turns in
    /// one future. [`jwk_store_tests!`](crate::jwk_store_tests) brings its own.
    #[must_use]
    pub fn tasks(self, tasks: Arc<dyn BackgroundTasks>) -> Self {
        Self { tasks: Some(tasks), ..self }
    }

    /// The store.
    pub fn store(&self) -> &dyn JwkStore {
        &*self.store
    }

    /// Lets a crowd do `work` at once, each with its number; what they came to is in order.
    async fn crowd<T, F>(&self, work: impl Fn(usize, Arc<dyn JwkStore>) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let racers = (0..CROWD).map(|number| -> Racer<T> { Box::pin(work(number, self.store.clone())) });
        race(self.tasks.as_deref(), racers.collect()).await
    }
}

impl<S: JwkStore> From<S> for JwkStoreFixture {
    fn from(store: S) -> Self {
        Self::new(store)
    }
}

impl<'a> From<&'a JwkStoreFixture> for &'a dyn JwkStore {
    fn from(fixture: &'a JwkStoreFixture) -> Self {
        fixture.store()
    }
}

impl Debug for JwkStoreFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwkStoreFixture").field("store", &self.store).finish_non_exhaustive()
    }
}

/// The moment at which keys are made here.
const NOW: Timestamp = Timestamp::from_millis(1_795_335_687_378);

/// A moment so many seconds later.
fn after(seconds: u64) -> Timestamp {
    NOW.plus(std::time::Duration::from_secs(seconds))
}

/// A key for `EdDSA` that signs until `expires_at`.
fn key(id: &str, expires_at: Option<Timestamp>) -> StoredKey {
    StoredKey {
        id: id.to_owned(),
        public_key: format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"public of {id}"}}"#),
        private_key: format!(r#""private of {id}""#),
        created_at: NOW,
        expires_at,
        alg: Some("EdDSA".to_owned()),
        crv: Some("Ed25519".to_owned()),
    }
}
