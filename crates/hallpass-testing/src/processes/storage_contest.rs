//! Values of which there is one, and many who want it.

use std::sync::Arc;

use hallpass::storage::AtomicStorage;
use hallpass::store::StoreError;

use super::child::Role;
use super::crowd::{self, Crowd, Outcome};
use super::{LIFETIME, SharedStorage, runtime};
use crate::{DefectiveStorage, StorageDefect};

/// What a contest finds.
pub(super) const FINDS: [StorageDefect; 6] = [
    StorageDefect::TakesInTwoSteps,
    StorageDefect::CountsInTwoSteps,
    StorageDefect::SetsInTwoSteps,
    StorageDefect::ReplacesInTwoSteps,
    StorageDefect::DeletesInTwoSteps,
    StorageDefect::KeepsWhatIsTaken,
];

/// How many handles consumers in one process are dealt to.
const HANDLES: usize = 4;
/// How often there is a contest for each thing.
const ROUNDS: usize = 3;

/// What one of many gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prize {
    Value,
    /// Everybody has a number of his own.
    Number,
    Place,
    Replacement,
    Deletion,
    /// Half of them replace, half of them delete.
    Either,
}

impl Prize {
    const ALL: [Self; 6] =
        [Self::Value, Self::Number, Self::Place, Self::Replacement, Self::Deletion, Self::Either];

    async fn put_up(self, storage: &impl AtomicStorage, key: &str) {
        if !matches!(self, Self::Number | Self::Place) {
            storage.set(key, "value", Some(LIFETIME)).await.unwrap();
        }
    }

    /// What this consumer is told: 1 where he gets it, or his number.
    async fn told(self, storage: &impl AtomicStorage, key: &str, number: usize) -> Result<u64, StoreError> {
        let own = format!("of {number}");
        let replaces = self == Self::Replacement || number.is_multiple_of(2);
        Ok(match self {
            Self::Value => u64::from(storage.take(key).await?.is_some()),
            Self::Number => storage.increment(key, LIFETIME).await?.value,
            Self::Place => u64::from(storage.set_if_absent(key, &own, Some(LIFETIME)).await?),
            Self::Replacement | Self::Either if replaces => {
                u64::from(storage.compare_and_set(key, "value", &own, Some(LIFETIME)).await?)
            }
            Self::Replacement | Self::Either | Self::Deletion => {
                u64::from(storage.compare_and_delete(key, "value").await?)
            }
        })
    }

    /// What all of them are told together.
    fn expected(self, consumers: usize) -> u64 {
        let consumers = consumers as u64;
        if self == Self::Number { consumers * (consumers + 1) / 2 } else { 1 }
    }

    /// What is wrong afterwards.
    async fn aftermath(self, storage: &impl AtomicStorage, key: &str, consumers: usize) -> Option<String> {
        let left = storage.get(key).await.unwrap();
        let is_right = match self {
            Self::Value | Self::Deletion => left.is_none(),
            Self::Number => left == Some(consumers.to_string()),
            Self::Place | Self::Replacement => left.as_ref().is_some_and(|left| left.starts_with("of ")),
            Self::Either => left.as_ref().is_none_or(|left| left.starts_with("of ")),
        };
        (!is_right).then(|| format!("{self:?} left {left:?}"))
    }
}

type Storage<S> = DefectiveStorage<<S as SharedStorage>::Storage>;

/// The handles of one process.
async fn handles<S: SharedStorage>(address: &str, defect: Option<StorageDefect>) -> Vec<Arc<Storage<S>>> {
    let mut handles = Vec::new();
    for _ in 0..HANDLES {
        handles.push(Arc::new(DefectiveStorage::new(S::open(address).await, defect)));
    }
    handles
}

async fn consume<S: SharedStorage>(
    handles: &[Arc<Storage<S>>],
    prize: Prize,
    key: &str,
    consumers: usize,
) -> Outcome {
    let key: Arc<str> = key.into();
    crowd::consume(handles, consumers, |storage, number| {
        let key = Arc::clone(&key);
        async move { prize.told(&*storage, &key, number).await.map_err(|error| format!("{error:?}")) }
    })
    .await
}

/// Each thing in turn, by the key under which it is.
fn contests() -> impl Iterator<Item = (Prize, String)> {
    (0..ROUNDS).flat_map(|round| Prize::ALL.map(|prize| (prize, format!("{prize:?}-{round}"))))
}

fn failure(prize: Prize, consumers: usize, Outcome { sum, errors }: Outcome) -> Option<String> {
    let expected = prize.expected(consumers);
    let is_right = sum == expected && errors.is_empty();
    (!is_right).then(|| format!("{prize:?} was told {sum} times, not {expected}, and denied by {errors:?}"))
}

/// What goes wrong when so many consumers of this process want each thing.
pub(super) async fn in_one_process<S: SharedStorage>(
    consumers: usize,
    defect: Option<StorageDefect>,
) -> Vec<String> {
    let place = S::create().await;
    let handles = handles::<S>(&place.address(), defect).await;
    let storage = S::open(&place.address()).await;
    let mut failures = Vec::new();
    for (prize, key) in contests() {
        prize.put_up(&storage, &key).await;
        let outcome = consume::<S>(&handles, prize, &key, consumers).await;
        failures.extend(failure(prize, consumers, outcome));
        failures.extend(prize.aftermath(&storage, &key, consumers).await);
    }
    failures
}

/// The same, with the consumers dealt to so many processes.
pub(super) fn in_processes<S: SharedStorage>(
    test: &str,
    processes: usize,
    consumers: usize,
    defect: Option<StorageDefect>,
) -> Vec<String> {
    let runtime = runtime();
    let place = runtime.block_on(S::create());
    let defect = defect.map(|defect| defect.to_string());
    let mut crowd = Crowd::start(test, &place.address(), defect.as_deref(), processes, consumers);
    let storage = runtime.block_on(S::open(&place.address()));
    let mut failures = Vec::new();
    for (prize, key) in contests() {
        runtime.block_on(prize.put_up(&storage, &key));
        failures.extend(failure(prize, consumers, crowd.consume(&format!("{prize:?} {key}"))));
        failures.extend(runtime.block_on(prize.aftermath(&storage, &key, consumers)));
    }
    failures
}

/// What another process does: it wants each thing that it is told of.
pub(super) fn consume_as_told<S: SharedStorage>(role: &Role) {
    let runtime = runtime();
    let handles = runtime.block_on(handles::<S>(&role.address, role.defect_of(&StorageDefect::ALL)));
    crowd::consume_as_told(role, |line, consumers| {
        let (name, key) = line.split_once(' ').unwrap();
        let prize = Prize::ALL.into_iter().find(|prize| format!("{prize:?}") == name).unwrap();
        runtime.block_on(consume::<S>(&handles, prize, key, consumers))
    });
}
