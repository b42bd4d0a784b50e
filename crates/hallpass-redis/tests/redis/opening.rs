//! What is refused when a storage is opened, and how it says so.

use std::time::Duration;

use hallpass::storage::{AtomicStorage as _, SecondaryStorage as _};
use hallpass_redis::{ConnectError, RedisBuilder, RedisStorage};

use crate::common::{Place, Server, free_port};

#[tokio::test]
async fn nobody_there_is_said_at_once_or_in_time() {
    let folder = tempfile::TempDir::new().unwrap();
    let nobody = format!("redis+unix://{}", folder.path().join("socket").display());
    let refused = RedisStorage::connect(&nobody).await.unwrap_err();
    assert!(matches!(refused, ConnectError::Unreachable(_)), "{refused:?}");

    // One who takes connections and says nothing.
    let silent = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("redis://127.0.0.1:{}", silent.local_addr().unwrap().port());
    let short = Duration::from_millis(100);
    let patient = || RedisBuilder::server(&url).connect_timeout(short).answer_timeout(short);
    assert!(matches!(patient().connect().await, Err(ConnectError::Unreachable(_))));
    let cluster = RedisBuilder::cluster([&url]).connect_timeout(short).answer_timeout(short);
    assert!(matches!(cluster.connect().await, Err(ConnectError::Unreachable(_))));
}

#[tokio::test]
async fn a_wrong_or_missing_password_is_named_and_shown_nowhere() {
    let server = Server::start(&["--requirepass", "hunter2"]).await;
    let url = server.url();
    for refused in [
        RedisStorage::connect(&url).await,
        RedisBuilder::server(&format!("{url}?pass=hunter3")).connect().await,
        RedisBuilder::server(&url).login(Some("ada"), "hunter2").connect().await,
    ] {
        let refused = refused.unwrap_err();
        assert!(matches!(refused, ConnectError::LoginRefused), "{refused:?}");
        assert!(!format!("{refused} {refused:?}").contains("hunter"));
    }
    for taken in [
        RedisBuilder::server(&format!("{url}?pass=hunter2")).connect().await,
        RedisBuilder::server(&url).login(None, "hunter2").connect().await,
    ] {
        let storage = taken.unwrap();
        assert!(!format!("{storage:?}").contains("hunter"));
        assert_eq!(storage.take("key").await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_replica_is_refused() {
    let server = Server::start(&["--replicaof", "127.0.0.1 1"]).await;
    let refused = RedisStorage::connect(&server.url()).await.unwrap_err();
    assert!(matches!(refused, ConnectError::Replica), "{refused:?}");
}

#[tokio::test]
async fn a_cluster_and_a_single_server_are_not_taken_for_each_other() {
    let [single, cluster] = ["HALLPASS_TEST_REDIS", "HALLPASS_TEST_REDIS_CLUSTER"]
        .map(|variable| std::env::var(variable).unwrap().split(',').next().unwrap().to_owned());
    let refused = RedisBuilder::server(&cluster).connect().await.unwrap_err();
    assert!(matches!(refused, ConnectError::IsCluster), "{refused:?}");
    // A cluster has no socket in the file system.
    assert!(matches!(RedisBuilder::cluster([&single]).connect().await, Err(ConnectError::InvalidUrl)));
    let server = Server::start_at(free_port(), &[]).await;
    let refused = RedisBuilder::cluster([server.tcp_url()]).connect().await.unwrap_err();
    assert!(matches!(refused, ConnectError::IsNoCluster), "{refused:?}");
}

#[tokio::test]
async fn a_prefix_and_a_database_keep_apps_apart() {
    let server = Server::start(&[]).await;
    let open = |prefix: &str, database| {
        RedisBuilder::server(&server.url()).prefix(prefix).database(database).connect()
    };
    let shop = open("shop:", 0).await.unwrap();
    let blog = open("blog:", 0).await.unwrap();
    let other = open("shop:", 1).await.unwrap();
    assert!(shop.set_if_absent("key", "shop", None).await.unwrap());
    assert!(blog.set_if_absent("key", "blog", None).await.unwrap());
    assert!(other.set_if_absent("key", "other", None).await.unwrap());
    assert_eq!(blog.take("key").await.unwrap().as_deref(), Some("blog"));
    assert_eq!(shop.take("key").await.unwrap().as_deref(), Some("shop"));
    assert_eq!(other.take("key").await.unwrap().as_deref(), Some("other"));
    for place in Place::each() {
        let storage = place.storage().await;
        storage.set_if_absent("key", "value", None).await.unwrap();
        let keys: Vec<_> = place.keys().await.into_iter().map(|(_, key)| key).collect();
        assert_eq!(keys, [format!("{}key", place.prefix)]);
    }
}

#[tokio::test]
async fn a_user_who_may_run_the_commands_that_the_book_names_is_enough() {
    let server = Server::start(&["--appendonly", "yes"]).await;
    let named = "+get +set +del +getdel +eval +evalsha +pttl +incr +ping +info";
    server.run(&format!("ACL SETUSER app on >secret ~app:* {named}")).await;
    let builder = RedisBuilder::server(&server.url()).login(Some("app"), "secret").prefix("app:");
    let storage = builder.connect().await.unwrap();
    storage.set("key", "value", None).await.unwrap();
    assert!(storage.get("key").await.unwrap().is_some());
    assert!(storage.compare_and_set("key", "value", "newer", None).await.unwrap());
    assert!(storage.compare_and_delete("key", "newer").await.unwrap());
    for expected in 1..=2 {
        assert_eq!(storage.increment("key", Duration::from_secs(60)).await.unwrap().value, expected);
    }
    assert!(storage.take("key").await.unwrap().is_some());
    storage.delete("key").await.unwrap();
    // Another's keys are not its own.
    let other = RedisBuilder::server(&server.url()).login(Some("app"), "secret").connect().await.unwrap();
    let refused = other.get("key").await.unwrap_err();
    assert!(format!("{refused:?}").contains("NOPERM"), "{refused:?}");
}
