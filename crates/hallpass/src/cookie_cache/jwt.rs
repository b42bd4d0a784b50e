//! The JWT form: HS256 under the secret.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::payload::{Payload, Written};
use crate::clock::Timestamp;
use crate::js_json;
use crate::jwt::{self, Claims};
use crate::keyring::Macs;

/// How long the cookie of a browser that is not to be remembered is believed, as in better-auth.
pub(super) const UNREMEMBERED: Duration = Duration::from_secs(300);

/// The payload as claims of a token.
#[derive(Serialize)]
pub(super) struct Dated<'a> {
    #[serde(flatten)]
    payload: &'a Written<'a>,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
}

impl<'a> Dated<'a> {
    pub(super) fn new(payload: &'a Written<'a>, now: Timestamp, age: Duration, jti: Option<String>) -> Self {
        let iat = now.as_millis().div_euclid(1000);
        let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        Self { payload, iat, exp: iat.saturating_add(age), jti }
    }
}

pub(super) fn seal(macs: &Macs, payload: &Written<'_>, now: Timestamp, age: Duration) -> Option<String> {
    jwt::encode_hs256(macs, &js_json::to_string(&Dated::new(payload, now, age, None))?)
}

pub(super) fn open(macs: &Macs, value: &str, now: Timestamp) -> Option<(Payload, Timestamp)> {
    dated(jwt::decode_hs256(macs, value, now).ok()?)
}

/// The payload of a token, and its expiry.
pub(super) fn dated(claims: Claims) -> Option<(Payload, Timestamp)> {
    let seconds = claims.get("exp").and_then(Value::as_i64)?;
    Some((Payload::new(claims)?, Timestamp::from_millis(seconds.saturating_mul(1000))))
}
