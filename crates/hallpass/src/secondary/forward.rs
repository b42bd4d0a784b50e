//! What a store over another one leaves to that one.

/// Accounts are the database's, wherever sessions and verifications are.
macro_rules! forward_accounts {
    ($store:ty) => {
        const _: () = {
            use async_trait::async_trait;

            use crate::clock::Timestamp;
            use crate::model::Account;
            use crate::password::PasswordHash;
            use crate::store::{AccountStore, StoreError};
            use crate::types::{AccountId, UserId};

            #[async_trait]
            impl AccountStore for $store {
                async fn add_account(&self, account: &Account) -> Result<bool, StoreError> {
                    self.primary.add_account(account).await
                }

                async fn account_by_provider(
                    &self,
                    provider_id: &str,
                    account_id: &str,
                ) -> Result<Option<Account>, StoreError> {
                    self.primary.account_by_provider(provider_id, account_id).await
                }

                async fn accounts_of(&self, user: &UserId) -> Result<Vec<Account>, StoreError> {
                    self.primary.accounts_of(user).await
                }

                async fn replace_password_hash(
                    &self,
                    account: &AccountId,
                    from: &PasswordHash,
                    to: &PasswordHash,
                    now: Timestamp,
                ) -> Result<bool, StoreError> {
                    self.primary.replace_password_hash(account, from, to, now).await
                }

                async fn delete_account(&self, id: &AccountId) -> Result<bool, StoreError> {
                    self.primary.delete_account(id).await
                }

                async fn delete_account_unless_last(&self, id: &AccountId) -> Result<bool, StoreError> {
                    self.primary.delete_account_unless_last(id).await
                }
            }
        };
    };
}
