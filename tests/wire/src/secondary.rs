//! The secondary storage, and what the control port shows of it and puts into it.

use std::sync::Arc;
use std::time::Duration;

use hallpass::clock::Clock as _;
use hallpass::storage::SecondaryStorage as _;
use hallpass::store::StoreError;
use hallpass::{AuthBuilder, MemoryStorage, SecondaryOptions, SessionPlacement, VerificationPlacement};
use serde_json::{Map, Value, json};

use crate::Failure;
use crate::clock::MovedClock;
use crate::options::{Options, RateLimitStorage};

/// More than any scenario needs.
const CAPACITY: usize = 1_000_000;

/// The storage that the options name.
pub(crate) fn storage(options: &Options, clock: &MovedClock) -> Result<Option<Arc<MemoryStorage>>, Failure> {
    match options.secondary_storage.as_deref() {
        None => Ok(None),
        Some("memory") => Ok(Some(Arc::new(MemoryStorage::new(Arc::new(clock.clone()), CAPACITY)))),
        Some(other) => Err(Failure::Refused(format!("option secondaryStorage: {other:?} is not supported"))),
    }
}

/// Has sessions, verifications and counts kept there, as the options say.
pub(crate) fn add_to(
    builder: AuthBuilder,
    storage: &Arc<MemoryStorage>,
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
        builder.secondary_storage(Arc::clone(storage), SecondaryOptions { sessions, verifications });
    if options.rate_limit.storage == Some(RateLimitStorage::Memory) {
        return builder.rate_limit_storage(MemoryStorage::new(Arc::new(clock.clone()), CAPACITY));
    }
    builder.rate_limit_storage(Arc::clone(storage))
}

/// Everything in the storage: values, and when they are forgotten in milliseconds since 1970.
pub(crate) fn dump(storage: &MemoryStorage) -> Map<String, Value> {
    let entry = |(value, expires_at): (String, Option<hallpass::clock::Timestamp>)| {
        let expires_at = expires_at.map(hallpass::clock::Timestamp::as_millis);
        json!({ "value": value, "expiresAt": expires_at })
    };
    storage.entries().into_iter().map(|(key, there)| (key, entry(there))).collect()
}

/// Puts what [`dump`] showed into the storage.
pub(crate) async fn load(
    storage: &MemoryStorage,
    clock: &MovedClock,
    entries: &Map<String, Value>,
) -> Result<(), StoreError> {
    for (key, entry) in entries {
        let value = entry["value"].as_str().map_or_else(|| entry["value"].to_string(), str::to_owned);
        let left = entry["expiresAt"].as_i64().map(|at| at - clock.now().as_millis());
        let ttl = left.map(|left| Duration::from_millis(u64::try_from(left).unwrap_or(0)));
        storage.set(key, &value, ttl).await?;
    }
    Ok(())
}
