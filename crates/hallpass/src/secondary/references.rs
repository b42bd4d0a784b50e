//! The list of a user's sessions, and the moment before which all of them are void.

use super::record::{self, Reference};
use super::{ATTEMPTS, SecondaryStore, contended, unreadable};
use crate::clock::Timestamp;
use crate::model::Session;
use crate::store::StoreError;
use crate::types::{StoredToken, UserId};

/// A user's list as it was read, to be compared with when it is written.
pub(super) struct References {
    raw: Option<String>,
    pub(super) list: Vec<Reference>,
}

fn list_key(user: &UserId) -> String {
    format!("active-sessions-{user}")
}

fn revoked_key(user: &UserId) -> String {
    format!("revoked-sessions-before-{user}")
}

impl SecondaryStore {
    pub(super) async fn references(&self, user: &UserId) -> Result<References, StoreError> {
        let raw = self.storage.get(&list_key(user)).await?;
        let list = match &raw {
            None => Vec::new(),
            Some(text) => record::read(text).ok_or_else(|| unreadable("a list of sessions"))?,
        };
        Ok(References { raw, list })
    }

    /// Puts `list` in place of what was read, without what has expired; `false` if another caller has
    /// changed it since. Lists are never overwritten unseen: a session that is in none is one that
    /// "sign out everywhere" does not find.
    pub(super) async fn replace_references(
        &self,
        user: &UserId,
        before: &References,
        mut list: Vec<Reference>,
    ) -> Result<bool, StoreError> {
        let now = self.now().as_millis();
        list.retain(|reference| reference.expires_at > now);
        list.sort_by_key(|reference| reference.expires_at);
        let key = list_key(user);
        let last = list.last().and_then(|last| self.ttl(Timestamp::from_millis(last.expires_at)));
        let Some(ttl) = last else {
            return match &before.raw {
                None => Ok(true),
                Some(raw) => self.storage.compare_and_delete(&key, raw).await,
            };
        };
        let text = record::write(&list)?;
        match &before.raw {
            None => self.storage.set_if_absent(&key, &text, Some(ttl)).await,
            Some(raw) => self.storage.compare_and_set(&key, raw, &text, Some(ttl)).await,
        }
    }

    /// Adds the session to its user's list, or changes its expiry there.
    pub(super) async fn refer_to(&self, session: &Session) -> Result<(), StoreError> {
        let reference = Reference::new(&session.token, session.expires_at);
        for _ in 0..ATTEMPTS {
            let before = self.references(&session.user_id).await?;
            if before.list.contains(&reference) {
                return Ok(());
            }
            let mut list = before.list.clone();
            list.retain(|other| !other.is_of(&session.token));
            list.push(reference.clone());
            if self.replace_references(&session.user_id, &before, list).await? {
                return Ok(());
            }
        }
        Err(contended())
    }

    /// Takes a session out of its user's list.
    pub(super) async fn refer_no_more(&self, user: &UserId, token: &StoredToken) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let before = self.references(user).await?;
            let mut list = before.list.clone();
            list.retain(|other| !other.is_of(token));
            if list.len() == before.list.len() || self.replace_references(user, &before, list).await? {
                return Ok(());
            }
        }
        Err(contended())
    }

    /// Makes void every session of a user that was created before now, those among them that a list has
    /// lost, as lists of better-auth can. Never moves back.
    pub(super) async fn revoke_before_now(&self, user: &UserId) -> Result<(), StoreError> {
        let (key, now, ttl) = (revoked_key(user), self.now(), Some(self.longest_session));
        for _ in 0..ATTEMPTS {
            let raw = self.storage.get(&key).await?;
            let done = match &raw {
                None => self.storage.set_if_absent(&key, &now.as_millis().to_string(), ttl).await?,
                Some(raw) => {
                    let moment = parse_moment(raw)?.max(now);
                    self.storage.compare_and_set(&key, raw, &moment.as_millis().to_string(), ttl).await?
                }
            };
            if done {
                return Ok(());
            }
        }
        Err(contended())
    }

    /// The moment before which all sessions of the user are void.
    pub(super) async fn revoked_before(&self, user: &UserId) -> Result<Option<Timestamp>, StoreError> {
        self.storage.get(&revoked_key(user)).await?.map(|raw| parse_moment(&raw)).transpose()
    }

    pub(super) async fn is_revoked(&self, session: &Session) -> Result<bool, StoreError> {
        Ok(self.revoked_before(&session.user_id).await?.is_some_and(|moment| session.created_at < moment))
    }
}

fn parse_moment(raw: &str) -> Result<Timestamp, StoreError> {
    raw.parse().map(Timestamp::from_millis).map_err(|_| unreadable("the moment of a revocation"))
}
