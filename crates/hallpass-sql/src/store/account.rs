use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::model::Account;
use hallpass::password::PasswordHash;
use hallpass::store::{AccountStore, StoreError};
use hallpass::types::{AccountId, UserId};

use super::SqlStore;
use crate::connection::SqlConnection;
use crate::issuer::issuer_of;
use crate::record::{account_values, read_account};
use crate::statement::Statement;

#[async_trait]
impl<C: SqlConnection> AccountStore for SqlStore<C> {
    async fn add_account(&self, account: &Account) -> Result<bool, StoreError> {
        let values = account_values(account, self.renderer())?;
        let text = self.text();
        let batch = |has_issuer| {
            let statement = if has_issuer {
                Statement::with(&text.add_account_with_issuer, values.clone())
                    .bind(issuer_of(&account.provider_id))
            } else {
                Statement::with(&text.add_account, values.clone())
            };
            vec![statement.bind(account.user_id.as_str())]
        };
        Ok(self.add_by(batch).await?.last().is_some_and(|added| added.affected() > 0))
    }

    async fn account_by_provider(
        &self,
        provider_id: &str,
        account_id: &str,
    ) -> Result<Option<Account>, StoreError> {
        let statement =
            Statement::with(&self.text().account_by_provider, vec![provider_id.into(), account_id.into()]);
        let mut rows = self.connection().query(statement).await?;
        Ok(rows.first_mut().map(|mut row| read_account(&mut row)).transpose()?.flatten())
    }

    async fn accounts_of(&self, user: &UserId) -> Result<Vec<Account>, StoreError> {
        let statement = Statement::with(&self.text().accounts_of, vec![user.as_str().into()]);
        let mut rows = self.connection().query(statement).await?;
        rows.iter_mut().filter_map(|mut row| read_account(&mut row).transpose()).collect()
    }

    async fn replace_password_hash(
        &self,
        account: &AccountId,
        from: &PasswordHash,
        to: &PasswordHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let params =
            vec![to.as_str().into(), self.moment(now), account.as_str().into(), from.as_str().into()];
        let statement = Statement::with(&self.text().replace_password_hash, params);
        Ok(self.connection().execute(statement).await?.affected() > 0)
    }

    async fn delete_account(&self, id: &AccountId) -> Result<bool, StoreError> {
        let statement = Statement::with(&self.text().delete_account, vec![id.as_str().into()]);
        Ok(self.connection().execute(statement).await?.affected() > 0)
    }

    async fn delete_account_unless_last(&self, id: &AccountId) -> Result<bool, StoreError> {
        let text = self.text();
        let delete =
            Statement::with(&text.delete_account_unless_last, vec![id.as_str().into(), id.as_str().into()]);
        let batch = self.after(&text.lock_user_of_account, id.as_str(), vec![delete]);
        let results = self.connection().batch(batch).await?;
        Ok(results.last().is_some_and(|deleted| deleted.affected() > 0))
    }
}
