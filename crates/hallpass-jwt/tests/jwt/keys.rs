use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hallpass::Auth;
use hallpass::jwt::Claims;
use hallpass_jwt::{JwkStore as _, Jwt, JwtOptions, KeyType, MemoryJwkStore, StoredKey};
use hallpass_sqlite::{Sqlite, SqliteStore};
use hallpass_testing::MockClock;
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::app::{App, SECRET, auth, auth_over, part};

fn about() -> Claims {
    Claims::from_iter([("sub".to_owned(), Value::from("someone"))])
}

async fn kid(jwt: &Jwt, auth: &Auth) -> String {
    part(&jwt.sign(auth, about()).await.unwrap(), 0)["kid"].as_str().unwrap().to_owned()
}

async fn published(app: &App) -> Vec<String> {
    let jwks = app.json("/jwks", "").await;
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

const HOUR: Duration = Duration::from_secs(3600);

fn rotating() -> JwtOptions {
    JwtOptions { rotation_interval: Some(24 * HOUR), grace_period: 2 * HOUR, ..JwtOptions::default() }
}

#[tokio::test]
async fn an_old_key_is_believed_and_published_for_the_grace_period() {
    let app = App::new(rotating());
    let old = kid(&app.jwt, &app.auth).await;
    app.clock.advance(24 * HOUR - Duration::from_secs(1));
    let last = app.jwt.sign(&app.auth, about()).await.unwrap();
    assert_eq!(part(&last, 0)["kid"], *old);
    app.clock.advance(Duration::from_secs(1));
    let new = kid(&app.jwt, &app.auth).await;
    assert_ne!(new, old);
    assert_eq!(published(&app).await, [old.as_str(), &new]);
    assert!(app.jwt.verify(&app.auth, &last).await.is_ok());

    // A token that outlives its key's grace is not believed beyond it.
    let mut long = about();
    long.insert("exp".to_owned(), json!(4_102_444_800_i64));
    let forever = app.jwt.sign(&app.auth, long).await.unwrap();
    assert_eq!(part(&forever, 0)["kid"], *new);
    app.clock.advance(2 * HOUR);
    assert_eq!(published(&app).await, [new.as_str()]);
    app.clock.advance(22 * HOUR);
    assert!(app.jwt.verify(&app.auth, &forever).await.is_ok());
    app.clock.advance(2 * HOUR);
    assert!(app.jwt.verify(&app.auth, &forever).await.is_err());
}

#[tokio::test]
async fn a_new_key_can_be_published_before_it_signs() {
    let app = App::new(JwtOptions { publish_ahead: HOUR, ..rotating() });
    let first = kid(&app.jwt, &app.auth).await;
    app.clock.advance(24 * HOUR - Duration::from_secs(1));
    assert_eq!(published(&app).await, [first.as_str()]);
    app.clock.advance(Duration::from_secs(1));
    let both = published(&app).await;
    assert_eq!((both.len(), &both[0]), (2, &first));
    assert_eq!(kid(&app.jwt, &app.auth).await, first, "the new one is not known to readers yet");
    app.clock.advance(HOUR);
    assert_eq!(kid(&app.jwt, &app.auth).await, both[1]);
    assert_eq!(published(&app).await, both);
}

#[tokio::test]
async fn a_change_of_algorithm_makes_a_key_and_leaves_the_old_one_good() {
    let app = App::new(JwtOptions::default());
    let old = app.jwt.sign(&app.auth, about()).await.unwrap();
    let options = JwtOptions { key_type: KeyType::P256, ..JwtOptions::default() };
    let jwt = Jwt::new(app.keys.clone(), options).unwrap();
    let app = App::with(jwt, app.keys.clone());
    let new = app.jwt.sign(&app.auth, about()).await.unwrap();
    assert_eq!(part(&new, 0)["alg"], "ES256");
    assert_eq!(published(&app).await.len(), 2);
    for token in [old, new] {
        assert!(app.jwt.verify(&app.auth, &token).await.is_ok());
    }
}

#[tokio::test]
async fn private_keys_are_sealed_and_a_stranger_to_the_secret_signs_nothing() {
    let app = App::new(JwtOptions::default());
    app.jwt.sign(&app.auth, about()).await.unwrap();
    let StoredKey { private_key, .. } = app.keys.keys().await.unwrap().remove(0);
    let sealed: String = serde_json::from_str(&private_key).unwrap();
    assert!(sealed.bytes().all(|byte| byte.is_ascii_hexdigit()), "{sealed}");
    let stranger = auth(&app.jwt, Arc::clone(&app.clock), "another-secret-of-the-tests-9876543210-zyxwvu");
    assert!(app.jwt.sign(&stranger, about()).await.is_err());
    assert_eq!(
        app.keys.keys().await.unwrap().len(),
        1,
        "no key is made in the place of one that cannot be read"
    );
}

#[tokio::test]
async fn what_is_private_is_never_published() {
    let keys = MemoryJwkStore::new();
    let now = hallpass::clock::Timestamp::from_millis(0);
    let row = |id: &str, public_key: Value| StoredKey {
        id: id.to_owned(),
        public_key: public_key.to_string(),
        private_key: "\"\"".to_owned(),
        created_at: now,
        expires_at: None,
        alg: Some(id.to_owned()),
        crv: None,
    };
    let whole = json!({"kty": "OKP", "crv": "Ed25519", "x": "x", "d": "secret", "k": "secret"});
    keys.add_key(&row("one", whole), now, "").await.unwrap();
    keys.add_key(&row("two", json!({"kty": "oct", "k": "secret"})), now, "").await.unwrap();
    keys.add_key(&row("three", json!("no object")), now, "").await.unwrap();
    let app = App::with(Jwt::new(keys.clone(), JwtOptions::default()).unwrap(), keys);
    let shown = app.json("/jwks", "").await;
    assert_eq!(
        shown,
        json!({"keys": [{"alg": "one", "kty": "OKP", "crv": "Ed25519", "x": "x", "kid": "one"}]})
    );
}

async fn sqlite() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::new(Sqlite::open(folder.path().join("auth.db")).unwrap());
    let jwt = Jwt::new(store.clone(), JwtOptions::default()).unwrap();
    auth_over(store.clone(), &jwt, Arc::default(), SECRET).migrate().await.unwrap();
    (folder, store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_servers_that_start_at_once_one_makes_the_key() {
    let (folder, store) = sqlite().await;
    let barrier = Arc::new(Barrier::new(64));
    let clock = Arc::new(MockClock::new());
    let servers = (0..64).map(|_| {
        // Each with connections of its own.
        let own = SqliteStore::new(Sqlite::open(folder.path().join("auth.db")).unwrap());
        let jwt = Jwt::new(own, JwtOptions::default()).unwrap();
        let (auth, barrier) = (auth(&jwt, Arc::clone(&clock), SECRET), Arc::clone(&barrier));
        tokio::spawn(async move {
            barrier.wait().await;
            let token = jwt.sign(&auth, about()).await.unwrap();
            (jwt, auth, token)
        })
    });
    let servers: Vec<_> = join_all(servers).await.into_iter().map(Result::unwrap).collect();
    let kids: HashSet<String> = servers.iter().map(|(.., token)| part(token, 0)["kid"].to_string()).collect();
    assert_eq!(kids.len(), 1);
    assert_eq!(store.keys().await.unwrap().len(), 1);
    let (jwt, auth, _) = &servers[0];
    for (.., token) in &servers {
        assert!(jwt.verify(auth, token).await.is_ok());
    }
}

#[tokio::test]
async fn a_table_keeps_keys_whole() {
    let (_folder, store) = sqlite().await;
    let app = App::new(rotating());
    app.jwt.sign(&app.auth, about()).await.unwrap();
    let key = app.keys.keys().await.unwrap().remove(0);
    let now = app.auth.now();
    assert!(store.add_key(&key, now, "EdDSA").await.unwrap());
    assert_eq!(store.keys().await.unwrap(), std::slice::from_ref(&key));
    // Until it expires no other of its algorithm is added, and one of another algorithm is.
    let expires_at = key.expires_at.unwrap();
    let next = StoredKey { id: "next".to_owned(), ..key.clone() };
    assert!(!store.add_key(&next, expires_at.minus(Duration::from_millis(1)), "EdDSA").await.unwrap());
    let other = StoredKey { id: "other".to_owned(), alg: Some("ES256".to_owned()), ..key.clone() };
    assert!(store.add_key(&other, now, "EdDSA").await.unwrap());
    assert!(store.add_key(&next, expires_at, "EdDSA").await.unwrap());
    // One that does not say its algorithm counts as one for the configured one.
    let unnamed = StoredKey { id: "unnamed".to_owned(), alg: None, expires_at: None, ..key.clone() };
    assert!(store.add_key(&unnamed, expires_at, "RS256").await.unwrap());
    assert_eq!(store.keys().await.unwrap().last(), Some(&unnamed));
    let late = StoredKey { id: "late".to_owned(), alg: Some("RS256".to_owned()), ..key };
    assert!(!store.add_key(&late, now, "RS256").await.unwrap());
    assert!(store.add_key(&late, now, "EdDSA").await.unwrap());
}
