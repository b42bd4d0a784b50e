use std::process::ExitCode;

use anyhow::{Result, bail};
use hallpass::clock::{SystemClock, Timestamp};
use hallpass::storage::AtomicStorage as _;
use hallpass::store::SessionStore as _;
use hallpass::types::TokenForms;
use hallpass_sql::{SqlConnection as _, SqlStore, Statement};
use serde_json::json;

use super::users::find_one;
use crate::arguments::{Database, Sessions};
use crate::connection::{Connection, Opened};
use crate::output::{Output, table};
use crate::progress::Progress;

/// How many entries of the storage are deleted at once.
const STEP: u32 = 1_000;

pub(crate) async fn sessions(database: &Database, wanted: Sessions, output: &Output) -> Result<ExitCode> {
    let Opened { store, auth, .. } = Opened::open_set_up(database).await?;
    match wanted {
        Sessions::List { user } => {
            let user = find_one(&store, &user).await?;
            let sessions = store.sessions_of(&user.id, auth.now()).await?;
            let rows = sessions.iter().map(|session| {
                json!({
                    "id": session.id, "createdAt": session.created_at, "expiresAt": session.expires_at,
                    "ipAddress": session.ip_address, "userAgent": session.user_agent,
                })
            });
            output.write(&rows.collect::<Vec<_>>(), |_| {
                let cells: Vec<_> = sessions
                    .iter()
                    .map(|session| {
                        [
                            session.id.to_string(),
                            session.created_at.to_string(),
                            session.expires_at.to_string(),
                            session.ip_address.clone().unwrap_or_default(),
                            session.user_agent.clone().unwrap_or_default(),
                        ]
                    })
                    .collect();
                table(["id", "created", "expires", "address", "browser"], &cells)
            })?;
        }
        Sessions::Revoke { user, session } => {
            let user = find_one(&store, &user).await?;
            let sessions = store.sessions_of(&user.id, auth.now()).await?;
            let Some(found) = sessions.into_iter().find(|found| found.id.as_str() == session) else {
                bail!("the user has no session {session:?}: `hallpass sessions list` lists them")
            };
            let revoked = store.delete_session(&TokenForms::new(found.token, None)).await?;
            output.write(&json!({"revoked": u64::from(revoked)}), |_| "the session is over".to_owned())?;
        }
        Sessions::Sweep => {
            let (mut sessions, mut verifications, mut entries) = (0, 0, 0);
            let bar = Progress::new(output).begin("sweeping", expired(&store, auth.now()).await?);
            loop {
                let step = auth.sweep_step().await?;
                sessions += step.sessions;
                verifications += step.verifications;
                bar.inc(step.sessions + step.verifications);
                if step.is_done {
                    break;
                }
            }
            // A database that was not migrated since has none.
            let storage = store.storage(SystemClock::default());
            if storage.is_set_up().await? {
                loop {
                    let step = storage.delete_expired(STEP).await?;
                    entries += step;
                    bar.inc(step);
                    if step < STEP.into() {
                        break;
                    }
                }
            }
            bar.finish_and_clear();
            let told = json!({"sessions": sessions, "verifications": verifications, "entries": entries});
            output.write(&told, |_| {
                format!(
                    "deleted {sessions} sessions, {verifications} verifications and {entries} entries of the storage"
                )
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// How many rows there are to sweep.
async fn expired(store: &SqlStore<Connection>, now: Timestamp) -> Result<usize> {
    let sql = store.sql(
        "SELECT (SELECT COUNT(*) FROM [.session] WHERE [expiresAt] < ?) \
         + (SELECT COUNT(*) FROM [.verification] WHERE [expiresAt] < ?) AS {rows}",
    );
    let statement = Statement::with(&sql, vec![store.moment(now), store.moment(now)]);
    let mut rows = store.connection().query(statement).await?;
    let count = rows.first_mut().map(|mut row| row.integer("rows")).transpose()?;
    Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or_default())
}
