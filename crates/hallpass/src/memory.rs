//! A store in memory: the reference implementation of the store traits, for tests and for trying things out.

mod ends;
mod tables;

use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::Value;

use self::tables::Tables;
use crate::clock::Timestamp;
use crate::model::{Account, CREDENTIAL_PROVIDER, Extra, Session, User, Verification};
use crate::password::PasswordHash;
use crate::schema::Schema;
use crate::store::{
    AccountStore, SchemaStore, SessionStore, StoreError, StoreErrorKind, UserChange, UserStore,
    VerificationStore,
};
use crate::types::{AccountId, Email, StoredToken, TokenForms, UserId};

/// Users, accounts, sessions and verifications in this process's memory. Gone when the last clone is.
///
/// One lock is held through each method, which makes each of them atomic.
#[derive(Clone, Default)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many rows each table has: for diagnostics.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        let tables = self.lock();
        let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
        vec![
            ("user", count(tables.users.len())),
            ("account", count(tables.accounts.len())),
            ("session", count(tables.sessions.len())),
            ("verification", count(tables.verifications.len())),
        ]
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        // Nothing below panics between two changes that belong together.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Deletes at most `limit` of the rows that are over, and says how many.
fn delete_some<K: Eq + Hash, V>(rows: &mut HashMap<K, V>, limit: u32, is_over: impl Fn(&V) -> bool) -> u64 {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    rows.extract_if(|_, row| is_over(row)).take(limit).count() as u64
}

#[async_trait]
impl UserStore for MemoryStore {
    async fn create_user(&self, user: &User, account: Option<&Account>) -> Result<(), StoreError> {
        self.lock().add_user(user, account)
    }

    async fn create_user_with_session(
        &self,
        user: &User,
        account: Option<&Account>,
        session: &Session,
    ) -> Result<Option<bool>, StoreError> {
        let mut tables = self.lock();
        // What is wrong with the session shows before the user is there.
        let kept = tables.new_session(session)?;
        tables.add_user(user, account)?;
        Ok(Some(tables.add_session(kept)))
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        Ok(self.lock().users.get(id).cloned())
    }

    async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        Ok(self.lock().user_by_email(email).cloned())
    }

    async fn credential_by_email(
        &self,
        email: &Email,
    ) -> Result<Option<(User, Option<Account>)>, StoreError> {
        let tables = self.lock();
        let Some(user) = tables.user_by_email(email).cloned() else { return Ok(None) };
        let is_credential = |account: &&Account| {
            account.user_id == user.id
                && account.provider_id == CREDENTIAL_PROVIDER
                && account.account_id == user.id.as_str()
        };
        let account = tables.accounts.values().find(is_credential).cloned();
        Ok(Some((user, account)))
    }

    async fn update_user(&self, id: &UserId, change: &UserChange) -> Result<Option<User>, StoreError> {
        let mut tables = self.lock();
        let Some(user) = tables.users.get(id).filter(|user| change.is_about(user)) else { return Ok(None) };
        if let Some(email) = &change.email
            && tables.user_by_email(email).is_some_and(|owner| owner.id != *id)
        {
            return Err(StoreError::conflict());
        }
        let extra = tables.schema.user_extra(&user.extra, &change.extra)?;
        if tables.has_taken_field(id, &extra) {
            return Err(StoreError::conflict());
        }
        let Some(user) = tables.users.get_mut(id) else { return Ok(None) };
        *user = User { extra, ..change.applied_to(user.clone()) };
        Ok(Some(user.clone()))
    }

    async fn user_by_field(&self, field: &str, value: &str) -> Result<Option<User>, StoreError> {
        let tables = self.lock();
        if !tables.schema.unique_user_fields().any(|declared| declared.name() == field) {
            let text = format!("no additional field `{field}` is declared unique");
            return Err(StoreError::new(StoreErrorKind::Unexpected, text));
        }
        let has = |user: &&User| user.extra.get(field).and_then(Value::as_str) == Some(value);
        Ok(tables.users.values().find(has).cloned())
    }

    async fn delete_user(&self, id: &UserId) -> Result<bool, StoreError> {
        let mut tables = self.lock();
        tables.accounts.retain(|_, account| account.user_id != *id);
        tables.end_sessions(|_, session| session.user_id == *id);
        Ok(tables.users.remove(id).is_some())
    }
}

#[async_trait]
impl AccountStore for MemoryStore {
    async fn add_account(&self, account: &Account) -> Result<bool, StoreError> {
        let mut tables = self.lock();
        if !tables.users.contains_key(&account.user_id) {
            return Ok(false);
        }
        tables.link(account)?;
        tables.accounts.insert(account.id.clone(), account.clone());
        Ok(true)
    }

    async fn account_by_provider(
        &self,
        provider_id: &str,
        account_id: &str,
    ) -> Result<Option<Account>, StoreError> {
        let tables = self.lock();
        let same =
            |account: &&Account| account.provider_id == provider_id && account.account_id == account_id;
        Ok(tables.accounts.values().find(same).cloned())
    }

    async fn accounts_of(&self, user: &UserId) -> Result<Vec<Account>, StoreError> {
        let tables = self.lock();
        let mut found: Vec<_> =
            tables.accounts.values().filter(|account| account.user_id == *user).cloned().collect();
        found.sort_by_key(|account| account.created_at);
        Ok(found)
    }

    async fn replace_password_hash(
        &self,
        account: &AccountId,
        from: &PasswordHash,
        to: &PasswordHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tables = self.lock();
        let Some(account) = tables.accounts.get_mut(account) else { return Ok(false) };
        if account.password.as_ref() != Some(from) {
            return Ok(false);
        }
        account.password = Some(to.clone());
        account.updated_at = now;
        Ok(true)
    }

    async fn delete_account(&self, id: &AccountId) -> Result<bool, StoreError> {
        Ok(self.lock().accounts.remove(id).is_some())
    }

    async fn delete_account_unless_last(&self, id: &AccountId) -> Result<bool, StoreError> {
        let mut tables = self.lock();
        let Some(user) = tables.accounts.get(id).map(|account| account.user_id.clone()) else {
            return Ok(false);
        };
        let is_other = |there: &Account| there.user_id == user && there.id != *id;
        let has_another = tables.accounts.values().any(is_other);
        Ok(has_another && tables.accounts.remove(id).is_some())
    }
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn create_session(&self, session: &Session) -> Result<bool, StoreError> {
        let mut tables = self.lock();
        if !tables.users.contains_key(&session.user_id) {
            return Ok(false);
        }
        let kept = tables.new_session(session)?;
        Ok(tables.add_session(kept))
    }

    async fn may_have_session(&self, user: &UserId) -> Result<bool, StoreError> {
        Ok(self.lock().users.contains_key(user))
    }

    async fn session(&self, token: &TokenForms) -> Result<Option<(Session, User)>, StoreError> {
        let tables = self.lock();
        let session = tables.session_key(token).and_then(|key| tables.sessions.get(&key));
        let found =
            session.and_then(|session| Some((session.clone(), tables.users.get(&session.user_id)?.clone())));
        Ok(found)
    }

    async fn touch_session(
        &self,
        token: &StoredToken,
        expires_at: Timestamp,
        updated_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tables = self.lock();
        let Some(session) = tables.sessions.get_mut(token) else { return Ok(false) };
        session.expires_at = expires_at;
        session.updated_at = updated_at;
        Ok(true)
    }

    async fn update_session(
        &self,
        token: &StoredToken,
        extra: &Extra,
        updated_at: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let mut tables = self.lock();
        let Some(session) = tables.sessions.get(token) else { return Ok(None) };
        let extra = tables.schema.session_extra(&session.extra, extra)?;
        let Some(session) = tables.sessions.get_mut(token) else { return Ok(None) };
        session.extra = extra;
        session.updated_at = updated_at;
        Ok(Some(session.clone()))
    }

    async fn delete_session(&self, token: &TokenForms) -> Result<bool, StoreError> {
        Ok(self.lock().end_sessions(|stored, _| token.contains(stored)) > 0)
    }

    async fn sessions_of(&self, user: &UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let tables = self.lock();
        let live = |session: &&Session| session.user_id == *user && session.expires_at > now;
        let mut found: Vec<_> = tables.sessions.values().filter(live).cloned().collect();
        found.sort_by_key(|session| std::cmp::Reverse(session.created_at));
        Ok(found)
    }

    async fn delete_sessions_of(
        &self,
        user: &UserId,
        except: Option<&StoredToken>,
    ) -> Result<u64, StoreError> {
        let is_meant = |token: &_, session: &Session| session.user_id == *user && Some(token) != except;
        Ok(self.lock().end_sessions(is_meant) as u64)
    }

    async fn delete_expired_sessions(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut tables = self.lock();
        let deleted = delete_some(&mut tables.sessions, limit, |session| session.is_expired(now));
        if let Some(ended) = &mut tables.ended {
            ended.retain(|_, expires_at| *expires_at > now);
        }
        Ok(deleted)
    }
}

#[async_trait]
impl VerificationStore for MemoryStore {
    async fn put_verification(&self, verification: &Verification) -> Result<(), StoreError> {
        self.lock().verifications.insert(verification.identifier.clone(), verification.clone());
        Ok(())
    }

    async fn restore_verification(&self, verification: &Verification) -> Result<bool, StoreError> {
        let mut tables = self.lock();
        let there = tables.verifications.get(&verification.identifier);
        let is_newest = there.is_none_or(|there| there.created_at < verification.created_at);
        if is_newest {
            tables.verifications.insert(verification.identifier.clone(), verification.clone());
        }
        Ok(is_newest)
    }

    async fn verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        Ok(self.lock().verifications.get(identifier).filter(|found| found.expires_at > now).cloned())
    }

    async fn take_verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        let mut tables = self.lock();
        let live = tables.verifications.get(identifier).is_some_and(|found| found.expires_at > now);
        Ok(if live { tables.verifications.remove(identifier) } else { None })
    }

    async fn delete_expired_verifications(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(delete_some(&mut self.lock().verifications, limit, |found| found.expires_at < now))
    }
}

#[async_trait]
impl SchemaStore for MemoryStore {
    fn declare(&self, schema: &Schema) -> Result<(), StoreError> {
        let mut tables = self.lock();
        if tables.is_declared && !tables.schema.is_kept_as(schema) {
            return Err(StoreError::new(StoreErrorKind::Unexpected, "another schema is declared already"));
        }
        (tables.schema, tables.is_declared) = (schema.clone(), true);
        Ok(())
    }

    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
}

impl Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.counts()).finish()
    }
}
