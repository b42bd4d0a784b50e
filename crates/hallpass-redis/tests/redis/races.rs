//! A thousand who want the same token, also from several processes. A test starts itself again as these.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use hallpass::clock::{SystemClock, Timestamp};
use hallpass::model::Verification;
use hallpass::storage::{AtomicStorage as _, SecondaryStorage as _};
use hallpass::store::VerificationStore as _;
use hallpass::{MemoryStore, SecondaryStore};
use hallpass_redis::{RedisBuilder, RedisStorage};
use tokio::sync::Barrier;

use crate::common::{Place, until};

const CONSUMERS: usize = 1_000;
const PROCESSES: usize = 8;
const TOKENS: usize = 10;

/// What a process is to work on: its URL or URLs, and the prefix. None in the test itself.
const PLACE: &str = "HALLPASS_TEST_PLACE";

fn store(storage: RedisStorage) -> SecondaryStore {
    SecondaryStore::new(MemoryStore::new(), storage, SystemClock::default())
}

fn now() -> Timestamp {
    use hallpass::clock::Clock as _;
    SystemClock::default().now()
}

async fn put(store: &SecondaryStore) {
    for number in 0..TOKENS {
        let verification = Verification {
            id: format!("{number}").as_str().into(),
            identifier: format!("reset-password:{number}"),
            value: "user".to_owned(),
            expires_at: now().plus(Duration::from_secs(3_600)),
            created_at: now(),
            updated_at: now(),
        };
        store.put_verification(&verification).await.unwrap();
    }
}

/// How many of `consumers` at once get each token.
async fn consume(stores: &[Arc<SecondaryStore>], consumers: usize) -> [usize; TOKENS] {
    let mut taken = [0; TOKENS];
    for (number, taken) in taken.iter_mut().enumerate() {
        let start = Arc::new(Barrier::new(consumers));
        let consumers = stores.iter().cycle().take(consumers).cloned().map(|store| {
            let start = start.clone();
            tokio::spawn(async move {
                start.wait().await;
                store.take_verification(&format!("reset-password:{number}"), now()).await.unwrap().is_some()
            })
        });
        for consumer in consumers.collect::<Vec<_>>() {
            *taken += usize::from(consumer.await.unwrap());
        }
    }
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_who_want_a_token_one_gets_it() {
    for place in Place::each() {
        let mut stores = Vec::new();
        for _ in 0..4 {
            stores.push(Arc::new(store(place.storage().await)));
        }
        put(&stores[0]).await;
        assert_eq!(consume(&stores, CONSUMERS).await, [1; TOKENS]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_in_eight_processes_who_want_a_token_one_gets_it() {
    if let Some(place) = std::env::var_os(PLACE) {
        let place = place.into_string().unwrap();
        let (urls, prefix) = place.split_once(' ').unwrap();
        let builder = match urls.split(',').collect::<Vec<_>>().as_slice() {
            [url] => RedisBuilder::server(url),
            urls => RedisBuilder::cluster(urls.iter().copied()),
        };
        let storage = builder.prefix(prefix).answer_timeout(Duration::from_secs(20)).connect().await.unwrap();
        // All begin when the last is there.
        let ready = storage.increment("ready", Duration::from_secs(3_600)).await.unwrap().value;
        if ready == PROCESSES as u64 {
            storage.set("go", "", None).await.unwrap();
        }
        until(async || storage.get("go").await.unwrap().is_some()).await;
        let taken = consume(&[Arc::new(store(storage))], CONSUMERS / PROCESSES).await;
        println!("\ntaken {}", taken.map(|count| count.to_string()).join(" "));
        return;
    }
    let name = "races::of_a_thousand_in_eight_processes_who_want_a_token_one_gets_it";
    for place in Place::each() {
        put(&store(place.storage().await)).await;
        let start = |_| {
            Command::new(std::env::current_exe().unwrap())
                .args([name, "--exact", "--nocapture", "--test-threads=1"])
                .env(PLACE, format!("{} {}", place.urls(), place.prefix))
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        };
        let processes: Vec<_> = (0..PROCESSES).map(start).collect();
        let (mut taken, mut reports) = ([0; TOKENS], 0);
        for process in processes {
            let output = process.wait_with_output().unwrap();
            let told = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success(), "{told}");
            for counts in told.lines().filter_map(|line| line.strip_prefix("taken ")) {
                reports += 1;
                for (sum, count) in taken.iter_mut().zip(counts.split(' ')) {
                    *sum += count.parse::<usize>().unwrap();
                }
            }
        }
        assert_eq!((reports, taken), (PROCESSES, [1; TOKENS]));
    }
}
