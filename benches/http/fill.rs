//! Sessions put straight into the database, which both servers lay out alike: as many as an app of some
//! success has, so that what is measured is not one page in a cache.

use std::path::Path;

use anyhow::Result;
use hallpass_benches::filled::{Rows, cookie, fill_postgres, fill_sqlite};
use rusqlite::Connection;

use crate::contender::Contender;

/// How many sessions.
pub(crate) const SESSIONS: u32 = 100_000;
const USERS: u32 = 10_000;

/// Adds users and sessions to the database of a server that is not running. Gives each session's cookie as
/// `name=value`.
pub(crate) async fn fill(contender: Contender, folder: &Path) -> Result<Vec<String>> {
    let rows = Rows {
        users: 0..USERS,
        password: None,
        sessions: 0..SESSIONS,
        owners: USERS,
        hashed: contender != Contender::BetterAuth,
        expired: false,
    };
    match contender {
        Contender::BetterAuth | Contender::Hallpass => {
            fill_sqlite(&mut Connection::open(Contender::database(folder))?, &rows, |_| {})?;
        }
        Contender::HallpassPostgres => {
            let pool = sqlx::PgPool::connect(&Contender::postgres()?).await?;
            fill_postgres(&pool, &rows, |_| {}).await?;
        }
    }
    (0..SESSIONS).map(cookie).collect()
}
