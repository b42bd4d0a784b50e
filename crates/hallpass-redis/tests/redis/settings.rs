//! What is found in a server's settings.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use hallpass::storage::SecondaryStorage as _;
use hallpass_redis::{Finding, RedisBuilder, RedisStorage};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

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

/// Keeps the warnings of the crate.
#[derive(Default, Clone)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN && metadata.target().starts_with("hallpass_redis")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Warnings {
    fn record_debug(&mut self, _: &Field, value: &dyn Debug) {
        self.0.lock().unwrap().push(format!("{value:?}"));
    }
}

#[tokio::test]
async fn connecting_warns_of_each_setting_that_loses_sessions_with_its_remedy_and_of_none_that_is_mended() {
    let server = Server::start(&["--maxmemory-policy", "volatile-ttl"]).await;
    let warned = async || {
        let warnings = Warnings::default();
        let heard = tracing::subscriber::set_default(warnings.clone());
        RedisStorage::connect(&server.url()).await.unwrap();
        drop(heard);
        std::mem::take(&mut *warnings.0.lock().unwrap())
    };
    let has = |warning: &String, words: [&str; 2]| words.iter().all(|word| warning.contains(word));
    let both = warned().await;
    let [evicts, forgets] = both.as_slice() else { panic!("{both:?}") };
    assert!(has(evicts, ["volatile-ttl", "maxmemory-policy noeviction"]), "{evicts}");
    assert!(has(forgets, ["keeps nothing on disk", "appendonly yes"]), "{forgets}");

    server.run("CONFIG SET maxmemory-policy noeviction").await;
    server.run("CONFIG SET save 3600\t1").await;
    let one = warned().await;
    let [snapshots] = one.as_slice() else { panic!("{one:?}") };
    assert!(has(snapshots, ["snapshots only", "appendonly yes"]), "{snapshots}");
    server.run("CONFIG SET appendonly yes").await;
    assert!(warned().await.is_empty());
}
