//! Sessions, by what the options say who decides.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use async_trait::async_trait;

use super::record::SessionWithUser;
use super::{ATTEMPTS, SecondaryStore, SessionPlacement, contended};
use crate::clock::Timestamp;
use crate::model::{Extra, Session, User};
use crate::schema::kept::merged;
use crate::store::{SessionStore, StoreError};
use crate::types::{StoredToken, TokenForms, UserId};

#[async_trait]
impl SessionStore for SecondaryStore {
    async fn create_session(&self, session: &Session) -> Result<bool, StoreError> {
        let is_allowed = match self.options.sessions {
            SessionPlacement::StorageOnly => self.primary.may_have_session(&session.user_id).await?,
            _ => self.primary.create_session(session).await?,
        };
        if !is_allowed || !self.options.sessions.is_in_storage() {
            return Ok(is_allowed);
        }
        let Some(user) = self.primary.user(&session.user_id).await? else { return Ok(false) };
        let extra = merged(self.session_fields(), &Extra::new(), &session.extra)?;
        let session = &Session { extra, ..session.clone() };
        let Some(ttl) = self.ttl(session.expires_at) else { return Ok(true) };
        // In the list first: at no moment is there a session that "sign out everywhere" would not find.
        self.refer_to(session).await?;
        let text = SessionWithUser::write(session, &user)?;
        if !self.storage.set_if_absent(session.token.as_str(), &text, Some(ttl)).await? {
            return Err(StoreError::conflict());
        }
        // Whoever deleted or banned the user, or revoked sessions, in the meantime may not have found this one.
        self.settle(&session.token).await?;
        if self.primary.may_have_session(&session.user_id).await? {
            return Ok(true);
        }
        self.delete_session(&session.token.clone().into()).await?;
        Ok(false)
    }

    async fn may_have_session(&self, user: &UserId) -> Result<bool, StoreError> {
        self.primary.may_have_session(user).await
    }

    async fn session(&self, token: &TokenForms) -> Result<Option<(Session, User)>, StoreError> {
        // Never the storage first: it may have been put back to what it was before a sign-out.
        if self.options.sessions.is_decided_by_database() {
            return self.primary.session(token).await;
        }
        for form in forms(token) {
            if let Some(found) = self.find(form).await? {
                let is_revoked = self.is_revoked(&found.session).await?;
                return Ok((!is_revoked).then_some((found.session, found.user)));
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
        if self.options.sessions.is_decided_by_database() {
            let touched = self.primary.touch_session(token, expires_at, updated_at).await?;
            // It is prolonged: a copy that stays as it was only ends sooner.
            if let Err(error) = self.settle(token).await {
                tracing::warn!(%error, "the secondary storage was not told that a session is prolonged");
            }
            return Ok(touched);
        }
        for _ in 0..ATTEMPTS {
            let Some(found) = self.find(token).await? else { return Ok(false) };
            if self.is_revoked(&found.session).await? {
                return Ok(false);
            }
            let touched = Session { expires_at, updated_at, ..found.session.clone() };
            if !self.replace(&found, &touched, &found.user).await? {
                continue;
            }
            self.record(token, expires_at, updated_at).await?;
            if self.ttl(expires_at).is_none() {
                self.refer_no_more(&touched.user_id, token).await?;
            } else if !self.settle(token).await? {
                self.close_record(token).await?;
            }
            return Ok(true);
        }
        Err(contended())
    }

    async fn update_session(
        &self,
        token: &StoredToken,
        extra: &Extra,
        updated_at: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        if self.options.sessions.is_decided_by_database() {
            let updated = self.primary.update_session(token, extra, updated_at).await?;
            self.settle(token).await?;
            return Ok(updated);
        }
        for _ in 0..ATTEMPTS {
            let Some(found) = self.find(token).await? else { return Ok(None) };
            if self.is_revoked(&found.session).await? {
                return Ok(None);
            }
            let extra_now = merged(self.session_fields(), &found.session.extra, extra)?;
            let updated = Session { extra: extra_now, updated_at, ..found.session.clone() };
            if !self.replace(&found, &updated, &found.user).await? {
                continue;
            }
            if self.options.sessions == SessionPlacement::RecordedInDatabase {
                self.primary.update_session(token, extra, updated_at).await?;
            }
            if !self.settle(token).await? {
                self.close_record(token).await?;
            }
            return Ok(Some(updated));
        }
        Err(contended())
    }

    async fn delete_session(&self, token: &TokenForms) -> Result<bool, StoreError> {
        if self.options.sessions.is_decided_by_database() {
            let deleted = self.primary.delete_session(token).await?;
            for form in forms(token) {
                self.end(form, None).await?;
            }
            return Ok(deleted);
        }
        let mut deleted = false;
        for form in forms(token) {
            deleted |= self.end(form, None).await?;
            self.close_record(form).await?;
        }
        Ok(deleted)
    }

    async fn sessions_of(&self, user: &UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        if self.options.sessions.is_decided_by_database() {
            return self.primary.sessions_of(user, now).await;
        }
        let revoked_before = self.revoked_before(user).await?;
        let references = self.references(user).await?.list;
        let tokens: BTreeSet<_> = references.iter().map(super::record::Reference::token).collect();
        let mut sessions = Vec::new();
        for token in tokens {
            let Some(found) = self.find(&token).await? else { continue };
            let session = found.session;
            let is_revoked = revoked_before.is_some_and(|moment| session.created_at < moment);
            if session.user_id == *user && session.expires_at > now && !is_revoked {
                sessions.push(session);
            }
        }
        sessions.sort_by_key(|session| Reverse(session.created_at));
        Ok(sessions)
    }

    async fn delete_sessions_of(
        &self,
        user: &UserId,
        except: Option<&StoredToken>,
    ) -> Result<u64, StoreError> {
        let is_in_database = self.options.sessions.is_decided_by_database();
        let deleted = if is_in_database { self.primary.delete_sessions_of(user, except).await? } else { 0 };
        if !self.options.sessions.is_in_storage() {
            return Ok(deleted);
        }
        if except.is_none() {
            self.revoke_before_now(user).await?;
        }
        let ended = self.end_sessions_of(user, except).await?;
        if self.options.sessions == SessionPlacement::RecordedInDatabase {
            for session in self.primary.sessions_of(user, self.now()).await? {
                if Some(&session.token) != except {
                    self.close_record(&session.token).await?;
                }
            }
        }
        Ok(if is_in_database { deleted } else { ended })
    }

    async fn delete_expired_sessions(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        if self.options.sessions.is_decided_by_database() {
            return self.primary.delete_expired_sessions(now, limit).await;
        }
        // The storage forgets by itself; records are kept.
        Ok(0)
    }
}

impl SecondaryStore {
    /// Notes in the database, where it keeps records, that a session was prolonged.
    async fn record(
        &self,
        token: &StoredToken,
        expires_at: Timestamp,
        updated_at: Timestamp,
    ) -> Result<(), StoreError> {
        if self.options.sessions == SessionPlacement::RecordedInDatabase {
            self.primary.touch_session(token, expires_at, updated_at).await?;
        }
        Ok(())
    }

    /// Notes in the database, where it keeps records, that a session has ended: should the database ever
    /// be asked whether it lives, it says no.
    async fn close_record(&self, token: &StoredToken) -> Result<(), StoreError> {
        if self.options.sessions != SessionPlacement::RecordedInDatabase {
            return Ok(());
        }
        let now = self.now();
        if let Some((session, _)) = self.primary.session(&token.clone().into()).await?
            && session.expires_at > now
        {
            self.primary.touch_session(token, now, now).await?;
        }
        Ok(())
    }
}

fn forms(token: &TokenForms) -> impl Iterator<Item = &StoredToken> {
    std::iter::once(token.written()).chain(token.other())
}
