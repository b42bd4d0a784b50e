//! Keys: made, read and written as JWKs (RFC 7517), and used.

mod ed25519;
mod p256;
#[cfg(feature = "rs256")]
mod rs256;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::jwt::{Algorithm, JwtError};
use hallpass::random::SecureRandom;
use serde::Deserialize;
use zeroize::Zeroizing;

/// What keys are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum KeyType {
    /// Ed25519, for `EdDSA`: small, fast, and nothing to get wrong.
    #[default]
    Ed25519,
    /// P-256, for `ES256`: for readers that do not know Ed25519.
    P256,
    /// RSA, for `RS256`: for readers that know nothing else. Making a key of 2048 bits takes up to a second, on the
    /// thread of the request that needs it.
    #[cfg(feature = "rs256")]
    Rsa {
        /// The length of the modulus: 2048 to 4096 bits.
        bits: usize,
    },
}

impl KeyType {
    /// What tokens are signed with.
    pub fn algorithm(self) -> Algorithm {
        match self {
            Self::Ed25519 => Algorithm::EdDsa,
            Self::P256 => Algorithm::Es256,
            #[cfg(feature = "rs256")]
            Self::Rsa { .. } => Algorithm::Rs256,
        }
    }

    /// What the column `crv` says.
    pub(crate) fn curve(self) -> Option<&'static str> {
        match self {
            Self::Ed25519 => Some("Ed25519"),
            Self::P256 => Some("P-256"),
            #[cfg(feature = "rs256")]
            Self::Rsa { .. } => None,
        }
    }
}

/// The algorithm of this name, if a stored key can be one for it.
pub(crate) fn algorithm(name: &str) -> Option<Algorithm> {
    [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256].into_iter().find(|known| known.name() == name)
}

/// A key that signs.
pub(crate) enum PrivateKey {
    Ed25519(ed25519::Private),
    P256(p256::Private),
    #[cfg(feature = "rs256")]
    Rsa(Box<rs256::Private>),
}

/// A key that checks signatures.
pub(crate) enum PublicKey {
    Ed25519(ed25519::Public),
    P256(p256::Public),
    #[cfg(feature = "rs256")]
    Rsa(Box<rs256::Public>),
}

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("not a JWK of the algorithm that its row names")]
    Malformed,
    #[error("the public part belongs to another key")]
    Mismatch,
    #[error("an algorithm that this build does not know")]
    UnknownAlgorithm,
    #[cfg(feature = "rs256")]
    #[error("no RSA key can be made")]
    NotMade,
}

impl PrivateKey {
    pub(crate) fn generate(key_type: KeyType, random: &dyn SecureRandom) -> Result<Self, KeyError> {
        match key_type {
            KeyType::Ed25519 => Ok(Self::Ed25519(ed25519::Private::generate(random))),
            KeyType::P256 => Ok(Self::P256(p256::Private::generate(random))),
            #[cfg(feature = "rs256")]
            KeyType::Rsa { bits } => Ok(Self::Rsa(Box::new(rs256::Private::generate(bits, random)?))),
        }
    }

    /// Reads a private JWK. Its public part must be that of the private one: a signature under a pair that does not
    /// match gives an Ed25519 key away.
    pub(crate) fn from_jwk(algorithm: Algorithm, jwk: &str) -> Result<Self, KeyError> {
        let jwk: Jwk = serde_json::from_str(jwk).map_err(|_| KeyError::Malformed)?;
        match algorithm {
            Algorithm::EdDsa => ed25519::Private::from_jwk(&jwk).map(Self::Ed25519),
            Algorithm::Es256 => p256::Private::from_jwk(&jwk).map(Self::P256),
            #[cfg(feature = "rs256")]
            Algorithm::Rs256 => Ok(Self::Rsa(Box::new(rs256::Private::from_jwk(&jwk)?))),
            _ => Err(KeyError::UnknownAlgorithm),
        }
    }

    /// The private JWK, with its members in the order in which better-auth writes them.
    pub(crate) fn jwk(&self) -> Zeroizing<String> {
        match self {
            Self::Ed25519(key) => key.jwk(),
            Self::P256(key) => key.jwk(),
            #[cfg(feature = "rs256")]
            Self::Rsa(key) => key.jwk(),
        }
    }

    /// The public JWK.
    pub(crate) fn public_jwk(&self) -> String {
        match self {
            Self::Ed25519(key) => key.public_jwk(),
            Self::P256(key) => key.public_jwk(),
            #[cfg(feature = "rs256")]
            Self::Rsa(key) => key.public_jwk(),
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JwtError> {
        match self {
            Self::Ed25519(key) => Ok(key.sign(message)),
            Self::P256(key) => Ok(key.sign(message)),
            #[cfg(feature = "rs256")]
            Self::Rsa(key) => key.sign(message),
        }
    }
}

impl PublicKey {
    pub(crate) fn from_jwk(algorithm: Algorithm, jwk: &str) -> Result<Self, KeyError> {
        let jwk: Jwk = serde_json::from_str(jwk).map_err(|_| KeyError::Malformed)?;
        match algorithm {
            Algorithm::EdDsa => ed25519::Public::from_jwk(&jwk).map(Self::Ed25519),
            Algorithm::Es256 => p256::Public::from_jwk(&jwk).map(Self::P256),
            #[cfg(feature = "rs256")]
            Algorithm::Rs256 => Ok(Self::Rsa(Box::new(rs256::Public::from_jwk(&jwk)?))),
            _ => Err(KeyError::UnknownAlgorithm),
        }
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(key) => key.verify(message, signature),
            Self::P256(key) => key.verify(message, signature),
            #[cfg(feature = "rs256")]
            Self::Rsa(key) => key.verify(message, signature),
        }
    }
}

/// The members of a JWK that are read here; what else is in it means nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    d: Zeroizing<String>,
    n: String,
    e: String,
    p: Zeroizing<String>,
    q: Zeroizing<String>,
}

impl Jwk {
    fn is(&self, kty: &str, crv: &str) -> Result<(), KeyError> {
        if self.kty == kty && self.crv == crv { Ok(()) } else { Err(KeyError::Malformed) }
    }
}

/// A JWK of members whose values need no escaping.
fn written(members: &[(&str, &str)]) -> String {
    // All at once, so that no part of a private key is left behind where a string grew.
    let length = members.iter().map(|(name, value)| name.len() + value.len() + 6).sum::<usize>();
    let mut json = String::with_capacity(length + 2);
    for (name, value) in members {
        json.push(if json.is_empty() { '{' } else { ',' });
        for part in ["\"", name, "\":\"", value, "\""] {
            json.push_str(part);
        }
    }
    json.push('}');
    json
}

fn encoded(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes))
}

/// The bytes of a member that has a fixed length.
fn decoded<const N: usize>(member: &str) -> Result<Zeroizing<[u8; N]>, KeyError> {
    let mut bytes = Zeroizing::new([0; N]);
    match URL_SAFE_NO_PAD.decode_slice(member, bytes.as_mut_slice()) {
        Ok(length) if length == N => Ok(bytes),
        _ => Err(KeyError::Malformed),
    }
}
