//! A cluster whose slots move and whose nodes end, under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use hallpass::storage::{AtomicStorage as _, SecondaryStorage as _};
use hallpass::store::StoreErrorKind;
use hallpass_redis::redis::{FromRedisValue as _, Value};
use hallpass_redis::{RedisBuilder, RedisStorage};

use crate::common::{Server, free_port, until};

/// In the slots of the first node and of the second: `CLUSTER KEYSLOT` gives 5,061 and 12,182.
const KEYS: [&str; 2] = ["bar", "foo"];

const WINDOW: Duration = Duration::from_secs(3_600);

struct Node {
    server: Server,
    id: String,
}

impl Node {
    async fn start() -> Self {
        let server = Server::start_at(
            free_port(),
            &["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no", "--appendonly", "yes"],
        )
        .await;
        let id = text(server.run("CLUSTER MYID").await);
        Self { server, id }
    }

    async fn knows(&self, words: &str) {
        until(async || text(self.server.run("CLUSTER NODES").await).contains(words)).await;
    }
}

fn text(value: Value) -> String {
    String::from_redis_value(value).unwrap()
}

/// Two nodes with half of the slots each.
async fn cluster() -> [Node; 2] {
    let nodes = [Node::start().await, Node::start().await];
    for (node, slots) in nodes.iter().zip(["0 8191", "8192 16383"]) {
        node.server.run(&format!("CLUSTER ADDSLOTSRANGE {slots}")).await;
    }
    let [first, second] = &nodes;
    first.server.run(&format!("CLUSTER MEET 127.0.0.1 {}", second.server.port)).await;
    first.knows("8192-16383").await;
    second.knows("0-8191").await;
    for node in &nodes {
        until(async || text(node.server.run("CLUSTER INFO").await).contains("cluster_state:ok")).await;
    }
    nodes
}

async fn open(node: &Node) -> RedisStorage {
    let builder = RedisBuilder::cluster([node.server.tcp_url()]).answer_timeout(Duration::from_secs(20));
    builder.connect().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_slot_that_moves_under_load_and_back_loses_no_count_and_counts_none_twice() {
    let [first, second] = cluster().await;
    let storage = open(&first).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let counted = Arc::new(AtomicUsize::new(0));
    let counters: Vec<_> = (0..8)
        .map(|_| {
            let (storage, is_over, counted) = (storage.clone(), is_over.clone(), counted.clone());
            tokio::spawn(async move {
                let mut counts = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    counts.push(storage.increment("foo", WINDOW).await.unwrap().value);
                    counted.fetch_add(1, Ordering::Relaxed);
                }
                counts
            })
        })
        .collect();
    let more = async || {
        let now = counted.load(Ordering::Relaxed);
        until(async || counted.load(Ordering::Relaxed) > now + 100).await;
    };
    for (from, to) in [(&second, &first), (&first, &second)] {
        more().await;
        to.server.run(&format!("CLUSTER SETSLOT 12182 IMPORTING {}", from.id)).await;
        from.server.run(&format!("CLUSTER SETSLOT 12182 MIGRATING {}", to.id)).await;
        more().await;
        from.server.run(&format!("MIGRATE 127.0.0.1 {} foo 0 5000", to.server.port)).await;
        // The key is there, and its slot is not yet.
        more().await;
        for node in [to, from] {
            node.server.run(&format!("CLUSTER SETSLOT 12182 NODE {}", to.id)).await;
        }
        more().await;
    }
    is_over.store(true, Ordering::Relaxed);
    let mut counts = Vec::new();
    for counter in counters {
        counts.extend(counter.await.unwrap());
    }
    counts.sort_unstable();
    assert!(counts.iter().copied().eq(1..=counts.len() as u64), "not every number once");
}

#[tokio::test]
async fn a_node_that_ends_takes_its_own_keys_along_until_it_is_back() {
    let [first, mut second] = cluster().await;
    let storage = open(&first).await;
    for key in KEYS {
        storage.set(key, "value", None).await.unwrap();
    }
    second.server.kill();
    for _ in 0..20 {
        let error = storage.take("foo").await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
        assert!(storage.get("bar").await.unwrap().is_some());
    }
    second.server.restart().await;
    until(async || storage.get("foo").await.is_ok()).await;
    assert_eq!(storage.take("foo").await.unwrap().as_deref(), Some("value"));
}

#[tokio::test]
async fn the_replica_that_takes_over_is_found() {
    let [first, mut second] = cluster().await;
    let third = Node::start().await;
    third.server.run(&format!("CLUSTER MEET 127.0.0.1 {}", first.server.port)).await;
    third.knows(&second.id).await;
    third.server.run(&format!("CLUSTER REPLICATE {}", second.id)).await;
    let storage = open(&first).await;
    storage.set("foo", "value", None).await.unwrap();
    until(async || {
        let info = text(third.server.run("INFO").await);
        info.contains("master_link_status:up") && info.contains("db0:keys=1")
    })
    .await;
    first.knows(&third.id).await;

    second.server.kill();
    third.server.run("CLUSTER FAILOVER TAKEOVER").await;
    until(async || storage.get("foo").await.is_ok()).await;
    assert_eq!(storage.take("foo").await.unwrap().as_deref(), Some("value"));
    // The first node that was named may be the one that is gone.
    let named = [second.server.tcp_url(), third.server.tcp_url()];
    RedisBuilder::cluster(named).connect().await.unwrap().get("bar").await.unwrap();
}
