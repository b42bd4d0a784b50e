//! Into PostgreSQL.

use std::fmt::Write as _;

use anyhow::Result;
use sqlx::PgPool;
use sqlx::postgres::PgPoolCopyExt as _;

use super::{Rows, chunks, email, id};

/// Adds rows to a database with better-auth's tables. Says how many there are now and then.
///
/// # Errors
/// The database's.
pub async fn fill_postgres(pool: &PgPool, rows: &Rows, mut added: impl FnMut(u64)) -> Result<()> {
    let after = if rows.expired { "-60 days" } else { "7 days" };
    let moment = async |after: &str| -> Result<String> {
        let sql =
            "SELECT to_char(now() AT TIME ZONE 'UTC' + $1::interval, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";
        Ok(sqlx::query_scalar(sql).bind(after).fetch_one(pool).await?)
    };
    let (now, expiry) = (moment("0 days").await?, moment(after).await?);
    // No value has a tab, a line break or a backslash, which would have to be written otherwise.
    for users in chunks(&rows.users) {
        let (mut lines, mut accounts) = (String::new(), String::new());
        for user in users.clone() {
            let (email, id, account) = (email(user), id("user", user), id("account", user));
            writeln!(lines, "{id}\tAda Lovelace\t{email}\tfalse\t{now}\t{now}")?;
            if let Some(hash) = &rows.password {
                writeln!(accounts, "{account}\t{id}\tcredential\t{id}\t{hash}\t{now}\t{now}")?;
            }
        }
        let into =
            r#"COPY "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt") FROM STDIN"#;
        copy(pool, into, lines).await?;
        let into = r#"COPY "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
                      FROM STDIN"#;
        copy(pool, into, accounts).await?;
        added(users.len() as u64 * if rows.password.is_some() { 2 } else { 1 });
    }
    for sessions in chunks(&rows.sessions) {
        let mut lines = String::new();
        for session in sessions.clone() {
            let (id, stored, owner) = (id("session", session), rows.stored(session), rows.owner(session));
            writeln!(
                lines,
                "{id}\t{stored}\t{owner}\t{expiry}\t{now}\t{now}\t127.0.0.1\tMozilla/5.0 (X11; Linux x86_64)"
            )?;
        }
        let into = r#"COPY "session"
            ("id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent") FROM STDIN"#;
        copy(pool, into, lines).await?;
        added(sessions.len() as u64);
    }
    // What the server does by itself after a while, and would do in the middle of what is measured.
    sqlx::query("VACUUM ANALYZE").execute(pool).await?;
    Ok(())
}

async fn copy(pool: &PgPool, into: &'static str, lines: String) -> Result<()> {
    let mut copying = pool.copy_in_raw(into).await?;
    copying.send(lines.into_bytes()).await?;
    copying.finish().await?;
    Ok(())
}
