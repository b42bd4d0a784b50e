//! Processes that are killed at work, and servers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{join, join_all};
use hallpass::random::SecureRandom as _;
use hallpass::store::Store;

use super::child::{Role, say};
use super::journal::Journal;
use super::life::live as live_one;
use super::site::Site;
use super::{SharedDatabase, runtime};
use crate::race::let_others_run;
use crate::{DefectiveStore, SeededRandom, StoreDefect};

/// What a crash finds.
pub(super) const FINDS: [StoreDefect; 3] =
    [StoreDefect::CreatesInTwoSteps, StoreDefect::LosesWrites, StoreDefect::KeepsSessions];

/// How many users do things at once.
const WORKERS: usize = 6;

/// A number from `from` on and below `to` that follows from the seed.
fn number(seed: u64, from: usize, to: usize) -> usize {
    let mut bytes = [0; 4];
    SeededRandom::new(seed).fill(&mut bytes);
    from + usize::try_from(u32::from_le_bytes(bytes)).unwrap_or(0) % (to - from)
}

/// Starts `test` again and kills it, so many times, over one database, and gives what is wrong then; it stops at the
/// first time that anything is. When it is killed follows from the seed, by what it has told.
pub(super) fn kill<D: SharedDatabase>(test: &str, times: u64, defect: Option<StoreDefect>) -> Vec<String> {
    let runtime = runtime();
    let database = runtime.block_on(D::create());
    let mut unsure = 0;
    for seed in 0..times {
        let role = Role {
            address: database.address(),
            defect: defect.map(|defect| defect.to_string()),
            name: format!("u{seed}"),
        };
        let mut process = role.start(test);
        let killed_after = number(seed, 1, 120);
        let mut journal = Journal::default();
        let mut is_killed = false;
        while let Some(line) = process.hear() {
            journal.note(&line);
            if !is_killed && journal.done >= killed_after {
                process.kill();
                is_killed = true;
            }
        }
        drop(process);
        let mut failures = std::mem::take(&mut journal.errors);
        if !is_killed {
            failures.push(format!("it ended by itself after {} steps", journal.done));
        }
        unsure += journal.unsure();
        failures.extend(runtime.block_on(look_over(&database, &journal)));
        if !failures.is_empty() {
            return failures;
        }
    }
    if unsure == 0 { vec!["it was killed when nobody was at work".to_owned()] } else { Vec::new() }
}

/// Opens the database again, and gives what is wrong with it.
async fn look_over<D: SharedDatabase>(database: &D, journal: &Journal) -> Vec<String> {
    let orphans = database.orphans().await;
    let site = Site::over(Arc::new(D::open(&database.address()).await));
    let mut failures = journal.check(&site).await;
    if orphans > 0 {
        failures.push(format!("{orphans} rows are half of something"));
    }
    failures
}

/// What the process does that is killed: it lives one life after the other.
pub(super) fn live<D: SharedDatabase>(role: &Role) {
    runtime().block_on(async {
        let store =
            Arc::new(DefectiveStore::new(D::open(&role.address).await, role.defect_of(&StoreDefect::ALL)));
        live_for_ever(store, &role.name, |line: String| say(&line), || false).await;
    });
}

/// Users live one life after the other, several at once, until it `is_over`.
async fn live_for_ever(
    store: Arc<dyn Store>,
    name: &str,
    tell: impl Fn(String) + Sync,
    is_over: impl Fn() -> bool + Sync,
) {
    let (tell, is_over) = (&tell, &is_over);
    let workers = (0..WORKERS).map(|worker| {
        let store = Arc::clone(&store);
        async move {
            let site = Site::over(store);
            for life in 0_u32.. {
                if is_over() {
                    return;
                }
                live_one(&site, &format!("{name}-{worker}-{life}"), life.is_multiple_of(2), tell).await;
            }
        }
    });
    join_all(workers).await;
}

/// Lets users live over the store that `open` opens, while `restart` kills the server that it is on and starts it again,
/// so many times, and gives what is then not as it was acknowledged. What was under way when the server ended may have
/// been done or not.
///
/// # Panics
/// `open` and `restart` do.
pub async fn survive<S: Store>(
    open: impl AsyncFn() -> S,
    mut restart: impl AsyncFnMut(),
    times: usize,
    defect: Option<StoreDefect>,
) -> Vec<String> {
    let journal = Mutex::new(Journal::default());
    let noted = || -> MutexGuard<'_, Journal> { journal.lock().unwrap_or_else(PoisonError::into_inner) };
    let is_over = AtomicBool::new(false);
    let store = Arc::new(DefectiveStore::new(open().await, defect));
    let lives =
        live_for_ever(store, "u", |line: String| noted().note(&line), || is_over.load(Ordering::Relaxed));
    let kills = async {
        for turn in 0..=times {
            let goal = noted().done + number(turn as u64, 20, 200);
            while noted().done < goal {
                let_others_run().await;
            }
            if turn < times {
                restart().await;
            }
        }
        is_over.store(true, Ordering::Relaxed);
    };
    join(lives, kills).await;
    let journal = journal.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut failures = journal.check(&Site::over(Arc::new(open().await))).await;
    if journal.errors.is_empty() {
        failures.push("the server was killed when nobody was at work".to_owned());
    }
    failures
}
