use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::model::Verification;
use hallpass::store::{StoreError, VerificationStore};

use crate::RedbStore;
use crate::records::{WriteRecords, sortable};

const VERIFICATION: &str = "verification";
const BY_EXPIRY: &str = "verification by expiry";

fn put(records: &mut WriteRecords<'_>, verification: &Verification) -> Result<(), StoreError> {
    remove(records, &verification.identifier)?;
    records.point(BY_EXPIRY, &sortable(verification.expires_at), &verification.identifier, &[])?;
    records.put(VERIFICATION, &verification.identifier, verification)
}

fn remove(records: &mut WriteRecords<'_>, identifier: &str) -> Result<(), StoreError> {
    let Some(there) = records.row::<Verification>(VERIFICATION, identifier)? else { return Ok(()) };
    records.remove(BY_EXPIRY, &sortable(there.expires_at), identifier)?;
    records.remove(VERIFICATION, identifier, "")
}

#[async_trait]
impl VerificationStore for RedbStore {
    async fn put_verification(&self, verification: &Verification) -> Result<(), StoreError> {
        let verification = verification.clone();
        self.write(move |records| put(records, &verification)).await
    }

    async fn restore_verification(&self, verification: &Verification) -> Result<bool, StoreError> {
        let taken = verification.clone();
        self.write(move |records| {
            let there = records.row::<Verification>(VERIFICATION, &taken.identifier)?;
            let is_newest = there.is_none_or(|there| there.created_at < taken.created_at);
            if is_newest {
                put(records, &taken)?;
            }
            Ok(is_newest)
        })
        .await
    }

    async fn verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        let found = self.read()?.row::<Verification>(VERIFICATION, identifier)?;
        Ok(found.filter(|found| found.expires_at > now))
    }

    async fn take_verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        let identifier = identifier.to_owned();
        // Looked up and removed in one transaction: of two callers, one gets it.
        self.write(move |records| {
            let found = records
                .row::<Verification>(VERIFICATION, &identifier)?
                .filter(|found| found.expires_at > now);
            if found.is_some() {
                remove(records, &identifier)?;
            }
            Ok(found)
        })
        .await
    }

    async fn delete_expired_verifications(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.write(move |records| {
            let identifiers = records.ids_before(BY_EXPIRY, now, limit)?;
            for identifier in &identifiers {
                remove(records, identifier)?;
            }
            Ok(identifiers.len() as u64)
        })
        .await
    }
}
