//! Records whole, for stores that keep documents.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Account, Extra, Session, User, Verification};
use crate::clock::Timestamp;
use crate::password::PasswordHash;
use crate::types::{AccountId, Email, SessionId, StoredToken, UserId, VerificationId};

/// A record with every field that it has, hashes and tokens too, for a store that keeps documents: JSON, BSON, CBOR.
/// `Stored(&user)` serialises, and a `Stored<User>` is what comes back. Never for clients, who see a
/// [view](User::view); records do not serialise by themselves so that none is sent by mistake.
///
/// Fields that later versions add are optional when they are read.
///
/// ```
/// use hallpass::clock::Timestamp;
/// use hallpass::model::{Stored, User};
/// use hallpass::types::Email;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ada = User::new("1".into(), "Ada", Email::parse("ada@example.com")?, Timestamp::from_millis(0));
/// let document = serde_json::to_string(&Stored(&ada))?;
/// let Stored(read) = serde_json::from_str::<Stored<User>>(&document)?;
/// assert_eq!(read, ada);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "it is what it wraps")]
pub struct Stored<T>(pub T);

/// Says nothing of what it holds.
impl<T> std::fmt::Debug for Stored<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Stored").finish_non_exhaustive()
    }
}

macro_rules! stored {
    ($($record:ident as $form:ident),*) => {$(
        impl Serialize for Stored<&$record> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $form::serialize(self.0, serializer)
            }
        }

        impl<'de> Deserialize<'de> for Stored<$record> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $form::deserialize(deserializer).map(Self)
            }
        }
    )*};
}

stored!(User as UserForm, Account as AccountForm, Session as SessionForm, Verification as VerificationForm);

#[derive(Serialize, Deserialize)]
#[serde(remote = "User", rename_all = "camelCase")]
struct UserForm {
    id: UserId,
    name: String,
    #[serde(deserialize_with = "email")]
    email: Email,
    email_verified: bool,
    image: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    #[serde(default)]
    extra: Extra,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Account", rename_all = "camelCase")]
struct AccountForm {
    id: AccountId,
    account_id: String,
    provider_id: String,
    user_id: UserId,
    access_token: Option<String>,
    refresh_token: Option<String>,
    id_token: Option<String>,
    access_token_expires_at: Option<Timestamp>,
    refresh_token_expires_at: Option<Timestamp>,
    scope: Option<String>,
    #[serde(serialize_with = "password_text", deserialize_with = "password")]
    password: Option<PasswordHash>,
    created_at: Timestamp,
    updated_at: Timestamp,
    #[serde(default)]
    extra: Extra,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Session", rename_all = "camelCase")]
struct SessionForm {
    id: SessionId,
    user_id: UserId,
    #[serde(serialize_with = "token_text", deserialize_with = "token")]
    token: StoredToken,
    expires_at: Timestamp,
    created_at: Timestamp,
    updated_at: Timestamp,
    ip_address: Option<String>,
    user_agent: Option<String>,
    #[serde(default)]
    extra: Extra,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Verification", rename_all = "camelCase")]
struct VerificationForm {
    id: VerificationId,
    identifier: String,
    value: String,
    expires_at: Timestamp,
    created_at: Timestamp,
    updated_at: Timestamp,
}

fn email<'de, D: Deserializer<'de>>(text: D) -> Result<Email, D::Error> {
    String::deserialize(text).map(Email::from_stored)
}

fn password<'de, D: Deserializer<'de>>(text: D) -> Result<Option<PasswordHash>, D::Error> {
    Ok(Option::<String>::deserialize(text)?.map(PasswordHash::new))
}

fn password_text<S: Serializer>(hash: &Option<PasswordHash>, serializer: S) -> Result<S::Ok, S::Error> {
    hash.as_ref().map(PasswordHash::as_str).serialize(serializer)
}

fn token<'de, D: Deserializer<'de>>(text: D) -> Result<StoredToken, D::Error> {
    String::deserialize(text).map(StoredToken::from_stored)
}

fn token_text<S: Serializer>(token: &StoredToken, serializer: S) -> Result<S::Ok, S::Error> {
    token.as_str().serialize(serializer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_account_keeps_its_hash_and_tokens() {
        let now = Timestamp::from_millis(1_795_335_687_378);
        let password = Account::credential("a".into(), &"u".into(), PasswordHash::new("$hash"), now);
        let scope = Some(String::new());
        let linked =
            Account { password: None, refresh_token: Some("r".to_owned()), scope, ..password.clone() };
        for account in [password, linked] {
            let document = serde_json::to_string(&Stored(&account)).unwrap();
            assert!(serde_json::from_str::<Stored<Account>>(&document).unwrap().0 == account, "{document}");
            assert!(!format!("{:?}", Stored(&account)).contains("hash"));
        }
    }

    #[test]
    fn a_session_is_read_without_the_fields_that_it_may_lack() {
        let now = "2026-11-22T08:21:27.378Z";
        let document = json!({"id": "s", "userId": "u", "token": "sha256:x", "expiresAt": now, "createdAt": now,
            "updatedAt": now});
        let Stored(session) = serde_json::from_value::<Stored<Session>>(document).unwrap();
        assert_eq!((session.token.as_str(), session.ip_address, session.extra.len()), ("sha256:x", None, 0));
    }
}
