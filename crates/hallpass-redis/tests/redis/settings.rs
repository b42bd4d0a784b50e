//! What is found in a server's settings.

use hallpass::storage::SecondaryStorage as _;
use hallpass_redis::{Finding, RedisBuilder, RedisStorage};

use crate::common::{Place, Server};

#[tokio::test]
async fn settings_that_lose_sessions_are_found_and_none_when_they_are_mended() {
    let server = Server::start(&["--maxmemory-policy", "allkeys-lru"]).await;
    let storage = RedisStorage::connect(&server.url()).await.unwrap();
    let found = storage.check().await.unwrap();
    assert!(
        matches!(
            found.as_slice(),
            [Finding::Evicts { policy, .. }, Finding::KeepsNothing { .. }] if policy == "allkeys-lru"
        ),
        "{found:?}"
    );
    server.run("CONFIG SET maxmemory-policy noeviction").await;
    server.run("CONFIG SET save 3600\t1").await;
    let found = storage.check().await.unwrap();
    assert!(matches!(found.as_slice(), [Finding::KeepsSnapshotsOnly { .. }]), "{found:?}");
    server.run("CONFIG SET appendonly yes").await;
    assert_eq!(storage.check().await.unwrap(), []);
}

#[tokio::test]
async fn a_server_that_tells_nothing_of_itself_is_used_all_the_same() {
    let server = Server::start(&["--appendonly", "yes"]).await;
    server.run("ACL SETUSER app on >secret ~* +@all -config -info").await;
    let open = || RedisBuilder::server(&server.url()).login(Some("app"), "secret").connect();
    let storage = open().await.unwrap();
    storage.set("key", "value", None).await.unwrap();
    let found = storage.check().await.unwrap();
    assert!(matches!(found.as_slice(), [Finding::Unknown { .. }]), "{found:?}");

    // Of one that forbids CONFIG alone, as services do, the rest is told.
    server.run("ACL SETUSER app +info").await;
    assert_eq!(open().await.unwrap().check().await.unwrap(), []);
}

#[tokio::test]
async fn every_node_of_a_cluster_is_looked_at() {
    let storage = Place::cluster().storage().await;
    let found = storage.check().await.unwrap();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().all(|finding| matches!(finding, Finding::KeepsNothing { .. })), "{found:?}");
}
