//! [hallpass] on Cloudflare Workers.
//!
//! ```
//! use hallpass::{Auth, EmailPassword, MemoryStore};
//! use worker::{Context, Env, HttpRequest, Response, Result};
//!
//! fn auth(env: &Env) -> Result<Auth> {
//!     # let store = MemoryStore::new();
//!     hallpass_workers::builder(store) // D1Store::new(D1::new(env.d1("DB")?))
//!         .secret(env.secret("HALLPASS_SECRET")?.to_string())
//!         .base_url(env.var("BASE_URL")?.to_string())
//!         .email_password(EmailPassword::default())
//!         .build()
//!         .map_err(|error| error.to_string().into())
//! }
//!
//! // #[worker::event(fetch)]
//! async fn fetch(request: HttpRequest, env: Env, _context: Context) -> Result<Response> {
//!     hallpass_workers::handle(&auth(&env)?, request).await
//! }
//! ```
//!
//! | Here | For |
//! |---|---|
//! | [`builder`] | an [`AuthBuilder`](hallpass::AuthBuilder) with all of the below |
//! | [`handle`] | everything under `/api/auth` |
//! | [`Kv`] | copies of sessions in Workers KV |
//! | [`BoundLimiter`] | the limit against floods, by a rate limiting binding |
//! | [`Fetch`] | requests outwards |
//! | [`RemoteHasher`], [`answer_hashing`] | passwords hashed by another Worker, or by Durable Objects |
//! | [`WaitUntil`] | work beside the answer |
//! | [`WorkerClock`] | the time |
//! | [`log_to_console`] | what is logged, in the Worker's log |

mod builder;
mod clock;
mod fetch;
mod hashing;
mod kv;
mod limiter;
mod log;
mod requests;
mod tasks;

pub use builder::builder;
pub use clock::WorkerClock;
pub use fetch::Fetch;
pub use hashing::{RemoteHasher, answer_hashing};
pub use kv::Kv;
pub use limiter::BoundLimiter;
pub use log::log_to_console;
pub use requests::handle;
pub use tasks::WaitUntil;
