//! ECDSA over P-256 with SHA-256 (RFC 7518 §3.4).

use hallpass::random::SecureRandom;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use super::{Jwk, KeyError, decoded, encoded, written};

const KTY: &str = "EC";
const CRV: &str = "P-256";

pub(crate) struct Private(SigningKey);

pub(crate) struct Public(VerifyingKey);

impl Private {
    pub(super) fn generate(random: &dyn SecureRandom) -> Self {
        let mut scalar = Zeroizing::new([0; 32]);
        // One in 2³² is none: zero, or not below the order of the group.
        loop {
            random.fill(scalar.as_mut_slice());
            if let Ok(key) = SigningKey::from_slice(scalar.as_slice()) {
                return Self(key);
            }
        }
    }

    pub(super) fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        jwk.is(KTY, CRV)?;
        let key = SigningKey::from_slice(decoded::<32>(&jwk.d)?.as_slice());
        let key = key.map_err(|_| KeyError::Malformed)?;
        if *key.verifying_key() == Public::from_jwk(jwk)?.0 { Ok(Self(key)) } else { Err(KeyError::Mismatch) }
    }

    pub(super) fn jwk(&self) -> Zeroizing<String> {
        let (x, y) = point(self.0.verifying_key());
        let d = encoded(Zeroizing::new(self.0.to_bytes()).as_slice());
        Zeroizing::new(written(&[("kty", KTY), ("x", &x), ("y", &y), ("crv", CRV), ("d", &d)]))
    }

    pub(super) fn public_jwk(&self) -> String {
        let (x, y) = point(self.0.verifying_key());
        written(&[("kty", KTY), ("x", &x), ("y", &y), ("crv", CRV)])
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign(message);
        signature.to_bytes().to_vec()
    }
}

impl Public {
    pub(super) fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        jwk.is(KTY, CRV)?;
        let (x, y) = (decoded::<32>(&jwk.x)?, decoded::<32>(&jwk.y)?);
        let uncompressed = [&[4], x.as_slice(), y.as_slice()].concat();
        VerifyingKey::from_sec1_bytes(&uncompressed).map(Self).map_err(|_| KeyError::Malformed)
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}

/// The coordinates of a public key, encoded.
fn point(key: &VerifyingKey) -> (Zeroizing<String>, Zeroizing<String>) {
    let point = key.to_sec1_point(false);
    let coordinate =
        |bytes: Option<&_>| bytes.map_or_else(Default::default, |bytes: &p256::FieldBytes| encoded(bytes));
    (coordinate(point.x()), coordinate(point.y()))
}
