//! Tokens that are mailed and come back once: kept hashed, taken once.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::model::{User, Verification};
use crate::random::text_of;
use crate::types::{Email, UserId, VerificationId};

/// What a mailed token is for. Its name is part of what is looked up and of what is hashed, so that no token is
/// good for another purpose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MailedToken {
    /// What better-auth's identifiers of this purpose begin with.
    prefix: &'static str,
    letters: &'static [u8],
    length: usize,
}

/// Lets somebody set a new password.
pub(crate) const RESET_PASSWORD: MailedToken = MailedToken {
    prefix: "reset-password:",
    letters: b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    length: 24,
};

/// Signs somebody in.
pub(crate) const MAGIC_LINK: MailedToken = MailedToken {
    prefix: "magic-link:",
    letters: b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    length: 32,
};

/// Lets somebody be deleted.
pub(crate) const DELETE_ACCOUNT: MailedToken =
    MailedToken { prefix: "delete-account-", letters: b"0123456789abcdefghijklmnopqrstuvwxyz", length: 32 };

/// Hands a session over.
pub(crate) const ONE_TIME_TOKEN: MailedToken = MailedToken {
    prefix: "one-time-token:",
    letters: b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_",
    length: 32,
};

/// What a token was issued for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) user: UserId,
    /// The address that it was mailed to; unknown of tokens that better-auth issued.
    pub(crate) email: Option<Email>,
    pub(crate) at: Timestamp,
}

/// The value of a row that this server wrote.
#[derive(Serialize, Deserialize)]
struct Value {
    user: UserId,
    email: String,
}

impl MailedToken {
    /// A new token for `user`, good for `lifetime`. Without a user it costs the same and is good for nothing,
    /// so that the time does not tell who is a user.
    pub(crate) async fn issue(
        self,
        auth: &Auth,
        user: Option<&User>,
        lifetime: Duration,
    ) -> Result<String, Error> {
        // Nobody's token is written as somebody's is, to the same place: a row that begins or ends otherwise takes
        // a measurably other time to write. It is of a user whom there is not, and nobody is told the token.
        let (id, email) = match user {
            Some(user) => (user.id.clone(), user.email.as_str()),
            None => (auth.new_id::<UserId>(), "nobody@example.invalid"),
        };
        let value = if auth.stores_plain_tokens() {
            id.as_str().to_owned()
        } else {
            let value = Value { user: id, email: email.to_owned() };
            serde_json::to_string(&value).map_err(|_| Error::Internal("a value is no JSON"))?
        };
        self.issue_for(auth, |_| Ok(value), lifetime).await
    }

    /// A new token that what `value` makes of it is kept for, good for `lifetime`.
    pub(crate) async fn issue_for(
        self,
        auth: &Auth,
        value: impl FnOnce(&str) -> Result<String, Error> + Send,
        lifetime: Duration,
    ) -> Result<String, Error> {
        let token = text_of(auth.random(), self.letters, self.length);
        let value = value(&token)?;
        let identifier = if auth.stores_plain_tokens() { self.plain(&token) } else { self.hashed(&token) };
        auth.issue_verification(identifier, value, lifetime).await?;
        Ok(token)
    }

    /// What a token was issued for, if it is good now. It proves nothing: whoever acts on it takes it.
    pub(crate) async fn look_at(self, auth: &Auth, token: &str) -> Result<Option<Issued>, Error> {
        for identifier in self.identifiers(token) {
            if let Some(found) = auth.store().verification(&identifier, auth.now()).await? {
                return Ok(self.read(&found));
            }
        }
        Ok(None)
    }

    /// Takes a token: of any number of callers **one** gets what it was issued for.
    pub(crate) async fn take_issued(self, auth: &Auth, token: &str) -> Result<Option<Issued>, Error> {
        Ok(self.take(auth, token).await?.and_then(|taken| self.read(&taken)))
    }

    /// Takes a token: of any number of callers **one** gets what was kept for it.
    pub(crate) async fn take(self, auth: &Auth, token: &str) -> Result<Option<Verification>, Error> {
        for identifier in self.identifiers(token) {
            if let Some(taken) = auth.take_verification(&identifier).await? {
                return Ok(Some(taken));
            }
        }
        Ok(None)
    }

    /// Under what a token may be stored: hashed, or plain as better-auth does. Only what has the form of a token
    /// is looked for, so that a hash that somebody read in the database is none.
    fn identifiers(self, token: &str) -> Vec<String> {
        let is_token = token.len() == self.length && token.bytes().all(|byte| self.letters.contains(&byte));
        if is_token { vec![self.hashed(token), self.plain(token)] } else { Vec::new() }
    }

    fn plain(self, token: &str) -> String {
        format!("{}{token}", self.prefix)
    }

    fn hashed(self, token: &str) -> String {
        hashed_identifier(self.prefix, token)
    }

    /// Whether a row is of a token that this server stored hashed.
    pub(crate) fn is_hashed(self, found: &Verification) -> bool {
        found.identifier.strip_prefix(self.prefix).is_some_and(|rest| rest.starts_with(HASH))
    }

    fn read(self, found: &Verification) -> Option<Issued> {
        let at = found.created_at;
        if !self.is_hashed(found) {
            return Some(Issued { user: found.value.as_str().into(), email: None, at });
        }
        let Value { user, email } = serde_json::from_str(&found.value).ok()?;
        Some(Issued { user, email: Some(Email::from_stored(email)), at })
    }
}

const HASH: &str = "sha256:";

/// The purpose, and a hash of purpose and token.
pub(crate) fn hashed_identifier(purpose: &str, token: &str) -> String {
    let digest = Sha256::new().chain_update(purpose).chain_update(token).finalize();
    format!("{purpose}{HASH}{}", URL_SAFE_NO_PAD.encode(digest))
}

/// Writes a verification that is void and that nobody can ask for: it waits for the disk as a real one does.
/// Swept with the rest.
pub(crate) async fn put_decoy(auth: &Auth) -> Result<(), Error> {
    let now = auth.now();
    let id = auth.new_id::<VerificationId>();
    let decoy = Verification {
        identifier: format!("decoy:{id}"),
        id,
        value: String::new(),
        expires_at: now.minus(Duration::from_secs(1)),
        created_at: now,
        updated_at: now,
    };
    Ok(auth.store().put_verification(&decoy).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_24_what_is_stored_is_no_token_and_a_token_is_good_for_one_purpose() {
        let token = "a".repeat(24);
        let stored = RESET_PASSWORD.hashed(&token);
        let stolen = stored.strip_prefix(RESET_PASSWORD.prefix).unwrap();
        for none in [stored.as_str(), stolen, "", "é", &"a".repeat(23), &"a".repeat(25), &"_".repeat(24)] {
            assert!(RESET_PASSWORD.identifiers(none).is_empty(), "{none}");
        }
        let other = MailedToken { prefix: "another:", ..RESET_PASSWORD };
        let hash = |identifier: String| identifier.rsplit_once(':').unwrap().1.to_owned();
        assert_ne!(hash(other.hashed(&token)), hash(stored));
        assert!(DELETE_ACCOUNT.identifiers(&token).is_empty());
    }
}
