use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::model::Verification;
use hallpass::store::{StoreError, VerificationStore};

use super::SqlStore;
use crate::connection::SqlConnection;
use crate::record::{read_verification, verification_values};
use crate::statement::Statement;

#[async_trait]
impl<C: SqlConnection> VerificationStore for SqlStore<C> {
    async fn put_verification(&self, verification: &Verification) -> Result<(), StoreError> {
        let text = self.text();
        let batch = vec![
            Statement::with(&text.delete_verification, vec![verification.identifier.as_str().into()]),
            Statement::with(&text.create_verification, verification_values(verification, self.renderer())),
        ];
        // Of two that replace one, neither would find the other's.
        let batch = self.in_turn(&verification.identifier, batch);
        self.connection().batch(batch).await.map(drop)
    }

    async fn restore_verification(&self, verification: &Verification) -> Result<bool, StoreError> {
        let (text, identifier) = (self.text(), verification.identifier.as_str());
        let created_at = self.moment(verification.created_at);
        let values = verification_values(verification, self.renderer());
        let batch = vec![
            Statement::with(&text.delete_older_verifications, vec![identifier.into(), created_at]),
            Statement::with(&text.restore_verification, values).bind(identifier),
        ];
        // In turn with those that put one, whose rows are not seen before they are committed.
        let batch = self.in_turn(identifier, batch);
        let results = self.connection().batch(batch).await?;
        Ok(results.last().is_some_and(|restored| restored.affected() > 0))
    }

    async fn verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        let statement = Statement::with(&self.text().verification, vec![identifier.into()]);
        let mut rows = self.connection().query(statement).await?;
        let newest = rows.first_mut().map(|mut row| read_verification(&mut row)).transpose()?;
        Ok(newest.filter(|found| found.expires_at > now))
    }

    async fn take_verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        if !self.renderer().grammar.returns {
            return self.take_what_was_read(identifier, now).await;
        }
        let params = vec![identifier.into(), identifier.into(), self.moment(now)];
        let statement = Statement::with(&self.text().take_verification, params);
        let mut rows = self.connection().execute(statement).await?;
        // The rows of an identifier go together; what is taken is the newest.
        let mut newest: Option<Verification> = None;
        for mut row in rows.iter_mut() {
            let found = read_verification(&mut row)?;
            if newest.as_ref().is_none_or(|newest| found.created_at > newest.created_at) {
                newest = Some(found);
            }
        }
        Ok(newest.filter(|found| found.expires_at > now))
    }

    async fn delete_expired_verifications(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let params = vec![self.moment(now), i64::from(limit).into()];
        let statement = Statement::with(&self.text().delete_expired_verifications, params);
        Ok(self.connection().execute(statement).await?.affected())
    }
}

impl<C: SqlConnection> SqlStore<C> {
    /// `take_verification` where no DELETE gives back what it deletes: deletes the newest if it is the one that was
    /// read, and reads again where another has taken or replaced that one meanwhile.
    async fn take_what_was_read(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        let text = self.text();
        while let Some(newest) = self.verification(identifier, now).await? {
            let lock = Statement::with(&text.lock_verification, vec![identifier.into()]);
            let params = vec![identifier.into(), identifier.into(), newest.id.as_str().into()];
            let take = Statement::with(&text.take_verification_read, params);
            let taken = self.connection().batch(vec![lock, take]).await?.pop();
            if taken.is_some_and(|taken| taken.affected() > 0) {
                return Ok(Some(newest));
            }
        }
        Ok(None)
    }
}
