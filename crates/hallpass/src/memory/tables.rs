//! What is kept, and what of it must be unique.

use std::collections::{BTreeMap, HashMap};

use crate::clock::Timestamp;
use crate::model::{Account, Extra, Session, User, Verification};
use crate::schema::Schema;
use crate::schema::kept::merged;
use crate::store::StoreError;
use crate::types::{AccountId, Email, StoredToken, TokenForms, UserId};

#[derive(Default)]
pub(super) struct Tables {
    pub(super) users: HashMap<UserId, User>,
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) sessions: HashMap<StoredToken, Session>,
    pub(super) verifications: HashMap<String, Verification>,
    /// Sessions that were ended, until they would have expired: only where a cookie may still tell of them.
    pub(super) ended: Option<HashMap<StoredToken, Timestamp>>,
    pub(super) schema: Schema,
    pub(super) is_declared: bool,
}

impl Tables {
    /// Whether another user than `id` has the same in a field that is unique.
    pub(super) fn has_taken_field(&self, id: &UserId, extra: &Extra) -> bool {
        self.schema.unique_user_fields().any(|field| {
            let value = extra.get(field.name());
            value.is_some()
                && self.users.values().any(|user| user.id != *id && user.extra.get(field.name()) == value)
        })
    }

    pub(super) fn user_by_email(&self, email: &Email) -> Option<&User> {
        self.users.values().find(|user| user.email == *email)
    }

    /// Whether the account can be added to a user who is there.
    pub(super) fn link(&self, account: &Account) -> Result<(), StoreError> {
        // None can be declared.
        merged(&[], &Extra::new(), &account.extra)?;
        let same = |there: &Account| {
            there.provider_id == account.provider_id && there.account_id == account.account_id
        };
        let is_taken = self.accounts.contains_key(&account.id) || self.accounts.values().any(same);
        if is_taken { Err(StoreError::conflict()) } else { Ok(()) }
    }

    /// Adds a user with an account, both or neither.
    pub(super) fn add_user(&mut self, user: &User, account: Option<&Account>) -> Result<(), StoreError> {
        if self.users.contains_key(&user.id) || self.user_by_email(&user.email).is_some() {
            return Err(StoreError::conflict());
        }
        account.map_or(Ok(()), |account| self.link(account))?;
        let extra = self.schema.user_extra(&Extra::new(), &user.extra)?;
        if self.has_taken_field(&user.id, &extra) {
            return Err(StoreError::conflict());
        }
        self.users.insert(user.id.clone(), User { extra, ..user.clone() });
        if let Some(account) = account {
            self.accounts.insert(account.id.clone(), account.clone());
        }
        Ok(())
    }

    /// The session as it is kept, if nothing of it is taken.
    pub(super) fn new_session(&self, session: &Session) -> Result<Session, StoreError> {
        let same_id = |there: &Session| there.id == session.id;
        if self.sessions.contains_key(&session.token) || self.sessions.values().any(same_id) {
            return Err(StoreError::conflict());
        }
        let extra = self.schema.session_extra(&Extra::new(), &session.extra)?;
        Ok(Session { extra, ..session.clone() })
    }

    /// Adds what [`new_session`](Self::new_session) gave, if its user is there.
    pub(super) fn add_session(&mut self, session: Session) -> bool {
        let has_user = self.users.contains_key(&session.user_id);
        if has_user {
            self.sessions.insert(session.token.clone(), session);
        }
        has_user
    }

    pub(super) fn session_key(&self, token: &TokenForms) -> Option<StoredToken> {
        let forms = [Some(token.written()), token.other()];
        forms.into_iter().flatten().find(|form| self.sessions.contains_key(*form)).cloned()
    }
}
