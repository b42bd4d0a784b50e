use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::model::Account;
use hallpass::password::PasswordHash;
use hallpass::store::{AccountStore, StoreError, StoreErrorKind};
use hallpass::types::{AccountId, UserId};

use crate::defect::Defect::*;
use crate::store::{BrokenStore, Tables, remove};

impl BrokenStore {
    /// An account as it comes out again.
    pub(crate) fn stored(&self, account: &Account) -> Result<Account, StoreError> {
        if !account.extra.is_empty() && !self.has(AccountKeepsAnyFields) {
            return Err(StoreError::new(StoreErrorKind::Unexpected, "no such column"));
        }
        let mut account = account.clone();
        if self.has(AccountLosesItsTokens) {
            account.id_token = None;
        }
        Ok(account)
    }

    pub(crate) fn is_linked(&self, tables: &Tables, account: &Account) -> bool {
        tables.accounts.iter().any(|there| {
            let same_row = there.id == account.id && !self.has(AccountRowIdIsNotUnique);
            let same_provider = there.provider_id == account.provider_id || self.has(AccountIdAloneIsUnique);
            same_row || (self.same(&there.account_id, &account.account_id) && same_provider)
        })
    }
}

#[async_trait]
impl AccountStore for BrokenStore {
    async fn add_account(&self, account: &Account) -> Result<bool, StoreError> {
        let account = self.stored(account)?;
        let refusal = |tables: &Tables| {
            if self.has(ConflictComesBeforeNobody) && self.is_linked(tables, &account) {
                return Some(Err(StoreError::conflict()));
            }
            if !tables.users.iter().any(|user| user.id == account.user_id) && !self.has(AccountNeedsNoUser) {
                return Some(Ok(false));
            }
            self.is_linked(tables, &account).then(|| Err(StoreError::conflict()))
        };
        if self.has(AddChecksThenInserts) {
            let refused = refusal(&self.tables());
            if let Some(refused) = refused {
                return refused;
            }
            self.lull(AddChecksThenInserts).await;
            self.tables().accounts.push(account);
            return Ok(true);
        }
        let mut tables = self.tables();
        if self.has(AccountOverwritesTheIdentity) {
            remove(&mut tables.accounts, |there| {
                (&there.provider_id, &there.account_id) == (&account.provider_id, &account.account_id)
            });
        }
        if let Some(refused) = refusal(&tables) {
            return refused;
        }
        tables.accounts.push(account);
        Ok(true)
    }

    async fn account_by_provider(
        &self,
        provider_id: &str,
        account_id: &str,
    ) -> Result<Option<Account>, StoreError> {
        let tables = self.tables();
        let is_it = |account: &&Account| {
            account.provider_id == provider_id && self.same(&account.account_id, account_id)
        };
        self.found(tables.accounts.iter().find(is_it).cloned())
    }

    async fn accounts_of(&self, user: &UserId) -> Result<Vec<Account>, StoreError> {
        let tables = self.tables();
        let mut accounts: Vec<_> =
            tables.accounts.iter().filter(|there| self.owns(&there.user_id, user)).cloned().collect();
        if !self.has(ListsAreInOrderOfInsertion) {
            accounts.sort_by_key(|account| account.created_at);
        }
        if self.has(ListsOneOfAMoment) {
            accounts.dedup_by_key(|account| account.created_at);
        }
        self.found(accounts.first().cloned())?;
        Ok(accounts)
    }

    async fn replace_password_hash(
        &self,
        account: &AccountId,
        from: &PasswordHash,
        to: &PasswordHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let is_it = |there: &Account| {
            let id = there.id == *account || self.has(ReplacesTheHashOfEverybody);
            let empty =
                there.password.is_none() && from.as_str().is_empty() && self.has(NoHashComparesAsEmpty);
            id && (there.password.as_ref() == Some(from) || empty || self.has(ReplacesWithoutComparing))
        };
        if self.has(ComparesThenSets) {
            if !self.tables().accounts.iter().any(is_it) {
                return Ok(false);
            }
            self.lull(ComparesThenSets).await;
            for there in self.tables().accounts.iter_mut().filter(|there| there.id == *account) {
                (there.password, there.updated_at) = (Some(to.clone()), now);
            }
            return Ok(true);
        }
        let mut replaced = false;
        for there in self.tables().accounts.iter_mut().filter(|there| is_it(there)) {
            (there.password, there.updated_at, replaced) = (Some(to.clone()), now, true);
        }
        Ok(replaced)
    }

    async fn delete_account(&self, id: &AccountId) -> Result<bool, StoreError> {
        let all = self.has(DeletingTakesTheOthersAlong);
        let gone =
            remove(&mut self.tables().accounts, |account| self.same(account.id.as_str(), id.as_str()) || all);
        Ok(self.deleted(gone.len()))
    }

    async fn delete_account_unless_last(&self, id: &AccountId) -> Result<bool, StoreError> {
        let has_another = |tables: &Tables| {
            let user = tables.accounts.iter().find(|there| there.id == *id).map(|there| &there.user_id);
            tables.accounts.iter().any(|there| Some(&there.user_id) == user && there.id != *id)
        };
        if self.has(CountsThenDeletes) {
            if !has_another(&self.tables()) {
                return Ok(false);
            }
            self.lull(CountsThenDeletes).await;
            return Ok(!remove(&mut self.tables().accounts, |there| there.id == *id).is_empty());
        }
        let mut tables = self.tables();
        if !has_another(&tables) && !self.has(LastAccountIsDeleted) {
            return Ok(false);
        }
        Ok(!remove(&mut tables.accounts, |there| there.id == *id).is_empty())
    }
}
