//! A password as a person typed it.

use std::fmt;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};
use zeroize::{Zeroize as _, Zeroizing};

/// A password as a person typed it, normalised once.
///
/// The same word can be typed as different code points: `ä` is one of them on one keyboard and two on
/// another. NFKC makes them one, as NIST SP 800-63B §3.1.1.2 asks and as better-auth does before it
/// hashes.
///
/// The text is wiped when the value is dropped, and `Debug` prints `[redacted]`.
///
/// ```
/// use hallpass::password::Password;
///
/// let password = Password::new("ｐassword");
/// assert_eq!(password.expose(), "password");
/// assert_eq!(format!("{password:?}"), "Password([redacted])");
/// ```
#[derive(Clone)]
pub struct Password {
    normalized: Zeroizing<String>,
    utf16_len: usize,
}

impl Password {
    /// The most UTF-16 units that a policy may allow.
    pub(crate) const LONGEST: usize = 4096;

    /// Takes a password as it was typed.
    ///
    /// There is no limit of length here: the caller compares [`utf16_len`](Self::utf16_len) with its
    /// policy. What is longer than any policy may allow, 4096 units, is kept as it is: normalising can
    /// make eighteen characters of one, and such a password is refused anyway.
    #[must_use]
    pub fn new(raw: &str) -> Self {
        let utf16_len = raw.encode_utf16().count();
        let normalized = if utf16_len > Self::LONGEST || is_nfkc_quick(raw.chars()) == IsNormalized::Yes {
            raw.to_owned()
        } else {
            // Measured first: a string that grows leaves copies of the password in freed memory.
            let mut text = String::with_capacity(raw.nfkc().map(char::len_utf8).sum());
            text.extend(raw.nfkc());
            text
        };
        Self { normalized: Zeroizing::new(normalized), utf16_len }
    }

    /// Length of the password as it was typed, before normalisation, in UTF-16 code units.
    ///
    /// This is `password.length` of JavaScript, the length that better-auth holds against its limits:
    /// an emoji counts two or more.
    #[must_use]
    pub const fn utf16_len(&self) -> usize {
        self.utf16_len
    }

    /// The normalised text: what is hashed. Do not log or store it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.normalized
    }
}

impl From<&str> for Password {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Password {
    /// Takes a password as it was typed and wipes `raw`.
    fn from(mut raw: String) -> Self {
        let password = Self::new(&raw);
        raw.zeroize();
        password
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_spellings_are_one_password() {
        let composed = Password::new("p\u{e4}ssword");
        let decomposed = Password::new("pa\u{308}ssword");
        assert_eq!(composed.expose(), decomposed.expose());
        assert_eq!(Password::from("\u{ff50}\u{fb01}".to_owned()).expose(), "pfi");
    }

    #[test]
    fn length_counts_utf16_units_of_the_raw_text() {
        for (raw, units) in [
            ("", 0),
            ("password", 8),
            ("p\u{e4}ssword", 8),
            ("pa\u{308}ssword", 9),
            ("\u{fb01}", 1),
            ("\u{1f511}", 2),
            ("\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}", 8),
        ] {
            assert_eq!(Password::new(raw).utf16_len(), units, "{raw:?}");
        }
    }

    #[test]
    fn debug_does_not_show_the_password() {
        assert_eq!(format!("{:?}", Password::new("hunter2hunter2")), "Password([redacted])");
    }

    #[test]
    fn normalizing_does_not_reallocate() {
        // U+FDFA becomes 18 characters: the longest expansion that NFKC has.
        let password = Password::new(&"\u{fdfa}".repeat(100));
        assert_eq!(password.normalized.capacity(), password.expose().len());
    }

    #[test]
    fn what_no_policy_allows_is_not_normalised() {
        // One character that NFKC makes eighteen of.
        let long = "\u{fdfa}".repeat(Password::LONGEST);
        assert_eq!(Password::new(&long).expose().chars().count(), 18 * Password::LONGEST);
        let longer = format!("{long}\u{fdfa}");
        let kept = Password::new(&longer);
        assert_eq!((kept.expose(), kept.utf16_len()), (longer.as_str(), Password::LONGEST + 1));
    }
}
