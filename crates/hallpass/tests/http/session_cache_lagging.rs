//! Copies of sessions in a storage that shows what is two minutes old, remembers that there was nothing, and lets an older write
//! come after a newer, as Workers KV may: the bound holds all the same.

use std::sync::Arc;
use std::time::Duration;

use hallpass::MemoryStore;
use hallpass::random::SecureRandom as _;
use hallpass_testing::{LaggingStorage, MockClock, SeededRandom};
use http::Method;
use serde_json::{Value, json};

use crate::app::{App, Call, PASSWORD};

const LAG: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// Two places over one database, each with its own view of the storage.
struct Site {
    here: App,
    there: App,
    storage: Arc<LaggingStorage>,
    clock: Arc<MockClock>,
}

impl Site {
    fn new(max_stale: Duration) -> Self {
        let (clock, memory) = (Arc::new(MockClock::new()), MemoryStore::new());
        let storage = Arc::new(LaggingStorage::new(Arc::clone(&clock), LAG));
        let place = |storage: LaggingStorage| {
            let mut app = App::over(Arc::new(memory.clone()), memory.clone(), |builder| {
                builder.clock(Arc::clone(&clock)).session_cache(storage, max_stale)
            });
            app.clock = Arc::clone(&clock);
            app
        };
        let (here, there) = (place(storage.elsewhere()), place(storage.elsewhere()));
        Self { here, there, storage, clock }
    }
}

async fn sees(app: &App, cookie: &str) -> bool {
    let answer = Call::new(Method::GET, "/get-session").cookie(cookie).send(app).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json() != Value::Null
}

async fn sign_out(app: &App, cookie: &str) {
    assert_eq!(app.post_as("/sign-out", cookie, json!({})).await.status, 200);
}

#[tokio::test]
async fn a_sign_out_is_seen_at_once_where_it_was_made_and_elsewhere_within_the_bound() {
    for max_stale in [LAG / 2, LAG, 4 * LAG] {
        let site = Site::new(max_stale);
        let cookie = site.here.sign_up().await.cookie();
        // Each place has looked, so that each has what it remembers.
        assert!(sees(&site.there, &cookie).await && sees(&site.here, &cookie).await);
        site.clock.advance(SECOND);
        sign_out(&site.here, &cookie).await;
        assert!(!sees(&site.here, &cookie).await);
        let mut was_seen = false;
        for elapsed in 0..600 {
            let seen = sees(&site.there, &cookie).await;
            assert!(!seen || SECOND * elapsed < max_stale, "after {elapsed} s of {max_stale:?}");
            was_seen |= seen;
            site.clock.advance(SECOND);
        }
        assert!(was_seen, "the storage did not lag");
    }
}

#[tokio::test]
async fn on_no_walk_is_anybody_seen_for_longer_than_the_bound() {
    for seed in 0..200 {
        let random = SeededRandom::new(seed);
        let dice = |sides: u8| {
            let mut byte = [0];
            random.fill(&mut byte);
            byte[0] % sides
        };
        let max_stale = SECOND * (u32::from(dice(120)) + 1);
        let site = Site::new(max_stale);
        let mut cookie = site.here.sign_up().await.cookie();
        // How long ago each session ended.
        let mut ended: Vec<(String, Duration)> = Vec::new();
        for _ in 0..60 {
            let app = if dice(2) == 0 { &site.here } else { &site.there };
            match dice(6) {
                0 => {
                    sign_out(app, &cookie).await;
                    assert!(!sees(app, &cookie).await, "{seed}: at once where it was made");
                    ended.push((cookie, Duration::ZERO));
                    cookie = app.sign_in(PASSWORD).await.cookie();
                }
                1 | 2 => assert!(sees(app, &cookie).await, "{seed}: who is signed in is"),
                3 | 4 => {
                    for (cookie, elapsed) in &ended {
                        assert!(!sees(app, cookie).await || *elapsed < max_stale, "{seed}: {elapsed:?}");
                    }
                }
                _ => {
                    let span = SECOND * u32::from(dice(45));
                    site.clock.advance(span);
                    ended.iter_mut().for_each(|(_, elapsed)| *elapsed += span);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_storage_that_takes_no_more_writes_stops_nothing_and_the_bound_holds() {
    let max_stale = LAG / 2;
    let site = Site::new(max_stale);
    site.storage.limit_writes();
    let cookie = site.here.sign_up().await.cookie();
    for _ in 0..10 {
        assert!(sees(&site.here, &cookie).await);
    }
    // The copy was made in this second, and is not taken away.
    sign_out(&site.here, &cookie).await;
    assert!(sees(&site.here, &cookie).await, "the stated weakness");
    assert_eq!(site.here.post_as("/update-user", &cookie, json!({"name": "B"})).await.status, 401);
    site.clock.advance(max_stale);
    assert!(!sees(&site.here, &cookie).await && !sees(&site.there, &cookie).await);
    let cookie = site.here.sign_in(PASSWORD).await.cookie();
    assert!(sees(&site.there, &cookie).await);
}
