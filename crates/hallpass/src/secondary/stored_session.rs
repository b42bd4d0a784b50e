//! One session under its token: read, ended, and kept in step with the user it has a copy of.

use super::record::{Reference, SessionWithUser};
use super::{ATTEMPTS, SecondaryStore, contended};
use crate::model::{Extra, Session, User};
use crate::schema::kept::declared;
use crate::store::StoreError;
use crate::types::{StoredToken, UserId};

/// What is under a token, and its text, to be compared with when it is changed.
pub(super) struct Found {
    pub(super) raw: String,
    pub(super) session: Session,
    pub(super) user: User,
    /// What others wrote of the session and the user, in fields that are not declared here: it stays.
    others: [Extra; 2],
}

impl SecondaryStore {
    pub(super) async fn find(&self, token: &StoredToken) -> Result<Option<Found>, StoreError> {
        let Some(raw) = self.storage.get(token.as_str()).await? else { return Ok(None) };
        let read = SessionWithUser::read(token, &raw);
        Ok(read.map(|(mut session, mut user)| {
            let known = declared(self.session_fields(), &session.extra);
            let of_session = undeclared(std::mem::replace(&mut session.extra, known), &session.extra);
            let known = declared(self.user_fields(), &user.extra);
            let of_user = undeclared(std::mem::replace(&mut user.extra, known), &user.extra);
            Found { raw, session, user, others: [of_session, of_user] }
        }))
    }

    /// Writes what has become of `found`; `false` if it is gone or was changed meanwhile.
    pub(super) async fn replace(
        &self,
        found: &Found,
        session: &Session,
        user: &User,
    ) -> Result<bool, StoreError> {
        let key = found.session.token.as_str();
        let Some(ttl) = self.ttl(session.expires_at) else {
            return self.storage.compare_and_delete(key, &found.raw).await;
        };
        let (mut session, mut user, [of_session, of_user]) =
            (session.clone(), user.clone(), found.others.clone());
        session.extra.extend(of_session);
        user.extra.extend(of_user);
        let text = SessionWithUser::write(&session, &user)?;
        self.storage.compare_and_set(key, &found.raw, &text, Some(ttl)).await
    }

    /// Ends the session under `token`, if it is one of `user`'s; for **one** caller it was there.
    pub(super) async fn end(&self, token: &StoredToken, user: Option<&UserId>) -> Result<bool, StoreError> {
        if !self.options.sessions.is_in_storage() {
            return Ok(false);
        }
        for _ in 0..ATTEMPTS {
            let Some(found) = self.find(token).await? else { return Ok(false) };
            if user.is_some_and(|user| *user != found.session.user_id) {
                return Ok(false);
            }
            // Compared, so that only a session is deleted, whatever key was presented as a token.
            if self.storage.compare_and_delete(token.as_str(), &found.raw).await? {
                if user.is_none() {
                    self.refer_no_more(&found.session.user_id, token).await?;
                }
                return Ok(true);
            }
        }
        Err(contended())
    }

    /// Ends every session of `user` that its list names, but `except`, and says how many there were.
    pub(super) async fn end_sessions_of(
        &self,
        user: &UserId,
        except: Option<&StoredToken>,
    ) -> Result<u64, StoreError> {
        let is_spared = |reference: &Reference| except.is_some_and(|token| reference.is_of(token));
        let mut ended = 0;
        let mut tokens = Vec::new();
        for _ in 0..ATTEMPTS {
            let before = self.references(user).await?;
            let (spared, gone): (Vec<_>, Vec<_>) = before.list.iter().cloned().partition(is_spared);
            if gone.is_empty() {
                break;
            }
            // Ended before they leave the list: after a failure between, the next call still finds them.
            for reference in gone {
                let token = reference.token();
                ended += u64::from(self.end(&token, Some(user)).await?);
                tokens.push(token);
            }
            if self.replace_references(user, &before, spared).await? {
                break;
            }
        }
        // One that was just being created was in the list before it was under its token; if it came
        // after, it finds itself unlisted and lists itself anew.
        for token in tokens {
            ended += u64::from(self.end(&token, Some(user)).await?);
        }
        Ok(ended)
    }

    /// Brings a session that was just written in step with `truth`, by which the database tells what it
    /// is by now: what was read before may have changed until it was written. A session that is
    /// not there any more is ended; `false` then.
    pub(super) async fn settle(&self, token: &StoredToken) -> Result<bool, StoreError> {
        if !self.options.sessions.is_in_storage() {
            return Ok(true);
        }
        for _ in 0..ATTEMPTS {
            let Some(found) = self.find(token).await? else { return Ok(false) };
            let Some((session, user)) = self.truth_of(&found).await? else {
                self.end(token, None).await?;
                return Ok(false);
            };
            if session == found.session && user == found.user {
                self.refer_to(&session).await?;
                return Ok(true);
            }
            self.replace(&found, &session, &user).await?;
        }
        Err(contended())
    }

    /// What the session and its user are by now, as whoever decides has them.
    async fn truth_of(&self, found: &Found) -> Result<Option<(Session, User)>, StoreError> {
        if self.options.sessions.is_decided_by_database() {
            return self.primary.session(&found.session.token.clone().into()).await;
        }
        let user = self.primary.user(&found.session.user_id).await?;
        Ok(user.map(|user| (found.session.clone(), user)))
    }

    /// Gives every session of the user a new copy of the user.
    pub(super) async fn renew_copies(&self, user: &UserId) -> Result<(), StoreError> {
        // A session that is listed later looks for its user by itself.
        let list = self.references(user).await?.list;
        let mut truth = self.primary.user(user).await?;
        for _ in 0..ATTEMPTS {
            let Some(current) = &truth else {
                self.end_sessions_of(user, None).await?;
                return Ok(());
            };
            for reference in &list {
                self.renew_copy(&reference.token(), current).await?;
            }
            // Compared with the database after all were written: of two changes at once the later one stays.
            let then = self.primary.user(user).await?;
            if then == truth {
                return Ok(());
            }
            truth = then;
        }
        Err(contended())
    }

    async fn renew_copy(&self, token: &StoredToken, user: &User) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(found) = self.find(token).await? else { return Ok(()) };
            let is_renewed = found.session.user_id != user.id || found.user == *user;
            if is_renewed || self.replace(&found, &found.session, user).await? {
                return Ok(());
            }
        }
        Err(contended())
    }
}

/// Of `all`, what is not among `known`.
fn undeclared(mut all: Extra, known: &Extra) -> Extra {
    all.retain(|name, _| !known.contains_key(name));
    all
}
