//! The records: user, account, session, verification. Fields and their names are better-auth's.

mod stored;

use std::fmt;

use serde::de::DeserializeOwned;

use crate::clock::Timestamp;
use crate::password::PasswordHash;
use crate::types::{AccountId, Email, SessionId, StoredToken, UserId, VerificationId};

pub use stored::Stored;

/// Fields beyond the core's, by their wire names: what an app or a plugin adds to a record. They are declared
/// by a [`Schema`](crate::schema::Schema); one that is not there and one that is `null` are the same, and a
/// record that was read has no nulls.
pub type Extra = serde_json::Map<String, serde_json::Value>;

/// Someone who can sign in. What clients see of a user is its [`view`](Self::view): the record itself does not
/// serialise, because it may have fields that are not for them.
#[derive(Clone, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "stores build records field by field")]
pub struct User {
    /// The identifier.
    pub id: UserId,
    /// The name shown to people; may be empty.
    pub name: String,
    /// The address, unique over all users.
    pub email: Email,
    /// Whether the address has been proven to be the user's.
    pub email_verified: bool,
    /// Where a picture of the user is.
    pub image: Option<String>,
    /// When the user was created.
    pub created_at: Timestamp,
    /// When the record last changed.
    pub updated_at: Timestamp,
    /// Additional fields.
    pub extra: Extra,
}

impl User {
    /// A user who is new `now`: the address unproven, with no picture and no additional fields.
    pub fn new(id: UserId, name: impl Into<String>, email: Email, now: Timestamp) -> Self {
        Self {
            id,
            name: name.into(),
            email,
            email_verified: false,
            image: None,
            created_at: now,
            updated_at: now,
            extra: Extra::new(),
        }
    }

    /// The additional fields as a type of the app's own, which names those that it wants.
    ///
    /// # Errors
    /// The fields do not fit the type.
    pub fn extra<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&self.extra)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What additional fields hold is not known; some are hidden for a reason.
        f.debug_struct("User")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("email", &self.email)
            .field("email_verified", &self.email_verified)
            .field("image", &self.image)
            .field("created_at", &self.created_at)
            .field("updated_at", &self.updated_at)
            .field("extra", &self.extra.keys())
            .finish()
    }
}

/// The provider of accounts that are an address and a password.
pub const CREDENTIAL_PROVIDER: &str = "credential";

/// A way for a user to sign in: a password (provider `credential`), or an identity at a provider,
/// unique by provider and the identity's id there.
#[derive(Clone, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "stores build records field by field")]
pub struct Account {
    /// The identifier of the row.
    pub id: AccountId,
    /// The identity's id at the provider (its subject); for `credential` the user's id.
    pub account_id: String,
    /// The provider.
    pub provider_id: String,
    /// Whose account it is.
    pub user_id: UserId,
    /// The provider's access token, sealed.
    pub access_token: Option<String>,
    /// The provider's refresh token, sealed.
    pub refresh_token: Option<String>,
    /// The provider's id token, sealed.
    pub id_token: Option<String>,
    /// When the access token expires.
    pub access_token_expires_at: Option<Timestamp>,
    /// When the refresh token expires.
    pub refresh_token_expires_at: Option<Timestamp>,
    /// The scopes granted, joined by commas.
    pub scope: Option<String>,
    /// The password's hash; only for `credential`.
    pub password: Option<PasswordHash>,
    /// When the account was linked.
    pub created_at: Timestamp,
    /// When the record last changed.
    pub updated_at: Timestamp,
    /// Additional fields.
    pub extra: Extra,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Tokens and hashes stay out; what additional fields hold is not known.
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("provider_id", &self.provider_id)
            .field("account_id", &self.account_id)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// The password account of a user.
    pub fn credential(id: AccountId, user: &UserId, password: PasswordHash, now: Timestamp) -> Self {
        Self {
            id,
            account_id: user.as_str().to_owned(),
            provider_id: CREDENTIAL_PROVIDER.to_owned(),
            user_id: user.clone(),
            access_token: None,
            refresh_token: None,
            id_token: None,
            access_token_expires_at: None,
            refresh_token_expires_at: None,
            scope: None,
            password: Some(password),
            created_at: now,
            updated_at: now,
            extra: Extra::new(),
        }
    }
}

/// That a browser is signed in as a user, until some moment. What clients see of a session is its
/// [`view`](Self::view).
#[derive(Clone, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "stores build records field by field")]
pub struct Session {
    /// The identifier; no secret.
    pub id: SessionId,
    /// Whose session it is.
    pub user_id: UserId,
    /// The token as the store keeps it.
    pub token: StoredToken,
    /// The last moment at which the session is good.
    pub expires_at: Timestamp,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When the expiry was last moved.
    pub updated_at: Timestamp,
    /// The client's address at sign-in; empty when unknown.
    pub ip_address: Option<String>,
    /// The client's `User-Agent` at sign-in; empty when it sent none.
    pub user_agent: Option<String>,
    /// Additional fields.
    pub extra: Extra,
}

impl Session {
    /// Whether the session is void at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at < now
    }

    /// The additional fields as a type of the app's own, which names those that it wants.
    ///
    /// # Errors
    /// The fields do not fit the type.
    pub fn extra<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&self.extra)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .field("token", &self.token)
            .field("expires_at", &self.expires_at)
            .field("created_at", &self.created_at)
            .field("updated_at", &self.updated_at)
            .field("ip_address", &self.ip_address)
            .field("user_agent", &self.user_agent)
            .field("extra", &self.extra.keys())
            .finish()
    }
}

/// Something that waits to be proven once: a reset token, a code, an OAuth state.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "stores build records field by field")]
pub struct Verification {
    /// The identifier of the row.
    pub id: VerificationId,
    /// What is looked up: the purpose, a colon, and a hash or name.
    pub identifier: String,
    /// What is found.
    pub value: String,
    /// The moment from which it is void.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl fmt::Debug for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Identifier and value may be all that it takes to pass a verification.
        f.debug_struct("Verification")
            .field("id", &self.id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
