//! Servers that hang and change, and come back: nothing is granted meanwhile, and the same storage goes on.

use std::time::Duration;

use hallpass::storage::{AtomicStorage as _, SecondaryStorage as _};
use hallpass::store::{StoreError, StoreErrorKind};
use hallpass_redis::{RedisBuilder, RedisStorage};

use crate::common::{Server, free_port, until};

/// The error of a call that Redis did not answer.
fn unavailable(error: &StoreError) {
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
}

#[tokio::test]
async fn a_server_that_hangs_is_waited_for_no_longer_than_said_and_used_when_it_goes_on() {
    let server = Server::start(&[]).await;
    let patience = Duration::from_millis(100);
    let storage = RedisBuilder::server(&server.url()).answer_timeout(patience).connect().await.unwrap();
    storage.set("token", "value", None).await.unwrap();

    server.signal("STOP");
    let started = tokio::time::Instant::now();
    unavailable(&storage.take("token").await.unwrap_err());
    unavailable(&storage.get("token").await.unwrap_err());
    assert!(started.elapsed() < Duration::from_secs(30));
    server.signal("CONT");
    until(async || storage.get("other").await.is_ok()).await;
    // The one whose answer came too late was run all the same: the token is used up, and nobody has it.
    until(async || storage.get("token").await.unwrap().is_none()).await;
    assert_eq!(storage.take("token").await.unwrap(), None);
}

#[tokio::test]
async fn calls_beyond_the_most_in_flight_wait_and_are_refused_in_time() {
    let server = Server::start(&[]).await;
    let builder = RedisBuilder::server(&server.url()).answer_timeout(Duration::from_millis(200));
    let storage = builder.max_in_flight(2).connect().await.unwrap();
    let calls = || {
        let storage = storage.clone();
        (0..20).map(move |number| {
            let storage = storage.clone();
            tokio::spawn(async move { storage.set(&number.to_string(), "value", None).await })
        })
    };
    for call in calls() {
        call.await.unwrap().unwrap();
    }
    server.signal("STOP");
    for call in calls() {
        unavailable(&call.await.unwrap().unwrap_err());
    }
    server.signal("CONT");
    until(async || storage.get("key").await.is_ok()).await;
}

#[tokio::test]
async fn a_master_that_becomes_a_replica_takes_nothing_and_is_used_again_when_it_is_master() {
    let server = Server::start(&[]).await;
    let storage = RedisStorage::connect(&server.url()).await.unwrap();
    storage.set("token", "value", None).await.unwrap();
    server.run("REPLICAOF 127.0.0.1 1").await;
    unavailable(&storage.take("token").await.unwrap_err());
    unavailable(&storage.increment("count", Duration::from_secs(60)).await.unwrap_err());
    server.run("REPLICAOF NO ONE").await;
    assert_eq!(storage.take("token").await.unwrap().as_deref(), Some("value"));
}

#[tokio::test]
async fn a_server_whose_memory_is_full_says_so_and_still_ends_what_is_there() {
    let server = Server::start(&[]).await;
    let storage = RedisStorage::connect(&server.url()).await.unwrap();
    storage.set("token", "value", None).await.unwrap();
    server.run("CONFIG SET maxmemory 1").await;
    let refused = storage.set("other", "value", None).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Unexpected);
    assert!(format!("{refused:?}").contains("OOM"), "{refused:?}");
    assert_eq!(storage.take("token").await.unwrap().as_deref(), Some("value"));
}

#[tokio::test]
async fn the_master_that_sentinel_names_is_found_also_after_a_failover() {
    let mut master = Server::start_at(free_port(), &[]).await;
    let replica =
        Server::start_at(free_port(), &["--replicaof", &format!("127.0.0.1 {}", master.port)]).await;
    let port = free_port();
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("sentinel.conf");
    let lines = format!(
        "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor mymaster 127.0.0.1 {} 1\n\
         sentinel down-after-milliseconds mymaster 500\nsentinel failover-timeout mymaster 3000\n",
        folder.path().display(),
        master.port
    );
    std::fs::write(&file, lines).unwrap();
    let sentinel = Server::sentinel(folder, port, &file).await;

    // The first of them is not there.
    let nobody = format!("redis://127.0.0.1:{}", free_port());
    let open = || RedisBuilder::sentinels([nobody.clone(), sentinel.tcp_url()], "mymaster").connect();
    let storage = open().await.unwrap();
    storage.set("key", "value", None).await.unwrap();
    until(async || replica.run("DBSIZE").await == hallpass_redis::redis::Value::Int(1)).await;
    // It knows of the replica by the master.
    let known = || sentinel.run("SENTINEL REPLICAS mymaster");
    until(async || matches!(known().await, hallpass_redis::redis::Value::Array(of) if of.len() == 1)).await;

    master.kill();
    unavailable(&storage.set("key", "newer", None).await.unwrap_err());
    until(async || storage.set("key", "newer", None).await.is_ok()).await;
    assert_eq!(storage.get("key").await.unwrap().as_deref(), Some("newer"));
    assert_eq!(open().await.unwrap().get("key").await.unwrap().as_deref(), Some("newer"));

    let unknown = RedisBuilder::sentinels([sentinel.tcp_url()], "other").connect().await.unwrap_err();
    assert!(matches!(unknown, hallpass_redis::ConnectError::Unreachable(_)), "{unknown:?}");
}
