//! Ed25519 (RFC 8032; as a JWK: RFC 8037).

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use hallpass::random::SecureRandom;
use zeroize::Zeroizing;

use super::{Jwk, KeyError, decoded, encoded, written};

const KTY: &str = "OKP";
const CRV: &str = "Ed25519";

pub(crate) struct Private(SigningKey);

pub(crate) struct Public(VerifyingKey);

impl Private {
    pub(super) fn generate(random: &dyn SecureRandom) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        random.fill(seed.as_mut_slice());
        Self(SigningKey::from_bytes(&seed))
    }

    pub(super) fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        jwk.is(KTY, CRV)?;
        let key = SigningKey::from_bytes(&*decoded(&jwk.d)?);
        if key.verifying_key().as_bytes() == &*decoded(&jwk.x)? {
            Ok(Self(key))
        } else {
            Err(KeyError::Mismatch)
        }
    }

    pub(super) fn jwk(&self) -> Zeroizing<String> {
        let (d, x) = (encoded(self.0.as_bytes()), encoded(self.0.verifying_key().as_bytes()));
        Zeroizing::new(written(&[("crv", CRV), ("d", &d), ("x", &x), ("kty", KTY)]))
    }

    pub(super) fn public_jwk(&self) -> String {
        let x = encoded(self.0.verifying_key().as_bytes());
        written(&[("crv", CRV), ("x", &x), ("kty", KTY)])
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).to_bytes().to_vec()
    }
}

impl Public {
    pub(super) fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        jwk.is(KTY, CRV)?;
        VerifyingKey::from_bytes(&*decoded(&jwk.x)?).map(Self).map_err(|_| KeyError::Malformed)
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // Strict: under a key of small order anything would be signed.
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}
