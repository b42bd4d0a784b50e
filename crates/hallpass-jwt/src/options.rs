//! How tokens are made, and for whom.

use std::time::Duration;

use serde_json::{Value, json};

use crate::key::KeyType;

/// How tokens are made, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..JwtOptions::default()")]
pub struct JwtOptions {
    /// Who says that it signed them: `iss`. Default: the server's origin.
    pub issuer: Option<String>,
    /// For whom they are: `aud`. Default: the server's origin.
    pub audience: Option<Audience>,
    /// How long they are good for. Nothing takes a token back, so keep it short. Default: 15 minutes.
    pub expires_in: Duration,
    /// What keys are made for. A change makes a new key; the old ones stay good for what they signed.
    /// Default: Ed25519.
    pub key_type: KeyType,
    /// How long a key signs before a new one is made. Default: for ever.
    pub rotation_interval: Option<Duration>,
    /// How long a key that signs no more is still published and believed. Default: 30 days, as in better-auth.
    pub grace_period: Duration,
    /// How long a new key is published before it signs, so that readers who keep the JWKS for that long never meet
    /// a token whose key they do not know. Default: zero, as in better-auth, where they have to ask again.
    pub publish_ahead: Duration,
    /// Where the public keys are, below the base path. Default: `/jwks`.
    pub jwks_path: &'static str,
    /// Whether something else publishes the public keys, from the same table: then they are not found here.
    /// Default: no.
    pub published_elsewhere: bool,
    /// Whether the answer of `/get-session` carries a token, in `set-auth-jwt`. Default: yes, as in better-auth.
    pub session_header: bool,
}

impl Default for JwtOptions {
    fn default() -> Self {
        const MINUTE: u64 = 60;
        const DAY: u64 = 86_400;
        Self {
            issuer: None,
            audience: None,
            expires_in: Duration::from_secs(15 * MINUTE),
            key_type: KeyType::default(),
            rotation_interval: None,
            grace_period: Duration::from_secs(30 * DAY),
            publish_ahead: Duration::ZERO,
            jwks_path: "/jwks",
            published_elsewhere: false,
            session_header: true,
        }
    }
}

impl JwtOptions {
    pub(crate) fn check(&self) -> Result<(), JwtOptionsError> {
        if self.expires_in < Duration::from_secs(1) {
            return Err(JwtOptionsError::ExpiresIn);
        }
        if self.rotation_interval.is_some_and(|interval| interval < Duration::from_secs(1)) {
            return Err(JwtOptionsError::RotationInterval);
        }
        if self.rotation_interval.is_some() && self.grace_period < self.expires_in {
            return Err(JwtOptionsError::GracePeriod);
        }
        let path = self.jwks_path;
        if path.len() < 2 || !path.starts_with('/') || path.contains("..") {
            return Err(JwtOptionsError::JwksPath);
        }
        match self.key_type {
            #[cfg(feature = "rs256")]
            KeyType::Rsa { bits } if !(2048..=4096).contains(&bits) => Err(JwtOptionsError::RsaBits),
            _ => Ok(()),
        }
    }
}

/// What of [`JwtOptions`] is refused, and the remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtOptionsError {
    /// Tokens that are never good.
    #[error("tokens must be good for a second at least: set `expires_in`")]
    ExpiresIn,
    /// A new key for every token.
    #[error("a key must sign for a second at least: set `rotation_interval`, or leave it out")]
    RotationInterval,
    /// Tokens whose key is forgotten before they expire.
    #[error(
        "a key must be believed for as long as what it signed is good: `grace_period` is less than `expires_in`"
    )]
    GracePeriod,
    /// Not a path.
    #[error("`jwks_path` must begin with a slash, and name something without `..`")]
    JwksPath,
    /// A key that is too short to be safe, or too long to be used.
    #[cfg(feature = "rs256")]
    #[error("an RSA key has 2048 to 4096 bits")]
    RsaBits,
}

/// For whom a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Audience {
    /// For one, written as a string.
    One(String),
    /// For each of these, written as an array.
    Any(Vec<String>),
}

impl Audience {
    pub(crate) fn claim(&self) -> Value {
        match self {
            Self::One(audience) => json!(audience),
            Self::Any(audiences) => json!(audiences),
        }
    }

    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::One(audience) => std::slice::from_ref(audience),
            Self::Any(audiences) => audiences,
        }
    }
}

impl From<&str> for Audience {
    fn from(audience: &str) -> Self {
        Self::One(audience.to_owned())
    }
}

impl<const N: usize> From<[&str; N]> for Audience {
    fn from(audiences: [&str; N]) -> Self {
        Self::Any(audiences.map(str::to_owned).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_lose_tokens_is_refused() {
        let second = Duration::from_secs(1);
        for (options, refused) in [
            (JwtOptions { expires_in: Duration::ZERO, ..JwtOptions::default() }, JwtOptionsError::ExpiresIn),
            (
                JwtOptions { rotation_interval: Some(Duration::ZERO), ..JwtOptions::default() },
                JwtOptionsError::RotationInterval,
            ),
            (
                JwtOptions {
                    rotation_interval: Some(second),
                    grace_period: Duration::from_secs(899),
                    ..JwtOptions::default()
                },
                JwtOptionsError::GracePeriod,
            ),
            (JwtOptions { jwks_path: "jwks", ..JwtOptions::default() }, JwtOptionsError::JwksPath),
            (JwtOptions { jwks_path: "/", ..JwtOptions::default() }, JwtOptionsError::JwksPath),
            (JwtOptions { jwks_path: "/../jwks", ..JwtOptions::default() }, JwtOptionsError::JwksPath),
        ] {
            assert_eq!(options.check(), Err(refused));
        }
        let kept = Duration::from_secs(900);
        let rotating =
            JwtOptions { rotation_interval: Some(second), grace_period: kept, ..JwtOptions::default() };
        for options in [JwtOptions::default(), rotating] {
            assert_eq!(options.check(), Ok(()));
        }
    }
}
