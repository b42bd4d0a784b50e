//! Cloudflare's API over SQLite, as D1 is. Answers are lost and readers lag as a test wants.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use hallpass::http_client::{HttpClient, HttpClientError};
use hallpass::store::StoreErrorKind;
use hallpass_d1::D1Http;
use hallpass_sql::{Rows, SqlConnection as _, Statement, Value};
use hallpass_sqlite::Sqlite;
use http::{Request, Response};
use serde_json::json;

pub(crate) const TOKEN: &str = "a-token-that-nobody-may-see";

/// The API, over a primary database and a replica of it.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) primary: Sqlite,
    replica: Sqlite,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many writes the replica is behind.
    lag: usize,
    /// Those that it has not seen yet.
    behind: VecDeque<Vec<Statement>>,
    /// This request, counted from now, takes effect, and its answer is lost.
    lost: Option<usize>,
    requests: usize,
}

impl Api {
    pub(crate) fn new() -> Self {
        let open = || Sqlite::in_memory().unwrap();
        Self { primary: open(), replica: open(), state: Mutex::default() }
    }

    /// From now on reads are answered by the replica, so many writes behind.
    pub(crate) fn lag(&self, writes: usize) {
        self.state.lock().unwrap().lag = writes;
    }

    /// Loses the answer to this request, counted from 1 from now on.
    pub(crate) fn lose(&self, request: usize) {
        let mut state = self.state.lock().unwrap();
        (state.lost, state.requests) = (Some(request), 0);
    }

    pub(crate) fn requests(&self) -> usize {
        self.state.lock().unwrap().requests
    }

    pub(crate) async fn count(&self, of: &str) -> i64 {
        let count = Statement::new(format!("SELECT COUNT(*) AS n FROM {of}"));
        self.primary.query(count).await.unwrap().first_mut().unwrap().integer("n").unwrap()
    }

    async fn run(&self, batch: Vec<Statement>) -> Result<Vec<Rows>, hallpass::store::StoreError> {
        let reads = batch.iter().all(|statement| {
            let sql = statement.sql().trim_start().to_uppercase();
            sql.starts_with("SELECT") || sql.starts_with("PRAGMA")
        });
        if reads {
            let lags = self.state.lock().unwrap().lag > 0;
            return if lags { &self.replica } else { &self.primary }.batch(batch).await;
        }
        let results = self.primary.batch(batch.clone()).await?;
        let due: Vec<_> = {
            let mut state = self.state.lock().unwrap();
            state.behind.push_back(batch);
            let due = state.behind.len().saturating_sub(state.lag);
            state.behind.drain(..due).collect()
        };
        for batch in due {
            self.replica.batch(batch).await?;
        }
        Ok(results)
    }
}

/// The database over the API.
pub(crate) fn connection(api: &Arc<Api>) -> D1Http {
    D1Http::new(Client(api.clone()), "0123456789abcdef", "6f2c-11d0", TOKEN).unwrap()
}

#[derive(Debug)]
struct Client(Arc<Api>);

#[async_trait]
impl HttpClient for Client {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpClientError> {
        assert_eq!(
            request.uri(),
            "https://api.cloudflare.com/client/v4/accounts/0123456789abcdef/d1/database/6f2c-11d0/query"
        );
        assert_eq!(request.headers().get("authorization").unwrap(), &*format!("Bearer {TOKEN}"));
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        let batch = body.get("batch").unwrap().as_array().unwrap().iter().map(statement).collect();
        let is_lost = {
            let mut state = self.0.state.lock().unwrap();
            state.requests += 1;
            state.lost == Some(state.requests)
        };
        let (status, answer) = match self.0.run(batch).await {
            Ok(results) => {
                let results: Vec<_> = results.into_iter().map(outcome).collect();
                (200, json!({"success": true, "errors": [], "messages": [], "result": results}))
            }
            Err(error) => {
                let text = std::error::Error::source(&error).unwrap().to_string();
                let told = match error.kind() {
                    StoreErrorKind::Conflict => format!("{text}: SQLITE_CONSTRAINT"),
                    _ => format!("{text}: SQLITE_ERROR"),
                };
                let errors = json!([{"code": 7500, "message": told}]);
                (400, json!({"success": false, "errors": errors, "messages": [], "result": []}))
            }
        };
        if is_lost {
            return Err(HttpClientError::new("the connection broke off"));
        }
        Ok(Response::builder().status(status).body(Bytes::from(answer.to_string())).unwrap())
    }
}

fn statement(query: &serde_json::Value) -> Statement {
    use serde_json::Value as Json;

    let params = query.get("params").unwrap().as_array().unwrap().iter();
    params.fold(Statement::new(query.get("sql").unwrap().as_str().unwrap()), |statement, param| {
        statement.bind(match param {
            Json::Null => Value::Null,
            Json::String(text) => Value::Text(text.clone()),
            // D1 has numbers of JavaScript, and SQLite makes whole ones of those that are.
            Json::Number(number) => match number.as_i64() {
                Some(number) => Value::Integer(number),
                None => Value::Real(number.as_f64().unwrap()),
            },
            other => unreachable!("D1 takes no {other}"),
        })
    })
}

/// Rows as D1 has them, by the names of the columns.
fn outcome(mut rows: Rows) -> serde_json::Value {
    let affected = rows.affected();
    let columns = rows.columns().clone();
    let results: Vec<serde_json::Value> = rows
        .iter_mut()
        .map(|mut row| {
            let cells = columns.names().iter().map(|name| (name.to_string(), cell(row.take(name).unwrap())));
            serde_json::Value::Object(cells.collect())
        })
        .collect();
    json!({"success": true, "results": results, "meta": {"changes": affected, "duration": 0.1}})
}

fn cell(value: Value) -> serde_json::Value {
    match value {
        Value::Null => json!(null),
        Value::Integer(number) => json!(number),
        Value::Real(number) => json!(number),
        Value::Text(text) => json!(text),
        other => unreachable!("SQLite gave {other:?}"),
    }
}
