//! Into SQLite.

use anyhow::Result;
use rusqlite::{Connection, params};

use super::{Rows, chunks, email, id};

/// Adds rows to a database with better-auth's tables that nobody else has open. Says how many there are now and then.
///
/// # Errors
/// The database's.
pub fn fill_sqlite(connection: &mut Connection, rows: &Rows, mut added: impl FnMut(u64)) -> Result<()> {
    // Should the machine fail now, the file is filled anew.
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;")?;
    let moment = |after: &str| {
        let sql = "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?1)";
        connection.query_row(sql, [after], |row| row.get::<_, String>(0))
    };
    let (now, expiry) = (moment("+0 days")?, moment(if rows.expired { "-60 days" } else { "+7 days" })?);
    for users in chunks(&rows.users) {
        let transaction = connection.transaction()?;
        {
            let mut add_user = transaction.prepare_cached(
                r#"INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
                   VALUES (?1, 'Ada Lovelace', ?2, 0, ?3, ?3)"#,
            )?;
            let mut add_account = transaction.prepare_cached(
                r#"INSERT INTO "account"
                   ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
                   VALUES (?1, ?2, 'credential', ?2, ?3, ?4, ?4)"#,
            )?;
            for user in users.clone() {
                add_user.execute(params![id("user", user), email(user), now])?;
                if let Some(hash) = &rows.password {
                    add_account.execute(params![id("account", user), id("user", user), hash, now])?;
                }
            }
        }
        transaction.commit()?;
        added(users.len() as u64 * if rows.password.is_some() { 2 } else { 1 });
    }
    for sessions in chunks(&rows.sessions) {
        let transaction = connection.transaction()?;
        {
            let mut add_session = transaction.prepare_cached(
                r#"INSERT INTO "session"
                   ("id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent")
                   VALUES (?1, ?2, ?3, ?4, ?5, ?5, '127.0.0.1', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0)')"#,
            )?;
            for session in sessions.clone() {
                let (id, owner) = (id("session", session), rows.owner(session));
                add_session.execute(params![id, rows.stored(session), owner, expiry, now])?;
            }
        }
        transaction.commit()?;
        added(sessions.len() as u64);
    }
    Ok(())
}
