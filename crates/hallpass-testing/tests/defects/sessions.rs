use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::model::{Extra, Session, User};
use hallpass::store::{SessionStore, StoreError};
use hallpass::types::{StoredToken, TokenForms, UserId};

use crate::defect::Defect::*;
use crate::store::{BrokenStore, Tables, remove};

impl BrokenStore {
    fn has_token(&self, session: &Session, token: &TokenForms) -> bool {
        let is_it = |form: &StoredToken| {
            let prefix =
                self.has(SessionIsFoundByPrefix) && session.token.as_str().starts_with(form.as_str());
            prefix || self.same(session.token.as_str(), form.as_str())
        };
        let other = token.other().filter(|_| !self.has(OnlyTheWrittenFormIsFound));
        is_it(token.written()) || other.is_some_and(is_it)
    }

    fn flush(&self) {
        let mut tables = self.tables();
        let unwritten = std::mem::take(&mut tables.unwritten);
        tables.sessions.extend(unwritten);
    }
}

#[async_trait]
impl SessionStore for BrokenStore {
    async fn create_session(&self, session: &Session) -> Result<bool, StoreError> {
        let mut session = session.clone();
        session.user_agent = self.text(session.user_agent);
        session.extra = self.kept(self.tables().schema.session_fields(), &Extra::new(), &session.extra)?;
        if self.has(SessionLosesItsFields) {
            session.extra.clear();
        }
        let is_same = |there: &Session| self.same(there.token.as_str(), session.token.as_str());
        let refusal = |tables: &Tables| {
            if !tables.users.iter().any(|user| user.id == session.user_id) && !self.has(SessionNeedsNoUser) {
                return Some(Ok(false));
            }
            tables.sessions.iter().any(is_same).then(|| Err(StoreError::conflict()))
        };
        if self.has(SessionChecksThenInserts) {
            let refused = refusal(&self.tables());
            if let Some(refused) = refused {
                return refused;
            }
            self.lull(SessionChecksThenInserts).await;
            self.tables().sessions.push(session);
            return Ok(true);
        }
        let mut tables = self.tables();
        if self.has(SessionOverwritesTheToken) {
            remove(&mut tables.sessions, is_same);
        }
        if let Some(refused) = refusal(&tables) {
            return refused;
        }
        let user = tables.users.iter().find(|user| user.id == session.user_id).cloned();
        if self.has(SessionHasTheUserAsItWas) {
            tables.users_then.extend(user);
        }
        if self.has(SweepMissesWhatIsNotFlushed) {
            tables.unwritten.push(session);
        } else {
            tables.sessions.push(session);
        }
        Ok(true)
    }

    async fn may_have_session(&self, user: &UserId) -> Result<bool, StoreError> {
        let exists = self.tables().users.iter().any(|there| there.id == *user);
        Ok(exists || self.has(AnybodyMayHaveASession))
    }

    async fn session(&self, token: &TokenForms) -> Result<Option<(Session, User)>, StoreError> {
        self.flush();
        let tables = self.tables();
        let session = tables.sessions.iter().find(|session| self.has_token(session, token));
        let hidden = |session: &&Session| {
            self.has(ExpiredSessionsAreHidden) && session.expires_at < session.created_at
        };
        let Some(session) = session.filter(|session| !hidden(session)) else { return self.found(None) };
        let users = tables.users_then.iter().chain(&tables.users);
        let user = users.into_iter().find(|user| user.id == session.user_id).cloned();
        Ok(user.map(|user| (session.clone(), user)))
    }

    async fn touch_session(
        &self,
        token: &StoredToken,
        expires_at: Timestamp,
        updated_at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.flush();
        let is_it = |session: &Session| self.has_token(session, &token.clone().into());
        if self.has(TouchReadsThenWrites) {
            let found = self.tables().sessions.iter().find(|session| is_it(session)).cloned();
            let Some(session) = found else { return Ok(false) };
            self.lull(TouchReadsThenWrites).await;
            let mut tables = self.tables();
            remove(&mut tables.sessions, is_it);
            tables.sessions.push(Session { expires_at, updated_at, ..session });
            return Ok(true);
        }
        let mut tables = self.tables();
        if self.has(TouchRevives) {
            let revived = remove(&mut tables.deleted, is_it);
            tables.sessions.extend(revived);
        }
        let Some(session) = tables.sessions.iter_mut().find(|session| is_it(session)) else {
            return Ok(false);
        };
        let is_same = (session.expires_at, session.updated_at) == (expires_at, updated_at);
        if is_same && self.has(UnchangedCountsAsMissing) {
            return Ok(false);
        }
        let earliest = if self.has(TouchOnlyProlongs) { session.expires_at } else { expires_at };
        (session.expires_at, session.updated_at) = (expires_at.max(earliest), updated_at);
        Ok(true)
    }

    async fn update_session(
        &self,
        token: &StoredToken,
        extra: &Extra,
        updated_at: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        self.flush();
        let is_it = |session: &Session| self.has_token(session, &token.clone().into());
        let found = self.tables().sessions.iter().find(|session| is_it(session)).cloned();
        if found.is_some() {
            self.lull(SessionUpdateReadsThenWrites).await;
        }
        let mut tables = self.tables();
        if self.has(SessionUpdateRevives) {
            let revived = remove(&mut tables.deleted, is_it);
            tables.sessions.extend(revived);
        }
        if self.has(SessionUpdateReadsThenWrites) {
            remove(&mut tables.sessions, is_it);
            tables.sessions.extend(found);
        }
        let schema = tables.schema.clone();
        let Some(session) = tables.sessions.iter_mut().find(|session| is_it(session)) else {
            return Ok(None);
        };
        let replaces = self.has(UpdateReplacesTheSessionsFields);
        let before = if replaces { Extra::new() } else { session.extra.clone() };
        session.extra = self.kept(schema.session_fields(), &before, extra)?;
        session.updated_at = updated_at;
        Ok(Some(session.clone()))
    }

    async fn delete_session(&self, token: &TokenForms) -> Result<bool, StoreError> {
        self.flush();
        let mut tables = self.tables();
        let first =
            tables.sessions.iter().find(|session| self.has_token(session, token)).map(|it| it.token.clone());
        let is_gone = |session: &Session| {
            let one = Some(&session.token) == first.as_ref() || !self.has(SignOutEndsOneFormOnly);
            one && self.has_token(session, token)
        };
        let gone = remove(&mut tables.sessions, is_gone);
        tables.deleted.extend(gone.clone());
        Ok(self.deleted(gone.len()))
    }

    async fn sessions_of(&self, user: &UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.flush();
        let is_listed = |session: &&Session| {
            let live =
                session.expires_at > now || (session.expires_at == now && self.has(ListsAtTheMomentOfExpiry));
            self.owns(&session.user_id, user) && live
        };
        let mut sessions: Vec<_> = self.tables().sessions.iter().filter(is_listed).cloned().collect();
        if !self.has(ListsAreInOrderOfInsertion) {
            sessions.sort_by_key(|session| std::cmp::Reverse(session.created_at));
        }
        Ok(sessions)
    }

    async fn delete_sessions_of(
        &self,
        user: &UserId,
        except: Option<&StoredToken>,
    ) -> Result<u64, StoreError> {
        let is_gone = |session: &Session| {
            let expired = self.has(SweepLeavesExpiredSessions) && session.expires_at < session.created_at;
            let excepted = Some(&session.token) == except && !self.has(SweepTakesTheExceptedToo);
            session.user_id == *user && !expired && !excepted
        };
        let mut tables = self.tables();
        let gone = remove(&mut tables.sessions, is_gone);
        tables.deleted.extend(gone.clone());
        Ok(gone.len() as u64)
    }

    async fn delete_expired_sessions(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.flush();
        if self.has(FindsTheExpiredThenDeletes) {
            let mut found: Vec<_> = self.tables().sessions.clone();
            found.retain(|session| self.is_over(session.expires_at, now));
            found.truncate(self.at_once(limit));
            let found: Vec<_> = found.into_iter().map(|session| session.token).collect();
            self.lull(FindsTheExpiredThenDeletes).await;
            let gone = remove(&mut self.tables().sessions, |session| found.contains(&session.token));
            return Ok(gone.len() as u64);
        }
        let mut tables = self.tables();
        let expired = tables.sessions.extract_if(.., |session| self.is_over(session.expires_at, now));
        Ok(expired.take(self.at_once(limit)).count() as u64)
    }
}
