//! The successor of a better-auth server: it takes over the SQLite file, the secret and the address.
//! `docs/moving.md` goes through it step by step, and `tests/wire/move.mjs` does what is written there.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use hallpass::password::{HashPool, PasswordScheme};
use hallpass::random::SystemRandom;
use hallpass::{Auth, AuthBuilder, EmailPassword, SessionOptions, TokenStorage};
use hallpass_sql::{Layout, SqlStore};
use hallpass_sqlite::SqliteOptions;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<()> {
    let sqlite = SqliteOptions::default().create_if_missing(false).open(variable("DATABASE_PATH")?)?;
    let layout = Layout::detect(&sqlite).await?.context("this is no database of better-auth")?;
    let store = SqlStore::in_layout(sqlite, layout);
    store.migrate().await?;

    let mut auth = Auth::builder(store)
        .secret(variable("BETTER_AUTH_SECRET")?)
        .base_url(variable("BETTER_AUTH_URL")?)
        .email_password(EmailPassword::default());
    if std::env::var_os("WAY_BACK").is_some() {
        auth = as_better_auth(auth);
    }
    let app = hallpass_axum::router(auth.build()?);

    let port: u16 = variable("PORT")?.parse().context("PORT")?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

/// Writes everything as better-auth does, so that it can be started again on the same file, or run beside.
fn as_better_auth(builder: AuthBuilder) -> AuthBuilder {
    let hasher = HashPool::new(Arc::new(SystemRandom::default())).scheme(PasswordScheme::Scrypt);
    builder
        .password_hasher(hasher)
        .session(SessionOptions { tokens: TokenStorage::Plain, ..SessionOptions::default() })
}

fn variable(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("the environment variable {name}"))
}
