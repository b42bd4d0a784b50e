//! Connections that break after a command was run and before its answer came.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hallpass::storage::{AtomicStorage, SecondaryStorage as _};
use hallpass::store::StoreErrorKind;
use hallpass_redis::RedisStorage;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use crate::common::Server;

/// What stands between a storage and its server, and breaks the connection in place of the next answer.
struct Between {
    server: Server,
    url: String,
    breaks: Arc<AtomicBool>,
}

impl Between {
    async fn start() -> Self {
        let server = Server::start(&[]).await;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let breaks = Arc::new(AtomicBool::new(false));
        let (socket, is_to_break) = (server.folder.path().join("socket"), breaks.clone());
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = UnixStream::connect(&socket).await.unwrap();
                tokio::spawn(carry(client, server, is_to_break.clone()));
            }
        });
        Self { server, url, breaks }
    }

    /// The answer to the next command is lost.
    async fn lose_answer(&self, storage: &RedisStorage) {
        // A connection that broke before is made anew.
        storage.get("any").await.unwrap();
        self.breaks.store(true, Ordering::SeqCst);
    }
}

async fn carry(client: TcpStream, server: UnixStream, is_to_break: Arc<AtomicBool>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let there = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut answer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from_server.read(&mut answer).await {
        let answer = answer.get(..length).unwrap();
        // A connection that was quiet for long is tried first.
        if answer != b"+PONG\r\n" && is_to_break.swap(false, Ordering::SeqCst) {
            break;
        }
        to_client.write_all(answer).await.unwrap();
    }
    there.abort();
}

#[tokio::test]
async fn a_command_whose_answer_is_lost_is_an_error_and_is_not_run_again() {
    let between = Between::start().await;
    let storage = RedisStorage::connect(&between.url).await.unwrap();
    let direct = RedisStorage::connect(&between.server.url()).await.unwrap();
    let window = Duration::from_secs(60);
    for key in ["taken", "compared", "ended"] {
        storage.set(key, "old", None).await.unwrap();
    }
    // The scripts are known to the server from here on.
    storage.increment("other", window).await.unwrap();
    storage.compare_and_set("other", "x", "y", None).await.unwrap();
    storage.compare_and_delete("other", "x").await.unwrap();

    let lost = |outcome: Result<(), hallpass::store::StoreError>, call: &str| {
        let error = outcome.expect_err(call);
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{call}: {error:?}");
        assert!(!between.breaks.load(Ordering::SeqCst), "{call}: no answer was lost");
    };
    between.lose_answer(&storage).await;
    lost(storage.take("taken").await.map(drop), "take");
    between.lose_answer(&storage).await;
    lost(storage.increment("count", window).await.map(drop), "increment");
    between.lose_answer(&storage).await;
    lost(storage.set_if_absent("made", "new", None).await.map(drop), "set_if_absent");
    between.lose_answer(&storage).await;
    lost(storage.compare_and_set("compared", "old", "new", None).await.map(drop), "compare_and_set");
    between.lose_answer(&storage).await;
    lost(storage.compare_and_delete("ended", "old").await.map(drop), "compare_and_delete");
    between.lose_answer(&storage).await;
    lost(storage.set("set", "new", None).await, "set");
    between.lose_answer(&storage).await;
    lost(storage.delete("other").await, "delete");

    // Each was run once, and nobody was told so.
    assert_eq!(direct.take("taken").await.unwrap(), None);
    assert_eq!(direct.get("count").await.unwrap().as_deref(), Some("1"));
    for (key, expected) in
        [("made", Some("new")), ("compared", Some("new")), ("ended", None), ("set", Some("new"))]
    {
        assert_eq!(direct.get(key).await.unwrap().as_deref(), expected, "{key}");
    }
    // And the next call goes through.
    assert_eq!(storage.increment("count", window).await.unwrap().value, 2);
}

#[tokio::test]
async fn reading_is_tried_again() {
    let between = Between::start().await;
    let storage = RedisStorage::connect(&between.url).await.unwrap();
    storage.set("key", "value", None).await.unwrap();
    between.lose_answer(&storage).await;
    assert_eq!(storage.get("key").await.unwrap().as_deref(), Some("value"));
    assert!(!between.breaks.load(Ordering::SeqCst), "no answer was lost");
}
