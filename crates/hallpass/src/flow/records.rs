//! Writing records, with plugins asked before and told after. What a flow writes it writes by these; the flows in
//! which a session begins, is kept alive or ends, and that which deletes a user, ask and tell likewise.
//!
//! Plugins are neither asked nor told about: rows that have expired, when they are cleared away; a new session for which no room could
//! be made, before anybody is told that it began; and rows of the library's own that nobody can ask for, which are
//! decoys and notes of when a password was set by mail. They are told and not asked when a change of address is taken back.

use std::time::Duration;

use serde_json::Value;

use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::endpoint::Client;
use crate::error::Error;
use crate::events::SecurityEvent;
use crate::model::{Account, Extra, Session, User, Verification};
use crate::password::{Password, PasswordHash};
use crate::plugin::{Change, SignInMethod};
use crate::schema::FieldOrder;
use crate::schema::input::{self, Writer};
use crate::store::{StoreError, UserChange};
use crate::types::{AccountId, UserId};

impl Auth {
    /// Adds a user, together with the first `account` if there is one, for plugins that let users sign up by a way
    /// of their own: `method` says which, if the user is about to be signed in by it. Additional fields that are
    /// missing get their defaults. The user as written.
    ///
    /// # Errors
    /// Whatever a plugin says; [`Error::Store`], of the kind
    /// [`Conflict`](crate::store::StoreErrorKind::Conflict) when the address or another unique value is taken:
    /// nothing was written then.
    pub async fn create_user(
        &self,
        mut user: User,
        mut account: Option<Account>,
        client: &Client,
        method: Option<SignInMethod>,
    ) -> Result<User, Error> {
        self.ask_for_user(&mut user, account.as_mut(), method).await?;
        self.inner().store.create_user(&user, account.as_ref()).await?;
        self.user_created(&mut user, account, client, method).await;
        Ok(user)
    }

    /// Tells whoever is to know of a user who was stored.
    pub(crate) async fn user_created(
        &self,
        user: &mut User,
        mut account: Option<Account>,
        client: &Client,
        method: Option<SignInMethod>,
    ) {
        self.emit(&SecurityEvent::UserCreated { user: user.id.clone(), address: client.address });
        self.after(&Change::CreateUser { user, account: account.as_ref(), method }).await;
        if let Some(account) = &mut account {
            self.after(&Change::CreateAccount { account }).await;
        }
    }

    /// Additional fields of a new user as they are kept, held against their declaration: checked and brought into their
    /// form, with the defaults of those that are missing. For users who come from elsewhere;
    /// [`create_user`](Self::create_user) takes fields as they are.
    ///
    /// # Errors
    /// A field is not declared, is missing, of another kind, or refused by its check.
    pub fn new_user_fields(&self, given: Extra) -> Result<Extra, Error> {
        input::at_creation(self, self.schema().user_fields(), given, Writer::App)
    }

    /// Completes a user who is about to be created, and asks the plugins.
    pub(crate) async fn ask_for_user(
        &self,
        user: &mut User,
        account: Option<&mut Account>,
        method: Option<SignInMethod>,
    ) -> Result<(), Error> {
        input::check_texts(Some(&user.name), user.image.as_deref())?;
        input::complete(self, self.schema().user_fields(), &mut user.extra)?;
        self.before(&mut Change::CreateUser { user, account: account.as_deref(), method }).await?;
        user.extra.retain(|_, value| !value.is_null());
        if let Some(account) = account {
            self.before(&mut Change::CreateAccount { account }).await?;
        }
        Ok(())
    }

    /// Changes a user's record: every field of it, for plugins.
    ///
    /// # Errors
    /// Whatever a plugin says; [`Error::Store`], of the kind
    /// [`Conflict`](crate::store::StoreErrorKind::Conflict) when a unique value is taken.
    pub async fn change_user(&self, user: &UserId, change: UserChange) -> Result<Option<User>, Error> {
        let changed = self.change_record(user, None, change).await?;
        Ok(changed.map(|(user, _)| user))
    }

    /// [Changes](Self::change_user) a user who is signed in, and says in which order the fields are shown. Of a
    /// stateless server's user there may be no other record than the cookie, which is about to be written.
    pub(crate) async fn change_signed_in(
        &self,
        user: &User,
        change: UserChange,
    ) -> Result<Option<(User, FieldOrder)>, Error> {
        self.change_record(&user.id, Some(user).filter(|_| self.is_stateless()), change).await
    }

    /// Changes a user's record, or else `kept`, which the caller keeps.
    async fn change_record(
        &self,
        user: &UserId,
        kept: Option<&User>,
        mut change: UserChange,
    ) -> Result<Option<(User, FieldOrder)>, Error> {
        input::check_texts(change.name.as_deref(), change.image.as_ref().and_then(Option::as_deref))?;
        self.before(&mut Change::UpdateUser { user, change: &mut change }).await?;
        let changed = match self.inner().store.update_user(user, &change).await? {
            Some(user) => Some((user, FieldOrder::Stored)),
            None => match kept {
                Some(kept) => {
                    self.changed_in_cookie(kept, &change).await?.map(|user| (user, FieldOrder::Cached))
                }
                None => None,
            },
        };
        if changed.is_some() {
            self.after(&Change::UpdateUser { user, change: &mut change }).await;
        }
        Ok(changed)
    }

    /// A user of whom a stateless server has nothing but a cookie, as changed; `None` if there is a record, so that the
    /// change was not to be made. As in a store, what is unique stays so, as far as this process knows.
    async fn changed_in_cookie(&self, kept: &User, change: &UserChange) -> Result<Option<User>, StoreError> {
        let store = &self.inner().store;
        if store.user(&kept.id).await?.is_some() {
            return Ok(None);
        }
        if let Some(email) = &change.email
            && store.user_by_email(email).await?.is_some()
        {
            return Err(StoreError::conflict());
        }
        for field in self.schema().unique_user_fields() {
            if let Some(Value::String(value)) = change.extra.get(field.name())
                && store.user_by_field(field.name(), value).await?.is_some()
            {
                return Err(StoreError::conflict());
            }
        }
        // Its moment of change is the store's to say, as in better-auth: an old cookie that is changed here is no word
        // against the record of a process that knows that the address was proven since.
        Ok(Some(User { updated_at: kept.updated_at, ..change.applied_to(kept.clone()) }))
    }

    /// Sets additional fields of a session, and gives the session as it is then, and in which order its fields are
    /// shown; `None` if it is gone.
    pub(crate) async fn change_session(
        &self,
        session: &Session,
        extra: Extra,
    ) -> Result<Option<(Session, FieldOrder)>, Error> {
        let mut wanted = Session { updated_at: self.now(), ..session.clone() };
        wanted.extra.extend(extra.clone());
        let asked = wanted.extra.clone();
        self.before(&mut Change::UpdateSession { session: &mut wanted }).await?;
        // What a plugin changed is written too, and nothing else: another request may set another field meanwhile.
        let mut changed = extra;
        changed.extend(wanted.extra.into_iter().filter(|(name, value)| asked.get(name) != Some(value)));
        let store = &self.inner().store;
        let written = match store.update_session(&session.token, &changed, wanted.updated_at).await? {
            Some(session) => Some((session, FieldOrder::Stored)),
            // There is no other record of it than the cookie, which is about to be written.
            None if self.is_stateless() => {
                let mut kept = Session { updated_at: wanted.updated_at, ..session.clone() };
                kept.extra.extend(changed);
                kept.extra.retain(|_, value| !value.is_null());
                Some((kept, FieldOrder::Cached))
            }
            None => None,
        };
        if let Some((mut written, _)) = written.clone() {
            self.after(&Change::UpdateSession { session: &mut written }).await;
        }
        Ok(written)
    }

    /// Adds an account to a user; `false` if there is no such user.
    ///
    /// # Errors
    /// Whatever a plugin says; [`Error::Store`], of the kind
    /// [`Conflict`](crate::store::StoreErrorKind::Conflict) when the account is another user's, or this one's
    /// already.
    pub async fn add_account(&self, mut account: Account) -> Result<bool, Error> {
        self.before(&mut Change::CreateAccount { account: &mut account }).await?;
        let added = self.inner().store.add_account(&account).await?;
        if added {
            self.after(&Change::CreateAccount { account: &mut account }).await;
        }
        Ok(added)
    }

    /// Takes an account from a user, the last one too; `false` if it was gone.
    ///
    /// # Errors
    /// Whatever a plugin says; [`Error::Store`].
    pub async fn delete_account(&self, account: &Account) -> Result<bool, Error> {
        self.take_account(account, true).await
    }

    /// Takes an account from a user, the last one only if `even_last`; `false` if it was gone or stays.
    pub(crate) async fn take_account(&self, account: &Account, even_last: bool) -> Result<bool, Error> {
        self.before(&mut Change::DeleteAccount { account }).await?;
        let store = &self.inner().store;
        let deleted = if even_last {
            store.delete_account(&account.id).await?
        } else {
            store.delete_account_unless_last(&account.id).await?
        };
        if deleted {
            self.after(&Change::DeleteAccount { account }).await;
        }
        Ok(deleted)
    }

    /// Replaces a password's hash; `false` if it is no longer `from`.
    pub(crate) async fn replace_password_hash(
        &self,
        user: &UserId,
        account: &AccountId,
        (from, to): (&PasswordHash, &PasswordHash),
        is_rehash: bool,
    ) -> Result<bool, Error> {
        self.before(&mut Change::UpdatePassword { user, account, is_rehash }).await?;
        let replaced = self.inner().store.replace_password_hash(account, from, to, self.now()).await?;
        if replaced {
            self.after(&Change::UpdatePassword { user, account, is_rehash }).await;
        }
        Ok(replaced)
    }

    /// The hash of a password that is to be stored. Plugins may refuse the password.
    pub(crate) async fn hash_new_password(&self, password: &Password) -> Result<PasswordHash, Error> {
        for plugin in &self.inner().plugins {
            plugin.check_password(self, password).await?;
        }
        Ok(self.inner().hasher.hash(password).await?)
    }

    /// Leaves something to be proven once, in place of any with the same identifier. For plugins: the identifier
    /// begins with their purpose, and what is a secret in it is hashed.
    ///
    /// # Errors
    /// Whatever a plugin says; [`Error::Store`].
    pub async fn put_verification(&self, mut verification: Verification) -> Result<(), Error> {
        self.before(&mut Change::CreateVerification { verification: &mut verification }).await?;
        self.inner().store.put_verification(&verification).await?;
        self.after(&Change::CreateVerification { verification: &mut verification }).await;
        Ok(())
    }

    /// Puts back a verification that was taken out, unless another was put meanwhile: that one stays.
    pub(crate) async fn restore_verification(&self, mut taken: Verification) -> Result<(), Error> {
        self.before(&mut Change::UpdateVerification { verification: &mut taken }).await?;
        if self.inner().store.restore_verification(&taken).await? {
            self.after(&Change::UpdateVerification { verification: &mut taken }).await;
        }
        Ok(())
    }

    /// [Leaves](Self::put_verification) a new one, good for `lifetime`.
    pub(crate) async fn issue_verification(
        &self,
        identifier: String,
        value: String,
        lifetime: Duration,
    ) -> Result<(), Error> {
        let now = self.now();
        let id = self.new_id();
        let expires_at = now.plus(lifetime);
        let new = Verification { id, identifier, value, expires_at, created_at: now, updated_at: now };
        self.put_verification(new).await
    }

    /// Takes a verification that is live: of any number of callers **one** gets it.
    ///
    /// # Errors
    /// Whatever a plugin says; [`Error::Store`].
    pub async fn take_verification(&self, identifier: &str) -> Result<Option<Verification>, Error> {
        self.take_verification_at(identifier, self.now()).await
    }

    /// As [`take_verification`](Self::take_verification), of one that is live at another moment: an earlier one, to
    /// get expired ones too.
    pub(crate) async fn take_verification_at(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, Error> {
        self.before(&mut Change::TakeVerification { identifier }).await?;
        let taken = self.inner().store.take_verification(identifier, now).await?;
        if taken.is_some() {
            self.after(&Change::TakeVerification { identifier }).await;
        }
        Ok(taken)
    }

    /// Asks the plugins whether a change may be made.
    pub(crate) async fn before(&self, change: &mut Change<'_>) -> Result<(), Error> {
        for plugin in &self.inner().plugins {
            plugin.before_change(self, change).await?;
        }
        Ok(())
    }

    /// Tells the plugins that a change was made.
    pub(crate) async fn after(&self, change: &Change<'_>) {
        for plugin in &self.inner().plugins {
            if let Err(error) = plugin.after_change(self, change).await {
                tracing::error!(plugin = plugin.id(), %error, "a plugin failed after a change");
            }
        }
    }
}
