//! A password hash as it is stored.

use std::fmt;

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
