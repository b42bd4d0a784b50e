//! What is served: the library, and what tests steer it by.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{map_request, map_response};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::secondary::{self, Secondary};

/// The library, as it is served.
pub(crate) fn library(app: &App) -> Router {
    let (clock, secondary) = (app.clock.clone(), app.secondary.clone());
    // What is done beside an answer is done when it comes: what is compared next are rows and mails.
    let kept = app.outbox.clone();
    let settled = move |response: Response| {
        let kept = kept.clone();
        async move {
            kept.settle().await;
            response
        }
    };
    hallpass_axum::router(app.auth.clone()).layer(map_response(settled)).layer(map_request(
        move |request: Request| {
            let (ticked, secondary) = (clock.tick(), secondary.clone());
            async move {
                pass(secondary.as_ref(), ticked).await;
                request
            }
        },
    ))
}

/// What tests steer it by.
pub(crate) fn steering(app: App) -> Router {
    Router::new()
        .route("/clock", post(move_clock))
        .route("/outbox", get(outbox).delete(empty_outbox))
        .route("/stores", get(stores))
        .route("/secondary", get(secondary_storage).put(load_secondary_storage))
        .with_state(app)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Steer {
    advance_ms: Option<i64>,
    stand_at_ms: Option<i64>,
    #[serde(default)]
    tick_ms: i64,
}

async fn move_clock(State(app): State<App>, Json(steer): Json<Steer>) -> Json<Value> {
    if let Some(millis) = steer.stand_at_ms {
        app.clock.stand_at(millis, steer.tick_ms);
    }
    if let Some(millis) = steer.advance_ms {
        app.clock.advance(millis);
        pass(app.secondary.as_ref(), millis).await;
    }
    Json(json!({}))
}

async fn pass(secondary: Option<&Secondary>, millis: i64) {
    if let Some(secondary) = secondary
        && let Err(failure) = secondary.pass(millis).await
    {
        eprintln!("wire-server: no time passes for the secondary storage: {failure}");
    }
}

async fn outbox(State(app): State<App>) -> Json<Value> {
    Json(app.outbox.mails())
}

async fn empty_outbox(State(app): State<App>) -> Json<Value> {
    app.outbox.empty();
    Json(json!({}))
}

fn broken(error: impl std::fmt::Display) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

async fn stores(State(app): State<App>) -> Result<Json<Map<String, Value>>, (StatusCode, String)> {
    let counts = app.counts().await.map_err(broken)?;
    Ok(Json(counts.into_iter().map(|(table, rows)| (table, rows.into())).collect()))
}

async fn secondary_storage(State(app): State<App>) -> Result<Json<Map<String, Value>>, (StatusCode, String)> {
    let Some(secondary) = &app.secondary else { return Ok(Json(Map::new())) };
    secondary::dump(secondary, &app.clock).await.map(Json).map_err(broken)
}

async fn load_secondary_storage(
    State(app): State<App>,
    Json(entries): Json<Map<String, Value>>,
) -> Result<Json<Value>, (StatusCode, String)> {
    if let Some(storage) = &app.secondary {
        let loaded = secondary::load(storage, &app.clock, &entries).await;
        loaded.map_err(broken)?;
    }
    Ok(Json(json!({})))
}
