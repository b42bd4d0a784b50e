//! Sealing: text that only this server reads, in the form that better-auth gives it.
//!
//! XChaCha20-Poly1305 under a key made of the secret, a random nonce of 24 bytes in front, in hex; and
//! `$ba$<version>$` before it where secrets have versions. What better-auth sealed opens here and the other way
//! round: tokens of providers, two-factor secrets, private keys.

use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::auth::Auth;
use crate::hex;
use crate::keyring::{VersionedSecret, derive};

/// What is sealed, so that nothing opens as what it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealPurpose<'a> {
    /// What better-auth seals under the secret itself, because its tables fix that: tokens of providers,
    /// two-factor secrets, private keys.
    Table,
    /// Anything else has a key of its own by its name. better-auth's names are `oauth-state-cookie` and
    /// `oauth-link-session-token`.
    Named(&'a str),
}

/// Why something does not open, or cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Not in the form that sealing gives.
    #[error("not a sealed text")]
    Malformed,
    /// Sealed under a secret that is not configured (any more).
    #[error("sealed under version {0} of the secret, which is not configured")]
    UnknownVersion(u32),
    /// Sealed by someone else or for another purpose, or changed since.
    #[error("not sealed here for this purpose, or changed since")]
    Forged,
    /// More text than the cipher takes, 256 GiB.
    #[error("too long to be sealed")]
    TooLong,
}

const ENVELOPE: &str = "$ba$";
const NONCE_LENGTH: usize = 24;

/// better-auth's salt for keys of purposes.
const PURPOSE_SALT: &[u8] = b"better-auth:oauth-encryption:v1";

impl Auth {
    /// Seals `text` under the current secret.
    ///
    /// # Errors
    /// [`SealError::TooLong`].
    pub fn seal(&self, purpose: SealPurpose<'_>, text: &str) -> Result<String, SealError> {
        let mut nonce = XNonce::default();
        self.random().fill(&mut nonce);
        let current = self.inner().keyring.current();
        let sealed = cipher(current, purpose).encrypt(&nonce, text.as_bytes());
        let sealed = [nonce.as_slice(), &sealed.map_err(|_| SealError::TooLong)?].concat();
        Ok(match current.version {
            Some(version) => format!("{ENVELOPE}{version}${}", hex::encode(&sealed)),
            None => hex::encode(&sealed),
        })
    }

    /// Opens what [`seal`](Self::seal), or better-auth, has sealed for the same purpose, under any of the secrets.
    ///
    /// # Errors
    /// [`SealError`] says why not.
    pub fn open(&self, purpose: SealPurpose<'_>, sealed: &str) -> Result<Zeroizing<String>, SealError> {
        let (version, text) = match sealed.strip_prefix(ENVELOPE) {
            None => (None, sealed),
            Some(rest) => {
                let (version, text) = rest.split_once('$').ok_or(SealError::Malformed)?;
                (Some(version.parse::<u32>().map_err(|_| SealError::Malformed)?), text)
            }
        };
        let bytes = hex::decode(text).ok_or(SealError::Malformed)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LENGTH>().ok_or(SealError::Malformed)?;
        let mut keys =
            self.inner().keyring.iter().filter(|key| version.is_none() || key.version == version).peekable();
        if let (None, Some(version)) = (keys.peek(), version) {
            return Err(SealError::UnknownVersion(version));
        }
        // Text without a version is of the secret from before there were versions, or of one that has got one since.
        let opened = keys.find_map(|key| cipher(key, purpose).decrypt(&XNonce::from(*nonce), sealed).ok());
        let text = String::from_utf8(opened.ok_or(SealError::Forged)?).map_err(|_| SealError::Malformed)?;
        Ok(Zeroizing::new(text))
    }
}

fn cipher(key: &VersionedSecret, purpose: SealPurpose<'_>) -> XChaCha20Poly1305 {
    let key: Zeroizing<[u8; 32]> = Zeroizing::new(match purpose {
        SealPurpose::Table => Sha256::digest(key.secret.expose().as_bytes()).into(),
        SealPurpose::Named(name) => {
            let info = format!("better-auth:{name}:v1");
            let derived = derive::<32>(&key.secret, PURPOSE_SALT, info.as_bytes());
            // better-auth takes the hex text of the derived key for a secret.
            Sha256::digest(Zeroizing::new(hex::encode(derived.as_slice())).as_bytes()).into()
        }
    });
    XChaCha20Poly1305::new((&*key).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryStore;

    const SECRET: &str = "better-auth-golden-secret-0123456789abcdef";
    const ANOTHER: &str = "another-secret-of-the-tests-9876543210-zyxwvu";
    const STATE: SealPurpose<'_> = SealPurpose::Named("oauth-state-cookie");

    fn auth(secret: Option<&str>, secrets: &[(u32, &str)]) -> Auth {
        let builder = Auth::builder(MemoryStore::new()).base_url("https://app.example.com");
        let builder = builder.secrets(secrets.iter().map(|(version, secret)| (*version, *secret)));
        match secret {
            Some(secret) => builder.secret(secret),
            None => builder,
        }
        .build()
        .unwrap()
    }

    /// Made by better-auth 1.7.25: what was sealed, under which secrets, for what.
    const SEALED: [(SealPurpose<'_>, &str, &str); 7] = [
        (
            SealPurpose::Table,
            "hello",
            "f9e7591fc4bfa24ca010deb20ac087744a8d4f6acb28f5d41c49ce10fa41c73e034f8627fe0fbb8099eea6dfa6",
        ),
        (
            SealPurpose::Table,
            "hällo 👋",
            "29709fcdce3322b861de9fb9024898c7415de780aaff5b8a237632d51e683e6218672294645e6e4c7a4c3ad3e7e2eab0b35400",
        ),
        (
            SealPurpose::Table,
            "hällo 👋",
            "$ba$2$695835d28c2f7513acb8a65f1a34855325325f0bc35c3f7de12ce2fba89572d6800cd573757c91498d3480729991c35586a5cc",
        ),
        (
            SealPurpose::Table,
            "hällo 👋",
            "$ba$1$2bc11d5e7abb0ee6cf83ba1e51936fe25d1f0d50a15ccfe974663dd6650fc3d29cfe38b5ecb99dd088a83f595d33378c2673f3",
        ),
        (
            STATE,
            "hällo 👋",
            "ebafcbb593c8bfd772cfe18b5fb2dbbbe00fa4d4d1ff8acd3c64243186952f85d7397142412d81ff20f6f9c1e737b0f38cfeb4",
        ),
        (
            STATE,
            "hällo 👋",
            "$ba$2$d084e9e5043cf2a5e5269ffe3f3ddb646d5c42aa605272596f5721223372b46a1bf578d18d45821eaa46c20849ff9d7beb9b39",
        ),
        (
            SealPurpose::Table,
            "",
            "948be86324bd076203023a5e19cc414e216f543f68effa32a5978a5613ee31dc5d4f591b6858dbb0",
        ),
    ];

    #[test]
    fn what_better_auth_sealed_opens() {
        for secret in [Some(SECRET), None] {
            let auth = auth(secret, &[(2, ANOTHER), (1, SECRET)]);
            for (purpose, text, sealed) in SEALED {
                assert_eq!(auth.open(purpose, sealed).unwrap().as_str(), text, "{sealed}");
                assert_eq!(auth.open(SealPurpose::Named("another"), sealed), Err(SealError::Forged));
            }
        }
    }

    #[test]
    fn row_25_what_is_sealed_opens_after_rotation_and_for_its_purpose_alone() {
        let before = auth(Some(SECRET), &[]);
        let after = auth(Some(SECRET), &[(1, ANOTHER)]);
        for purpose in [SealPurpose::Table, STATE, SealPurpose::Named("")] {
            let sealed = before.seal(purpose, "text").unwrap();
            assert_eq!(after.open(purpose, &sealed).unwrap().as_str(), "text");
            assert_eq!(before.open(SealPurpose::Named("other"), &sealed), Err(SealError::Forged));
            let sealed = after.seal(purpose, "text").unwrap();
            assert!(sealed.starts_with("$ba$1$"), "{sealed}");
            assert_eq!(after.open(purpose, &sealed).unwrap().as_str(), "text");
            assert_eq!(before.open(purpose, &sealed), Err(SealError::UnknownVersion(1)));
        }
    }

    #[test]
    fn a_changed_byte_opens_nothing() {
        let auth = auth(Some(SECRET), &[]);
        let sealed = auth.seal(SealPurpose::Table, "text").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(auth.open(SealPurpose::Table, &changed), Err(SealError::Forged), "{changed}");
        }
        for malformed in ["", "$ba$", "$ba$1", "$ba$-1$00", "$ba$x$00", "0", "zz", "00", "é", &sealed[..46]]
        {
            assert_eq!(auth.open(SealPurpose::Table, malformed), Err(SealError::Malformed), "{malformed}");
        }
    }
}
