//! D1 over its HTTP API: <https://developers.cloudflare.com/api/resources/d1/subresources/database/methods/query/>.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use hallpass::http_client::HttpClient;
use hallpass::store::{StoreError, StoreErrorKind};
use hallpass::types::Secret;
use hallpass_sql::{Dialect, Remedy, Rows, SqlConnection, Statement, Value};
use http::{HeaderValue, Request, StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use crate::cell::{self, Record};
use crate::error;
use crate::reads::read;

/// Cloudflare's API.
const API: &str = "https://api.cloudflare.com/client/v4";

/// A D1 database over Cloudflare's HTTP API, from anywhere: for the command, jobs and migrations.
///
/// Not for the requests of an app: the API takes some hundred milliseconds, and 1,200 requests in five minutes of one account.
///
/// What is sent together is one batch, as with the binding; reads are tried again, and writes are not.
pub struct D1Http {
    client: Arc<dyn HttpClient>,
    url: String,
    token: Secret,
}

impl D1Http {
    /// The database with this id, of this account. The token needs the permission *D1 Edit*; it is in no error and no log.
    ///
    /// # Errors
    /// The account or the database is no id.
    pub fn new(
        client: impl HttpClient,
        account: &str,
        database: &str,
        token: impl Into<Secret>,
    ) -> Result<Self, StoreError> {
        Self::at(API, client, account, database, token)
    }

    /// By another API than Cloudflare's, that answers as that does.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn at(
        api: &str,
        client: impl HttpClient,
        account: &str,
        database: &str,
        token: impl Into<Secret>,
    ) -> Result<Self, StoreError> {
        let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !is_id(account) || !is_id(database) {
            return Err(Remedy::Database.advise(
                StoreErrorKind::Unexpected,
                "the ids of the account and the database are letters, digits and hyphens, as `wrangler d1 list` has them",
            ));
        }
        let url = format!("{}/accounts/{account}/d1/database/{database}/query", api.trim_end_matches('/'));
        Ok(Self { client: Arc::new(client), url, token: token.into() })
    }

    async fn run(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreError> {
        let queries: Result<Vec<_>, _> = statements.iter().map(query).collect();
        // What it says may hold the token.
        let mut bearer =
            HeaderValue::try_from(format!("Bearer {}", self.token.expose())).map_err(|_| refused_token())?;
        // A client that logs its requests does not log this.
        bearer.set_sensitive(true);
        let request = Request::post(&self.url)
            .header(header::AUTHORIZATION, bearer)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(json!({ "batch": queries? }).to_string()))
            .map_err(|_| refused_token())?;
        let answer = self.client.send(request).await.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            error::with_remedy(
                StoreErrorKind::Unavailable,
                Some(Remedy::Server),
                &format!("{error}: {cause}"),
            )
        })?;
        let results = results(answer.status(), answer.body())?;
        if results.len() != statements.len() {
            return Err(error::unexpected("D1 gave another number of results than it was given statements"));
        }
        Ok(results
            .into_iter()
            .map(|outcome| {
                let affected = outcome.meta.and_then(|meta| meta.changes).unwrap_or(0);
                cell::rows(outcome.results.unwrap_or_default(), affected)
            })
            .collect())
    }
}

impl fmt::Debug for D1Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("D1Http").field("url", &self.url).finish_non_exhaustive()
    }
}

#[async_trait]
impl SqlConnection for D1Http {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        self.run(&statements).await
    }

    async fn query(&self, statement: Statement) -> Result<Rows, StoreError> {
        let statement = [statement];
        read(|| self.run(&statement)).await
    }
}

/// An answer of Cloudflare's API.
#[derive(Deserialize)]
struct Answer {
    success: bool,
    errors: Option<Vec<Told>>,
    result: Option<Vec<Outcome>>,
}

#[derive(Deserialize)]
struct Told {
    message: String,
}

/// What one statement gave.
#[derive(Deserialize)]
struct Outcome {
    results: Option<Vec<Record>>,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    changes: Option<u64>,
}

fn results(status: StatusCode, body: &[u8]) -> Result<Vec<Outcome>, StoreError> {
    use StoreErrorKind::{Unavailable, Unexpected};

    let answer = serde_json::from_slice::<Answer>(body);
    let message = match &answer {
        Ok(answer) if answer.success && status.is_success() => String::new(),
        Ok(answer) => match answer.errors.as_deref().unwrap_or_default() {
            [] => format!("the API answered {status}"),
            [told, ..] => told.message.clone(),
        },
        Err(_) => format!("the API answered {status}, and not in its form"),
    };
    match (status, answer) {
        (_, Ok(Answer { success: true, result: Some(results), .. })) if status.is_success() => Ok(results),
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
            Err(error::with_remedy(Unexpected, Some(Remedy::D1Token), &message))
        }
        (StatusCode::NOT_FOUND, _) => Err(error::with_remedy(Unexpected, Some(Remedy::Database), &message)),
        (StatusCode::TOO_MANY_REQUESTS, _) => {
            Err(error::with_remedy(Unavailable, Some(Remedy::Overloaded), &message))
        }
        // Nobody knows what became of it.
        (_, Err(_)) => Err(error::with_remedy(Unavailable, None, &message)),
        (status, _) if status.is_server_error() => Err(error::with_remedy(Unavailable, None, &message)),
        _ => Err(error::told(&message)),
    }
}

fn refused_token() -> StoreError {
    let message = "the token has characters that no token has";
    error::with_remedy(StoreErrorKind::Unexpected, Some(Remedy::D1Token), message)
}

fn query(statement: &Statement) -> Result<serde_json::Value, StoreError> {
    let params: Result<Vec<_>, _> = statement.params().iter().map(parameter).collect();
    Ok(json!({ "sql": **statement.sql(), "params": params? }))
}

fn parameter(value: &Value) -> Result<serde_json::Value, StoreError> {
    Ok(match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(truth) => u8::from(*truth).into(),
        Value::Integer(number) if cell::is_exact(*number) => (*number).into(),
        Value::Integer(_) => return Err(error::unexpected("D1 has no whole number of more than 2^53")),
        Value::Real(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Blob(_) => return Err(error::unexpected("D1's HTTP API takes no bytes")),
        _ => return Err(error::unexpected("a value that SQLite has no type for")),
    })
}
