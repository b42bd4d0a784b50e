//! The conformance suite of `hallpass-testing` over D1, as a Worker. `GET /checks` lists the checks of stores, and
//! `GET /checks-of-storages` those of key-value storages; `POST /checks/LAYOUT/NAME` and
//! `POST /checks/storage/NAME` run one over the binding `LAYOUT_NAME`, which is to be an empty database. A check fails by a panic, of which the answer tells.
#![expect(clippy::panic, reason = "that is how a check fails")]

mod checks;
mod faults;
mod limited;
mod panics;
mod site;

use worker::{Context, Env, HttpRequest, Response, Result, event};

#[event(start)]
fn start() {
    panics::tell();
    hallpass_workers::log_to_console(tracing::Level::ERROR);
}

#[event(fetch)]
async fn fetch(request: HttpRequest, env: Env, _context: Context) -> Result<Response> {
    let path = request.uri().path().to_owned();
    let path: Vec<&str> = path.split('/').skip(1).collect();
    match path.as_slice() {
        ["checks"] => Response::from_json(&checks::names()),
        ["checks-of-storages"] => Response::from_json(&checks::names_of_storages()),
        ["checks", "storage", name] => checks::run_storage(&env, name).await,
        ["checks", layout, name] => checks::run(&env, layout, name).await,
        ["limited", ..] => limited::handle(&env, request).await,
        ["api", ..] => site::handle(&env, request).await,
        ["mails"] => site::mails(&env),
        ["batch"] => faults::batch(&env).await,
        ["sessions"] => faults::sessions(&env).await,
        ["slow"] => faults::slow().await,
        ["panic"] => panic!("as it was asked to"),
        _ => Response::error("there is nothing here", 404),
    }
}
