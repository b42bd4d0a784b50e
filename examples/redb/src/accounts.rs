use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::model::{Account, User};
use hallpass::password::PasswordHash;
use hallpass::store::{AccountStore, StoreError, StoreErrorKind};
use hallpass::types::{AccountId, UserId};

use crate::RedbStore;
use crate::records::{ReadRecords, WriteRecords};
use crate::users::USER;

const ACCOUNT: &str = "account";
pub(crate) const OF_USER: &str = "account of user";
const BY_IDENTITY: &str = "account by identity";

/// Adds an account, whose user is there.
pub(crate) fn link(records: &mut WriteRecords<'_>, account: &Account) -> Result<(), StoreError> {
    if !account.extra.is_empty() {
        return Err(StoreError::new(StoreErrorKind::Unexpected, "accounts have no additional fields"));
    }
    let (provider, identity, id) = (&account.provider_id, &account.account_id, account.id.as_str());
    if records.row::<Account>(ACCOUNT, id)?.is_some()
        || records.id(BY_IDENTITY, provider, identity)?.is_some()
    {
        return Err(StoreError::conflict());
    }
    records.point(BY_IDENTITY, provider, identity, id.as_bytes())?;
    records.point(OF_USER, account.user_id.as_str(), id, &[])?;
    records.put(ACCOUNT, id, account)
}

/// Takes an account out; `false` if there was none.
pub(crate) fn unlink(records: &mut WriteRecords<'_>, id: &str) -> Result<bool, StoreError> {
    let Some(account) = records.row::<Account>(ACCOUNT, id)? else { return Ok(false) };
    records.remove(BY_IDENTITY, &account.provider_id, &account.account_id)?;
    records.remove(OF_USER, account.user_id.as_str(), id)?;
    records.remove(ACCOUNT, id, "")?;
    Ok(true)
}

pub(crate) fn by_identity(
    records: &ReadRecords,
    provider: &str,
    identity: &str,
) -> Result<Option<Account>, StoreError> {
    records.id(BY_IDENTITY, provider, identity)?.map_or(Ok(None), |id| records.row(ACCOUNT, &id))
}

#[async_trait]
impl AccountStore for RedbStore {
    async fn add_account(&self, account: &Account) -> Result<bool, StoreError> {
        let account = account.clone();
        self.write(move |records| {
            let has_user = records.row::<User>(USER, account.user_id.as_str())?.is_some();
            if has_user {
                link(records, &account)?;
            }
            Ok(has_user)
        })
        .await
    }

    async fn account_by_provider(
        &self,
        provider_id: &str,
        account_id: &str,
    ) -> Result<Option<Account>, StoreError> {
        by_identity(&self.read()?, provider_id, account_id)
    }

    async fn accounts_of(&self, user: &UserId) -> Result<Vec<Account>, StoreError> {
        let (records, mut accounts) = (self.read()?, Vec::new());
        for id in records.ids(OF_USER, user.as_str())? {
            accounts.extend(records.row::<Account>(ACCOUNT, &id)?);
        }
        accounts.sort_by_key(|account| account.created_at);
        Ok(accounts)
    }

    async fn replace_password_hash(
        &self,
        account: &AccountId,
        from: &PasswordHash,
        to: &PasswordHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (id, from, to) = (account.clone(), from.clone(), to.clone());
        self.write(move |records| {
            let account = records.row::<Account>(ACCOUNT, id.as_str())?;
            let Some(account) = account.filter(|account| account.password.as_ref() == Some(&from)) else {
                return Ok(false);
            };
            records.put(ACCOUNT, id.as_str(), &Account { password: Some(to), updated_at: now, ..account })?;
            Ok(true)
        })
        .await
    }

    async fn delete_account(&self, id: &AccountId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |records| unlink(records, id.as_str())).await
    }

    async fn delete_account_unless_last(&self, id: &AccountId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |records| {
            let Some(account) = records.row::<Account>(ACCOUNT, id.as_str())? else { return Ok(false) };
            let has_another = records.ids(OF_USER, account.user_id.as_str())?.len() > 1;
            Ok(has_another && unlink(records, id.as_str())?)
        })
        .await
    }
}
