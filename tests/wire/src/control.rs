//! The two listeners: the library, and the port that tests steer it by.

use std::future::IntoFuture as _;
use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{map_request, map_response};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::Failure;
use crate::secondary::{self, Secondary};
use crate::server::{App, Rows};

/// Listens on both ports, 0 taking a free one, says so, and serves until the process ends.
pub(crate) async fn serve(app: App, port: u16, control_port: u16) -> Result<(), Failure> {
    let control = TcpListener::bind(("127.0.0.1", control_port)).await?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on {}", listener.local_addr()?);
    if control_port == 0 {
        println!("control on {}", control.local_addr()?);
    }
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
    let library = hallpass_axum::router(app.auth.clone()).layer(map_response(settled)).layer(map_request(
        move |request: Request| {
            let (ticked, secondary) = (clock.tick(), secondary.clone());
            async move {
                pass(secondary.as_ref(), ticked).await;
                request
            }
        },
    ));
    let steering = Router::new()
        .route("/clock", post(move_clock))
        .route("/outbox", get(outbox).delete(empty_outbox))
        .route("/stores", get(stores))
        .route("/secondary", get(secondary_storage).put(load_secondary_storage))
        .with_state(app);
    let library = library.into_make_service_with_connect_info::<SocketAddr>();
    let (library, steering) = (axum::serve(listener, library), axum::serve(control, steering));
    tokio::try_join!(library.into_future(), steering.into_future())?;
    Ok(())
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
    let counts: Vec<(String, u64)> = match &app.rows {
        Rows::None => Vec::new(),
        Rows::Memory(store) => {
            store.counts().into_iter().map(|(table, rows)| (table.to_owned(), rows)).collect()
        }
        Rows::Sqlite(store) => store.counts().await.map_err(broken)?,
        Rows::Postgres(store) => store.counts().await.map_err(broken)?,
        Rows::MySql(store) => store.counts().await.map_err(broken)?,
    };
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
