//! A password hash as it is stored.

use std::fmt;

use super::{argon2, imported, scrypt};

/// A password hash as it is stored, in the text form of whichever scheme made it.
///
/// Any text can be one: a [`PasswordHasher`](super::PasswordHasher) finds out whether it understands
/// it. `Debug` prints `[redacted]`, because a hash in a log can be attacked at leisure.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes the stored text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text to store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text to store, by value.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// What kind of hash it is; `None` for a text that is none, one that asks for more than is granted, and one whose
    /// feature is off: no password would be right.
    #[must_use]
    pub fn form(&self) -> Option<HashForm> {
        let text = self.as_str();
        argon2::Stored::parse(text)
            .map(|_| HashForm::Argon2)
            .or_else(|| scrypt::Stored::parse(text).map(|_| HashForm::BetterAuth))
            .or_else(|| imported::Stored::parse(text).map(|stored| stored.form()))
    }
}

/// What kind of hash a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HashForm {
    /// argon2id or argon2i, in PHC form.
    Argon2,
    /// better-auth's scrypt, `salt:key` in hex.
    BetterAuth,
    /// scrypt in PHC form.
    Scrypt,
    /// PBKDF2 as Django, passlib or the PHC form write it.
    Pbkdf2,
    /// bcrypt. Needs the feature `bcrypt`.
    Bcrypt,
}

impl From<String> for PasswordHash {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_hash() {
        let hash = PasswordHash::new("$argon2id$secret");
        assert_eq!(format!("{hash:?}"), "PasswordHash([redacted])");
        assert_eq!(hash.as_str(), "$argon2id$secret");
    }
}
