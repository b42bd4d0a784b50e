//! Where keys are kept.

use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::schema::{Column, FieldKind, Table};
use hallpass::store::StoreError;

/// A pair of keys as better-auth's table `jwks` has it.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "stores build records field by field")]
pub struct StoredKey {
    /// The identifier of the row, and the `kid` of tokens.
    pub id: String,
    /// The public JWK.
    pub public_key: String,
    /// The private JWK: sealed under the server's secret, and that as a JSON string.
    pub private_key: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The moment from which it signs no more; `None` if it signs for ever.
    pub expires_at: Option<Timestamp>,
    /// What it is for: `EdDSA`. Rows of older versions of better-auth do not say.
    pub alg: Option<String>,
    /// Its curve.
    pub crv: Option<String>,
}

impl Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An adopted table may hold private keys that nobody sealed.
        f.debug_struct("StoredKey")
            .field("id", &self.id)
            .field("alg", &self.alg)
            .field("created_at", &self.created_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The table in which a database keeps them.
pub(crate) fn table() -> Table {
    let required = |name, kind| Column::new(name, kind).required();
    Table::new("jwks")
        .column(required("publicKey", FieldKind::Text))
        .column(required("privateKey", FieldKind::Text))
        .column(required("createdAt", FieldKind::Moment))
        .column(Column::new("expiresAt", FieldKind::Moment))
        .column(Column::new("alg", FieldKind::Text))
        .column(Column::new("crv", FieldKind::Text))
}

/// Where keys are kept.
///
/// # Contract
/// [`add_key`](Self::add_key) is atomic: on a database whose statements are serialised, of any number of callers
/// at once **one** adds its key. Where more than one gets through, all their keys are kept, and all are in
/// [`keys`](Self::keys).
#[async_trait]
pub trait JwkStore: Debug + Send + Sync + 'static {
    /// All keys, in any order.
    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError>;

    /// Adds `key`, unless there is one for the same algorithm that still signs at `until`: one that expires later
    /// than that, or never. A key that does not say its algorithm counts as one for `unnamed`.
    /// `false` if there was one.
    async fn add_key(&self, key: &StoredKey, until: Timestamp, unnamed: &str) -> Result<bool, StoreError>;
}

#[async_trait]
impl<S: JwkStore + ?Sized> JwkStore for Arc<S> {
    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        (**self).keys().await
    }

    async fn add_key(&self, key: &StoredKey, until: Timestamp, unnamed: &str) -> Result<bool, StoreError> {
        (**self).add_key(key, until, unnamed).await
    }
}

/// Keys in this process's memory: they are gone with it, and so is what anybody knows of them. A clone is another
/// handle to the same keys.
#[derive(Debug, Clone, Default)]
pub struct MemoryJwkStore {
    keys: Arc<Mutex<Vec<StoredKey>>>,
}

impl MemoryJwkStore {
    /// With no keys.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl JwkStore for MemoryJwkStore {
    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        Ok(self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn add_key(&self, key: &StoredKey, until: Timestamp, unnamed: &str) -> Result<bool, StoreError> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let algorithm = |key: &StoredKey| key.alg.as_deref().unwrap_or(unnamed).to_owned();
        let is_there = keys.iter().any(|there| {
            algorithm(there) == algorithm(key) && there.expires_at.is_none_or(|expires_at| expires_at > until)
        });
        if !is_there {
            keys.push(key.clone());
        }
        Ok(!is_there)
    }
}
