use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use hallpass::Auth;
use hallpass::model::User;
use hallpass::store::{AccountStore as _, SessionStore as _, UserChange, UserStore as _};
use hallpass::types::{Email, UserId};
use hallpass_sql::{SqlConnection as _, SqlStore, Statement};
use serde_json::{Value, json};

use crate::arguments::{Database, Users};
use crate::connection::{Connection, Opened};
use crate::output::{Output, Unasked, table};

pub(crate) async fn users(database: &Database, wanted: Users, output: &Output) -> Result<ExitCode> {
    let Opened { store, auth, .. } = Opened::open_set_up(database).await?;
    match wanted {
        Users::Find { text, limit } => {
            let found = find(&store, &text, limit).await?;
            let shown: Vec<_> = found.iter().map(|user| shown(user, &auth)).collect();
            output.write(&shown, |_| {
                let cells: Vec<_> = found
                    .iter()
                    .map(|user| {
                        [
                            user.id.to_string(),
                            user.email.as_str().to_owned(),
                            if user.email_verified { "yes" } else { "no" }.to_owned(),
                            user.name.clone(),
                            user.created_at.to_string(),
                        ]
                    })
                    .collect();
                table(["id", "address", "proven", "name", "created"], &cells)
            })?;
        }
        Users::Verify { user } => {
            let user = find_one(&store, &user).await?;
            let change = UserChange {
                email_verified: Some(true),
                // Only of the address that was found.
                if_email: Some(user.email.clone()),
                updated_at: auth.now(),
                ..UserChange::default()
            };
            let Some(user) = auth.change_user(&user.id, change).await? else {
                bail!("the user is gone, or has another address by now")
            };
            output.write(&shown(&user, &auth), |_| {
                format!("{} counts as proven; what was set up before stays as it is", user.email.as_str())
            })?;
        }
        Users::Revoke { user } => {
            let user = find_one(&store, &user).await?;
            let revoked = auth.revoke_sessions(&user.id).await?;
            output.write(&json!({"revoked": revoked}), |_| format!("ended {revoked} sessions"))?;
        }
        Users::Delete { user, yes } => {
            let user = find_one(&store, &user).await?;
            let question =
                format!("Delete {} ({}) with accounts and sessions?", user.email.as_str(), user.id);
            if !yes && !output.confirm(&question, Unasked::Refuses)? {
                eprintln!("nothing was changed");
                return Ok(ExitCode::FAILURE);
            }
            let deleted = auth.delete_user(&user.id).await?;
            output.write(&json!({"deleted": deleted}), |_| {
                if deleted { "deleted" } else { "the user was gone already" }.to_owned()
            })?;
        }
        Users::Export { user } => {
            let user = find_one(&store, &user).await?;
            let export = export(&store, &auth, &user).await?;
            output.write(&export, |export| serde_json::to_string_pretty(export).unwrap_or_default())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The user with this id or address.
pub(super) async fn find_one(store: &SqlStore<Connection>, text: &str) -> Result<User> {
    if let Some(user) = store.user(&UserId::from(text)).await? {
        return Ok(user);
    }
    if let Ok(email) = Email::parse(text)
        && let Some(user) = store.user_by_email(&email).await?
    {
        return Ok(user);
    }
    bail!(
        "there is no user with the id or the address {text:?}: `hallpass users find` looks for parts of them"
    )
}

/// Users with this id, or with this in their address or name; the newest first.
async fn find(store: &SqlStore<Connection>, text: &str, limit: u32) -> Result<Vec<User>> {
    let sql: Arc<str> = store.sql(
        "SELECT u.[id] AS {id} FROM [.user] AS u WHERE u.[id] == ? OR u.[email] LIKE ? ESCAPE '!' \
         OR lower(u.[name]) LIKE ? ESCAPE '!' ORDER BY u.[createdAt] DESC, u.[id] LIMIT ?",
    );
    let text_in_lower_case = text.to_lowercase();
    let mut pattern = String::from("%");
    for letter in text_in_lower_case.chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    let params = vec![text.into(), pattern.as_str().into(), pattern.as_str().into(), i64::from(limit).into()];
    let mut rows = store.connection().query(Statement::with(&sql, params)).await?;
    let ids = rows.iter_mut().map(|mut row| row.text("id")).collect::<Result<Vec<_>, _>>()?;
    let mut users = Vec::with_capacity(ids.len());
    for id in ids {
        users.extend(store.user(&id.into()).await?);
    }
    Ok(users)
}

fn shown(user: &User, auth: &Auth) -> Value {
    serde_json::to_value(user.view(auth.schema())).unwrap_or_default()
}

/// What is kept of a user, but for what opens something.
async fn export(store: &SqlStore<Connection>, auth: &Auth, user: &User) -> Result<Value> {
    let accounts = store.accounts_of(&user.id).await?.into_iter().map(|account| {
        json!({
            "providerId": account.provider_id, "accountId": account.account_id, "scope": account.scope,
            "createdAt": account.created_at, "updatedAt": account.updated_at,
        })
    });
    let sessions = store.sessions_of(&user.id, auth.now()).await?.into_iter().map(|session| {
        json!({
            "createdAt": session.created_at, "expiresAt": session.expires_at,
            "ipAddress": session.ip_address, "userAgent": session.user_agent,
        })
    });
    let mut record = shown(user, auth);
    if let Value::Object(fields) = &mut record {
        fields.extend(user.extra.clone());
    }
    Ok(json!({
        "user": record,
        "accounts": accounts.collect::<Vec<_>>(),
        "sessions": sessions.collect::<Vec<_>>(),
    }))
}
