//! A server that is killed under load: what it acknowledged is kept, and nothing is granted twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hallpass::storage::{AtomicStorage as _, SecondaryStorage as _};
use hallpass::store::StoreErrorKind;
use hallpass_redis::RedisStorage;
use hallpass_testing::{DefectiveStorage, StorageDefect};

use crate::common::{Server, until};

const TOKENS: usize = 3_000;
const WORKERS: usize = 8;

type Storage = Arc<DefectiveStorage<RedisStorage>>;

/// What a worker was told.
#[derive(Default)]
struct Journal {
    taken: Vec<usize>,
    made: Vec<usize>,
    unsure: Vec<usize>,
    wrong: Vec<String>,
}

async fn work(storage: Storage, worker: usize, done: Arc<AtomicUsize>) -> Journal {
    let mut journal = Journal::default();
    for number in (worker..TOKENS).step_by(WORKERS) {
        match storage.take(&format!("token-{number}")).await {
            Ok(Some(_)) => journal.taken.push(number),
            // Nobody else wants it.
            Ok(None) => journal.wrong.push(format!("token {number} is lost")),
            Err(error) => {
                assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
                journal.unsure.push(number);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        match storage.set_if_absent(&format!("made-{number}"), "value", None).await {
            Ok(true) => journal.made.push(number),
            Ok(false) => journal.wrong.push(format!("{number} was there before it was made")),
            Err(error) => assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}"),
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    journal
}

/// What is wrong when a server was killed twice under load, over a storage with a defect if any.
async fn wrong(defect: Option<StorageDefect>) -> Vec<String> {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]).await;
    let direct = RedisStorage::connect(&server.url()).await.unwrap();
    for number in 0..TOKENS {
        direct.set(&format!("token-{number}"), "value", None).await.unwrap();
    }
    let storage = Arc::new(DefectiveStorage::new(direct.clone(), defect));
    let done = Arc::new(AtomicUsize::new(0));
    let workers: Vec<_> =
        (0..WORKERS).map(|worker| tokio::spawn(work(storage.clone(), worker, done.clone()))).collect();
    for killed_after in [TOKENS / 6, TOKENS / 2] {
        until(async || done.load(Ordering::Relaxed) >= killed_after).await;
        server.restart().await;
    }
    let mut whole = Journal::default();
    for worker in workers {
        let journal = worker.await.unwrap();
        whole.taken.extend(journal.taken);
        whole.made.extend(journal.made);
        whole.unsure.extend(journal.unsure);
        whole.wrong.extend(journal.wrong);
    }
    assert!(!whole.unsure.is_empty(), "it was killed when nobody was at work");
    assert!(whole.taken.len() > TOKENS / 2, "{} taken", whole.taken.len());

    server.restart().await;
    until(async || direct.get("token-0").await.is_ok()).await;
    let mut wrong = whole.wrong;
    for number in whole.taken {
        if storage.take(&format!("token-{number}")).await.unwrap().is_some() {
            wrong.push(format!("token {number} was used and works again"));
        }
    }
    for number in whole.made {
        if storage.get(&format!("made-{number}")).await.unwrap().is_none() {
            wrong.push(format!("{number} was acknowledged and is lost"));
        }
    }
    for number in whole.unsure {
        storage.take(&format!("token-{number}")).await.unwrap();
        if storage.take(&format!("token-{number}")).await.unwrap().is_some() {
            wrong.push(format!("token {number} works twice"));
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_under_load_keeps_what_it_acknowledged_and_grants_nothing_twice() {
    let wrong = wrong(None).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_storage_that_loses_or_gives_back_is_found() {
    for defect in [StorageDefect::LosesWrites, StorageDefect::KeepsWhatIsTaken] {
        assert!(!wrong(Some(defect)).await.is_empty(), "{defect} was not found");
    }
}
