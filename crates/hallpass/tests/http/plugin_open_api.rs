//! The OpenAPI document and its page.

use std::sync::Arc;

use hallpass::Error;
use hallpass::endpoint::{Endpoint, Request, SessionNeed};
use hallpass::plugin::Plugin;
use hallpass::plugins::OpenApi;
use hallpass::reply::Reply;
use hallpass::shape::{Kind, Shape};
use serde_json::json;

use crate::app::App;

/// One endpoint of every kind of field.
#[derive(Debug)]
struct Notes;

async fn answer(_: Request) -> Result<Reply, Error> {
    Ok(Reply::json(&json!(null)))
}

impl Plugin for Notes {
    fn id(&self) -> &'static str {
        "notes"
    }

    fn endpoints(self: Arc<Self>) -> Vec<Endpoint> {
        let body = Shape::new()
            .text_of_at_least("text", Kind::String, 3)
            .field("kind", Kind::OneOf(&["long", "short"]))
            .optional("email", Kind::Email)
            .optional("image", Kind::NullableString)
            .optional("pinned", Kind::Boolean)
            .optional("rank", Kind::Number)
            .optional("metadata", Kind::Record)
            .optional("else", Kind::Any)
            .mention("color", Kind::String)
            .open();
        let put = Endpoint::post("/notes/:id", answer)
            .summary("Keeps a note")
            .body(body)
            .query(Shape::new().field("of", Kind::String).optional("draft", Kind::Flag))
            .session(SessionNeed::Fresh)
            .takes_forms()
            .fails_with([Error::InvalidToken]);
        vec![put, Endpoint::get("/notes/hidden", answer).undocumented()]
    }
}

#[tokio::test]
async fn an_endpoint_is_described_as_it_is_declared() {
    let app = App::with(|b| b.plugin(Notes).plugin(OpenApi::new()));
    let document = app.get("/open-api/generate-schema").await.json();
    let put = &document["paths"]["/notes/{id}"]["post"];
    assert_eq!(put["operationId"], "notesId");
    assert_eq!(put["tags"], json!(["Notes"]));
    assert_eq!(put["summary"], "Keeps a note");
    assert_eq!(put["security"], json!([{"session": []}]));
    let parameters = json!([
        {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
        {"name": "of", "in": "query", "required": true, "schema": {"type": "string"}},
        {"name": "draft", "in": "query", "schema": {"type": "string"}},
    ]);
    assert_eq!(put["parameters"], parameters);
    let schema = json!({
        "type": "object",
        "properties": {
            "text": {"type": "string", "minLength": 3},
            "kind": {"type": "string", "enum": ["long", "short"]},
            "email": {"type": "string", "format": "email"},
            "image": {"type": ["string", "null"]},
            "pinned": {"type": "boolean"},
            "rank": {"type": "number"},
            "metadata": {"type": "object", "additionalProperties": true},
            "else": {},
            "color": {"type": "string"},
        },
        "required": ["text", "kind"],
        "additionalProperties": true,
    });
    assert_eq!(put["requestBody"]["required"], true);
    for media in ["application/json", "application/x-www-form-urlencoded"] {
        assert_eq!(put["requestBody"]["content"][media]["schema"], schema);
    }
    let codes = |status: &str| {
        put["responses"][status]["content"]["application/json"]["schema"]["properties"]["code"]["enum"]
            .clone()
    };
    assert_eq!(codes("400"), json!(["VALIDATION_ERROR"]));
    assert_eq!(codes("401"), json!(["UNAUTHORIZED"]));
    assert_eq!(codes("403"), json!(["SESSION_NOT_FRESH", "MISSING_OR_NULL_ORIGIN", "INVALID_ORIGIN"]));
    assert_eq!(codes("404"), json!(["INVALID_TOKEN"]));
    let tags = json!(["Default", "Notes"]);
    let named: Vec<_> = document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].clone()).collect();
    assert_eq!(json!(named), tags);
    assert_eq!(document["servers"], json!([{"url": "http://localhost:3000/api/auth"}]));
}

#[tokio::test]
async fn every_endpoint_that_is_answered_is_described_and_no_other() {
    let app = App::with(|b| b.plugin(Notes).plugin(OpenApi::new()).disable_path("/sign-up/email"));
    let document = app.get("/open-api/generate-schema").await.json();
    let mut described: Vec<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, operations)| {
            operations.as_object().unwrap().keys().map(move |method| format!("{method} {path}"))
        })
        .collect();
    let mut answered: Vec<String> = app
        .auth
        .endpoints()
        .flat_map(|endpoint| {
            let path = endpoint.path().replace(":id", "{id}").replace(":token", "{token}");
            endpoint.methods().iter().map(move |method| format!("{} {path}", method.as_str().to_lowercase()))
        })
        .filter(|line| {
            !["/notes/hidden", "/reference", "/open-api"].iter().any(|hidden| line.contains(hidden))
        })
        .collect();
    described.sort();
    answered.sort();
    assert_eq!(described, answered);
    assert!(described.contains(&"post /sign-in/email".to_owned()));
    assert!(!described.contains(&"post /sign-up/email".to_owned()));
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    let mut names: Vec<_> = operations.map(|operation| operation["operationId"].to_string()).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "two operations of one name");
}

#[tokio::test]
async fn the_page_runs_one_script_by_its_hash_and_sends_nothing_elsewhere() {
    let app = App::with(|b| b.plugin(OpenApi::new().theme("moon")));
    let page = app.get("/reference").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, Some("text/html")));
    let policy = page.header("content-security-policy").unwrap();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert_eq!(nonce.len(), 32);
    assert!(policy.starts_with("default-src 'none'; script-src 'nonce-"), "{policy}");
    assert!(policy.contains("connect-src 'self'"), "{policy}");
    assert_eq!(page.text().matches(&format!("nonce=\"{nonce}\"")).count(), 2);
    assert_eq!(page.text().matches("integrity=\"sha384-").count(), 1);
    assert!(page.text().contains("\"theme\":\"moon\""));
    assert!(page.text().contains("/sign-in/email"));
    assert_ne!(app.get("/reference").await.header("content-security-policy"), Some(policy));
}

#[tokio::test]
async fn the_page_can_be_elsewhere_or_nowhere() {
    let app = App::with(|b| b.plugin(OpenApi::new().path("/docs")));
    assert_eq!(app.get("/docs").await.status.as_u16(), 200);
    assert_eq!(app.get("/reference").await.status.as_u16(), 404);
    let app = App::with(|b| b.plugin(OpenApi::new().without_reference()));
    assert_eq!(app.get("/reference").await.status.as_u16(), 404);
    assert_eq!(app.get("/open-api/generate-schema").await.status.as_u16(), 200);
}
