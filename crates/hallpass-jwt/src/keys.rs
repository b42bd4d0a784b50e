//! The stored keys: which signs, which are believed, and when there is a new one.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::jwt::{Algorithm, JwtError, JwtKey, JwtSigner, JwtVerifier};
use hallpass::store::StoreError;
use hallpass::{Auth, Error, SealPurpose};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::key::{self, KeyType, PrivateKey, PublicKey};
use crate::store::{JwkStore, StoredKey};

/// The stored keys.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) store: Arc<dyn JwkStore>,
    pub(crate) key_type: KeyType,
    pub(crate) rotation_interval: Option<Duration>,
    pub(crate) grace_period: Duration,
    pub(crate) publish_ahead: Duration,
    /// The key that this process has made last: of requests at once one makes it. Never locked while anything is awaited: a
    /// request that is dropped, or on Workers never polled again, must not keep the others waiting.
    pub(crate) made: Mutex<Option<Made>>,
}

/// A key that this process has made.
#[derive(Debug)]
pub(crate) struct Made {
    key: StoredKey,
    /// Whether the store was given it, or had another by then.
    is_offered: bool,
}

/// How long requests at once take for a key that one of them has made.
const AT_ONCE: Duration = Duration::from_secs(60);

/// Members of a JWK that are secret, or would make a verifier of one a signer of it.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl Keys {
    /// The key that signs now: of those of the configured algorithm the newest that is live, and made before if
    /// there is none.
    pub(crate) async fn signer(&self, auth: &Auth) -> Result<LocalSigner, Error> {
        let mut keys = self.made_if(auth, |keys| self.is_due(auth, keys)).await?;
        let now = auth.now();
        keys.retain(|key| self.is_of_type(key) && key.expires_at.is_none_or(|expires_at| expires_at > now));
        // One that was just published waits for readers to hear of it, unless there is no other.
        let is_known = |key: &StoredKey| key.created_at.plus(self.publish_ahead) <= now;
        let known = keys.iter().filter(|key| is_known(key)).max_by_key(|key| (key.created_at, &key.id));
        let key = known.or_else(|| keys.iter().min_by_key(|key| (key.created_at, &key.id)));
        self.opened(auth, key.ok_or(Error::Internal("a signing key was made and is not there"))?)
    }

    /// The key of this name, if it is believed.
    pub(crate) async fn verifier(
        &self,
        now: Timestamp,
        kid: &str,
    ) -> Result<Option<LocalVerifier>, StoreError> {
        let keys = self.store.keys().await?;
        let Some(key) = keys.into_iter().find(|key| key.id == kid && self.is_believed(key, now)) else {
            return Ok(None);
        };
        let algorithm = key::algorithm(self.alg(&key));
        let public = algorithm.and_then(|algorithm| PublicKey::from_jwk(algorithm, &key.public_key).ok());
        let (Some(algorithm), Some(public)) = (algorithm, public) else {
            tracing::error!(kid, "a key of the table `jwks` cannot be read");
            return Ok(None);
        };
        Ok(Some(LocalVerifier { kid: key.id, algorithm, public }))
    }

    /// The public keys, as a JWKS (RFC 7517 §5).
    pub(crate) async fn jwks(&self, auth: &Auth) -> Result<Value, Error> {
        // better-auth makes a key here only where there is none at all.
        let is_missing = |keys: &[StoredKey]| {
            keys.is_empty() || (!self.publish_ahead.is_zero() && self.is_due(auth, keys))
        };
        let keys = self.made_if(auth, is_missing).await?;
        let now = auth.now();
        let believed = keys.iter().filter(|key| self.is_believed(key, now));
        let keys: Vec<Value> = believed.filter_map(|key| self.published(key)).collect();
        Ok(Value::Object(Map::from_iter([("keys".to_owned(), Value::Array(keys))])))
    }

    fn published(&self, key: &StoredKey) -> Option<Value> {
        let Ok(mut public) = serde_json::from_str::<Map<String, Value>>(&key.public_key) else {
            tracing::error!(kid = key.id, "a key of the table `jwks` is no JWK");
            return None;
        };
        // Nobody should have put these here.
        public.retain(|name, _| !PRIVATE.contains(&name.as_str()));
        if public.get("kty").and_then(Value::as_str) == Some("oct") {
            return None;
        }
        let mut jwk = Map::new();
        jwk.insert("alg".to_owned(), self.alg(key).into());
        if let Some(crv) = &key.crv {
            jwk.insert("crv".to_owned(), crv.as_str().into());
        }
        jwk.extend(public);
        jwk.insert("kid".to_owned(), key.id.as_str().into());
        Some(Value::Object(jwk))
    }

    /// What a key is for. Older versions of better-auth did not say, and it takes such a key for one of the
    /// configured algorithm.
    fn alg<'k>(&self, key: &'k StoredKey) -> &'k str {
        key.alg.as_deref().unwrap_or(self.key_type.algorithm().name())
    }

    fn is_of_type(&self, key: &StoredKey) -> bool {
        self.alg(key) == self.key_type.algorithm().name()
    }

    fn is_believed(&self, key: &StoredKey, now: Timestamp) -> bool {
        key.expires_at.is_none_or(|expires_at| expires_at.plus(self.grace_period) > now)
    }

    /// Whether a key must be made.
    fn is_due(&self, auth: &Auth, keys: &[StoredKey]) -> bool {
        let until = auth.now().plus(self.publish_ahead);
        let lasts = |key: &StoredKey| key.expires_at.is_none_or(|expires_at| expires_at > until);
        !keys.iter().any(|key| self.is_of_type(key) && lasts(key))
    }

    /// The keys, with one that is made first if it `is_missing`.
    async fn made_if(
        &self,
        auth: &Auth,
        is_missing: impl Fn(&[StoredKey]) -> bool,
    ) -> Result<Vec<StoredKey>, Error> {
        let keys = self.store.keys().await?;
        if !is_missing(&keys) {
            return Ok(keys);
        }
        // Another request may have made it since; where it was taken away again, it does not come back.
        if self.has_offered(auth) {
            let keys = self.store.keys().await?;
            if !is_missing(&keys) {
                return Ok(keys);
            }
        }
        self.offer(auth, is_missing).await?;
        Ok(self.store.keys().await?)
    }

    fn made(&self) -> MutexGuard<'_, Option<Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the key that this process has made just now is in the store, or another that was there first.
    fn has_offered(&self, auth: &Auth) -> bool {
        let is_new = |made: &Made| made.is_offered && made.key.created_at.plus(AT_ONCE) > auth.now();
        self.made().as_ref().is_some_and(is_new)
    }

    /// Gives the store a key, unless another server was first.
    async fn offer(&self, auth: &Auth, is_missing: impl Fn(&[StoredKey]) -> bool) -> Result<(), Error> {
        let key = {
            let mut made = self.made();
            let is_good = |made: &&mut Made| {
                let is_new = made.key.created_at.plus(AT_ONCE) > auth.now();
                !made.is_offered && is_new && !is_missing(std::slice::from_ref(&made.key))
            };
            match made.as_mut().filter(is_good) {
                Some(made) => made.key.clone(),
                None => made.insert(Made { key: self.make(auth)?, is_offered: false }).key.clone(),
            }
        };
        let algorithm = self.key_type.algorithm().name();
        let until = key.created_at.plus(self.publish_ahead);
        if self.store.add_key(&key, until, algorithm).await? {
            tracing::info!(kid = key.id, algorithm, "a signing key was made");
        }
        if let Some(made) = self.made().as_mut().filter(|made| made.key.id == key.id) {
            made.is_offered = true;
        }
        Ok(())
    }

    fn make(&self, auth: &Auth) -> Result<StoredKey, Error> {
        let now = auth.now();
        let unusable = |error| {
            tracing::error!(%error, "no signing key can be made");
            Error::Internal("no signing key can be made")
        };
        let pair = PrivateKey::generate(self.key_type, auth.random()).map_err(unusable)?;
        let sealed = auth.seal(SealPurpose::Table, &pair.jwk()).map_err(|error| {
            tracing::error!(%error, "a signing key cannot be sealed");
            Error::Internal("a signing key cannot be sealed")
        })?;
        let lifetime = |interval: Duration| now.plus(interval).plus(self.publish_ahead);
        Ok(StoredKey {
            id: auth.new_id(),
            public_key: pair.public_jwk(),
            private_key: Value::String(sealed).to_string(),
            created_at: now,
            expires_at: self.rotation_interval.map(lifetime),
            alg: Some(self.key_type.algorithm().name().to_owned()),
            crv: self.key_type.curve().map(str::to_owned),
        })
    }

    fn opened(&self, auth: &Auth, key: &StoredKey) -> Result<LocalSigner, Error> {
        let unusable = |error: &dyn fmt::Display| {
            tracing::error!(kid = key.id, %error, "the signing key cannot be used: was it made under this secret?");
            Error::Internal("the signing key cannot be used")
        };
        // Sealed, and that as a JSON string; or, by better-auth without its encryption, the JWK itself.
        let jwk = match serde_json::from_str::<String>(&key.private_key) {
            Ok(sealed) => auth.open(SealPurpose::Table, &sealed).map_err(|error| unusable(&error))?,
            Err(_) => Zeroizing::new(key.private_key.clone()),
        };
        let algorithm = self.key_type.algorithm();
        let private = PrivateKey::from_jwk(algorithm, &jwk).map_err(|error| unusable(&error))?;
        Ok(LocalSigner { kid: key.id.clone(), algorithm, private })
    }
}

/// A stored key, to sign with.
pub(crate) struct LocalSigner {
    kid: String,
    algorithm: Algorithm,
    private: PrivateKey,
}

impl fmt::Debug for LocalSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSigner").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl JwtKey for LocalSigner {
    fn key_id(&self) -> Option<&str> {
        Some(&self.kid)
    }

    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[async_trait]
impl JwtSigner for LocalSigner {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JwtError> {
        self.private.sign(message)
    }
}

/// A stored key, to check signatures with.
pub(crate) struct LocalVerifier {
    kid: String,
    algorithm: Algorithm,
    public: PublicKey,
}

impl fmt::Debug for LocalVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalVerifier").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl JwtKey for LocalVerifier {
    fn key_id(&self) -> Option<&str> {
        Some(&self.kid)
    }

    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[async_trait]
impl JwtVerifier for LocalVerifier {
    async fn verify(&self, message: &[u8], signature: &[u8]) -> Result<bool, JwtError> {
        Ok(self.public.verify(message, signature))
    }
}
