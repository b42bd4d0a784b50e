//! Codes: kept as MACs, guessed a few times, good once.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::CodePurpose;
use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::keyring::Macs;
use crate::model::Verification;
use crate::random::text_of;
use crate::types::{Email, UserId};
use crate::wire_error::WireError;

pub(super) const INVALID_OTP: WireError =
    WireError::new(StatusCode::BAD_REQUEST, "INVALID_OTP", "Invalid OTP");
const OTP_EXPIRED: WireError = WireError::new(StatusCode::BAD_REQUEST, "OTP_EXPIRED", "OTP expired");
const TOO_MANY_ATTEMPTS: WireError =
    WireError::new(StatusCode::FORBIDDEN, "TOO_MANY_ATTEMPTS", "Too many attempts");

/// How many wrong guesses at the codes of one address are compared in a [`WINDOW`], whatever the codes are for and
/// however many there are.
const GUESSES: u64 = 10;
const WINDOW: Duration = Duration::from_secs(3600);

/// What a code is about.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// better-auth's, of the purpose and the address, or whatever else the code is to be good for alone; part of what
    /// is MACed.
    identifier: String,
    /// The key of the count of guesses: that of the mailbox which the code is sent to.
    guesses: String,
}

impl Subject {
    pub(super) fn new(purpose: CodePurpose, email: &Email) -> Self {
        Self::about(purpose, email.as_str(), email)
    }

    /// A change of this user's address to another.
    pub(super) fn change(user: &UserId, new: &Email) -> Self {
        Self::about(CodePurpose::ChangeEmail, &format!("{user}:{}", new.as_str()), new)
    }

    fn about(purpose: CodePurpose, about: &str, mailbox: &Email) -> Self {
        let identifier = format!("{}-otp-{about}", purpose.name());
        Self { identifier, guesses: format!("email-otp-guesses|{}", mailbox.as_str()) }
    }
}

/// Whether a code that was right is good once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is used up.
    Once,
    /// It stays as it is: it was only looked at.
    Look,
}

/// A new code of `length` digits, in place of any before.
pub(super) async fn issue(
    auth: &Auth,
    subject: &Subject,
    length: usize,
    lifetime: Duration,
) -> Result<String, Error> {
    let code = text_of(auth.random(), b"0123456789", length);
    let kept = if auth.stores_plain_tokens() { code.clone() } else { mac(auth, subject, &code) };
    auth.issue_verification(subject.identifier.clone(), format!("{kept}:0"), lifetime).await?;
    Ok(code)
}

/// Compares a guess, and gives the moment of issue when it is right.
///
/// Whoever compares has taken the code out: of any number of guesses at once one is compared, and every other finds
/// nothing. A wrong guess puts it back with one attempt less, unless a newer one is there. So a code exists once, in the store or in one caller's
/// hands, its count only grows, and no more than `attempts` guesses are ever compared with it. Should the server
/// stop between the two, the code is gone.
///
/// Asking for another code gives no more guesses than [`GUESSES`]: each is counted before it is compared, in one step,
/// so of any number at once no more are. A right one begins the count anew, since it comes from the mailbox.
pub(super) async fn check(
    auth: &Auth,
    subject: &Subject,
    guess: &str,
    attempts: u32,
    then: Use,
) -> Result<Timestamp, Error> {
    let refused = |wire| Err(Error::Refused(wire));
    // Expired ones too: they are told apart, once.
    let taken = auth.take_verification_at(&subject.identifier, Timestamp::from_millis(0)).await?;
    let Some(taken) = taken else { return refused(INVALID_OTP) };
    if taken.expires_at <= auth.now() {
        return refused(OTP_EXPIRED);
    }
    let (kept, used) = taken.value.rsplit_once(':').unwrap_or((&taken.value, "0"));
    // What cannot be read counts as used up.
    let used = used.parse::<u32>().unwrap_or(attempts);
    if used >= attempts {
        return refused(TOO_MANY_ATTEMPTS);
    }
    let counters = &auth.inner().counters;
    if counters.increment(&subject.guesses, WINDOW).await?.value > GUESSES {
        return refused(TOO_MANY_ATTEMPTS);
    }
    if !is_right(auth, subject, kept, guess) {
        let value = format!("{kept}:{}", used + 1);
        auth.restore_verification(Verification { value, updated_at: auth.now(), ..taken }).await?;
        return refused(INVALID_OTP);
    }
    counters.delete(&subject.guesses).await?;
    let issued_at = taken.created_at;
    if then == Use::Look {
        auth.restore_verification(taken).await?;
    }
    Ok(issued_at)
}

const HMAC: &str = "hmac:";
const PURPOSE: &str = "email-otp";

/// A plain hash of six digits is undone in a second: only who has the secret can tell what this is of.
fn mac(auth: &Auth, subject: &Subject, code: &str) -> String {
    let keys = auth.sub_keys(PURPOSE);
    let tag = keys.first().map(|key| Macs::one(key.as_slice()).sign(&message(subject, code)));
    format!("{HMAC}{}", URL_SAFE_NO_PAD.encode(tag.unwrap_or_default()))
}

fn message(subject: &Subject, code: &str) -> Vec<u8> {
    [subject.identifier.as_bytes(), b"\0", code.as_bytes()].concat()
}

fn is_right(auth: &Auth, subject: &Subject, kept: &str, guess: &str) -> bool {
    if guess.is_empty() {
        return false;
    }
    if let Some(tag) = kept.strip_prefix(HMAC) {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(tag) else { return false };
        let message = message(subject, guess);
        return auth.sub_keys(PURPOSE).iter().any(|key| Macs::one(key.as_slice()).verify(&message, &tag));
    }
    // Codes that better-auth left, plain or hashed; what is longer than any code is none.
    if kept.len() == LENGTH_OF_HASH {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(guess.as_bytes()));
        return hash.as_bytes().ct_eq(kept.as_bytes()).into();
    }
    kept.len() <= LONGEST_PLAIN && bool::from(guess.as_bytes().ct_eq(kept.as_bytes()))
}

/// SHA-256 in base64 without padding.
const LENGTH_OF_HASH: usize = 43;
const LONGEST_PLAIN: usize = 16;
