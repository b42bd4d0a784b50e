//! Many who want one thing at once, in one process or in several.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::join_all;
use tokio::sync::Barrier;

use super::child::{Process, Role, say};

/// What came of many who wanted one thing.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Of the numbers that they were told; where one gets it and the others do not, how many did.
    pub(super) sum: u64,
    pub(super) errors: Vec<String>,
}

/// Lets `consumers` want it all at once, as tasks, dealt to `handles`.
pub(super) async fn consume<S: Send + Sync + 'static, F>(
    handles: &[Arc<S>],
    consumers: usize,
    want: impl Fn(Arc<S>, usize) -> F,
) -> Outcome
where
    F: Future<Output = Result<u64, String>> + Send + 'static,
{
    let start = Arc::new(Barrier::new(consumers));
    let sum = Arc::new(AtomicU64::new(0));
    let consumers = handles.iter().cycle().take(consumers).enumerate().map(|(number, handle)| {
        let (start, sum) = (Arc::clone(&start), Arc::clone(&sum));
        let wanted = want(Arc::clone(handle), number);
        tokio::spawn(async move {
            start.wait().await;
            wanted.await.map(|told| sum.fetch_add(told, Ordering::Relaxed)).err()
        })
    });
    let errors = join_all(consumers).await.into_iter().filter_map(|ended| ended.unwrap());
    let mut errors: Vec<_> = errors.collect();
    errors.sort();
    errors.dedup();
    Outcome { sum: sum.load(Ordering::Relaxed), errors }
}

/// Processes that want what they are told of.
pub(super) struct Crowd(Vec<Process>);

impl Crowd {
    /// Starts `test` again as so many processes, to which the consumers are dealt, and waits until all are there.
    pub(super) fn start(
        test: &str,
        address: &str,
        defect: Option<&str>,
        processes: usize,
        consumers: usize,
    ) -> Self {
        let role = || Role {
            address: address.to_owned(),
            defect: defect.map(str::to_owned),
            name: (consumers / processes).to_string(),
        };
        let mut running: Vec<_> = (0..processes).map(|_| role().start(test)).collect();
        for process in &mut running {
            assert_eq!(process.hear().as_deref(), Some("ready"));
        }
        Self(running)
    }

    /// Tells all of them of a thing, and gives what came of it.
    pub(super) fn consume(&mut self, line: &str) -> Outcome {
        for process in &mut self.0 {
            process.tell(line);
        }
        let mut outcome = Outcome::default();
        for process in &mut self.0 {
            let told = process.hear().unwrap();
            let (sum, errors) = told.split_once(' ').unwrap();
            outcome.sum += sum.parse::<u64>().unwrap();
            outcome.errors.extend((!errors.is_empty()).then(|| errors.to_owned()));
        }
        outcome
    }
}

/// What each of them does: `consume` with every line that it is told, by its share of the consumers.
pub(super) fn consume_as_told(role: &Role, consume: impl Fn(&str, usize) -> Outcome) {
    let consumers = role.name.parse().unwrap();
    say("ready");
    for line in std::io::stdin().lines() {
        let Outcome { sum, errors } = consume(&line.unwrap(), consumers);
        say(&format!("{sum} {}", errors.join("; ").replace('\n', " ")));
    }
}
