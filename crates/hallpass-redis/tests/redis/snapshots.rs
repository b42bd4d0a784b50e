//! An older state of Redis comes back: what the book says of it holds.

use std::sync::Arc;
use std::time::Duration;

use hallpass::clock::Timestamp;
use hallpass::model::{Extra, Session, User, Verification};
use hallpass::store::{SessionStore as _, UserStore as _, VerificationStore as _};
use hallpass::types::{Email, StoredToken};
use hallpass::{MemoryStore, SecondaryOptions, SecondaryStore, SessionPlacement, VerificationPlacement};
use hallpass_redis::RedisStorage;
use hallpass_testing::MockClock;

use crate::common::{Server, until};

const NOW: Timestamp = Timestamp::from_millis(1_795_335_687_378);
const HOUR: Duration = Duration::from_secs(3_600);

struct App {
    server: Server,
    storage: RedisStorage,
    store: SecondaryStore,
}

impl App {
    async fn start(sessions: SessionPlacement, verifications: VerificationPlacement) -> Self {
        let server = Server::start(&[]).await;
        let storage = RedisStorage::connect(&server.url()).await.unwrap();
        let clock = Arc::new(MockClock::at(NOW));
        let options = SecondaryOptions { sessions, verifications };
        let store = SecondaryStore::new(MemoryStore::new(), storage.clone(), clock).options(options);
        Self { server, storage, store }
    }

    /// Ends the server at once and lets it begin with the snapshot that it has.
    async fn restore(&mut self) {
        self.server.restart().await;
        use hallpass::storage::SecondaryStorage as _;
        until(async || self.storage.get("key").await.is_ok()).await;
    }

    async fn take(&self, moment: Timestamp) -> bool {
        self.store.take_verification("reset-password:token", moment).await.unwrap().is_some()
    }

    async fn put(&self) {
        let verification = Verification {
            id: "id".into(),
            identifier: "reset-password:token".to_owned(),
            value: "user".to_owned(),
            expires_at: NOW.plus(HOUR),
            created_at: NOW,
            updated_at: NOW,
        };
        self.store.put_verification(&verification).await.unwrap();
    }
}

#[tokio::test]
async fn a_used_verification_that_the_database_has_as_well_never_works_again() {
    let mut app = App::start(SessionPlacement::StorageOnly, VerificationPlacement::AlsoInDatabase).await;
    app.put().await;
    app.server.run("SAVE").await;
    assert!(app.take(NOW).await);
    app.restore().await;
    assert_eq!(app.server.run("DBSIZE").await, hallpass_redis::redis::Value::Int(1), "nothing came back");
    assert!(!app.take(NOW).await, "a used token works again");
}

#[tokio::test]
async fn a_used_verification_that_redis_alone_has_comes_back_until_its_hour_is_over_or_redis_is_emptied() {
    let mut app = App::start(SessionPlacement::StorageOnly, VerificationPlacement::StorageOnly).await;
    app.put().await;
    app.server.run("SAVE").await;
    assert!(app.take(NOW).await);
    app.restore().await;
    assert!(!app.take(NOW.plus(HOUR)).await, "it works after its hour");
    app.restore().await;
    assert!(app.take(NOW).await, "it does not come back: the book says otherwise");
    app.restore().await;
    app.server.run("FLUSHDB").await;
    assert!(!app.take(NOW).await);
}

#[tokio::test]
async fn sessions_that_the_database_decides_do_not_come_back_with_an_older_state() {
    let mut app = App::start(SessionPlacement::AlsoInDatabase, VerificationPlacement::AlsoInDatabase).await;
    let user = User {
        id: "ada".into(),
        name: "Ada".to_owned(),
        email: Email::parse("ada@example.com").unwrap(),
        email_verified: true,
        image: None,
        created_at: NOW,
        updated_at: NOW,
        extra: Extra::new(),
    };
    app.store.create_user(&user, None).await.unwrap();
    let session = |name: &str| Session {
        id: name.into(),
        user_id: user.id.clone(),
        token: StoredToken::from_stored(name.to_owned()),
        expires_at: NOW.plus(HOUR),
        created_at: NOW,
        updated_at: NOW,
        ip_address: None,
        user_agent: None,
        extra: Extra::new(),
    };
    for name in ["ended", "live"] {
        app.store.create_session(&session(name)).await.unwrap();
    }
    app.server.run("SAVE").await;
    let token = |name: &str| StoredToken::from_stored(name.to_owned()).into();
    assert!(app.store.delete_session(&token("ended")).await.unwrap());
    app.restore().await;
    assert_ne!(app.server.run("DBSIZE").await, hallpass_redis::redis::Value::Int(0), "nothing came back");
    assert!(app.store.session(&token("ended")).await.unwrap().is_none());
    assert!(app.store.session(&token("live")).await.unwrap().is_some());
    app.server.run("FLUSHDB").await;
    assert!(app.store.session(&token("live")).await.unwrap().is_some(), "it needs Redis");
}
