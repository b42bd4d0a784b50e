//! A secondary storage in Redis, of which all can be seen and for which time passes when it is told to.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use hallpass::storage::AtomicStorage;
use hallpass_redis::redis::aio::MultiplexedConnection;
use hallpass_redis::redis::{Client, cmd};
use hallpass_redis::{RedisBuilder, RedisStorage};

use crate::failure::{Broken, Failure};

/// The keys of this process, on one server or on all masters of a cluster.
#[derive(Clone)]
pub(crate) struct InRedis {
    storage: RedisStorage,
    servers: Vec<MultiplexedConnection>,
    prefix: String,
}

/// A key without the prefix, its value, and how many milliseconds it has left.
pub(crate) type Entry = (String, String, Option<i64>);

impl InRedis {
    /// By a URL, or by those of all masters of a cluster with commas between. Processes with one `#name` behind it have
    /// the same keys.
    pub(crate) async fn connect(urls: &str) -> Result<Self, Failure> {
        let (urls, name) = urls.split_once('#').unwrap_or((urls, ""));
        #[expect(clippy::disallowed_methods, reason = "a name that no other process has taken")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
        let own = format!("{now}-{}", std::process::id());
        let prefix = format!("wire-{}:", if name.is_empty() { &own } else { name });
        let urls: Vec<&str> = urls.split(',').collect();
        let builder = match urls.as_slice() {
            [url] => RedisBuilder::server(url),
            urls => RedisBuilder::cluster(urls.iter().copied()),
        };
        let storage = builder.prefix(&prefix).connect().await?;
        let mut servers = Vec::new();
        for url in urls {
            servers.push(Client::open(url)?.get_multiplexed_async_connection().await?);
        }
        Ok(Self { storage, servers, prefix })
    }

    pub(crate) fn storage(&self) -> Arc<dyn AtomicStorage> {
        Arc::new(self.storage.clone())
    }

    /// Everything that is there, in the order of its keys.
    pub(crate) async fn entries(&self) -> Result<Vec<Entry>, Broken> {
        let mut entries = Vec::new();
        for (mut server, key) in self.keys().await? {
            let value: Option<String> = cmd("GET").arg(&key).query_async(&mut server).await?;
            let left: i64 = cmd("PTTL").arg(&key).query_async(&mut server).await?;
            let key = key.strip_prefix(&self.prefix).unwrap_or_default().to_owned();
            entries.extend(value.map(|value| (key, value, (left >= 0).then_some(left))));
        }
        entries.sort_unstable();
        Ok(entries)
    }

    /// Brings every end nearer by so much, or moves it away.
    pub(crate) async fn pass(&self, millis: i64) -> Result<(), Broken> {
        for (mut server, key) in self.keys().await? {
            let left: i64 = cmd("PTTL").arg(&key).query_async(&mut server).await?;
            if left >= 0 {
                // What is not in the future deletes the key.
                let mut change = cmd("PEXPIRE");
                let _: i64 = change.arg(&key).arg(left - millis).query_async(&mut server).await?;
            }
        }
        Ok(())
    }

    async fn keys(&self) -> Result<Vec<(MultiplexedConnection, String)>, Broken> {
        let mut keys = Vec::new();
        for server in &self.servers {
            let mut cursor = 0_u64;
            loop {
                let mut scan = cmd("SCAN");
                scan.arg(cursor).arg("MATCH").arg(format!("{}*", self.prefix)).arg("COUNT").arg(10_000);
                let found: (u64, Vec<String>) = scan.query_async(&mut server.clone()).await?;
                keys.extend(found.1.into_iter().map(|key| (server.clone(), key)));
                cursor = found.0;
                if cursor == 0 {
                    break;
                }
            }
        }
        Ok(keys)
    }
}
