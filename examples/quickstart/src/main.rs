//! Sign-up and sign-in by hand, on axum. The page is at `/`, the endpoints are below `/api/auth`.

mod kept;
mod page;
mod settings;
mod shutdown;

use axum::{Router, routing::get};
use hallpass::EmailPassword;
use settings::Settings;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::from_env().unwrap_or_else(|refusal| refusal.exit());
    let (auth, file) = kept::in_database(&settings.database).await?;
    let secret = settings.secret(file.as_deref())?;
    let listener = TcpListener::bind(("127.0.0.1", settings.port)).await?;
    let port = listener.local_addr()?.port();

    let mut auth = auth
        .secret(secret)
        .base_url(settings.base_url(port))
        .email_password(EmailPassword::default())
        .session(settings.session());
    if settings.is_local() {
        auth = auth.trusted_origin(format!("http://127.0.0.1:{port}"));
    }
    if !settings.rate_limit {
        auth = auth.danger_without_rate_limit();
    }
    auth = kept::in_redis(auth, settings.redis.as_deref()).await?;
    let auth = auth.build()?;
    tokio::spawn(kept::swept(auth.clone()));
    let app = Router::new().route("/", get(page::show)).merge(hallpass_axum::router(auth));

    let told = shutdown::told()?;
    println!("listening on http://localhost:{port}");
    Ok(shutdown::serve(listener, app, told).await?)
}
