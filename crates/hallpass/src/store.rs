//! Where users, accounts, sessions and verifications are kept: the contracts between hallpass and a
//! database.
//!
//! The traits are small, typed and dyn-safe. A method's name says its guarantee, and each is one
//! atomic step, so a database that has only batches (Cloudflare D1) can keep every contract. There is
//! nothing like `transaction(|tx| …)`.
//!
//! Check an implementation with `hallpass_testing::store_tests!`, which holds one check for every
//! sentence of these contracts.

use std::error::Error as StdError;
use std::fmt::Debug;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::model::{Account, Extra, Session, User, Verification};
use crate::password::PasswordHash;
use crate::schema::Schema;
use crate::types::{AccountId, Email, StoredToken, TokenForms, UserId};

/// Users.
///
/// # Contract
/// An implementation keeps these for every caller, in every process:
/// * `id` and `email` are unique over all users, and so is every additional field that is declared unique,
///   where a user has it. The second writer gets [`StoreErrorKind::Conflict`] and leaves nothing behind.
/// * Additional fields are kept if they were [declared](SchemaStore::declare), and are
///   [`StoreErrorKind::Unexpected`] if not, with nothing written. Setting one to `null` takes it away: a record
///   that is read has no nulls.
/// * Each method is atomic: all of it is seen, or none of it.
/// * A method that returned `Ok` has made its change durable.
/// * No method reads a clock: time comes in with the arguments, in milliseconds, and comes back as it went in. A moment
///   that the database has no place for is an error.
/// * Ids, tokens, addresses and identifiers are compared byte for byte, whatever a database's
///   collation would rather do, by every method. An empty text is a text, not a missing one.
/// * A change to what is there already is made, and counts: `true`, or the record.
/// * What has no user is refused for that first, also where something that must be unique is taken.
/// * No error, and no `Debug`, shows what a record holds: both are logged.
#[async_trait]
pub trait UserStore: Debug + Send + Sync + 'static {
    /// Adds `user`, together with the first `account` if there is one, which is the user's: both or neither.
    async fn create_user(&self, user: &User, account: Option<&Account>) -> Result<(), StoreError>;

    /// Adds `user` and `account` as [`create_user`](Self::create_user) does, and with them the user's first `session` as
    /// [`SessionStore::create_session`] would: all of them in one step, or none; a sign-up is one round trip less so, and nobody comes in
    /// between. `Some(false)`: they are there, and the user may have no session. `None`, and nothing was added: the store
    /// cannot, and is asked for one after the other. That is what a store does that does not implement this.
    async fn create_user_with_session(
        &self,
        user: &User,
        account: Option<&Account>,
        session: &Session,
    ) -> Result<Option<bool>, StoreError> {
        let _ = (user, account, session);
        Ok(None)
    }

    /// The user with this id.
    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError>;

    /// The user with this address.
    async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError>;

    /// The user with this address, and the password account (provider `credential`, account id equal
    /// to the user's id) if the user has one. One round trip: this is the query of a sign-in.
    async fn credential_by_email(&self, email: &Email)
    -> Result<Option<(User, Option<Account>)>, StoreError>;

    /// Applies `change` and returns the user as it is after it; `None` if there is no such user. An
    /// address, or a text of a unique field, that another user has is [`StoreErrorKind::Conflict`], and nothing
    /// is changed.
    async fn update_user(&self, id: &UserId, change: &UserChange) -> Result<Option<User>, StoreError>;

    /// The user whose additional field `field`, a [unique](crate::schema::ExtraField::unique) text, holds
    /// `value`. Any other field is [`StoreErrorKind::Unexpected`].
    async fn user_by_field(&self, field: &str, value: &str) -> Result<Option<User>, StoreError>;

    /// Deletes the user with every account and session; `false` if there was none.
    async fn delete_user(&self, id: &UserId) -> Result<bool, StoreError>;
}

/// What [`UserStore::update_user`] changes: what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..UserChange::default()")]
pub struct UserChange {
    /// The name shown to people.
    pub name: Option<String>,
    /// The address.
    pub email: Option<Email>,
    /// Whether the address is proven.
    pub email_verified: Option<bool>,
    /// The picture; `Some(None)` takes it away.
    pub image: Option<Option<String>>,
    /// Additional fields to set; `null` takes one away.
    pub extra: Extra,
    /// Only of the user who has this address: where it is another by now, nothing is changed, and the answer is
    /// as for a user who is gone. **Must** compare and set in one step, so that what proves an address never
    /// marks another as proven.
    pub if_email: Option<Email>,
    /// Only if the user's `email_verified` is this value; otherwise nothing is changed, and the answer is as for a
    /// user who is gone. **Must** compare and set in one step, so that a change that was begun for an unproven address
    /// never takes a proven one.
    pub if_email_verified: Option<bool>,
    /// The moment of the change.
    pub updated_at: Timestamp,
}

impl UserChange {
    /// Whether it is about the user as it is: [`if_email`](Self::if_email) and
    /// [`if_email_verified`](Self::if_email_verified). For stores that have read the user within a transaction.
    pub fn is_about(&self, user: &User) -> bool {
        self.if_email.as_ref().is_none_or(|email| *email == user.email)
            && self.if_email_verified.is_none_or(|verified| verified == user.email_verified)
    }

    /// The user as changed, whether or not it [is about](Self::is_about) the user. Whether additional fields are
    /// declared is not looked at: see [`Schema::user_extra`].
    #[must_use]
    pub fn applied_to(&self, user: User) -> User {
        let mut changed = User {
            name: self.name.clone().unwrap_or(user.name),
            email: self.email.clone().unwrap_or(user.email),
            email_verified: self.email_verified.unwrap_or(user.email_verified),
            image: self.image.clone().unwrap_or(user.image),
            updated_at: self.updated_at,
            ..user
        };
        changed.extra.extend(self.extra.clone());
        changed.extra.retain(|_, value| !value.is_null());
        changed
    }
}

/// The accounts that users sign in with.
///
/// # Contract
/// * `id` is unique over all accounts, and (`provider_id`, `account_id`) is. The second writer gets
///   [`StoreErrorKind::Conflict`] and leaves nothing behind.
/// * No additional fields of accounts can be declared: an account that has any is [`StoreErrorKind::Unexpected`].
/// * Atomicity, durability and time as for [`UserStore`].
#[async_trait]
pub trait AccountStore: Debug + Send + Sync + 'static {
    /// Adds an account to a user; `false`, and nothing added, if there is no such user.
    async fn add_account(&self, account: &Account) -> Result<bool, StoreError>;

    /// The account of an identity at a provider.
    async fn account_by_provider(
        &self,
        provider_id: &str,
        account_id: &str,
    ) -> Result<Option<Account>, StoreError>;

    /// All accounts of a user, oldest first; those of one moment in any order.
    async fn accounts_of(&self, user: &UserId) -> Result<Vec<Account>, StoreError>;

    /// Replaces the password hash `from` by `to`. **Must** compare and set in one step: `false`, and
    /// nothing changed, if the account's hash is no longer `from`, so that a better hash of the old
    /// password never overwrites a new password. `now` becomes the account's `updated_at`.
    async fn replace_password_hash(
        &self,
        account: &AccountId,
        from: &PasswordHash,
        to: &PasswordHash,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Deletes an account; `false` if there was none.
    async fn delete_account(&self, id: &AccountId) -> Result<bool, StoreError>;

    /// Deletes an account unless it is the only one of its user; `false`, and nothing deleted, if it is, or if
    /// there was none. **Must** look and delete in one step: of two callers who delete the last two, one does.
    async fn delete_account_unless_last(&self, id: &AccountId) -> Result<bool, StoreError>;
}

/// Sessions, found by their token in the form that [`StoredToken`] describes.
///
/// # Contract
/// * `token` is unique over all sessions. A second session of one token is
///   [`StoreErrorKind::Conflict`]. By `id` nothing is looked for; two of one id may be a conflict.
/// * A deleted session is never revived, by no interleaving of these methods.
/// * No session outlives its user, and none is created for a user that is not there.
/// * Atomicity, durability, time and additional fields as for [`UserStore`].
#[async_trait]
pub trait SessionStore: Debug + Send + Sync + 'static {
    /// Adds a session; `false`, and nothing added, if its user does not exist (any more) or, by what the
    /// store knows, may not have one.
    async fn create_session(&self, session: &Session) -> Result<bool, StoreError>;

    /// Whether [`create_session`](Self::create_session) would now add a session of this user: whoever keeps
    /// sessions elsewhere asks this of the store that knows the users.
    async fn may_have_session(&self, user: &UserId) -> Result<bool, StoreError>;

    /// The session that is stored under one of the token's forms (either, if there is one under each), with its user as
    /// the user is by now. Expired ones too: the caller tells them apart. One round trip: this is the query of every request.
    async fn session(&self, token: &TokenForms) -> Result<Option<(Session, User)>, StoreError>;

    /// Moves the expiry of a session. `false`, and nothing written, if the session is gone: this
    /// **must not** insert.
    async fn touch_session(
        &self,
        token: &StoredToken,
        expires_at: Timestamp,
        updated_at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Sets additional fields of a session, and gives the session as it is then; `None`, and nothing written, if
    /// the session is gone: this **must not** insert.
    async fn update_session(
        &self,
        token: &StoredToken,
        extra: &Extra,
        updated_at: Timestamp,
    ) -> Result<Option<Session>, StoreError>;

    /// Deletes a session under every one of the token's forms; `false` if there was none.
    async fn delete_session(&self, token: &TokenForms) -> Result<bool, StoreError>;

    /// The sessions of a user that expire after `now`, newest first; those of one moment in any order.
    async fn sessions_of(&self, user: &UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;

    /// Deletes every session of a user but `except`, and says how many there were. **Must** reach
    /// every session whose creation was acknowledged before the call.
    async fn delete_sessions_of(
        &self,
        user: &UserId,
        except: Option<&StoredToken>,
    ) -> Result<u64, StoreError>;

    /// Deletes at most `limit` of the sessions that expired before `now`, and says how many. **Must** delete `limit` of
    /// them where there are so many, but for those that another caller is changing at the time, so that fewer say that
    /// none is left; and **must not** delete one that is prolonged meanwhile. It is one short step of a sweep: no lock
    /// is held from one to the next, and a sweep that ends between two loses nothing.
    async fn delete_expired_sessions(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Things that can be proven once: tokens, codes, states.
///
/// # Contract
/// * **[`take_verification`](Self::take_verification) gives a verification to exactly one caller**,
///   whatever their number and wherever they run.
/// * Atomicity, durability and time as for [`UserStore`].
#[async_trait]
pub trait VerificationStore: Debug + Send + Sync + 'static {
    /// Adds a verification in place of any with the same identifier.
    async fn put_verification(&self, verification: &Verification) -> Result<(), StoreError>;

    /// Puts back a verification that was taken out, in place of any that was created before it; `false`, and nothing
    /// changed, if there is another with its identifier. **Must** look and put in one step: a newer one stays, whoever
    /// comes first. Whether one that has expired is still there is the store's own matter.
    async fn restore_verification(&self, verification: &Verification) -> Result<bool, StoreError>;

    /// The verification that is live at `now`, left where it is. It proves nothing: whoever acts on a
    /// verification takes it.
    async fn verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError>;

    /// Takes out the verification that is live at `now`. Of any number of callers at once, **one**
    /// gets it. An expired one is `None`; whether it is there until it is swept is the store's own matter.
    async fn take_verification(
        &self,
        identifier: &str,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError>;

    /// Deletes at most `limit` of the verifications that expired before `now`, and says how many, as
    /// [`SessionStore::delete_expired_sessions`] does.
    async fn delete_expired_verifications(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// What is kept beyond the core.
///
/// # Contract
/// * After [`declare`](Self::declare) the declared fields of users and sessions are kept, by every handle to
///   the store. Before, none are.
/// * A store is declared one schema: the same again changes nothing, another one is refused.
#[async_trait]
pub trait SchemaStore: Debug + Send + Sync + 'static {
    /// Tells the store what to keep. Touches no database: `build()` calls it.
    ///
    /// # Errors
    /// Another schema was declared already: [`StoreErrorKind::Unexpected`].
    fn declare(&self, schema: &Schema) -> Result<(), StoreError>;

    /// Makes the tables, columns and indexes that are missing, and says which: the core's, and the declared
    /// ones. Nothing is ever dropped. Several callers at once, in any number of processes, all succeed. A store without
    /// tables has nothing to do.
    async fn migrate(&self) -> Result<Vec<String>, StoreError>;
}

/// All that hallpass keeps. Implemented for whatever implements the five parts.
pub trait Store: UserStore + AccountStore + SessionStore + VerificationStore + SchemaStore {}

impl<T: UserStore + AccountStore + SessionStore + VerificationStore + SchemaStore + ?Sized> Store for T {}

/// That a store could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("store: {kind}")]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What callers tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Something that must be unique is there already. Nothing was written.
    #[error("a unique value is taken")]
    Conflict,
    /// The store did not answer, or not in time. Whether it wrote is not known.
    #[error("not available")]
    Unavailable,
    /// Anything else: a schema that does not fit, a row that cannot be read, a full disk.
    #[error("unexpected failure")]
    Unexpected,
}

impl StoreError {
    /// An error with the driver's error as its source.
    pub fn new(kind: StoreErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind, source: Some(source.into()) }
    }

    /// A conflict found without a driver's help.
    pub fn conflict() -> Self {
        Self { kind: StoreErrorKind::Conflict, source: None }
    }

    /// What happened, as far as callers tell it apart.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}
