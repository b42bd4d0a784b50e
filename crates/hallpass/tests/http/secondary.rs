//! Sessions and verifications in a key-value storage.

use std::sync::Arc;
use std::time::Duration;

use hallpass::clock::Clock as _;
use hallpass::storage::SecondaryStorage as _;
use hallpass::store::SessionStore as _;
use hallpass::{
    MemoryStorage, MemoryStore, SecondaryOptions, SessionOptions, SessionPlacement, TokenStorage,
    VerificationPlacement,
};
use hallpass_testing::{FaultyStorage, MockClock};
use http::Method;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::app::{Answer, App, Call, PASSWORD};

/// With sessions under better-auth's keys.
pub(crate) const IN_STORAGE: [SessionPlacement; 3] =
    [SessionPlacement::StorageOnly, SessionPlacement::AlsoInDatabase, SessionPlacement::RecordedInDatabase];

pub(crate) const IN_DATABASE: [SessionPlacement; 3] =
    [SessionPlacement::AlsoInDatabase, SessionPlacement::DatabaseOnly, CACHED];

pub(crate) const CACHED: SessionPlacement = SessionPlacement::Cached { max_stale: Duration::from_secs(30) };

pub(crate) fn everywhere() -> impl Iterator<Item = SessionPlacement> {
    IN_STORAGE.into_iter().chain([SessionPlacement::DatabaseOnly, CACHED])
}

pub(crate) type Storage = Arc<FaultyStorage<MemoryStorage>>;

/// An app over a storage in memory, which can be made to fail.
pub(crate) fn app(sessions: SessionPlacement) -> (Arc<App>, Storage) {
    app_with(sessions, TokenStorage::Hashed)
}

fn app_with(sessions: SessionPlacement, tokens: TokenStorage) -> (Arc<App>, Storage) {
    app_over(MemoryStore::new(), sessions, tokens)
}

fn app_over(memory: MemoryStore, sessions: SessionPlacement, tokens: TokenStorage) -> (Arc<App>, Storage) {
    let clock = Arc::new(MockClock::new());
    let storage = Arc::new(FaultyStorage::new(MemoryStorage::new(clock.clone(), 100_000)));
    let options = SecondaryOptions { sessions, verifications: VerificationPlacement::default() };
    let mut app = App::over(Arc::new(memory.clone()), memory, |builder| {
        let session = SessionOptions { tokens, ..SessionOptions::default() };
        builder.secondary_storage(Arc::clone(&storage), options).session(session).clock(Arc::clone(&clock))
    });
    app.clock = clock;
    (Arc::new(app), storage)
}

pub(crate) fn sign_in() -> Call {
    Call::new(Method::POST, "/sign-in/email")
        .json(&json!({"email": "test@example.com", "password": PASSWORD}))
}

pub(crate) fn post(path: &str, cookie: &str, body: &Value) -> Call {
    Call::new(Method::POST, path).cookie(cookie).header("origin", "http://localhost:3000").json(body)
}

/// Whether the cookie still opens a session; an answer that is neither yes nor no fails the test.
pub(crate) async fn is_live(app: &App, cookie: &str) -> bool {
    let answer = Call::new(Method::GET, "/get-session").cookie(cookie).send(app).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json() != Value::Null
}

async fn at_once(app: &Arc<App>, calls: Vec<Call>) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(calls.len()));
    let mut running = JoinSet::new();
    for call in calls {
        let (app, barrier) = (Arc::clone(app), Arc::clone(&barrier));
        running.spawn(async move {
            barrier.wait().await;
            call.send(&app).await
        });
    }
    running.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_44_of_a_hundred_sign_ins_at_once_none_outlives_the_revocation_of_all() {
    for placement in everywhere() {
        let (app, _) = app(placement);
        let first = app.sign_up().await.cookie();
        let answers = at_once(&app, (0..100).map(|_| sign_in()).collect()).await;
        let cookies: Vec<_> = answers.iter().map(Answer::cookie).collect();
        let listed = Call::new(Method::GET, "/list-sessions").cookie(&first).send(&app).await.json();
        assert_eq!(listed.as_array().map(Vec::len), Some(101), "{placement:?}: the list has lost some");

        // The same with sign-ins meanwhile, of which those that came first are ended.
        let mut calls: Vec<_> = (0..20).map(|_| sign_in()).collect();
        calls.insert(10, post("/revoke-sessions", &first, &json!({})));
        let late = at_once(&app, calls).await;
        for cookie in cookies.iter().chain([&first]) {
            assert!(!is_live(&app, cookie).await, "{placement:?}");
        }
        let last = sign_in().send(&app).await.cookie();
        assert!(post("/revoke-sessions", &last, &json!({})).send(&app).await.status.is_success());
        for answer in late.iter().filter(|answer| !answer.set_cookies().is_empty()) {
            assert!(!is_live(&app, &answer.cookie()).await, "{placement:?}");
        }
    }
}

#[tokio::test]
async fn row_10_a_deleted_user_is_signed_in_nowhere() {
    for placement in everywhere() {
        let (app, storage) = app(placement);
        let id = app.sign_up().await.json()["user"]["id"].as_str().unwrap().to_owned();
        let cookies = [sign_in().send(&app).await.cookie(), sign_in().send(&app).await.cookie()];
        app.auth.delete_user(&id.as_str().into()).await.unwrap();
        for cookie in &cookies {
            assert!(!is_live(&app, cookie).await, "{placement:?}");
        }
        let left = storage.inner().entries();
        let revoked = [format!("revoked-sessions-before-{id}")];
        let expected = if IN_STORAGE.contains(&placement) { &revoked[..] } else { &[] };
        assert_eq!(left.keys().cloned().collect::<Vec<_>>(), expected, "{placement:?}");
        assert_eq!(app.rows("session"), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_that_begins_while_its_user_changes_shows_the_user_as_changed() {
    for placement in everywhere() {
        let (app, _) = app(placement);
        let first = app.sign_up().await.cookie();
        for round in 0..50 {
            let name = format!("name-{round}");
            let calls =
                vec![sign_in(), sign_in(), post("/update-user", &first, &json!({"name": name})), sign_in()];
            let answers = at_once(&app, calls).await;
            for answer in answers.iter().filter(|answer| answer.json()["user"].is_object()) {
                let call = Call::new(Method::GET, "/get-session").cookie(&answer.cookie());
                let shown = call.send(&app).await.json();
                assert_eq!(shown["user"]["name"], name.as_str(), "{placement:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_the_storage_holds_signs_nobody_in_unless_tokens_are_kept_plain() {
    for (tokens, is_plain) in [(TokenStorage::Hashed, false), (TokenStorage::Plain, true)] {
        let (app, storage) = app_with(SessionPlacement::StorageOnly, tokens);
        let token = app.sign_up().await.json()["token"].as_str().unwrap().to_owned();
        let entries = storage.inner().entries();
        let has_token =
            entries.iter().any(|(key, (value, _))| key.contains(&token) || value.contains(&token));
        assert_eq!(has_token, is_plain);
        assert_eq!(entries.contains_key(&token), is_plain);
    }
}

/// A session as better-auth wrote it, which its list has lost, as the list of two sign-ins at once can; and with
/// a field that no one has declared here.
#[tokio::test]
async fn a_session_that_its_list_has_lost_goes_on_and_ends_with_all() {
    let (app, storage) = app(SessionPlacement::StorageOnly);
    let signed_up = app.sign_up().await;
    let id = signed_up.json()["user"]["id"].as_str().unwrap().to_owned();
    let token = "lostlostlostlostlostlostlostlost";
    let value = json!({
        "session": {
            "id": "s1", "token": token, "userId": id, "expiresAt": "2026-01-03T00:00:00.000Z",
            "createdAt": "2025-12-27T00:00:00.000Z", "updatedAt": "2025-12-27T00:00:00.000Z",
            "ipAddress": "", "userAgent": "", "activeOrganizationId": "o1",
        },
        "user": {
            "id": id, "name": "A", "email": "test@example.com", "emailVerified": false, "image": null,
            "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z", "role": "admin",
        },
    });
    storage.set(token, &value.to_string(), None).await.unwrap();
    let cookie = signed_by_better_auth(token);
    assert!(is_live(&app, &cookie).await);

    // That request prolonged it: what others wrote in it is still there, and the list has it again.
    let (after, _) = storage.inner().entries().remove(token).unwrap();
    let after: Value = serde_json::from_str(&after).unwrap();
    assert_eq!(after["session"]["expiresAt"], "2026-01-08T00:00:00.000Z");
    assert_eq!(
        (&after["session"]["activeOrganizationId"], &after["user"]["role"]),
        (&json!("o1"), &json!("admin"))
    );
    let list_key = format!("active-sessions-{id}");
    let (list, _) = storage.inner().entries().remove(&list_key).unwrap();
    assert!(list.contains(token));

    storage.delete(&list_key).await.unwrap();
    app.auth.revoke_sessions(&id.as_str().into()).await.unwrap();
    assert!(!is_live(&app, &cookie).await, "a session in no list outlived the revocation of all");
}

/// The cookie of a token, signed as better-auth signs it.
fn signed_by_better_auth(token: &str) -> String {
    use base64::Engine as _;
    use hmac::{KeyInit as _, Mac as _};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(crate::app::SECRET.as_bytes()).unwrap();
    mac.update(token.as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    let signature = signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("better-auth.session_token={token}.{signature}")
}

#[tokio::test]
async fn requests_are_counted_in_the_storage() {
    let clock = Arc::new(MockClock::new());
    // As far as anybody can tell, one that others share.
    let storage = Arc::new(FaultyStorage::new(MemoryStorage::new(clock, 1_000)).shared());
    let app = App::with(|builder| {
        builder
            .secondary_storage(Arc::clone(&storage), SecondaryOptions::default())
            .rate_limit(hallpass::RateLimitOptions::default())
    });
    for _ in 0..3 {
        app.get("/ok").await;
    }
    assert_eq!(storage.get("203.0.113.9|/ok").await.unwrap().as_deref(), Some("3"));
}

#[tokio::test]
async fn requests_do_not_fill_the_memory_that_sessions_are_in() {
    let storage = Arc::new(MemoryStorage::new(Arc::new(MockClock::new()), 10));
    let app = App::with(|builder| {
        builder
            .secondary_storage(Arc::clone(&storage), SecondaryOptions::default())
            .rate_limit(hallpass::RateLimitOptions::default())
    });
    for number in 0..50 {
        let peer = format!("198.51.100.{number}");
        Call::new(Method::GET, "/ok").from(&peer).send(&app).await;
    }
    assert!(storage.entries().is_empty(), "{:?}", storage.entries());
    let signed_up = app.sign_up().await;
    assert!(is_live(&app, &signed_up.cookie()).await);
}

#[tokio::test]
async fn a_change_of_a_user_costs_each_session_two_calls_of_the_storage() {
    for placement in IN_STORAGE {
        let (app, storage) = app(placement);
        let cookie = app.sign_up().await.cookie();
        for _ in 1..20 {
            sign_in().send(&app).await;
        }
        let before = storage.calls().len();
        let answer = post("/update-user", &cookie, &json!({"name": "B"})).send(&app).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let calls = storage.calls().len() - before;
        assert!((40..50).contains(&calls), "{placement:?}: {calls}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_changes_of_a_user_at_once_every_session_shows_the_last() {
    let (app, _) = app(SessionPlacement::StorageOnly);
    let first = app.sign_up().await;
    let id: hallpass::types::UserId = first.json()["user"]["id"].as_str().unwrap().into();
    let mut cookies = vec![first.cookie()];
    for _ in 0..10 {
        cookies.push(sign_in().send(&app).await.cookie());
    }
    for round in 0..20 {
        let change = |n: usize| post("/update-user", &cookies[n], &json!({"name": format!("{round}-{n}")}));
        at_once(&app, (0..8).map(change).collect()).await;
        let stored = app.auth.store().user(&id).await.unwrap().unwrap().name;
        for cookie in &cookies {
            let shown = Call::new(Method::GET, "/get-session").cookie(cookie).send(&app).await.json();
            assert_eq!(shown["user"]["name"], stored.as_str(), "round {round}");
        }
    }
}

#[tokio::test]
async fn a_record_in_the_database_says_when_its_session_ended() {
    let memory = MemoryStore::new();
    let (app, _) = app_over(memory.clone(), SessionPlacement::RecordedInDatabase, TokenStorage::Hashed);
    let begun = app.clock.now();
    let answer = app.sign_up().await;
    let user = answer.json()["user"]["id"].as_str().unwrap().into();
    app.clock.advance(Duration::from_secs(60));
    app.post_as("/sign-out", &answer.cookie(), json!({})).await;
    let records = memory.sessions_of(&user, begun).await.unwrap();
    let times: Vec<_> = records.iter().map(|record| (record.expires_at, record.updated_at)).collect();
    assert_eq!(times, [(app.clock.now(), app.clock.now())]);
}
