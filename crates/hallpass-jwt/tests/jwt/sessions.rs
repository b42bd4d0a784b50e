//! Tokens and the sessions that they are made from.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use hallpass::clock::Timestamp;
use hallpass::jwt::Claims;
use hallpass::store::{SessionStore as _, StoreError, UserStore as _};
use hallpass::types::Email;
use hallpass::{CookieCache, MemoryStore, SessionOptions};
use hallpass_jwt::{JwkStore, Jwt, JwtOptions, MemoryJwkStore, StoredKey};
use serde_json::{Value, json};

use crate::app::{App, SECRET, auth_over, auth_with, part};

#[tokio::test]
async fn a_cookie_of_a_session_that_ended_yields_no_token() {
    let (store, mut app) = (MemoryStore::new(), App::new(JwtOptions::default()));
    let session = SessionOptions { cookie_cache: Some(CookieCache::default()), ..SessionOptions::default() };
    app.auth = auth_with(store.clone(), &app.jwt, Arc::clone(&app.clock), SECRET, session);
    let cookie = app.sign_up_whole().await;
    assert!(app.get("/get-session", &cookie).await.headers().contains_key("set-auth-jwt"));
    app.token(&cookie).await;

    let user = store.user_by_email(&Email::parse("test@example.com").unwrap()).await.unwrap().unwrap();
    store.delete_sessions_of(&user.id, None).await.unwrap();
    let shown = app.get("/get-session", &cookie).await;
    assert_ne!(&shown.body()[..], b"null", "the cookie still tells");
    assert!(!shown.headers().contains_key("set-auth-jwt"));
    assert_eq!(app.get("/token", &cookie).await.status(), 401);
}

#[tokio::test]
async fn no_token_outlives_its_session() {
    let (minutes, week, month) = (15 * 60, 7 * 86_400, 30 * 86_400);
    let start = 1_767_225_600;
    for (lifetime, payload, expected) in [
        (month, json!({}), start + week),
        (month, json!({"exp": start + week + 1}), start + week),
        (month, json!({"exp": start + week}), start + week),
        (month, json!({"exp": start + 60}), start + 60),
        (month, json!({"exp": "never"}), start + week),
        (month, json!({"iat": start - week}), start + week),
        (minutes, json!({"exp": 1e300}), start + week),
        // What says no moment says nothing.
        (minutes, json!({"exp": "never"}), start + minutes),
        (minutes, json!({"exp": null}), start + minutes),
        (minutes, json!({}), start + minutes),
    ] {
        let options = JwtOptions { expires_in: Duration::from_secs(lifetime), ..JwtOptions::default() };
        let claims: Claims = payload.as_object().cloned().unwrap();
        let jwt = Jwt::new(MemoryJwkStore::new(), options).unwrap().define_payload(move |_| claims.clone());
        let app = App::with(jwt, MemoryJwkStore::new());
        let token = app.token(&app.sign_up().await).await;
        assert_eq!(part(&token, 1)["exp"], Value::from(expected), "{payload}");
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_opened_hides_no_session() {
    let (store, mut app) = (MemoryStore::new(), App::new(JwtOptions::default()));
    app.jwt.sign(&app.auth, Claims::new()).await.unwrap();
    let other = "another-secret-of-the-tests-9876543210-zyxwvu";
    app.auth = auth_over(store, &app.jwt, Arc::clone(&app.clock), other);
    let cookie = app.sign_up().await;
    let shown = app.get("/get-session", &cookie).await;
    assert_eq!(shown.status(), 200);
    assert_ne!(&shown.body()[..], b"null");
    assert!(!shown.headers().contains_key("set-auth-jwt"));
    assert_eq!(app.get("/token", &cookie).await.status(), 500);
}

/// Keys whose reads take a turn, and a count of the keys that were offered.
#[derive(Debug, Clone, Default)]
struct Slow {
    keys: MemoryJwkStore,
    offered: Arc<Mutex<HashSet<String>>>,
    /// Whether the next key that is offered never gets there.
    is_stuck: Arc<AtomicBool>,
}

#[async_trait]
impl JwkStore for Slow {
    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        let keys = self.keys.keys().await;
        tokio::task::yield_now().await;
        keys
    }

    async fn add_key(&self, key: &StoredKey, until: Timestamp, unnamed: &str) -> Result<bool, StoreError> {
        self.offered.lock().unwrap().insert(key.id.clone());
        if self.is_stuck.swap(false, Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        self.keys.add_key(key, until, unnamed).await
    }
}

#[tokio::test]
async fn of_requests_at_once_one_makes_the_key() {
    let slow = Slow::default();
    let jwt = Jwt::new(slow.clone(), JwtOptions::default()).unwrap();
    let app = App::with(jwt, slow.keys.clone());
    let answers = join_all((0..16).map(|_| app.json("/jwks", ""))).await;
    assert!(answers.windows(2).all(|two| matches!(two, [a, b] if a == b)), "{answers:?}");
    assert_eq!(slow.offered.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_that_never_comes_to_its_end_keeps_none_of_the_others_waiting() {
    let slow = Slow::default();
    slow.is_stuck.store(true, Ordering::Relaxed);
    let jwt = Jwt::new(slow.clone(), JwtOptions::default()).unwrap();
    let app = App::with(jwt, slow.keys.clone());
    // Neither polled again nor dropped: what Workers do with a request whose client has gone.
    let mut stuck = Box::pin(app.json("/jwks", ""));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..100 {
        assert!(stuck.as_mut().poll(&mut context).is_pending());
    }
    assert!(!slow.is_stuck.load(Ordering::Relaxed), "it has the key in hand");
    let mut next = Box::pin(app.json("/jwks", ""));
    let mut answer = None;
    for _ in 0..100 {
        if let Poll::Ready(shown) = next.as_mut().poll(&mut context) {
            answer = Some(shown);
            break;
        }
    }
    let shown = answer.expect("it is answered");
    assert_eq!(shown["keys"].as_array().unwrap().len(), 1);
    assert_eq!(slow.offered.lock().unwrap().len(), 1, "the key that was made is not lost");
}
