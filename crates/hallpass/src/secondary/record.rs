//! The values, in the form that better-auth writes and reads.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::{Extra, Session, User, Verification};
use crate::store::{StoreError, StoreErrorKind};
use crate::types::{Email, SessionId, StoredToken, UserId, VerificationId};

/// What is under a session's token.
#[derive(Serialize, Deserialize)]
pub(super) struct SessionWithUser {
    session: SessionRecord,
    user: UserRecord,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionRecord {
    expires_at: Timestamp,
    token: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    ip_address: Option<String>,
    user_agent: Option<String>,
    user_id: UserId,
    id: SessionId,
    #[serde(flatten)]
    extra: Extra,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserRecord {
    name: String,
    email: String,
    email_verified: bool,
    image: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    id: UserId,
    #[serde(flatten)]
    extra: Extra,
}

impl SessionWithUser {
    pub(super) fn write(session: &Session, user: &User) -> Result<String, StoreError> {
        write(&Self::new(session, user))
    }

    pub(super) fn new(session: &Session, user: &User) -> Self {
        Self {
            session: SessionRecord {
                expires_at: session.expires_at,
                token: session.token.as_str().to_owned(),
                created_at: session.created_at,
                updated_at: session.updated_at,
                ip_address: session.ip_address.clone(),
                user_agent: session.user_agent.clone(),
                user_id: session.user_id.clone(),
                id: session.id.clone(),
                extra: session.extra.clone(),
            },
            user: UserRecord {
                name: user.name.clone(),
                email: user.email.as_str().to_owned(),
                email_verified: user.email_verified,
                image: user.image.clone(),
                created_at: user.created_at,
                updated_at: user.updated_at,
                id: user.id.clone(),
                extra: user.extra.clone(),
            },
        }
    }

    /// Reads what is under the key `token`: `None` when that is not the session of this very token, such
    /// as a value of another purpose whose key was presented as a token.
    pub(super) fn read(token: &StoredToken, text: &str) -> Option<(Session, User)> {
        read::<Self>(text)?.of(token)
    }

    /// The session and its user, if it is the session of `token`.
    pub(super) fn of(self, token: &StoredToken) -> Option<(Session, User)> {
        let Self { session, user } = self;
        if session.token != token.as_str() || session.user_id != user.id {
            return None;
        }
        let session = Session {
            id: session.id,
            user_id: session.user_id,
            token: token.clone(),
            expires_at: session.expires_at,
            created_at: session.created_at,
            updated_at: session.updated_at,
            ip_address: session.ip_address,
            user_agent: session.user_agent,
            extra: session.extra,
        };
        let user = User {
            id: user.id,
            name: user.name,
            email: Email::from_stored(user.email),
            email_verified: user.email_verified,
            image: user.image,
            created_at: user.created_at,
            updated_at: user.updated_at,
            extra: user.extra,
        };
        Some((session, user))
    }
}

/// A session of a user, in the list of them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference {
    token: String,
    /// In milliseconds.
    pub(super) expires_at: i64,
}

impl Reference {
    pub(super) fn new(token: &StoredToken, expires_at: Timestamp) -> Self {
        Self { token: token.as_str().to_owned(), expires_at: expires_at.as_millis() }
    }

    pub(super) fn token(&self) -> StoredToken {
        StoredToken::from_stored(self.token.clone())
    }

    pub(super) fn is_of(&self, token: &StoredToken) -> bool {
        self.token == token.as_str()
    }
}

/// What is under a verification's identifier. better-auth leaves the id out where it has no database.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VerificationRecord {
    created_at: Timestamp,
    updated_at: Timestamp,
    value: String,
    identifier: String,
    expires_at: Timestamp,
    #[serde(default)]
    id: String,
}

impl VerificationRecord {
    pub(super) fn write(verification: &Verification) -> Result<String, StoreError> {
        write(&Self {
            created_at: verification.created_at,
            updated_at: verification.updated_at,
            value: verification.value.clone(),
            identifier: verification.identifier.clone(),
            expires_at: verification.expires_at,
            id: verification.id.as_str().to_owned(),
        })
    }

    pub(super) fn read(text: &str) -> Option<Verification> {
        let record: Self = serde_json::from_str(text).ok()?;
        Some(Verification {
            id: VerificationId::from(record.id),
            identifier: record.identifier,
            value: record.value,
            expires_at: record.expires_at,
            created_at: record.created_at,
            updated_at: record.updated_at,
        })
    }
}

pub(super) fn write(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::new(StoreErrorKind::Unexpected, error))
}

pub(super) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}
