use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::model::{Extra, Session, User};
use hallpass::store::{SessionStore, StoreError};
use hallpass::types::{StoredToken, TokenForms, UserId};

use super::SqlStore;
use crate::connection::SqlConnection;
use crate::record::{read_session, read_user, session_values};
use crate::statement::Statement;
use crate::unenforced::Unenforced;

impl<C: SqlConnection> SqlStore<C> {
    /// Adds a session of a user who may have one.
    pub(super) fn session_statement(&self, session: &Session) -> Result<Statement, StoreError> {
        let sql = match self.unenforced() {
            Unenforced::Refuse | Unenforced::KeepOut => &self.text().create_session,
            Unenforced::LetIn => &self.text().create_session_of_anybody,
        };
        let values = session_values(session, &self.text().tables.session, self.renderer())?;
        Ok(Statement::with(sql, values).bind(session.user_id.as_str()))
    }
}

#[async_trait]
impl<C: SqlConnection> SessionStore for SqlStore<C> {
    async fn create_session(&self, session: &Session) -> Result<bool, StoreError> {
        Ok(self.connection().execute(self.session_statement(session)?).await?.affected() > 0)
    }

    async fn may_have_session(&self, user: &UserId) -> Result<bool, StoreError> {
        let sql = match self.unenforced() {
            Unenforced::Refuse | Unenforced::KeepOut => &self.text().may_have_session,
            Unenforced::LetIn => &self.text().user,
        };
        Ok(!self.connection().query(Statement::with(sql, vec![user.as_str().into()])).await?.is_empty())
    }

    async fn session(&self, token: &TokenForms) -> Result<Option<(Session, User)>, StoreError> {
        let written = token.written().as_str().into();
        let statement = match token.other() {
            None => Statement::with(&self.text().session, vec![written]),
            Some(other) => Statement::with(&self.text().session_of_two, vec![written, other.as_str().into()]),
        };
        let mut rows = self.connection().query(statement).await?;
        let tables = &self.text().tables;
        rows.first_mut()
            .map(|mut row| Ok((read_session(&mut row, &tables.session)?, read_user(&mut row, &tables.user)?)))
            .transpose()
    }

    async fn touch_session(
        &self,
        token: &StoredToken,
        expires_at: Timestamp,
        updated_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let params = vec![self.moment(expires_at), self.moment(updated_at), token.as_str().into()];
        let statement = Statement::with(&self.text().touch_session, params);
        Ok(self.connection().execute(statement).await?.affected() > 0)
    }

    async fn update_session(
        &self,
        token: &StoredToken,
        extra: &Extra,
        updated_at: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let table = &self.text().tables.session;
        let mut params = vec![self.moment(updated_at)];
        params.extend(table.extra.changes(table.name, extra, self.renderer())?);
        params.push(token.as_str().into());
        let update = Statement::with(&self.text().update_session, params);
        let updated = Statement::with(&self.text().session, vec![token.as_str().into()]);
        let mut rows = self.update(update, updated).await?;
        rows.first_mut().map(|mut row| read_session(&mut row, table)).transpose()
    }

    async fn delete_session(&self, token: &TokenForms) -> Result<bool, StoreError> {
        let params = vec![token.written().as_str().into(), token.other().map(StoredToken::as_str).into()];
        let statement = Statement::with(&self.text().delete_session, params);
        Ok(self.connection().execute(statement).await?.affected() > 0)
    }

    async fn sessions_of(&self, user: &UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let statement =
            Statement::with(&self.text().sessions_of, vec![user.as_str().into(), self.moment(now)]);
        let mut rows = self.connection().query(statement).await?;
        rows.iter_mut().map(|mut row| read_session(&mut row, &self.text().tables.session)).collect()
    }

    async fn delete_sessions_of(
        &self,
        user: &UserId,
        except: Option<&StoredToken>,
    ) -> Result<u64, StoreError> {
        let user = user.as_str().into();
        let statement = match except {
            None => Statement::with(&self.text().delete_sessions_of, vec![user]),
            Some(except) => {
                Statement::with(&self.text().delete_other_sessions_of, vec![user, except.as_str().into()])
            }
        };
        Ok(self.connection().execute(statement).await?.affected())
    }

    async fn delete_expired_sessions(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let params = vec![self.moment(now), i64::from(limit).into()];
        let statement = Statement::with(&self.text().delete_expired_sessions, params);
        Ok(self.connection().execute(statement).await?.affected())
    }
}
