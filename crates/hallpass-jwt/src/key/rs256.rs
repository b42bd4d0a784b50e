//! RSA with PKCS #1 v1.5 and SHA-256 (RFC 7518 §3.3).

use std::convert::Infallible;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::jwt::JwtError;
use hallpass::random::{SecureRandom, SystemRandom};
use rsa::BoxedUint;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::signature::{RandomizedSigner as _, SignatureEncoding as _, Verifier as _};
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use rsa::{RsaPrivateKey, RsaPublicKey};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{Jwk, KeyError, encoded, written};

const KTY: &str = "RSA";

/// RFC 7518 §3.3 asks for the least; what is longer than the most only takes time.
const BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

pub(crate) struct Private(SigningKey<Sha256>);

pub(crate) struct Public(VerifyingKey<Sha256>);

impl Private {
    pub(super) fn generate(bits: usize, random: &dyn SecureRandom) -> Result<Self, KeyError> {
        let key = RsaPrivateKey::new(&mut Injected(random), bits).map_err(|_| KeyError::NotMade)?;
        Ok(Self(SigningKey::new(key)))
    }

    pub(super) fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        jwk.is(KTY, "")?;
        let public = public(jwk)?;
        let primes = vec![number(&jwk.p)?, number(&jwk.q)?];
        // Refuses parts that do not belong together.
        let key = RsaPrivateKey::from_components(
            public.n().as_ref().clone(),
            public.e().clone(),
            number(&jwk.d)?,
            primes,
        );
        key.map(|key| Self(SigningKey::new(key))).map_err(|_| KeyError::Mismatch)
    }

    pub(super) fn jwk(&self) -> Zeroizing<String> {
        let key: &RsaPrivateKey = self.0.as_ref();
        let prime =
            |at: usize| key.primes().get(at).map_or_else(Default::default, |prime| text(prime.as_ref()));
        let part = |part: Option<&BoxedUint>| part.map_or_else(Default::default, text);
        Zeroizing::new(written(&[
            ("kty", KTY),
            ("n", &encoded(&key.n_bytes())),
            ("e", &encoded(&key.e_bytes())),
            ("d", &text(key.d())),
            ("p", &prime(0)),
            ("q", &prime(1)),
            ("dp", &part(key.dp())),
            ("dq", &part(key.dq())),
            ("qi", &part(key.crt_coefficient().as_ref())),
        ]))
    }

    pub(super) fn public_jwk(&self) -> String {
        let key: &RsaPublicKey = self.0.as_ref().as_public_key();
        written(&[("kty", KTY), ("n", &encoded(&key.n_bytes())), ("e", &encoded(&key.e_bytes()))])
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JwtError> {
        // The randomness blinds the private operation, so that its time tells nothing; the signature is without.
        let signed: Result<Signature, _> =
            self.0.try_sign_with_rng(&mut Injected(&SystemRandom::default()), message);
        signed.map(|signature| signature.to_vec()).map_err(|_| JwtError::Key)
    }
}

impl Public {
    pub(super) fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        jwk.is(KTY, "")?;
        Ok(Self(VerifyingKey::new(public(jwk)?)))
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::try_from(signature).is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}

fn public(jwk: &Jwk) -> Result<RsaPublicKey, KeyError> {
    RsaPublicKey::new_with_size_limits(number(&jwk.n)?, number(&jwk.e)?, BITS)
        .map_err(|_| KeyError::Malformed)
}

fn number(member: &str) -> Result<BoxedUint, KeyError> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(member).map_err(|_| KeyError::Malformed)?);
    let bits = u32::try_from(bytes.len().saturating_mul(8)).map_err(|_| KeyError::Malformed)?;
    if bytes.is_empty() {
        return Err(KeyError::Malformed);
    }
    BoxedUint::from_be_slice(&bytes, bits.next_multiple_of(64)).map_err(|_| KeyError::Malformed)
}

fn text(number: &BoxedUint) -> Zeroizing<String> {
    encoded(&Zeroizing::new(number.to_be_bytes_trimmed_vartime().into_vec()))
}

/// A [`SecureRandom`] as the library takes it.
struct Injected<'a>(&'a dyn SecureRandom);

impl TryRng for Injected<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Injected<'_> {}
