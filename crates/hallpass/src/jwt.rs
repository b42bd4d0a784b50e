//! Signed tokens (JWS compact form, RFC 7515) and who signs them.

use std::fmt::{self, Debug};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::keyring::Macs;
use crate::types::Secret;

/// The claims of a token.
pub type Claims = Map<String, Value>;

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256, one secret on both sides (RFC 7518 §3.2).
    Hs256,
    /// Ed25519 (RFC 8037 §3.1).
    EdDsa,
    /// ECDSA over P-256 with SHA-256 (RFC 7518 §3.4).
    Es256,
    /// RSA, PKCS #1 v1.5, with SHA-256 (RFC 7518 §3.3).
    Rs256,
}

impl Algorithm {
    /// The name in the header's `alg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

/// A key for tokens.
pub trait JwtKey: Debug + Send + Sync + 'static {
    /// The `kid` of the header; `None` where one key signs all.
    fn key_id(&self) -> Option<&str>;

    /// The algorithm of the signatures.
    fn algorithm(&self) -> Algorithm;
}

/// Signs tokens.
#[async_trait]
pub trait JwtSigner: JwtKey {
    /// The signature of `message`.
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JwtError>;
}

/// Checks tokens.
///
/// # Contract
/// `verify` accepts exactly what is signed with its key, in the one algorithm that
/// [`algorithm`](JwtKey::algorithm) names: the header's `alg` chooses nothing (RFC 8725 §3.1).
#[async_trait]
pub trait JwtVerifier: JwtKey {
    /// Whether `signature` is one of `message`, compared in constant time.
    async fn verify(&self, message: &[u8], signature: &[u8]) -> Result<bool, JwtError>;
}

/// Why a token is not accepted, or could not be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwtError {
    /// Not three parts of base64url with JSON objects in the first two, or another algorithm.
    #[error("not a token of this kind")]
    Malformed,
    /// Signed by someone else.
    #[error("the signature is wrong")]
    Signature,
    /// `exp` has passed, `nbf` has not come, or one of them is no number.
    #[error("the token is not valid at this time")]
    NotValidNow,
    /// The key could not be used.
    #[error("the key cannot sign")]
    Key,
}

/// Signs with HMAC-SHA-256 under a secret, and accepts what older secrets have signed.
#[derive(Clone)]
pub struct Hs256 {
    macs: Macs,
}

impl Hs256 {
    /// With the bytes of `secret` as the key, as better-auth does for its e-mail tokens.
    pub fn new(secret: &Secret) -> Self {
        Self::with(Macs::one(secret.expose().as_bytes()))
    }

    pub(crate) fn with(macs: Macs) -> Self {
        Self { macs }
    }
}

impl Debug for Hs256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hs256([redacted])")
    }
}

impl JwtKey for Hs256 {
    fn key_id(&self) -> Option<&str> {
        None
    }

    fn algorithm(&self) -> Algorithm {
        Algorithm::Hs256
    }
}

#[async_trait]
impl JwtVerifier for Hs256 {
    async fn verify(&self, message: &[u8], signature: &[u8]) -> Result<bool, JwtError> {
        Ok(self.macs.verify(message, signature))
    }
}

#[async_trait]
impl JwtSigner for Hs256 {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JwtError> {
        Ok(self.macs.sign(message).to_vec())
    }
}

/// What a token's header says, before anything is known to be true of it: good for finding the key and for
/// nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub struct Header {
    /// How it claims to be signed.
    pub alg: String,
    /// The key's name.
    pub kid: Option<String>,
    /// What kind of token it is.
    pub typ: Option<String>,
    /// Whether it names what a reader has to understand; nothing is understood here.
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

fn present<'de, D: Deserializer<'de>>(field: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(field).map(|_| true)
}

impl Header {
    /// Reads the header of a token and checks nothing.
    ///
    /// # Errors
    /// [`JwtError::Malformed`].
    pub fn of(token: &str) -> Result<Self, JwtError> {
        let (header, _) = token.split_once('.').ok_or(JwtError::Malformed)?;
        object(header)
    }
}

/// Makes the compact form of a token with `claims`. The header is `{"alg":…}` and the `kid` if there
/// is one, as better-auth writes it.
///
/// # Errors
/// [`JwtError::Key`] when the signer cannot sign.
pub async fn encode(signer: &dyn JwtSigner, claims: &Claims) -> Result<String, JwtError> {
    encode_as(signer, None, claims).await
}

/// As [`encode`], with the `typ` in the header that tells this kind of token from every other that the key signs
/// (RFC 8725 §3.11).
///
/// # Errors
/// [`JwtError::Key`] when the signer cannot sign.
pub async fn encode_as(
    signer: &dyn JwtSigner,
    typ: Option<&str>,
    claims: &Claims,
) -> Result<String, JwtError> {
    let claims = serde_json::to_vec(claims).map_err(|_| JwtError::Malformed)?;
    let token = unsigned(signer.algorithm(), signer.key_id(), typ, &claims)?;
    let signature = signer.sign(token.as_bytes()).await?;
    Ok(signed(token, &signature))
}

/// As [`encode`], of claims in JSON under HS256.
pub(crate) fn encode_hs256(macs: &Macs, claims: &str) -> Option<String> {
    let token = unsigned(Algorithm::Hs256, None, None, claims.as_bytes()).ok()?;
    let signature = macs.sign(token.as_bytes());
    Some(signed(token, &signature))
}

/// Header and claims, which are what is signed.
fn unsigned(
    algorithm: Algorithm,
    kid: Option<&str>,
    typ: Option<&str>,
    claims: &[u8],
) -> Result<String, JwtError> {
    let mut header = Map::new();
    header.insert("alg".to_owned(), json!(algorithm.name()));
    for (name, value) in [("kid", kid), ("typ", typ)] {
        if let Some(value) = value {
            header.insert(name.to_owned(), json!(value));
        }
    }
    let mut token = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).map_err(|_| JwtError::Malformed)?);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    Ok(token)
}

fn signed(mut token: String, signature: &[u8]) -> String {
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}

/// Reads a token: signature first, then `exp` and `nbf` against `now` without leeway. A token without
/// `exp` would be good for ever and is refused, and so is one whose `exp` or `nbf` is no number. One that says in
/// its header that it is anything but a `JWT` is of another kind.
///
/// # Errors
/// [`JwtError`] says why not.
pub async fn decode(verifier: &dyn JwtVerifier, token: &str, now: Timestamp) -> Result<Claims, JwtError> {
    decode_as(verifier, None, token, now).await
}

/// As [`decode`], for a kind of token that is told by its `typ`: of any other `typ`, or without one, it is refused.
///
/// # Errors
/// [`JwtError`] says why not.
pub async fn decode_as(
    verifier: &dyn JwtVerifier,
    typ: Option<&str>,
    token: &str,
    now: Timestamp,
) -> Result<Claims, JwtError> {
    let unverified = Unverified::parse(token, verifier.algorithm(), verifier.key_id(), typ)?;
    if !verifier.verify(unverified.message.as_bytes(), &unverified.signature).await? {
        return Err(JwtError::Signature);
    }
    unverified.claims(now)
}

/// As [`decode`], under HS256.
pub(crate) fn decode_hs256(macs: &Macs, token: &str, now: Timestamp) -> Result<Claims, JwtError> {
    let unverified = Unverified::parse(token, Algorithm::Hs256, None, None)?;
    if !macs.verify(unverified.message.as_bytes(), &unverified.signature) {
        return Err(JwtError::Signature);
    }
    unverified.claims(now)
}

/// A token whose signature is yet to be verified.
struct Unverified<'a> {
    message: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    fn parse(
        token: &'a str,
        algorithm: Algorithm,
        kid: Option<&str>,
        typ: Option<&str>,
    ) -> Result<Self, JwtError> {
        let (message, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(JwtError::Malformed)?;
        let header: Header = object(header)?;
        let is_of_kind = match typ {
            Some(_) => header.typ.as_deref() == typ,
            None => header.typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT")),
        };
        let is_of_key = kid.is_none_or(|kid| header.kid.as_deref() == Some(kid));
        if header.alg != algorithm.name() || header.crit || !is_of_kind || !is_of_key {
            return Err(JwtError::Malformed);
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| JwtError::Malformed)?;
        Ok(Self { message, payload, signature })
    }

    /// The claims, once the signature was verified.
    fn claims(&self, now: Timestamp) -> Result<Claims, JwtError> {
        let claims: Claims = object(self.payload)?;
        #[expect(clippy::cast_precision_loss, reason = "seconds of the calendar fit an f64")]
        let seconds = now.as_millis() as f64 / 1000.0;
        let moment = |name: &str| match claims.get(name) {
            None => Ok(None),
            Some(value) => value.as_f64().filter(|at| at.is_finite()).map(Some).ok_or(JwtError::NotValidNow),
        };
        if moment("exp")?.is_none_or(|exp| exp <= seconds) || moment("nbf")?.is_some_and(|nbf| nbf > seconds)
        {
            return Err(JwtError::NotValidNow);
        }
        Ok(claims)
    }
}

fn object<T: DeserializeOwned>(part: &str) -> Result<T, JwtError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| JwtError::Malformed)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
