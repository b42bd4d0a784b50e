//! The secondary storage, and what the control port shows of it and puts into it.

#[cfg_attr(target_family = "wasm", path = "secondary/in_no_redis.rs")]
mod in_redis;

use std::sync::Arc;
use std::time::Duration;

use hallpass::clock::Clock as _;
use hallpass::storage::AtomicStorage;
use hallpass::store::StoreError;
use hallpass::{AuthBuilder, MemoryStorage, SecondaryOptions, SessionPlacement, VerificationPlacement};
use serde_json::{Map, Value, json};

use self::in_redis::InRedis;
use crate::clock::MovedClock;
use crate::failure::{Broken, Failure};
use crate::options::{Options, RateLimitStorage};

/// More than any scenario needs.
const CAPACITY: usize = 1_000_000;

/// Where it is.
#[derive(Clone)]
pub(crate) enum Secondary {
    Memory(Arc<MemoryStorage>),
    Redis(InRedis),
}

/// The storage that the options name: `memory`, or in its place the Redis at `redis`.
pub(crate) async fn storage(
    options: &Options,
    clock: &MovedClock,
    redis: Option<&str>,
) -> Result<Option<Secondary>, Failure> {
    match (options.secondary_storage.as_deref(), redis) {
        (None, _) => Ok(None),
        (Some("memory"), Some(urls)) => Ok(Some(Secondary::Redis(InRedis::connect(urls).await?))),
        (Some("memory"), None) => {
            let storage = MemoryStorage::new(Arc::new(clock.clone()), CAPACITY);
            Ok(Some(Secondary::Memory(Arc::new(storage))))
        }
        (Some(other), _) => {
            Err(Failure::Refused(format!("option secondaryStorage: {other:?} is not supported")))
        }
    }
}

impl Secondary {
    fn storage(&self) -> Arc<dyn AtomicStorage> {
        match self {
            Self::Memory(storage) => storage.clone(),
            Self::Redis(redis) => redis.storage(),
        }
    }

    /// The clock has gone on: a server has one of its own.
    pub(crate) async fn pass(&self, millis: i64) -> Result<(), Broken> {
        match self {
            Self::Redis(redis) if millis != 0 => redis.pass(millis).await,
            _ => Ok(()),
        }
    }
}

/// Has sessions, verifications and counts kept there, as the options say.
pub(crate) fn add_to(
    builder: AuthBuilder,
    secondary: &Secondary,
    options: &Options,
    clock: &MovedClock,
) -> AuthBuilder {
    let session = &options.session;
    let sessions = match (session.store_session_in_database, session.preserve_session_in_database) {
        (false, _) => SessionPlacement::StorageOnly,
        (true, false) => SessionPlacement::AlsoInDatabase,
        (true, true) => SessionPlacement::RecordedInDatabase,
    };
    let verifications = if options.verification.store_in_database {
        VerificationPlacement::AlsoInDatabase
    } else {
        VerificationPlacement::StorageOnly
    };
    let builder =
        builder.secondary_storage(secondary.storage(), SecondaryOptions { sessions, verifications });
    match options.rate_limit.storage {
        Some(RateLimitStorage::Database) => builder,
        Some(RateLimitStorage::Memory) => {
            builder.rate_limit_storage(MemoryStorage::new(Arc::new(clock.clone()), CAPACITY))
        }
        Some(RateLimitStorage::SecondaryStorage) | None => builder.rate_limit_storage(secondary.storage()),
    }
}

/// Everything in the storage: values, and when they are forgotten in milliseconds since 1970.
pub(crate) async fn dump(secondary: &Secondary, clock: &MovedClock) -> Result<Map<String, Value>, Broken> {
    let entry = |value: String, expires_at: Option<i64>| json!({ "value": value, "expiresAt": expires_at });
    Ok(match secondary {
        Secondary::Memory(storage) => {
            let entries = storage.entries().into_iter();
            let millis = hallpass::clock::Timestamp::as_millis;
            entries.map(|(key, (value, expires_at))| (key, entry(value, expires_at.map(millis)))).collect()
        }
        Secondary::Redis(redis) => {
            let now = clock.now().as_millis();
            let entries = redis.entries().await?.into_iter();
            entries.map(|(key, value, left)| (key, entry(value, left.map(|left| now + left)))).collect()
        }
    })
}

/// Puts what [`dump`] showed into the storage.
pub(crate) async fn load(
    secondary: &Secondary,
    clock: &MovedClock,
    entries: &Map<String, Value>,
) -> Result<(), StoreError> {
    let storage = secondary.storage();
    for (key, entry) in entries {
        let value = entry["value"].as_str().map_or_else(|| entry["value"].to_string(), str::to_owned);
        let left = entry["expiresAt"].as_i64().map(|at| at - clock.now().as_millis());
        let ttl = left.map(|left| Duration::from_millis(u64::try_from(left).unwrap_or(0)));
        storage.set(key, &value, ttl).await?;
    }
    Ok(())
}
