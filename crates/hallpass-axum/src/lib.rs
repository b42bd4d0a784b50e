//! [hallpass] on axum: the endpoints as a router, who is signed in as an extractor, and a
//! guard for whole routers.
//!
//! ```no_run
//! use axum::Router;
//! use axum::routing::get;
//! use hallpass::{Auth, EmailPassword, MemoryStore};
//! use hallpass_axum::{CurrentUser, OptionalUser, require_session};
//! use std::net::SocketAddr;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let auth = Auth::builder(MemoryStore::new())
//!     .secret(std::env::var("HALLPASS_SECRET")?)
//!     .base_url("http://localhost:3000")
//!     .email_password(EmailPassword::default())
//!     .build()?;
//!
//! let members = Router::new()
//!     .route("/profile", get(async |user: CurrentUser| format!("You are {}.", user.email)))
//!     .route_layer(require_session(auth.clone()));
//! let app = Router::new()
//!     .route("/", get(async |OptionalUser(user): OptionalUser| match user {
//!         Some(user) => format!("Hello, {}!", user.name),
//!         None => "Hello, stranger!".to_owned(),
//!     }))
//!     .merge(members)
//!     .merge(hallpass_axum::router(auth.clone()))
//!     .with_state(auth);
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! | Here | For |
//! |---|---|
//! | [`router`] | everything under `/api/auth` |
//! | [`CurrentUser`], [`OptionalUser`] | a handler's own question who is signed in |
//! | [`require_session`] | routers where somebody must be; keeps sessions alive by use |
//! | [`Rejection`] | a handler's `?` on any call of [`Auth`](hallpass::Auth) |
//! | [`TokioTasks`] | work beside the answer; not on Cloudflare Workers, which have [their own](https://docs.rs/hallpass-workers) |
//!
//! # Where clients come from
//! Limits count by the address of the client, which axum tells only when the app is served by
//! `into_make_service_with_connect_info::<SocketAddr>()`. Without it all clients share one count.
//!
//! # Features
//! None. Which versions of HTTP are served is chosen by the features of `axum` (`http1`, `http2`).

mod body;
mod extract;
mod guard;
mod peer;
mod rejection;
mod router;
#[cfg(not(target_family = "wasm"))]
mod tasks;

pub use extract::{CurrentUser, OptionalUser};
pub use guard::{RequireSession, SessionGuard, require_session};
pub use rejection::Rejection;
pub use router::router;
#[cfg(not(target_family = "wasm"))]
pub use tasks::TokioTasks;
