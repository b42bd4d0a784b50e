//! Users, accounts and sessions put straight into a database, in a fraction of the time that it takes to sign up.
//!
//! They are known by their numbers: the session with a number has an id, a token and a cookie that are made from it, so that
//! a client can be the browser of any of them.

mod postgres;
mod sqlite;

use std::ops::Range;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

pub use postgres::fill_postgres;
pub use sqlite::fill_sqlite;

/// The secret of the servers that are to know the cookies.
pub const SECRET: &str = "kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=";

/// How many rows of a table are added at once.
const CHUNK: u32 = 10_000;

/// Rows to add.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "written in full")]
pub struct Rows {
    /// The numbers of the users.
    pub users: Range<u32>,
    /// The hash of the password of each of these users; without one they have no account.
    pub password: Option<String>,
    /// The numbers of the sessions.
    pub sessions: Range<u32>,
    /// Session `n` is of the user `n % owners`.
    pub owners: u32,
    /// Whether tokens are stored as hallpass does, hashed; else as better-auth does.
    pub hashed: bool,
    /// Whether the sessions expired long ago; else they live for a week and are too young to be prolonged.
    pub expired: bool,
}

impl Rows {
    /// How many rows these are.
    pub fn count(&self) -> u64 {
        let accounts = if self.password.is_some() { self.users.len() } else { 0 };
        (self.users.len() + accounts + self.sessions.len()) as u64
    }

    /// As the session with this number is stored.
    fn stored(&self, session: u32) -> String {
        let token = token(session);
        if self.hashed { format!("sha256:{}", URL_SAFE_NO_PAD.encode(Sha256::digest(token))) } else { token }
    }

    fn owner(&self, session: u32) -> String {
        id("user", session % self.owners.max(1))
    }
}

/// The address of the user with this number.
pub fn email(user: u32) -> String {
    format!("filled-{user}@example.com")
}

/// 32 characters that begin differently for neighbours, as random ones do.
fn token(number: u32) -> String {
    // Odd, and so no two numbers give the same; its high bits depend on all of the number's.
    const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    format!("{:032x}", u128::from(number + 1).wrapping_mul(SPREAD))
}

/// 32 characters, which begin differently for neighbours too.
fn id(kind: &str, number: u32) -> String {
    let spread = number.reverse_bits();
    format!("{spread:08x}{kind}{number:0digits$}", digits = 24 - kind.len())
}

/// The cookie of the session with this number, as `name=value`.
///
/// # Errors
/// None: the secret has a length that HMAC takes.
pub fn cookie(session: u32) -> Result<String> {
    let token = token(session);
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())?;
    mac.update(token.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let signature = signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    Ok(format!("better-auth.session_token={token}.{signature}"))
}

/// The numbers, some at a time.
fn chunks(numbers: &Range<u32>) -> impl Iterator<Item = Range<u32>> + use<> {
    let Range { start, end } = *numbers;
    (start..end).step_by(CHUNK as usize).map(move |from| from..end.min(from.saturating_add(CHUNK)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_in_one_chunk() {
        let all: Vec<_> = chunks(&(5..25_005)).collect();
        assert_eq!(all, [5..10_005, 10_005..20_005, 20_005..25_005]);
        assert_eq!(chunks(&(7..7)).count(), 0);
    }

    #[test]
    fn ids_and_tokens_have_32_characters_and_are_no_two_alike() {
        let ids: std::collections::BTreeSet<_> = (0..1_000).map(|number| id("session", number)).collect();
        assert!(ids.len() == 1_000 && ids.iter().all(|id| id.len() == 32));
        let tokens: std::collections::BTreeSet<_> = (0..1_000).map(token).collect();
        assert!(tokens.len() == 1_000 && tokens.iter().all(|token| token.len() == 32));
    }
}
