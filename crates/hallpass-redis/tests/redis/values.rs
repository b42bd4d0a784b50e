//! What Redis itself has of what is kept in it.

use std::time::Duration;

use hallpass::storage::{AtomicStorage as _, SecondaryStorage as _};
use hallpass::store::StoreErrorKind;
use hallpass_redis::redis;

use crate::common::Place;

/// The milliseconds that the one key of the test has left.
async fn left(place: &Place) -> i64 {
    let keys = place.keys().await;
    let [(connection, key)] = keys.as_slice() else { panic!("{} keys", keys.len()) };
    redis::cmd("PTTL").arg(key).query_async(&mut connection.clone()).await.unwrap()
}

#[tokio::test]
async fn a_ttl_is_kept_to_the_millisecond_and_rounded_up() {
    for place in Place::each() {
        let storage = place.storage().await;
        for (ttl, expected) in [
            (Duration::from_millis(987_654_321), 987_654_321),
            (Duration::from_nanos(500_000_000_001), 500_001),
            (Duration::MAX, 100 * 366 * 24 * 3_600 * 1_000),
        ] {
            storage.set("key", "value", Some(ttl)).await.unwrap();
            let set = left(&place).await;
            assert!((expected - 60_000..=expected).contains(&set), "{set} of {expected}");
            assert!(storage.compare_and_set("key", "value", "value", Some(ttl)).await.unwrap());
            let compared = left(&place).await;
            assert!((expected - 60_000..=expected).contains(&compared), "{compared} of {expected}");
        }
        storage.set("key", "value", None).await.unwrap();
        assert_eq!(left(&place).await, -1);
        // What ends at once is gone at once, and is no error.
        storage.set("key", "value", Some(Duration::ZERO)).await.unwrap();
        while storage.get("key").await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn redis_itself_forgets_what_has_ended() {
    for place in Place::each() {
        let storage = place.storage().await;
        storage.set("key", "value", Some(Duration::from_millis(20))).await.unwrap();
        while storage.get("key").await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(storage.set_if_absent("key", "value", None).await.unwrap());
    }
}

#[tokio::test]
async fn what_others_left_under_a_counters_key_is_not_counted_on() {
    let window = Duration::from_secs(60);
    for place in Place::each() {
        let storage = place.storage().await;
        // better-auth without `increment`; a counter without an end; one with an end.
        for (found, ttl, expected) in [
            (r#"{"key":"1.2.3.4|/sign-in","count":3,"lastRequest":1}"#, None, 1),
            (r#"{"key":"1.2.3.4|/sign-in","count":3,"lastRequest":1}"#, Some(window), 1),
            ("41", None, 1),
            ("41", Some(window), 42),
        ] {
            storage.set("key", found, ttl).await.unwrap();
            let count = storage.increment("key", window).await.unwrap();
            assert_eq!(count.value, expected, "{found} {ttl:?}");
            assert!(count.remaining <= window);
            assert!((1..=60_000).contains(&left(&place).await));
        }
    }
}

#[tokio::test]
async fn what_is_no_text_is_an_error_that_shows_nothing_of_it() {
    for place in Place::each() {
        let storage = place.storage().await;
        storage.set("key", "value", None).await.unwrap();
        let [(connection, key)] = &place.keys().await[..] else { panic!() };
        let mut connection = connection.clone();
        let list = redis::pipe().del(key).rpush(key, "secret").clone();
        let bytes = redis::pipe().del(key).set(key, b"secret \xff").clone();
        for other in [list, bytes] {
            let () = other.query_async(&mut connection).await.unwrap();
            let errors = [storage.get("key").await.unwrap_err(), storage.take("key").await.unwrap_err()];
            for error in errors {
                assert_eq!(error.kind(), StoreErrorKind::Unexpected);
                let shown = format!("{error} {error:?}");
                assert!(!shown.contains("secret") && !shown.contains("key"), "{shown}");
            }
        }
    }
}

#[tokio::test]
async fn scripts_that_a_server_has_forgotten_are_sent_again() {
    for place in Place::each() {
        let storage = place.storage().await;
        for expected in 1..=2 {
            for mut connection in place.connections().await {
                let () = redis::cmd("SCRIPT").arg("FLUSH").query_async(&mut connection).await.unwrap();
            }
            assert_eq!(storage.increment("key", Duration::from_secs(60)).await.unwrap().value, expected);
        }
    }
}
