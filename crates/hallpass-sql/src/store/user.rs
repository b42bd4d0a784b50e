use async_trait::async_trait;
use hallpass::model::{Account, Session, User};
use hallpass::store::{StoreError, StoreErrorKind, UserChange, UserStore};
use hallpass::types::{Email, UserId};

use super::SqlStore;
use crate::connection::SqlConnection;
use crate::issuer::issuer_of;
use crate::record::{Table, account_values, read_account, read_user, user_values};
use crate::rows::Rows;
use crate::statement::Statement;
use crate::value::Value;

impl<C: SqlConnection> SqlStore<C> {
    /// Adds a user, the first account and what comes then.
    async fn add_user(
        &self,
        user: &User,
        account: Option<&Account>,
        then: Option<Statement>,
    ) -> Result<Vec<Rows>, StoreError> {
        let text = self.text();
        let user = Statement::with(&text.create_user, user_values(user, &text.tables.user, self.renderer())?);
        let Some(account) = account else {
            return self.connection().batch([user].into_iter().chain(then).collect()).await;
        };
        let values = account_values(account, self.renderer())?;
        let batch = |has_issuer| {
            let account = if has_issuer {
                Statement::with(&text.create_account_with_issuer, values.clone())
                    .bind(issuer_of(&account.provider_id))
            } else {
                Statement::with(&text.create_account, values.clone())
            };
            [user.clone(), account].into_iter().chain(then.clone()).collect()
        };
        self.add_by(batch).await
    }
}

#[async_trait]
impl<C: SqlConnection> UserStore for SqlStore<C> {
    async fn create_user(&self, user: &User, account: Option<&Account>) -> Result<(), StoreError> {
        self.add_user(user, account, None).await.map(drop)
    }

    async fn create_user_with_session(
        &self,
        user: &User,
        account: Option<&Account>,
        session: &Session,
    ) -> Result<Option<bool>, StoreError> {
        let results = self.add_user(user, account, Some(self.session_statement(session)?)).await?;
        Ok(Some(results.last().is_some_and(|session| session.affected() > 0)))
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        let statement = Statement::with(&self.text().user, vec![id.as_str().into()]);
        let mut rows = self.connection().query(statement).await?;
        rows.first_mut().map(|mut row| read_user(&mut row, &self.text().tables.user)).transpose()
    }

    async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        let statement = Statement::with(&self.text().user_by_email, vec![email.as_str().into()]);
        let mut rows = self.connection().query(statement).await?;
        rows.first_mut().map(|mut row| read_user(&mut row, &self.text().tables.user)).transpose()
    }

    async fn credential_by_email(
        &self,
        email: &Email,
    ) -> Result<Option<(User, Option<Account>)>, StoreError> {
        let statement = Statement::with(&self.text().credential_by_email, vec![email.as_str().into()]);
        let mut rows = self.connection().query(statement).await?;
        rows.first_mut()
            .map(|mut row| Ok((read_user(&mut row, &self.text().tables.user)?, read_account(&mut row)?)))
            .transpose()
    }

    async fn update_user(&self, id: &UserId, change: &UserChange) -> Result<Option<User>, StoreError> {
        let Table { name, ref extra, .. } = self.text().tables.user;
        let changes = extra.changes(name, &change.extra, self.renderer())?;
        let mut params: Vec<Value> = vec![
            change.name.as_deref().into(),
            change.email.as_ref().map(Email::as_str).into(),
            change.email_verified.into(),
            change.image.is_some().into(),
            change.image.as_ref().and_then(Option::as_deref).into(),
            self.moment(change.updated_at),
        ];
        params.extend(changes);
        params.push(id.as_str().into());
        params.push(change.if_email.as_ref().map(Email::as_str).into());
        params.push(change.if_email_verified.into());
        let update = Statement::with(&self.text().update_user, params);
        let updated = Statement::with(&self.text().user, vec![id.as_str().into()]);
        let mut rows = self.update(update, updated).await?;
        rows.first_mut().map(|mut row| read_user(&mut row, &self.text().tables.user)).transpose()
    }

    async fn user_by_field(&self, field: &str, value: &str) -> Result<Option<User>, StoreError> {
        let sql = self.text().user_by_field(field).ok_or_else(|| {
            let text = format!("no additional field `{field}` is declared unique");
            StoreError::new(StoreErrorKind::Unexpected, text)
        })?;
        let mut rows = self.connection().query(Statement::with(sql, vec![value.into()])).await?;
        rows.first_mut().map(|mut row| read_user(&mut row, &self.text().tables.user)).transpose()
    }

    async fn delete_user(&self, id: &UserId) -> Result<bool, StoreError> {
        // Sessions and accounts by name: adopted tables may lack the cascade.
        let text = self.text();
        let batch = [&text.delete_sessions_of, &text.delete_accounts_of, &text.delete_user]
            .map(|sql| Statement::with(sql, vec![id.as_str().into()]));
        let batch = self.after(&text.lock_user, id.as_str(), batch.into());
        let results = self.connection().batch(batch).await?;
        Ok(results.last().is_some_and(|user| user.affected() > 0))
    }
}
