//! Hashes passwords for another Worker, which binds this one as a service, or its Durable Objects. It has no address of its own:
//! `wrangler.jsonc` says so.

#![expect(missing_docs, reason = "what `durable_object` writes has none")]

use std::sync::Arc;

use hallpass::password::{InlineHasher, PasswordScheme};
use hallpass::random::SystemRandom;
use hallpass_workers::answer_hashing;
use worker::{
    Context, DurableObject, Env, HttpRequest, Request, Response, Result, State, durable_object, event,
};

fn hasher() -> InlineHasher {
    InlineHasher::new(PasswordScheme::default(), Arc::new(SystemRandom::default()))
}

#[event(start)]
fn start() {
    hallpass_workers::log_to_console(tracing::Level::WARN);
}

/// By a service binding.
#[event(fetch)]
async fn fetch(request: HttpRequest, _env: Env, _context: Context) -> Result<Response> {
    answer_hashing(&hasher(), request).await
}

/// By a Durable Object, which keeps nothing.
#[derive(Debug)]
#[durable_object]
pub struct Hashing {
    hasher: InlineHasher,
}

impl DurableObject for Hashing {
    fn new(_state: State, _env: Env) -> Self {
        Self { hasher: hasher() }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        answer_hashing(&self.hasher, request.try_into()?).await
    }
}
