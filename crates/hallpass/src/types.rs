//! A type for every string that means something, so that none is taken for another.

use std::fmt::{self, Debug, Display};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::random::{SecureRandom, alphanumeric};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// A new one: 32 characters of `a-z A-Z 0-9`, as better-auth makes them.
            pub fn generate(random: &dyn SecureRandom) -> Self {
                Self(alphanumeric(random, 32))
            }

            /// The text of it.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text of it, given away.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// Identifies a user (`user.id`).
    UserId
}
id! {
    /// Identifies a row of the account table (`account.id`), not the account at its provider.
    AccountId
}
id! {
    /// Identifies a session (`session.id`). Not a secret: it opens nothing.
    SessionId
}
id! {
    /// Identifies a row of the verification table (`verification.id`).
    VerificationId
}

/// An e-mail address in lower case, in the syntax that better-auth accepts (zod 4's): ASCII, one `@`,
/// no quoting, no comments, no dot at either end of the local part nor two in a row, a host of at
/// least two labels.
///
/// The syntax leaves no room for the tricks of wider grammars (quoted local parts, full-width `＠`,
/// lists of addresses, line breaks), so there is nothing to normalise before the comparison.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Email(String);

/// The text is not an e-mail address in the accepted syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
#[non_exhaustive]
pub struct InvalidEmail;

impl Email {
    /// Reads and lower-cases an address.
    ///
    /// # Errors
    /// [`InvalidEmail`] when the text is not in the syntax described at the type.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        if Self::is_valid(text) { Ok(Self(text.to_ascii_lowercase())) } else { Err(InvalidEmail) }
    }

    /// An address as a store holds it, taken as it is: rows written by others are not judged anew.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Whether `text` is an address: zod 4's `z.email()`,
    /// `^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$`.
    pub fn is_valid(text: &str) -> bool {
        let Some((local, host)) = text.split_once('@') else { return false };
        let local_ok = local.bytes().all(|b| b.is_ascii_alphanumeric() || b"_'+-.".contains(&b))
            && local.bytes().next_back().is_some_and(|b| b.is_ascii_alphanumeric() || b"_+-".contains(&b))
            && !local.starts_with('.');
        let Some((labels, top)) = host.rsplit_once('.') else { return false };
        local_ok
            && !text.contains("..")
            && top.len() >= 2
            && top.bytes().all(|b| b.is_ascii_alphabetic())
            && labels.split('.').all(|label| {
                label.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            })
    }

    /// The address in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a browser holds to be signed in: the token of a session. A secret; whoever has it is the user.
#[derive(Clone)]
pub struct SessionToken(Zeroizing<String>);

/// In constant time.
impl PartialEq for SessionToken {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for SessionToken {}

impl SessionToken {
    /// A new one: 32 characters of `a-z A-Z 0-9`, 190 bits.
    pub fn generate(random: &dyn SecureRandom) -> Self {
        Self(Zeroizing::new(alphanumeric(random, 32)))
    }

    /// Takes a token that someone presents; `None` for an empty text.
    pub fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The token itself, for the cookie or the body of the caller's own answer and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The form in which a store keeps this token when tokens are hashed, the default.
    pub fn hashed(&self) -> StoredToken {
        let digest = Sha256::digest(self.0.as_bytes());
        let mut text = String::with_capacity(StoredToken::HASH_PREFIX.len() + 43);
        text.push_str(StoredToken::HASH_PREFIX);
        URL_SAFE_NO_PAD.encode_string(digest, &mut text);
        StoredToken(text)
    }

    /// The form in which a store keeps this token when tokens are kept plain. A token that has the form of
    /// a stored hash is hashed all the same: what stands in a row, stolen and presented, finds nothing.
    pub fn plain(&self) -> StoredToken {
        if self.0.starts_with(StoredToken::HASH_PREFIX) {
            return self.hashed();
        }
        StoredToken(self.0.as_str().to_owned())
    }
}

impl Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken([redacted])")
    }
}

/// A session token in the form in which stores keep it: `sha256:` and the base64url of the hash, or,
/// in rows that better-auth wrote, the token as it is.
///
/// Stores see only this, so none can be given, or give away, what opens a session by default.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoredToken(String);

impl StoredToken {
    const HASH_PREFIX: &'static str = "sha256:";

    /// The content of a store's `token` column.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// What goes into a store's `token` column.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a hash; otherwise it is a usable token.
    pub fn is_hashed(&self) -> bool {
        self.0.starts_with(Self::HASH_PREFIX)
    }
}

impl Debug for StoredToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_hashed() { "StoredToken(sha256)" } else { "StoredToken([redacted])" })
    }
}

/// The forms under which the session of a presented token may be stored: the form that this server
/// writes, then the one that another server on the same database may have written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenForms {
    written: StoredToken,
    other: Option<StoredToken>,
}

impl TokenForms {
    /// `written` is the form that new sessions get; `other` one more that is looked for.
    pub fn new(written: StoredToken, other: Option<StoredToken>) -> Self {
        Self { written, other }
    }

    /// The form that new sessions get.
    pub fn written(&self) -> &StoredToken {
        &self.written
    }

    /// A second form to look for.
    pub fn other(&self) -> Option<&StoredToken> {
        self.other.as_ref()
    }

    /// Whether `stored` is one of the forms.
    pub fn contains(&self, stored: &StoredToken) -> bool {
        self.written == *stored || self.other.as_ref() == Some(stored)
    }
}

impl From<StoredToken> for TokenForms {
    fn from(stored: StoredToken) -> Self {
        Self { written: stored, other: None }
    }
}

/// The secret that signs cookies and tokens.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(Zeroizing::new(secret))
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self(Zeroizing::new(secret.to_owned()))
    }
}

impl Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn addresses_are_accepted_as_zod_accepts_them() {
        for good in ["a@b.co", "A.b+c_d-e'f@x-y.example.com", "_@9.zz", "a-@b.co", "+@b.co", "a@b-.co"] {
            assert!(Email::is_valid(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b.co",
            "a@",
            "a@b",
            "a@b.c",
            ".a@b.co",
            "a.@b.co",
            "a..b@c.co",
            "a@b..co",
            "a@-b.co",
            "a@b.c0",
            "a@b@c.co",
            "\"a\"@b.co",
            "a b@c.co",
            "a@b.co,c@d.co",
            "a@b.co\n",
            "a\u{ff20}b.co",
            "ä@b.co",
            "a@ä.co",
            "a@[127.0.0.1]",
            "<a@b.co>",
            "a'@b.co",
            "a@.co",
            "a@b.co.",
        ] {
            assert!(!Email::is_valid(bad), "{bad:?}");
        }
    }

    #[test]
    fn addresses_compare_in_lower_case() {
        assert_eq!(Email::parse("Test@Example.COM").unwrap().as_str(), "test@example.com");
    }

    #[test]
    fn row_88_a_stored_hash_presented_as_a_token_finds_nothing() {
        let token = SessionToken::generate(&SystemRandom);
        let stored = token.hashed();
        assert!(stored.is_hashed());
        assert_eq!(stored.as_str().len(), 50);
        let stolen = SessionToken::parse(stored.as_str()).unwrap();
        assert!(stolen.plain() != stored && stolen.hashed() != stored);
        assert!(SessionToken::parse("").is_none());
        assert_eq!(SessionToken::parse(token.expose()), Some(token));
    }

    #[test]
    fn secrets_do_not_print() {
        let token = SessionToken::parse("hunter2").unwrap();
        let shown =
            format!("{token:?} {:?} {:?} {:?}", token.plain(), token.hashed(), Secret::from("hunter2"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
