//! `cargo run -p hallpass-redb --example server`: hallpass on axum and redb, on <http://localhost:3000>.

use std::net::SocketAddr;

use hallpass::random::{SystemRandom, alphanumeric};
use hallpass::{Auth, EmailPassword};
use hallpass_redb::RedbStore;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // One that is kept, in an app: who has none of it any more is signed out.
    let secret =
        std::env::var("HALLPASS_SECRET").unwrap_or_else(|_| alphanumeric(&SystemRandom::default(), 43));
    let auth = Auth::builder(RedbStore::open("app.redb")?)
        .secret(secret)
        .base_url("http://localhost:3000")
        .email_password(EmailPassword::default())
        .build()?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://localhost:3000");
    let app = hallpass_axum::router(auth).into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, app).await?)
}
