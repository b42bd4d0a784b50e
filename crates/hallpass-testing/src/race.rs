//! Many futures that start at once.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use futures_util::future::join_all;
use hallpass::tasks::BackgroundTasks;
use tokio::sync::{Barrier, oneshot};

/// One of those that race.
pub(crate) type Racer<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How many want the one thing in a race for one thing.
pub(crate) const CROWD: usize = 200;

/// How often a race for one thing is run.
pub(crate) const TURNS: usize = 10;

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
            // The last one to arrive was not woken and would be far ahead.
            let_others_run().await;
            racer.await
        }
    });
    let Some(tasks) = tasks else { return join_all(started).await };

    let mut lanes: Vec<Vec<_>> = (0..LANES).map(|_| Vec::new()).collect();
    let mut finishes = Vec::new();
    for (index, racer) in started.enumerate() {
        let (done, finish) = oneshot::channel();
        finishes.push(finish);
        // Aslant, so that neither the even nor the odd ones keep to themselves.
        if let Some(lane) = lanes.get_mut((index + index / LANES) % LANES) {
            // The receiver is gone only when the race was given up; nobody asks then.
            lane.push(async move { drop(done.send(racer.await)) });
        }
    }
    for lane in lanes {
        tasks.spawn(Box::pin(async move { drop(join_all(lane).await) }));
    }
    let ended = join_all(finishes).await.into_iter();
    ended.map(|end| end.unwrap_or_else(|_| panic!("a racer panicked, as shown above"))).collect()
}

/// Pending once. Works on every runtime.
pub(crate) async fn let_others_run() {
    let mut pending = true;
    poll_fn(|context| {
        if std::mem::take(&mut pending) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// Long enough for others to come between two steps.
pub(crate) async fn lull() {
    for _ in 0..20 {
        let_others_run().await;
    }
}
