//! The signature of better-auth's signed cookies: `value.base64(HMAC-SHA-256(secret, value))`.

use std::fmt::{self, Debug};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize as _;

use crate::keyring::Macs;

/// HMAC-SHA-256 under a key of any length.
pub(crate) fn keyed(key: &[u8]) -> Hmac<Sha256> {
    // RFC 2104: a key longer than a block is its hash. Done here, the fixed-size constructor cannot fail.
    let mut block = [0_u8; 64];
    if key.len() > block.len() {
        block.iter_mut().zip(Sha256::digest(key)).for_each(|(to, from)| *to = from);
    } else {
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    }
    let mac = Hmac::new(&block.into());
    block.zeroize();
    mac
}

/// Signs cookie values and checks them. Fixed by the wire: the key is the secret itself.
#[derive(Clone)]
pub(crate) struct CookieSigner {
    macs: Macs,
}

/// Length of a SHA-256 digest in padded base64.
const SIGNATURE_LENGTH: usize = 44;

impl CookieSigner {
    pub(crate) fn new(macs: Macs) -> Self {
        Self { macs }
    }

    /// `value.signature`, not yet percent-encoded.
    pub(crate) fn sign(&self, value: &str) -> String {
        let mut signed = String::with_capacity(value.len() + 1 + SIGNATURE_LENGTH);
        signed.push_str(value);
        signed.push('.');
        STANDARD.encode_string(self.macs.sign(value.as_bytes()), &mut signed);
        signed
    }

    /// The value within `signed`, if the signature is right. Compared in constant time.
    pub(crate) fn verify<'a>(&self, signed: &'a str) -> Option<&'a str> {
        let (value, signature) = signed.rsplit_once('.')?;
        if value.is_empty() || signature.len() != SIGNATURE_LENGTH || !signature.ends_with('=') {
            return None;
        }
        let mut digest = [0_u8; 33];
        let length = STANDARD.decode_slice(signature, &mut digest).ok()?;
        self.macs.verify(value.as_bytes(), digest.get(..length)?).then_some(value)
    }
}

impl Debug for CookieSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieSigner([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hmac::Mac as _;

    /// From better-auth 1.7.25.
    const SECRET: &str = "better-auth-golden-secret-0123456789abcdef";
    const SIGNED: &str = "abc.xD2VKGwQXr3FGVHg+HDjj2G7sStlUDnRvX1AQH7Yvs8=";

    #[test]
    fn the_signature_is_better_auths() {
        let signer = CookieSigner::new(Macs::one(SECRET.as_bytes()));
        assert_eq!(signer.sign("abc"), SIGNED);
        assert_eq!(signer.verify(SIGNED), Some("abc"));
    }

    #[test]
    fn nothing_but_the_signed_value_verifies() {
        let signer = CookieSigner::new(Macs::one(SECRET.as_bytes()));
        for forged in [
            "abd.xD2VKGwQXr3FGVHg+HDjj2G7sStlUDnRvX1AQH7Yvs8=",
            "abc.xD2VKGwQXr3FGVHg+HDjj2G7sStlUDnRvX1AQH7Yvs9=",
            "abc.xD2VKGwQXr3FGVHg+HDjj2G7sStlUDnRvX1AQH7Yvs8",
            "abc.AAAA=",
            "abc.",
            ".xD2VKGwQXr3FGVHg+HDjj2G7sStlUDnRvX1AQH7Yvs8=",
            "abc",
            "",
            "abc.xD2VKGwQXr3FGVHg+HDjj2G7sStlUDnRvX1AQH7Yv===",
        ] {
            assert_eq!(signer.verify(forged), None, "{forged}");
        }
        assert_eq!(CookieSigner::new(Macs::one(b"another")).verify(SIGNED), None);
    }

    #[test]
    fn a_key_longer_than_a_block_is_hashed_first() {
        // RFC 4231, test case 6.
        let mut mac = keyed(&[0xaa; 131]);
        mac.update(b"Test Using Larger Than Block-Size Key - Hash Key First");
        let hex: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }
}
