//! Verifications, in the storage, or in the database with a copy in the storage.

use async_trait::async_trait;

use super::record::VerificationRecord;
use super::{ATTEMPTS, SecondaryStore, VerificationPlacement, contended};
use crate::clock::Timestamp;
use crate::model::Verification;
use crate::store::{StoreError, VerificationStore};

/// What their keys begin with.
pub(crate) const VERIFICATIONS: &str = "verification:";

fn key(identifier: &str) -> String {
    format!("{VERIFICATIONS}{identifier}")
}

/// Whether what is kept was created before `verification`.
fn is_older(there: &str, verification: &Verification) -> bool {
    VerificationRecord::read(there).is_some_and(|there| there.created_at < verification.created_at)
}

#[async_trait]
impl VerificationStore for SecondaryStore {
    async fn put_verification(&self, verification: &Verification) -> Result<(), StoreError> {
        if self.options.verifications == VerificationPlacement::AlsoInDatabase {
            self.primary.put_verification(verification).await?;
        }
        let key = key(&verification.identifier);
        match self.ttl(verification.expires_at) {
            None => self.storage.delete(&key).await,
            Some(ttl) => self.storage.set(&key, &VerificationRecord::write(verification)?, Some(ttl)).await,
        }
    }

    async fn restore_verification(&self, verification: &Verification) -> Result<bool, StoreError> {
        let is_primary = self.options.verifications == VerificationPlacement::AlsoInDatabase;
        if is_primary && !self.primary.restore_verification(verification).await? {
            return Ok(false);
        }
        let Some(ttl) = self.ttl(verification.expires_at) else { return Ok(is_primary) };
        let (key, text) = (key(&verification.identifier), VerificationRecord::write(verification)?);
        for _ in 0..ATTEMPTS {
            let is_put = match self.storage.get(&key).await? {
                None => self.storage.set_if_absent(&key, &text, Some(ttl)).await?,
                Some(there) if is_older(&there, verification) => {
                    self.storage.compare_and_set(&key, &there, &text, Some(ttl)).await?
                }
                Some(_) => return Ok(is_primary),
            };
            if is_put {
                return Ok(true);
            }
        }
        Err(contended())
    }

    async fn verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        if self.options.verifications == VerificationPlacement::AlsoInDatabase {
            return self.primary.verification(identifier, now).await;
        }
        let found = self.storage.get(&key(identifier)).await?;
        Ok(found.and_then(|text| VerificationRecord::read(&text)).filter(|found| found.expires_at > now))
    }

    async fn take_verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        if self.options.verifications == VerificationPlacement::AlsoInDatabase {
            let taken = self.primary.take_verification(identifier, now).await?;
            self.storage.delete(&key(identifier)).await?;
            return Ok(taken);
        }
        let taken = self.storage.take(&key(identifier)).await?;
        Ok(taken.and_then(|text| VerificationRecord::read(&text)).filter(|taken| taken.expires_at > now))
    }

    async fn delete_expired_verifications(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        match self.options.verifications {
            VerificationPlacement::AlsoInDatabase => {
                self.primary.delete_expired_verifications(now, limit).await
            }
            // The storage forgets by itself.
            VerificationPlacement::StorageOnly => Ok(0),
        }
    }
}
