//! Auth on a Cloudflare Worker and nothing else: what an app pays for it in bytes.

use std::sync::OnceLock;

use hallpass::{Auth, EmailPassword};
use hallpass_d1::{D1, D1Store, Layout};
use worker::{Context, Env, HttpRequest, Response, Result, event};

/// One for the isolate: nothing in it belongs to a request.
static AUTH: OnceLock<Auth> = OnceLock::new();

fn auth(env: &Env) -> Result<&'static Auth> {
    if let Some(auth) = AUTH.get() {
        return Ok(auth);
    }
    // `wrangler d1 migrations apply` makes the tables.
    let store = D1Store::migrated_elsewhere(D1::new(env.d1("DB")?), Layout::CamelCase);
    let auth = hallpass_workers::builder(store)
        .secret(env.secret("HALLPASS_SECRET")?.to_string())
        .base_url(env.var("BASE_URL")?.to_string())
        .email_password(EmailPassword::default())
        .build()
        .map_err(|error| error.to_string())?;
    Ok(AUTH.get_or_init(|| auth))
}

#[event(start)]
fn start() {
    hallpass_workers::log_to_console(tracing::Level::WARN);
}

#[event(fetch)]
async fn fetch(request: HttpRequest, env: Env, _context: Context) -> Result<Response> {
    hallpass_workers::handle(auth(&env)?, request).await
}
