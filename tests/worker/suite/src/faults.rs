//! What goes wrong when it is asked to.

use std::time::Duration;

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
