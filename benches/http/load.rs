//! The closed loop: connections that each send their next request when the last is answered.

use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hallpass_benches::connection::Connection;
use hallpass_benches::measured::Latencies;
use hallpass_benches::stopwatch::now;
use tokio::task::LocalSet;

/// Clients that do the same.
pub(crate) struct Group {
    pub(crate) connections: usize,
    /// The next request of a connection, which is given by its number.
    pub(crate) request: Rc<dyn Fn(usize) -> Rc<[u8]>>,
    /// What a good answer's body holds.
    pub(crate) expected: &'static [u8],
}

/// What the clients of a [`Group`] have seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Of good answers alone.
    pub(crate) latencies: Latencies,
    pub(crate) errors: u64,
    /// The first thing that went wrong.
    pub(crate) first_error: Option<String>,
    /// From the beginning to the last answer.
    pub(crate) took: Duration,
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("connections", &self.connections).finish_non_exhaustive()
    }
}

impl Seen {
    /// Good answers a second.
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.count() as f64 / self.took.as_secs_f64()
    }

    fn fail(&mut self, error: impl FnOnce() -> String) {
        self.errors += 1;
        self.first_error.get_or_insert_with(error);
    }

    fn add(&mut self, other: Self) {
        self.latencies.add(other.latencies);
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
        self.took = self.took.max(other.took);
    }
}

/// Runs all groups at once against the server on `port`. No request begins after `duration`; those that have
/// begun are waited for, and counted.
pub(crate) async fn run<const N: usize>(port: u16, groups: [&Group; N], duration: Duration) -> [Seen; N] {
    let start = now();
    let local = LocalSet::new();
    let tasks = groups.map(|group| {
        let clients = (0..group.connections).map(|number| {
            let request = Rc::clone(&group.request);
            local.spawn_local(client(port, number, request, group.expected, start, duration))
        });
        clients.collect::<Vec<_>>()
    });
    local.await;
    let mut seen = [const { None }; N];
    for (tasks, slot) in tasks.into_iter().zip(&mut seen) {
        let mut all = Seen::default();
        for task in tasks {
            match task.await {
                Ok(one) => all.add(one),
                Err(error) => all.fail(|| error.to_string()),
            }
        }
        *slot = Some(all);
    }
    seen.map(Option::unwrap_or_default)
}

async fn client(
    port: u16,
    number: usize,
    request: Rc<dyn Fn(usize) -> Rc<[u8]>>,
    expected: &'static [u8],
    start: Instant,
    duration: Duration,
) -> Seen {
    let mut seen = Seen::default();
    let mut connection = None;
    let mut sent = now();
    while sent - start < duration {
        let open = match connection.take() {
            Some(open) => Ok(open),
            None => Connection::open(port).await,
        };
        let mut open = match open {
            Ok(open) => open,
            Err(error) => {
                seen.fail(|| error.to_string());
                break;
            }
        };
        let request = request(number);
        sent = now();
        let outcome = open.send(&request).await;
        let answered = now();
        match outcome {
            Ok(answer) if answer.status == 200 && contains(answer.body, expected) => {
                seen.latencies.push(answered - sent);
                connection = Some(open);
            }
            Ok(answer) => {
                seen.fail(|| format!("{} {}", answer.status, String::from_utf8_lossy(answer.body)));
                connection = Some(open);
            }
            Err(error) => seen.fail(|| error.to_string()),
        }
        sent = answered;
        seen.took = answered - start;
    }
    seen
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
