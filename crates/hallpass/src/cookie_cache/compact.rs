//! The compact form: `base64url({"session":P,"expiresAt":…,"signature":"…"})`, where the signature is the HMAC of
//! P with `expiresAt` as its last field.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::payload::{Payload, Written};
use crate::clock::Timestamp;
use crate::js_json;
use crate::keyring::Macs;

/// How long the cookie of a browser that is not to be remembered is believed, as in better-auth.
pub(super) const UNREMEMBERED: Duration = Duration::from_secs(60);

pub(super) fn seal(macs: &Macs, payload: &Written<'_>, expires_at: Timestamp) -> Option<String> {
    let session = js_json::to_string(payload)?;
    let expires_at = expires_at.as_millis();
    let signature = URL_SAFE_NO_PAD.encode(macs.sign(signed(&session, expires_at)?.as_bytes()));
    Some(
        URL_SAFE_NO_PAD
            .encode(format!(r#"{{"session":{session},"expiresAt":{expires_at},"signature":"{signature}"}}"#)),
    )
}

pub(super) fn open(macs: &Macs, value: &str) -> Option<(Payload, Timestamp)> {
    let text = URL_SAFE_NO_PAD.decode(value).ok()?;
    let Sealed { session, expires_at, signature } = serde_json::from_slice(&text).ok()?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    // better-auth parses and writes again what it verifies. What was signed was written by JSON.stringify, here and
    // there, so the text as it stands is that same text; any other has no right signature.
    if !macs.verify(signed(session.get(), expires_at)?.as_bytes(), &signature) {
        return None;
    }
    let payload = serde_json::from_str(session.get()).ok()?;
    Some((payload, Timestamp::from_millis(expires_at)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Sealed<'a> {
    #[serde(borrow)]
    session: &'a RawValue,
    expires_at: i64,
    signature: &'a str,
}

/// The object with one more field, which is what the signature is of.
fn signed(session: &str, expires_at: i64) -> Option<String> {
    let fields = session.strip_prefix('{')?.strip_suffix('}')?;
    let comma = if fields.is_empty() { "" } else { "," };
    Some(format!(r#"{{{fields}{comma}"expiresAt":{expires_at}}}"#))
}
