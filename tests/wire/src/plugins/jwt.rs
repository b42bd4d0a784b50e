//! The plugin `jwt`.

use std::sync::Arc;
use std::time::Duration;

use hallpass_jwt::{Audience, JwkStore, Jwt, JwtOptions, KeyType};
use serde::Deserialize;

use crate::Failure;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct JwtPlugin {
    #[serde(default)]
    jwks: Jwks,
    #[serde(default)]
    jwt: Tokens,
    #[serde(default)]
    disable_setting_jwt_header: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Jwks {
    key_pair_config: Option<KeyPairConfig>,
    rotation_interval: Option<u64>,
    grace_period: Option<u64>,
    jwks_path: Option<String>,
    remote_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyPairConfig {
    alg: KeyAlgorithm,
    crv: Option<Curve>,
    modulus_length: Option<usize>,
}

#[derive(Deserialize)]
enum KeyAlgorithm {
    #[serde(rename = "EdDSA")]
    EdDsa,
    #[serde(rename = "ES256")]
    Es256,
    #[serde(rename = "RS256")]
    Rs256,
}

#[derive(Deserialize)]
enum Curve {
    Ed25519,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Tokens {
    issuer: Option<String>,
    audience: Option<Names>,
    expiration_time: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Any(Vec<String>),
}

pub(super) fn jwt(options: JwtPlugin, keys: Arc<dyn JwkStore>) -> Result<Jwt, Failure> {
    let default = JwtOptions::default();
    let key_type = match options.jwks.key_pair_config {
        None => KeyType::Ed25519,
        Some(config) => match (config.alg, config.crv) {
            (KeyAlgorithm::EdDsa, None | Some(Curve::Ed25519)) => KeyType::Ed25519,
            (KeyAlgorithm::Es256, None) => KeyType::P256,
            (KeyAlgorithm::Rs256, None) => KeyType::Rsa { bits: config.modulus_length.unwrap_or(2048) },
            _ => return Err(Failure::Refused("option plugins.jwt.jwks.keyPairConfig.crv".to_owned())),
        },
    };
    let lifetime = options.jwt.expiration_time.map(|span| {
        seconds(&span).ok_or_else(|| Failure::Refused("option plugins.jwt.jwt.expirationTime".to_owned()))
    });
    let options = JwtOptions {
        issuer: options.jwt.issuer,
        audience: options.jwt.audience.map(|names| match names {
            Names::One(name) => Audience::One(name),
            Names::Any(names) => Audience::Any(names),
        }),
        expires_in: lifetime.transpose()?.unwrap_or(default.expires_in),
        key_type,
        rotation_interval: options.jwks.rotation_interval.map(Duration::from_secs),
        grace_period: options.jwks.grace_period.map_or(default.grace_period, Duration::from_secs),
        // Once in the process's life.
        jwks_path: options.jwks.jwks_path.map_or(default.jwks_path, |path| String::leak(path)),
        published_elsewhere: options.jwks.remote_url.is_some(),
        session_header: !options.disable_setting_jwt_header,
        ..default
    };
    Jwt::new(keys, options).map_err(|error| Failure::Refused(format!("option plugins.jwt: {error}")))
}

/// The forms of a span that the scenarios use, of the many that better-auth reads.
fn seconds(span: &str) -> Option<Duration> {
    let (number, unit) = span.split_at_checked(span.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(unit)?))
}
