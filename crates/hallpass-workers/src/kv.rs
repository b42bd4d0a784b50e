use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use hallpass::storage::SecondaryStorage;
use hallpass::store::{StoreError, StoreErrorKind};
use worker::kv::{KvError, KvStore};
use worker::send::SendFuture;

/// The shortest life that KV gives a value.
const SHORTEST: Duration = Duration::from_secs(60);

/// Workers KV, which may lag by a minute and more: for copies of sessions,
/// [`AuthBuilder::session_cache`](hallpass::AuthBuilder::session_cache).
pub struct Kv {
    store: KvStore,
}

impl Kv {
    /// The namespace of a binding, as `env.kv("SESSIONS")` gives it.
    pub fn new(store: KvStore) -> Self {
        Self { store }
    }
}

impl fmt::Debug for Kv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kv").finish_non_exhaustive()
    }
}

#[async_trait]
impl SecondaryStorage for Kv {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        SendFuture::new(self.store.get(key).text()).await.map_err(|error| failed(&error))
    }

    async fn set(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError> {
        let put = async {
            let mut put = self.store.put(key, value)?;
            if let Some(ttl) = ttl {
                put = put.expiration_ttl(ttl.max(SHORTEST).as_secs());
            }
            put.execute().await
        };
        SendFuture::new(put).await.map_err(|error| failed(&error))
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        SendFuture::new(self.store.delete(key)).await.map_err(|error| failed(&error))
    }
}

fn failed(error: &KvError) -> StoreError {
    // What follows the first line is the stack of JavaScript.
    let text = error.to_string();
    let message = text.lines().next().unwrap_or_default();
    StoreError::new(StoreErrorKind::Unavailable, format!("Workers KV: {message}"))
}
