//! What goes wrong when it is asked to.

use std::error::Error as _;
use std::time::Duration;

use hallpass::store::StoreError;
use hallpass_d1::D1;
use hallpass_sql::{Rows, SqlConnection as _, Statement, Value};
use worker::send::SendFuture;
use worker::{Delay, Env, Response, Result};

/// Answers after a while.
pub(crate) async fn slow() -> Result<Response> {
    SendFuture::new(Delay::from(Duration::from_secs(1))).await;
    Response::ok("at last")
}

/// Runs a batch whose last statement fails, and tells what is left of it: that of the error, and how many rows.
pub(crate) async fn batch(env: &Env) -> Result<Response> {
    let database = D1::new(env.d1("DB")?);
    let insert = |id: i64| Statement::new("INSERT INTO whole (id) VALUES (?)").bind(Value::Integer(id));
    let make = Statement::new("CREATE TABLE whole (id INTEGER PRIMARY KEY)");
    database.execute(make).await.map_err(|error| error.to_string())?;
    let Err(error) = database.batch(vec![insert(1), insert(2), insert(1)]).await else {
        return Response::error("the batch was taken", 500);
    };
    let counted = database.query(Statement::new("SELECT COUNT(*) AS n FROM whole")).await;
    let mut counted: Rows = counted.map_err(|error| error.to_string())?;
    let left = counted.first_mut().map(|mut row| row.integer("n")).transpose();
    let left = left.map_err(|error| error.to_string())?;
    Response::from_json(&(format!("{:?}", error.kind()), left))
}

/// The bookmarks before a write, after it and after a read, what the app reads in a session from the last, and what is said without
/// a database.
pub(crate) async fn sessions(env: &Env) -> Result<Response> {
    let told = |error: StoreError| error.to_string();
    let database = D1::from_env(env, "DB").map_err(told)?.with_sessions();
    let mut bookmarks = vec![database.bookmark()];
    let make = Statement::new("CREATE TABLE seen (id INTEGER PRIMARY KEY)");
    let insert = Statement::new("INSERT INTO seen (id) VALUES (?)").bind(Value::Integer(7));
    database.batch(vec![make, insert]).await.map_err(told)?;
    bookmarks.push(database.bookmark());
    database.query(Statement::new("SELECT id FROM seen")).await.map_err(told)?;
    bookmarks.push(database.bookmark());
    let session = env.d1("DB")?.with_session(database.bookmark().as_deref())?;
    let read = SendFuture::new(session.prepare("SELECT id FROM seen").first::<u32>(Some("id"))).await?;
    let missing = D1::from_env(env, "NOTHING").map_err(|error| error.source().map(ToString::to_string));
    Response::from_json(&(bookmarks, read, missing.err()))
}
