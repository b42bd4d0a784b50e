//! Many futures that start at once.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::future::join_all;
use hallpass::tasks::BackgroundTasks;
use tokio::sync::{Barrier, oneshot};

/// One of those that race.
pub(crate) type Racer<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The racers are dealt to so many tasks: those of one task take turns at every `.await`, those of
/// different tasks run in parallel, and a broken store shows under the one or the other.
const LANES: usize = 16;

/// Lets all `racers` go at once and gives what they came to, in the order of the racers. They run as
/// `tasks`; where there are none, as one joined future.
///
/// # Panics
/// When a racer does.
pub(crate) async fn race<T: Send + 'static>(
    tasks: Option<&dyn BackgroundTasks>,
    racers: Vec<Racer<T>>,
) -> Vec<T> {
    let start = Arc::new(Barrier::new(racers.len()));
    let started = racers.into_iter().map(|racer| {
        let start = start.clone();
        async move {
            start.wait().await;
            racer.await
        }
    });
    let Some(tasks) = tasks else { return join_all(started).await };

    let mut lanes: Vec<Vec<_>> = (0..LANES).map(|_| Vec::new()).collect();
    let mut finishes = Vec::new();
    for (index, racer) in started.enumerate() {
        let (done, finish) = oneshot::channel();
        finishes.push(finish);
        if let Some(lane) = lanes.get_mut(index % LANES) {
            // The receiver is gone only when the race was given up; nobody asks then.
            lane.push(async move { drop(done.send(racer.await)) });
        }
    }
    for lane in lanes {
        tasks.spawn(Box::pin(async move { drop(join_all(lane).await) }));
    }
    let ended = join_all(finishes).await.into_iter();
    ended.map(|end| end.unwrap_or_else(|_| unreachable!("a racer panicked"))).collect()
}
