//! Users from another database, of better-auth or of hallpass.

use anyhow::{Context as _, Result, anyhow, ensure};
use hallpass::model::User;
use hallpass::store::{AccountStore as _, SessionStore as _, UserStore as _};
use hallpass::types::UserId;
use hallpass_sql::{SqlConnection as _, SqlStore, Statement};

use super::record::{address, check_hash};
use super::{Incoming, Read};
use crate::arguments::{Database, Import, Shape};
use crate::connection::{Connection, Opened};
use crate::progress::Progress;

/// How many users are looked for at once.
const PAGE: i64 = 1_000;

pub(super) async fn read(url: &str, wanted: &Import, to: &Database, progress: &Progress) -> Result<Read> {
    ensure!(to.database.as_deref() != Some(url), "a database cannot be imported into itself");
    let source = Database {
        database: Some(url.to_owned()),
        schema: wanted.from_schema.clone(),
        shape: Shape {
            layout: wanted.from_layout,
            names: wanted.from_names.clone(),
            plural: wanted.from_plural,
            ids: None,
            plugins: to.shape.plugins.clone(),
        },
    };
    let Opened { store, auth, .. } = Opened::open_set_up(&source).await.context("the database of --from")?;
    let count =
        store.counts().await?.into_iter().find(|(table, _)| table == "user").map_or(0, |(_, rows)| rows);
    let bar = progress.begin("reading", usize::try_from(count)?);
    let mut read = Read::default();
    let mut last = None;
    loop {
        let page = ids(&store, last.as_deref()).await?;
        let Some(next) = page.last() else { break };
        last = Some(next.clone());
        for id in page {
            bar.inc(1);
            // Gone since its id was read.
            let Some(user) = store.user(&UserId::from(id.as_str())).await? else { continue };
            let at = format!("user {id:?}");
            let incoming = whole(&store, &auth, wanted, &at, user).await;
            read.add(at, incoming);
        }
    }
    bar.finish_and_clear();
    Ok(read)
}

async fn ids(store: &SqlStore<Connection>, after: Option<&str>) -> Result<Vec<String>> {
    let (condition, mut params) = match after {
        // Not every database has an id before all others.
        None => ("", vec![]),
        Some(after) => ("WHERE u.[id] > ?", vec![after.into()]),
    };
    params.push(PAGE.into());
    let sql =
        store.sql(&format!("SELECT u.[id] AS {{id}} FROM [.user] AS u {condition} ORDER BY u.[id] LIMIT ?"));
    let statement = Statement::with(&sql, params);
    let mut rows = store.connection().query(statement).await?;
    Ok(rows.iter_mut().map(|mut row| row.text("id")).collect::<Result<Vec<_>, _>>()?)
}

async fn whole(
    store: &SqlStore<Connection>,
    auth: &hallpass::Auth,
    wanted: &Import,
    at: &str,
    mut user: User,
) -> Result<Incoming> {
    user.email = address(user.email.as_str())?;
    if !store.may_have_session(&user.id).await? {
        return Err(anyhow!(
            "{} has two-factor on or a ban, and would sign in by the password alone",
            user.email.as_str()
        ));
    }
    let accounts = store.accounts_of(&user.id).await?;
    for hash in accounts.iter().filter_map(|account| account.password.as_ref()) {
        check_hash(hash)?;
    }
    let sessions = match wanted.with_sessions {
        true => store.sessions_of(&user.id, auth.now()).await?,
        false => Vec::new(),
    };
    Ok(Incoming { at: at.to_owned(), user, accounts, sessions })
}
