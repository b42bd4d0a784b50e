use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::model::{Extra, Session, User};
use hallpass::store::{SessionStore, StoreError};
use hallpass::types::{StoredToken, TokenForms, UserId};

use crate::RedbStore;
use crate::records::{WriteRecords, sortable};
use crate::users::USER;

const SESSION: &str = "session";
pub(crate) const OF_USER: &str = "session of user";
const BY_EXPIRY: &str = "session by expiry";

fn forms(token: &TokenForms) -> Vec<String> {
    let forms = [Some(token.written()), token.other()].into_iter().flatten();
    forms.map(|form| form.as_str().to_owned()).collect()
}

/// Takes a session out; `false` if there was none.
pub(crate) fn end(records: &mut WriteRecords<'_>, token: &str) -> Result<bool, StoreError> {
    let Some(session) = records.row::<Session>(SESSION, token)? else { return Ok(false) };
    records.remove(OF_USER, session.user_id.as_str(), token)?;
    records.remove(BY_EXPIRY, &sortable(session.expires_at), token)?;
    records.remove(SESSION, token, "")?;
    Ok(true)
}

/// Ends sessions, and says how many there were.
fn end_all(records: &mut WriteRecords<'_>, tokens: &[String]) -> Result<u64, StoreError> {
    tokens.iter().try_fold(0, |count, token| Ok(count + u64::from(end(records, token)?)))
}

#[async_trait]
impl SessionStore for RedbStore {
    async fn create_session(&self, session: &Session) -> Result<bool, StoreError> {
        let extra = self.schema().session_extra(&Extra::new(), &session.extra)?;
        let session = Session { extra, ..session.clone() };
        self.write(move |records| {
            let token = session.token.as_str();
            if records.row::<User>(USER, session.user_id.as_str())?.is_none() {
                return Ok(false);
            }
            if records.row::<Session>(SESSION, token)?.is_some() {
                return Err(StoreError::conflict());
            }
            records.point(OF_USER, session.user_id.as_str(), token, &[])?;
            records.point(BY_EXPIRY, &sortable(session.expires_at), token, &[])?;
            records.put(SESSION, token, &session)?;
            Ok(true)
        })
        .await
    }

    async fn may_have_session(&self, user: &UserId) -> Result<bool, StoreError> {
        Ok(self.read()?.row::<User>(USER, user.as_str())?.is_some())
    }

    async fn session(&self, token: &TokenForms) -> Result<Option<(Session, User)>, StoreError> {
        let records = self.read()?;
        for form in forms(token) {
            if let Some(session) = records.row::<Session>(SESSION, &form)? {
                let user = records.row::<User>(USER, session.user_id.as_str())?;
                return Ok(user.map(|user| (session, user)));
            }
        }
        Ok(None)
    }

    async fn touch_session(
        &self,
        token: &StoredToken,
        expires_at: Timestamp,
        updated_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let token = token.as_str().to_owned();
        self.write(move |records| {
            // Never inserted: what has ended stays so.
            let Some(session) = records.row::<Session>(SESSION, &token)? else { return Ok(false) };
            records.remove(BY_EXPIRY, &sortable(session.expires_at), &token)?;
            records.point(BY_EXPIRY, &sortable(expires_at), &token, &[])?;
            records.put(SESSION, &token, &Session { expires_at, updated_at, ..session })?;
            Ok(true)
        })
        .await
    }

    async fn update_session(
        &self,
        token: &StoredToken,
        extra: &Extra,
        updated_at: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let (schema, token, change) = (self.schema(), token.as_str().to_owned(), extra.clone());
        self.write(move |records| {
            let Some(session) = records.row::<Session>(SESSION, &token)? else { return Ok(None) };
            let extra = schema.session_extra(&session.extra, &change)?;
            let session = Session { extra, updated_at, ..session };
            records.put(SESSION, &token, &session)?;
            Ok(Some(session))
        })
        .await
    }

    async fn delete_session(&self, token: &TokenForms) -> Result<bool, StoreError> {
        let forms = forms(token);
        self.write(move |records| Ok(end_all(records, &forms)? > 0)).await
    }

    async fn sessions_of(&self, user: &UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let (records, mut sessions) = (self.read()?, Vec::new());
        for token in records.ids(OF_USER, user.as_str())? {
            let session = records.row::<Session>(SESSION, &token)?;
            sessions.extend(session.filter(|session| session.expires_at > now));
        }
        sessions.sort_by_key(|session| std::cmp::Reverse(session.created_at));
        Ok(sessions)
    }

    async fn delete_sessions_of(
        &self,
        user: &UserId,
        except: Option<&StoredToken>,
    ) -> Result<u64, StoreError> {
        let (user, except) = (user.clone(), except.cloned());
        self.write(move |records| {
            let mut tokens = records.ids(OF_USER, user.as_str())?;
            tokens.retain(|token| except.as_ref().is_none_or(|except| except.as_str() != token));
            end_all(records, &tokens)
        })
        .await
    }

    async fn delete_expired_sessions(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.write(move |records| {
            let tokens = records.ids_before(BY_EXPIRY, now, limit)?;
            end_all(records, &tokens)
        })
        .await
    }
}
