//! A thousand who want the same value, also from eight processes, and whether these races find storages that are broken.

use hallpass_redis::RedisStorage;
use hallpass_testing::processes::SharedStorage;

use crate::common::Place;

struct OnServer(Place);

impl SharedStorage for OnServer {
    type Storage = RedisStorage;

    async fn create() -> Self {
        Self(Place::single())
    }

    fn address(&self) -> String {
        self.0.address()
    }

    async fn open(address: &str) -> RedisStorage {
        Place::at(address).storage().await
    }
}

struct OnCluster(Place);

impl SharedStorage for OnCluster {
    type Storage = RedisStorage;

    async fn create() -> Self {
        Self(Place::cluster())
    }

    fn address(&self) -> String {
        self.0.address()
    }

    async fn open(address: &str) -> RedisStorage {
        Place::at(address).storage().await
    }
}

mod on_a_server {
    use super::*;

    hallpass_testing::storage_process_tests!(OnServer);
}

mod on_a_cluster {
    use super::*;

    hallpass_testing::storage_process_tests!(OnCluster);
}
