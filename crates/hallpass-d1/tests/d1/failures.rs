//! What the API says when it fails: of what kind that is, what is to be done, and that no token is shown.

use std::sync::Arc;

use bytes::Bytes;
use hallpass::store::{StoreError, StoreErrorKind};
use hallpass_d1::D1Http;
use hallpass_sql::{Remedy, SqlConnection as _, Statement, Value};
use hallpass_testing::StubHttpClient;
use http::Response;
use serde_json::json;

use crate::api::{Api, TOKEN, connection};

fn database(web: &Arc<StubHttpClient>) -> D1Http {
    D1Http::new(Arc::clone(web), "account", "database", TOKEN).unwrap()
}

/// What a batch comes to that is answered so.
async fn answered(status: u16, body: &str) -> StoreError {
    let web = Arc::new(StubHttpClient::new());
    web.answer(Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap());
    let error = database(&web).execute(Statement::new("DELETE FROM x")).await.unwrap_err();
    assert_eq!(web.requests().len(), 1, "a write is sent once");
    error
}

fn failure(message: &str) -> String {
    json!({"success": false, "errors": [{"code": 7500, "message": message}], "messages": [], "result": []})
        .to_string()
}

#[tokio::test]
async fn every_failure_has_its_kind_and_its_remedy_and_shows_no_token() {
    use StoreErrorKind::{Conflict, Unavailable, Unexpected};
    for (status, body, kind, remedy) in [
        (401, failure("Authentication error"), Unexpected, Some(Remedy::D1Token)),
        (403, failure("Authentication error"), Unexpected, Some(Remedy::D1Token)),
        (404, failure("The database could not be found"), Unexpected, Some(Remedy::Database)),
        (429, failure("Rate limited"), Unavailable, Some(Remedy::Overloaded)),
        (429, "Too many".to_owned(), Unavailable, Some(Remedy::Overloaded)),
        (500, failure("internal error"), Unavailable, None),
        (502, "<html>".to_owned(), Unavailable, None),
        (200, "{".to_owned(), Unavailable, None),
        (200, failure("no such table: user: SQLITE_ERROR"), Unexpected, Some(Remedy::D1Tables)),
        (400, failure("no such table: user: SQLITE_ERROR"), Unexpected, Some(Remedy::D1Tables)),
        (400, failure("UNIQUE constraint failed: user.email: SQLITE_CONSTRAINT"), Conflict, None),
        (
            400,
            failure("D1 DB is overloaded. Too many requests queued."),
            Unavailable,
            Some(Remedy::Overloaded),
        ),
        (400, json!({"success": false, "errors": null, "result": null}).to_string(), Unexpected, None),
        (200, json!({"success": true, "errors": [], "result": []}).to_string(), Unexpected, None),
    ] {
        let error = answered(status, &body).await;
        assert_eq!((error.kind(), Remedy::of(&error)), (kind, remedy), "{status} {body}");
        assert!(!format!("{error:?} {error}").contains(TOKEN));
    }
}

#[tokio::test]
async fn what_cannot_be_reached_is_unavailable_and_reads_are_tried_again() {
    let web = Arc::new(StubHttpClient::new());
    let database = database(&web);
    let error = database.execute(Statement::new("DELETE FROM x")).await.unwrap_err();
    assert_eq!(
        (error.kind(), Remedy::of(&error), web.requests().len()),
        (StoreErrorKind::Unavailable, Some(Remedy::Server), 1)
    );
    let error = database.query(Statement::new("SELECT 1")).await.unwrap_err();
    assert_eq!((error.kind(), web.requests().len()), (StoreErrorKind::Unavailable, 4));
    assert!(!format!("{error:?} {database:?}").contains(TOKEN));
}

#[tokio::test]
async fn who_has_too_much_to_do_is_not_asked_again() {
    let web = Arc::new(StubHttpClient::new());
    web.answer(Response::builder().status(429).body(Bytes::from(failure("Rate limited"))).unwrap());
    let error = database(&web).query(Statement::new("SELECT 1")).await.unwrap_err();
    assert_eq!((Remedy::of(&error), web.requests().len()), (Some(Remedy::Overloaded), 1));
    // Nor is the token in what a client logs of its requests.
    assert!(!format!("{:?}", web.requests()).contains(TOKEN));
}

#[tokio::test]
async fn a_batch_whose_last_statement_fails_leaves_nothing() {
    let api = Arc::new(Api::new());
    let database = connection(&api);
    database.execute(Statement::new("CREATE TABLE whole (id INTEGER PRIMARY KEY)")).await.unwrap();
    let insert = |id: i64| Statement::new("INSERT INTO whole (id) VALUES (?)").bind(Value::Integer(id));
    let error = database.batch(vec![insert(1), insert(2), insert(1)]).await.unwrap_err();
    assert_eq!((error.kind(), api.count("whole").await), (StoreErrorKind::Conflict, 0));
    let inserted = database.batch(vec![insert(1), insert(2)]).await.unwrap();
    assert_eq!(inserted.iter().map(hallpass_sql::Rows::affected).collect::<Vec<_>>(), [1, 1]);
}

#[tokio::test]
async fn what_d1_has_no_exact_form_for_is_not_sent() {
    let web = Arc::new(StubHttpClient::new());
    for value in [Value::Integer((1 << 53) + 1), Value::Integer(i64::MIN), Value::Blob(vec![1])] {
        assert!(database(&web).execute(Statement::new("SELECT ?").bind(value)).await.is_err());
    }
    assert!(web.requests().is_empty());
}

#[tokio::test]
async fn nothing_but_an_id_becomes_a_part_of_the_address() {
    for (account, database) in [("", "x"), ("x", ""), ("../x", "x"), ("x", "x/query?y"), ("x", "ä")] {
        let refused = D1Http::new(StubHttpClient::new(), account, database, TOKEN);
        assert_eq!(Remedy::of(&refused.unwrap_err()), Some(Remedy::Database), "{account} {database}");
    }
    let web = Arc::new(StubHttpClient::new());
    let token = "a token\nof two lines";
    let database = D1Http::new(Arc::clone(&web), "x", "x", token).unwrap();
    let error = database.query(Statement::new("SELECT 1")).await.unwrap_err();
    assert!(!format!("{error:?}").contains("two lines") && web.requests().is_empty());
    assert_eq!(Remedy::of(&error), Some(Remedy::D1Token));
}
