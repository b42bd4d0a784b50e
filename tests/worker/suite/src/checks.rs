//! The checks, by name.

use std::sync::Arc;

use hallpass_d1::{D1, D1Store};
use hallpass_sql::{Layout, SqlConnection as _, Statement};
use hallpass_testing::{MockClock, StorageFixture, StoreFixture, storage, store};
use worker::{Env, Response, Result};

/// As `StoreFixture::rounds`: each step is a message to another process.
const ROUNDS: usize = 30;

/// The layouts, and what `hallpass generate --for d1` makes for each: a test of the command compares them.
const LAYOUTS: [(&str, Layout, &str); 2] = [
    ("camel", Layout::CamelCase, include_str!("../../../../examples/worker/migrations/0001_hallpass.sql")),
    ("snake", Layout::SnakeCase, include_str!("../migrations/snake.sql")),
];

/// The names of all checks of stores.
pub(crate) fn names() -> Vec<&'static str> {
    store::checks().iter().map(|check| check.name()).collect()
}

/// Runs a check over the binding that is named after it.
pub(crate) async fn run(env: &Env, layout: &str, name: &str) -> Result<Response> {
    let check = store::checks().iter().find(|check| check.name() == name);
    let known = LAYOUTS.iter().find(|(known, ..)| *known == layout);
    let (Some(check), Some((_, layout, script))) = (check, known) else {
        return Response::error("there is no such check, or no such layout", 404);
    };
    let open = || {
        let database = D1::from_env(env, &format!("{}_{name}", known.map_or("", |(name, ..)| name)));
        database.map_err(|error| error.to_string())
    };
    let store = D1Store::in_layout(open()?, *layout);
    let in_sessions = D1Store::in_layout(open()?.with_sessions(), *layout);
    store.connection().batch(statements(script)).await.map_err(|error| error.to_string())?;
    check.run(&StoreFixture::new(store).also(in_sessions).rounds(ROUNDS)).await;
    Response::ok("ok")
}

/// The names of all checks of key-value storages.
pub(crate) fn names_of_storages() -> Vec<&'static str> {
    storage::checks().iter().map(|check| check.name()).collect()
}

/// Runs one over the table in the binding that is named after it.
pub(crate) async fn run_storage(env: &Env, name: &str) -> Result<Response> {
    let Some(check) = storage::checks().iter().find(|check| check.name() == name) else {
        return Response::error("there is no such check", 404);
    };
    let store = D1Store::new(D1::new(env.d1(&format!("storage_{name}"))?));
    let (_, _, script) = LAYOUTS[0];
    store.connection().batch(statements(script)).await.map_err(|error| error.to_string())?;
    let clock = Arc::new(MockClock::new());
    check.run(&StorageFixture::new(store.storage(Arc::clone(&clock)), clock)).await;
    Response::ok("ok")
}

/// What a migration consists of.
fn statements(script: &str) -> Vec<Statement> {
    let lines = script.lines().filter(|line| !line.starts_with("--"));
    lines.filter(|line| !line.is_empty()).map(Statement::new).collect()
}
