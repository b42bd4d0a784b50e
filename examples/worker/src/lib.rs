//! Sign-up and sign-in on a Cloudflare Worker: the endpoints are below `/api/auth`, users and sessions in D1, the page among the
//! assets. Beside them two routes of the app's own: a user's picture, in R2, and where mails go in development.

#![expect(clippy::future_not_send, reason = "a Worker has one thread, and what is JavaScript's stays on it")]

mod auth;
mod outbox;
mod picture;

use worker::{Context, Env, Request, Response, Result, Router, ScheduleContext, ScheduledEvent, event};

use crate::auth::auth;

#[event(start)]
fn start() {
    hallpass_workers::log_to_console(tracing::Level::WARN);
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    Router::new()
        .or_else_any_method_async("/api/auth/*path", |request, context| async move {
            hallpass_workers::handle(auth(&context.env)?, request.try_into()?).await
        })
        .put_async("/picture", picture::keep)
        .get_async("/picture/:user", picture::show)
        .get("/outbox", outbox::show)
        .run(request, env)
        .await
}

/// By the clock of `triggers` in `wrangler.jsonc`: what has expired goes.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    if let Err(error) = sweep(&env).await {
        tracing::error!(%error, "what has expired was not swept");
    }
}

/// At most 50,000 rows of each kind: it has only so much time, and goes on an hour later.
async fn sweep(env: &Env) -> Result<()> {
    for _ in 0..50 {
        let step = auth(env)?.sweep_step().await.map_err(|error| error.to_string())?;
        if step.is_done {
            break;
        }
    }
    Ok(())
}
