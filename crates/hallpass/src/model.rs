//! The records: user, account, session, verification. Fields and their names are better-auth's.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use crate::clock::Timestamp;
use crate::password::PasswordHash;
use crate::types::{AccountId, Email, SessionId, SessionToken, StoredToken, UserId, VerificationId};

/// Fields beyond the core's, by their wire names: what an app or a plugin adds to a record.
pub type Extra = serde_json::Map<String, serde_json::Value>;

/// Someone who can sign in. Serialises as better-auth shows a user to clients.
#[derive(Debug, Clone, PartialEq)]
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

impl Serialize for User {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("email", &self.email)?;
        map.serialize_entry("emailVerified", &self.email_verified)?;
        map.serialize_entry("image", &self.image)?;
        map.serialize_entry("createdAt", &self.created_at)?;
        map.serialize_entry("updatedAt", &self.updated_at)?;
        for (name, value) in &self.extra {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("id", &self.id)?;
        map.end()
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

/// That a browser is signed in as a user, until some moment.
#[derive(Debug, Clone, PartialEq)]
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

    /// The session as its own client sees it, with the token that this client presented.
    pub fn view<'a>(&'a self, token: &'a SessionToken) -> SessionView<'a> {
        self.view_as(token.expose())
    }

    /// The session with `token` in the place of its token.
    pub(crate) fn view_as<'a>(&'a self, token: &'a str) -> SessionView<'a> {
        SessionView { session: self, token }
    }
}

/// A session with its token, serialised as better-auth shows a session to its own client.
#[derive(Clone, Copy)]
pub struct SessionView<'a> {
    session: &'a Session,
    token: &'a str,
}

impl fmt::Debug for SessionView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionView").field(&self.session.id).finish()
    }
}

impl Serialize for SessionView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let session = self.session;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("expiresAt", &session.expires_at)?;
        map.serialize_entry("token", self.token)?;
        map.serialize_entry("createdAt", &session.created_at)?;
        map.serialize_entry("updatedAt", &session.updated_at)?;
        map.serialize_entry("ipAddress", &session.ip_address)?;
        map.serialize_entry("userAgent", &session.user_agent)?;
        map.serialize_entry("userId", &session.user_id)?;
        for (name, value) in &session.extra {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("id", &session.id)?;
        map.end()
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
