use std::sync::OnceLock;
use std::time::Duration;

use hallpass::{Auth, EmailPassword, EmailVerification};
use hallpass_d1::{D1, D1Store, Layout};
use hallpass_workers::{BoundLimiter, Kv, RemoteHasher, WorkerClock};
use worker::{Env, Result};

use crate::outbox::Outbox;

/// One for the isolate: nothing in it belongs to a request.
static AUTH: OnceLock<Auth> = OnceLock::new();

/// Built by the first request, and again by the next one if that could not be.
pub(crate) fn auth(env: &Env) -> Result<&'static Auth> {
    if let Some(auth) = AUTH.get() {
        return Ok(auth);
    }
    let auth = build(env)?;
    Ok(AUTH.get_or_init(|| auth))
}

fn build(env: &Env) -> Result<Auth> {
    // `wrangler d1 migrations apply` makes the tables.
    let store = D1Store::migrated_elsewhere(D1::new(env.d1("DB")?), Layout::CamelCase);
    // Guesses are counted in D1, for all isolates together; floods by the platform.
    let floods = BoundLimiter::new(env.rate_limiter("LIMITER")?, Duration::from_secs(60));
    let mut builder = hallpass_workers::builder(store.clone())
        .rate_limit_storage(store.storage(WorkerClock::default()))
        .default_limiter(floods)
        .secret(env.secret("HALLPASS_SECRET")?.to_string())
        .base_url(env.var("BASE_URL")?.to_string())
        .email_password(EmailPassword::default());
    if setting(env, "OUTBOX").as_deref() == Some("on") {
        let verification = EmailVerification {
            send_on_sign_up: Some(true),
            auto_sign_in: true,
            ..EmailVerification::default()
        };
        builder = builder.mailer(Outbox).email_verification(verification);
    }
    // Who is signed in is read from KV, and D1 is asked every so many seconds.
    if let Some(seconds) = setting(env, "SESSION_CACHE_SECONDS") {
        let seconds = seconds
            .parse()
            .map_err(|_| format!("SESSION_CACHE_SECONDS must be a number, and is {seconds:?}"))?;
        builder = builder.session_cache(Kv::new(env.kv("SESSIONS")?), Duration::from_secs(seconds));
    }
    // Where another Worker is bound for it, or its Durable Objects, passwords are hashed there: examples/worker-hashing.
    if let Ok(service) = env.service("HASHING") {
        builder = builder.password_hasher(RemoteHasher::service(service));
    } else if let Ok(objects) = env.durable_object("HASHING_OBJECTS") {
        builder = builder.password_hasher(RemoteHasher::objects(objects, 8));
    }
    builder.build().map_err(|error| error.to_string().into())
}

/// A variable that may be missing; an empty one is as one that is missing.
pub(crate) fn setting(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}
