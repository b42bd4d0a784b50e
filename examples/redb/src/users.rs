use async_trait::async_trait;
use hallpass::model::{Account, CREDENTIAL_PROVIDER, Extra, User};
use hallpass::schema::Schema;
use hallpass::store::{StoreError, StoreErrorKind, UserChange, UserStore};
use hallpass::types::{Email, UserId};
use serde_json::Value;

use crate::RedbStore;
use crate::accounts::{self, by_identity, link, unlink};
use crate::records::WriteRecords;
use crate::sessions::{self, end};

pub(crate) const USER: &str = "user";
const BY_EMAIL: &str = "user by email";
const BY_FIELD: &str = "user by field";

/// What is unique to a user, as keys of indexes: the address, and the additional fields that are declared so.
fn unique(schema: &Schema, user: &User) -> Vec<(&'static str, String, String)> {
    let fields = schema.unique_user_fields().filter_map(|field| {
        let value = user.extra.get(field.name()).and_then(Value::as_str)?;
        Some((BY_FIELD, field.name().to_owned(), value.to_owned()))
    });
    [(BY_EMAIL, user.email.as_str().to_owned(), String::new())].into_iter().chain(fields).collect()
}

/// Puts a user in place of what was there before. What must be unique is looked up and taken in one transaction.
fn put(
    records: &mut WriteRecords<'_>,
    schema: &Schema,
    before: Option<&User>,
    user: &User,
) -> Result<(), StoreError> {
    for (index, by, which) in before.iter().flat_map(|before| unique(schema, before)) {
        records.remove(index, &by, &which)?;
    }
    for (index, by, which) in unique(schema, user) {
        if records.id(index, &by, &which)?.is_some() {
            return Err(StoreError::conflict());
        }
        records.point(index, &by, &which, user.id.as_str().as_bytes())?;
    }
    records.put(USER, user.id.as_str(), user)
}

#[async_trait]
impl UserStore for RedbStore {
    async fn create_user(&self, user: &User, account: Option<&Account>) -> Result<(), StoreError> {
        let schema = self.schema();
        let extra = schema.user_extra(&Extra::new(), &user.extra)?;
        let (user, account) = (User { extra, ..user.clone() }, account.cloned());
        self.write(move |records| {
            if records.row::<User>(USER, user.id.as_str())?.is_some() {
                return Err(StoreError::conflict());
            }
            put(records, &schema, None, &user)?;
            account.map_or(Ok(()), |account| link(records, &account))
        })
        .await
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        self.read()?.row(USER, id.as_str())
    }

    async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        Ok(self.credential_by_email(email).await?.map(|(user, _)| user))
    }

    async fn credential_by_email(
        &self,
        email: &Email,
    ) -> Result<Option<(User, Option<Account>)>, StoreError> {
        let records = self.read()?;
        let Some(id) = records.id(BY_EMAIL, email.as_str(), "")? else { return Ok(None) };
        let Some(user) = records.row::<User>(USER, &id)? else { return Ok(None) };
        let account = by_identity(&records, CREDENTIAL_PROVIDER, &id)?;
        Ok(Some((user, account.filter(|account| account.user_id.as_str() == id))))
    }

    async fn update_user(&self, id: &UserId, change: &UserChange) -> Result<Option<User>, StoreError> {
        let (schema, id, change) = (self.schema(), id.clone(), change.clone());
        self.write(move |records| {
            let before = records.row::<User>(USER, id.as_str())?.filter(|user| change.is_about(user));
            let Some(before) = before else { return Ok(None) };
            let extra = schema.user_extra(&before.extra, &change.extra)?;
            let after = User { extra, ..change.applied_to(before.clone()) };
            put(records, &schema, Some(&before), &after)?;
            Ok(Some(after))
        })
        .await
    }

    async fn user_by_field(&self, field: &str, value: &str) -> Result<Option<User>, StoreError> {
        if !self.schema().unique_user_fields().any(|declared| declared.name() == field) {
            let text = format!("no additional field `{field}` is declared unique");
            return Err(StoreError::new(StoreErrorKind::Unexpected, text));
        }
        let records = self.read()?;
        records.id(BY_FIELD, field, value)?.map_or(Ok(None), |id| records.row(USER, &id))
    }

    async fn delete_user(&self, id: &UserId) -> Result<bool, StoreError> {
        let (schema, id) = (self.schema(), id.clone());
        self.write(move |records| {
            let Some(user) = records.row::<User>(USER, id.as_str())? else { return Ok(false) };
            records.remove(USER, id.as_str(), "")?;
            for (index, by, which) in unique(&schema, &user) {
                records.remove(index, &by, &which)?;
            }
            for account in records.ids(accounts::OF_USER, id.as_str())? {
                unlink(records, &account)?;
            }
            for token in records.ids(sessions::OF_USER, id.as_str())? {
                end(records, &token)?;
            }
            Ok(true)
        })
        .await
    }
}
