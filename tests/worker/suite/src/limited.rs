//! A site whose limits are kept by D1 and by the platform's limiter, below `/limited`.

use std::sync::OnceLock;
use std::time::Duration;

use hallpass::{Auth, EmailPassword};
use hallpass_d1::{D1, D1Store};
use hallpass_workers::{BoundLimiter, WorkerClock};
use worker::{Env, HttpRequest, Response, Result};

static AUTH: OnceLock<Auth> = OnceLock::new();

pub(crate) async fn handle(env: &Env, request: HttpRequest) -> Result<Response> {
    hallpass_workers::handle(auth(env)?, request).await
}

fn auth(env: &Env) -> Result<&'static Auth> {
    if let Some(auth) = AUTH.get() {
        return Ok(auth);
    }
    let store = D1Store::new(D1::new(env.d1("DB")?));
    let auth = hallpass_workers::builder(store.clone())
        .secret("tests-and-development-only-0123456789abcdef")
        .base_url("http://localhost:8787")
        .base_path("/limited")
        .email_password(EmailPassword::default())
        .rate_limit_storage(store.storage(WorkerClock::default()))
        .default_limiter(BoundLimiter::new(env.rate_limiter("LIMITER")?, Duration::from_secs(60)))
        .build()
        .map_err(|error| error.to_string())?;
    Ok(AUTH.get_or_init(|| auth))
}
