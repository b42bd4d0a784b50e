//! The secrets: one that makes, and older ones that are still believed.

use std::fmt::{self, Debug};

use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::jwt::Hs256;
use crate::signature::keyed;
use crate::types::Secret;

/// A key of one purpose.
pub type SubKey = Zeroizing<[u8; 32]>;

/// Separates hallpass's sub-keys from whatever else HKDF makes of the same secret.
const SUB_KEY_SALT: &[u8] = b"hallpass:sub-key:v1";

/// The secrets, the current one first. What is signed or sealed is made with the current one; what was made
/// with an older one is still accepted, so that rotating the secret signs nobody out.
#[derive(Debug, Clone)]
pub(crate) struct Keyring {
    current: VersionedSecret,
    older: Vec<VersionedSecret>,
}

/// A secret, and its number; none for a secret from before there were numbers.
#[derive(Debug, Clone)]
pub(crate) struct VersionedSecret {
    #[cfg_attr(not(feature = "seal"), expect(dead_code, reason = "told in what is sealed alone"))]
    pub(crate) version: Option<u32>,
    pub(crate) secret: Secret,
}

impl Keyring {
    pub(crate) fn new(current: VersionedSecret, older: Vec<VersionedSecret>) -> Self {
        Self { current, older }
    }

    /// The one that makes.
    #[cfg(any(feature = "jwe", feature = "seal"))]
    pub(crate) fn current(&self) -> &VersionedSecret {
        &self.current
    }

    /// All of them, the current one first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &VersionedSecret> {
        std::iter::once(&self.current).chain(&self.older)
    }

    /// HMAC-SHA-256 under the secrets themselves, where the wire fixes that.
    pub(crate) fn macs(&self) -> Macs {
        let mac = |key: &VersionedSecret| keyed(key.secret.expose().as_bytes());
        Macs { current: mac(&self.current), older: self.older.iter().map(mac).collect() }
    }

    /// Signs with the current secret, and believes the older ones too.
    pub(crate) fn hs256(&self) -> Hs256 {
        Hs256::with(self.macs())
    }

    /// The keys of a purpose, the current secret's first: HKDF-SHA-256 (RFC 5869) with the purpose as `info`.
    pub(crate) fn sub_keys(&self, purpose: &str) -> Vec<SubKey> {
        self.iter().map(|key| derive(&key.secret, SUB_KEY_SALT, purpose.as_bytes())).collect()
    }
}

/// HKDF-SHA-256 of a secret, as many bytes as are asked for.
pub(crate) fn derive<const LENGTH: usize>(
    secret: &Secret,
    salt: &[u8],
    info: &[u8],
) -> Zeroizing<[u8; LENGTH]> {
    const { assert!(LENGTH <= 255 * 32, "HKDF gives no more") };
    let mut key = Zeroizing::new([0; LENGTH]);
    let filled = Hkdf::<Sha256>::new(Some(salt), secret.expose().as_bytes()).expand(info, key.as_mut_slice());
    debug_assert!(filled.is_ok(), "the length was checked by the compiler");
    key
}

/// HMAC-SHA-256 under the current key and under older ones.
#[derive(Clone)]
pub(crate) struct Macs {
    current: Hmac<Sha256>,
    older: Vec<Hmac<Sha256>>,
}

impl Macs {
    /// Under one key, which may be any bytes.
    pub(crate) fn one(key: &[u8]) -> Self {
        Self { current: keyed(key), older: Vec::new() }
    }

    /// The MAC of `message` under the current key.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 32] {
        let mut mac = self.current.clone();
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// Whether `signature` is one of `message` under any of the keys. Each is compared in constant time; that
    /// the time tells which of them it was gives nothing away.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        std::iter::once(&self.current).chain(&self.older).any(|mac| {
            let mut mac = mac.clone();
            mac.update(message);
            mac.verify_slice(signature).is_ok()
        })
    }
}

impl Debug for Macs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Macs([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(secrets: &[(Option<u32>, &str)]) -> Keyring {
        let mut keys = secrets
            .iter()
            .map(|(version, secret)| VersionedSecret { version: *version, secret: Secret::from(*secret) });
        Keyring::new(keys.next().unwrap(), keys.collect())
    }

    #[test]
    fn what_an_older_secret_signed_is_believed_and_what_is_signed_is_the_current_ones() {
        let (old, new) = (ring(&[(None, "old")]).macs(), ring(&[(Some(1), "new"), (None, "old")]).macs());
        assert!(new.verify(b"message", &old.sign(b"message")));
        assert!(new.verify(b"message", &new.sign(b"message")));
        assert!(!old.verify(b"message", &new.sign(b"message")));
        assert!(!new.verify(b"message", &ring(&[(None, "another")]).macs().sign(b"message")));
    }

    #[test]
    fn every_purpose_and_every_secret_has_a_key_of_its_own() {
        let ring = ring(&[(Some(2), "new"), (Some(1), "old")]);
        let keys = [ring.sub_keys("a"), ring.sub_keys("b")].concat();
        for (at, key) in keys.iter().enumerate() {
            assert!(keys.iter().skip(at + 1).all(|other| other != key));
        }
        assert_eq!(ring.sub_keys("a"), ring.sub_keys("a"));
    }

    #[test]
    fn keys_are_derived_as_in_rfc_5869() {
        // Appendix A.1, but with a salt and an info of text: made by Node's crypto.hkdfSync.
        let key: Zeroizing<[u8; 64]> = derive(
            &Secret::from("better-auth-golden-secret-0123456789abcdef"),
            b"better-auth-session",
            b"BetterAuth.js Generated Encryption Key",
        );
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "5c62f2b01808cf04e82091ba34c1f6f289b38be7d9b0b2803d77e8892c4f620d5d9041e68a8ece480188cd0240fc6b84de6b32c\
             fbbc41e0e9ad82b954c2050dd"
        );
    }

    #[test]
    fn a_ring_prints_no_secret() {
        let ring = ring(&[(Some(1), "hunter2"), (None, "hunter1")]);
        let shown = format!("{ring:?} {:?} {:?}", ring.macs(), ring.hs256());
        assert!(!shown.contains("hunter"), "{shown}");
    }
}
