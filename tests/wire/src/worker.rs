//! The server in a Worker, over D1, by axum: better-auth's options are the variable `OPTIONS`, and what tests steer it by is
//! below `/__control`. For tests only.
#![cfg(target_family = "wasm")]

#[path = "app_d1.rs"]
mod app;
mod clock;
mod control;
mod failure;
mod fields;
#[path = "fetch.rs"]
mod loopback;
mod mail;
mod names;
mod options;
mod plugins;
mod secondary;
mod server;

use axum::Router;
use axum::body::Body;
use failure::Failure;
use hallpass::endpoint::PeerAddress;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;
use tower::ServiceExt as _;
use worker::{Context, Env, HttpRequest, Result, event};

use crate::app::App;

static APP: OnceLock<App> = OnceLock::new();

#[event(start)]
fn start() {
    hallpass_workers::log_to_console(tracing::Level::WARN);
}

#[event(fetch)]
async fn fetch(mut request: HttpRequest, env: Env, _context: Context) -> Result<http::Response<Body>> {
    let app = match APP.get() {
        Some(app) => app,
        None => {
            let app = App::new(&env).await.map_err(|failure| match failure {
                Failure::Refused(text) => text,
                Failure::Broken(error) => error.to_string(),
            })?;
            APP.get_or_init(|| app)
        }
    };
    // As the connection says it natively.
    request.extensions_mut().insert(PeerAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    let served =
        Router::new().nest("/__control", control::steering(app.clone())).merge(control::library(app));
    let Ok(response) = served.oneshot(request).await;
    Ok(response)
}
