use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::model::Verification;
use hallpass::store::{StoreError, VerificationStore};

use crate::defect::Defect::*;
use crate::store::{BrokenStore, Tables, remove};

impl BrokenStore {
    fn is_identified(&self, verification: &Verification, identifier: &str) -> bool {
        self.same(&verification.identifier, identifier)
    }

    fn live(&self, tables: &Tables, identifier: &str, now: Timestamp) -> Option<Verification> {
        // Some moment of the year in which the tests happen.
        let now = if self.has(ReadsAClock) { Timestamp::from_millis(1_767_225_600_050) } else { now };
        let is_live =
            |expires_at| expires_at > now || (expires_at == now && self.has(LiveAtTheMomentOfExpiry));
        let mut found =
            tables.verifications.iter().rev().filter(|there| self.is_identified(there, identifier));
        found.find(|there| is_live(there.expires_at)).cloned()
    }
}

#[async_trait]
impl VerificationStore for BrokenStore {
    async fn put_verification(&self, verification: &Verification) -> Result<(), StoreError> {
        let mut put = verification.clone();
        (put.expires_at, put.created_at) = (self.time(put.expires_at), self.time(put.created_at));
        if self.has(PutDeletesThenInserts) {
            remove(&mut self.tables().verifications, |there| self.is_identified(there, &put.identifier));
            self.lull(PutDeletesThenInserts).await;
        }
        let mut tables = self.tables();
        if !self.has(PutAddsBesideTheOld) {
            remove(&mut tables.verifications, |there| self.is_identified(there, &put.identifier));
        }
        tables.verifications.push(put);
        Ok(())
    }

    async fn restore_verification(&self, verification: &Verification) -> Result<bool, StoreError> {
        let is_newest = |tables: &Tables| {
            let mut all = tables.verifications.iter();
            let is_older = |there: &Verification| {
                there.created_at < verification.created_at && !self.has(RestoreKeepsTheOlder)
            };
            !all.any(|there| self.is_identified(there, &verification.identifier) && !is_older(there))
        };
        if self.has(RestoreReplaces) {
            return self.put_verification(verification).await.map(|()| true);
        }
        if self.has(RestoreLooksThenPuts) {
            let is_newest = is_newest(&self.tables());
            self.lull(RestoreLooksThenPuts).await;
            return if is_newest {
                self.put_verification(verification).await.map(|()| true)
            } else {
                Ok(false)
            };
        }
        let mut tables = self.tables();
        let is_newest = is_newest(&tables);
        if is_newest {
            remove(&mut tables.verifications, |there| self.is_identified(there, &verification.identifier));
            tables.verifications.push(verification.clone());
        }
        Ok(is_newest)
    }

    async fn verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        let mut tables = self.tables();
        let found = self.live(&tables, identifier, now);
        if self.has(LookingTakes) {
            remove(&mut tables.verifications, |there| self.is_identified(there, identifier));
        }
        self.found(found)
    }

    async fn take_verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        if self.has(TakeReadsThenDeletes) {
            let found = self.live(&self.tables(), identifier, now);
            self.lull(TakeReadsThenDeletes).await;
            remove(&mut self.tables().verifications, |there| self.is_identified(there, identifier));
            return Ok(found);
        }
        let mut tables = self.tables();
        let Some(found) = self.live(&tables, identifier, now) else { return self.found(None) };
        if !self.has(TakingLeaves) {
            remove(&mut tables.verifications, |there| *there == found);
        }
        Ok(Some(found))
    }

    async fn delete_expired_verifications(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut tables = self.tables();
        let expired = tables.verifications.extract_if(.., |there| self.is_over(there.expires_at, now));
        Ok(expired.take(self.at_once(limit)).count() as u64)
    }
}
