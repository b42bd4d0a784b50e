//! Sessions put straight into the database, which both servers lay out alike: as many as an app of some
//! success has, so that what is measured is not one page in a cache.

use std::path::Path;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};

use crate::contender::{Contender, SECRET};

/// How many sessions.
pub(crate) const SESSIONS: u32 = 100_000;
const USERS: u32 = 10_000;

/// Adds users and sessions to the database of a server that is not running. Gives each session's cookie as
/// `name=value`.
pub(crate) fn fill(contender: Contender, database: &Path) -> Result<Vec<String>> {
    let mut connection = Connection::open(database)?;
    let transaction = connection.transaction()?;
    {
        let mut add_user = transaction.prepare(
            r#"INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
               VALUES (?1, 'Ada Lovelace', ?2, 0, ?3, ?3)"#,
        )?;
        let mut add_session = transaction.prepare(
            r#"INSERT INTO "session"
               ("id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent")
               VALUES (?1, ?2, ?3, ?4, ?5, ?5, '127.0.0.1', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0)')"#,
        )?;
        // Young sessions, which no server refreshes.
        let moment = |after: &str| {
            let sql = "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?1)";
            transaction.query_row(sql, [after], |row| row.get::<_, String>(0))
        };
        let (now, expiry) = (moment("+0 days")?, moment("+7 days")?);
        for user in 0..USERS {
            add_user.execute(params![id("user", user), format!("filled-{user}@example.com"), now])?;
        }
        for session in 0..SESSIONS {
            let token = token(session);
            let stored = match contender {
                Contender::BetterAuth => token,
                Contender::Hallpass => format!("sha256:{}", URL_SAFE_NO_PAD.encode(Sha256::digest(token))),
            };
            add_session.execute(params![
                id("session", session),
                stored,
                id("user", session % USERS),
                expiry,
                now
            ])?;
        }
    }
    transaction.commit()?;
    (0..SESSIONS).map(|session| cookie(&token(session))).collect()
}

/// 32 characters that begin differently for neighbours, as random ones do.
fn token(number: u32) -> String {
    // Odd, and so no two numbers give the same; its high bits depend on all of the number's.
    const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    format!("{:032x}", u128::from(number + 1).wrapping_mul(SPREAD))
}

fn id(kind: &str, number: u32) -> String {
    let digits = 32 - kind.len();
    format!("{kind}{number:0digits$}")
}

/// The cookie that better-auth gives for a token.
fn cookie(token: &str) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())?;
    mac.update(token.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let signature = signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    Ok(format!("better-auth.session_token={token}.{signature}"))
}
