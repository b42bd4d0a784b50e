//! An older state of Redis comes back: what the book says of it holds.

use std::sync::Arc;
use std::time::Duration;

use hallpass::clock::Timestamp;
use hallpass::model::{Extra, Session, User, Verification};
use hallpass::store::{SessionStore as _, UserStore as _, VerificationStore as _};
use hallpass::types::{Email, StoredToken};
use hallpass::{MemoryStore, SecondaryOptions, SecondaryStore, SessionPlacement, VerificationPlacement};
use hallpass_redis::RedisStorage;
use hallpass_redis::redis::Value;
use hallpass_testing::{DefectiveStore, MockClock, StoreDefect};

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
        Self::with(sessions, verifications, None).await
    }

    /// Over a database with a defect, if any.
    async fn with(
        sessions: SessionPlacement,
        verifications: VerificationPlacement,
        defect: Option<StoreDefect>,
    ) -> Self {
        let server = Server::start(&[]).await;
        let storage = RedisStorage::connect(&server.url()).await.unwrap();
        let clock = Arc::new(MockClock::at(NOW));
        let options = SecondaryOptions { sessions, verifications };
        let store =
            SecondaryStore::new(DefectiveStore::new(MemoryStore::new(), defect), storage.clone(), clock)
                .options(options);
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

/// Whether a used verification works again when an older state of Redis has come back.
async fn is_taken_twice(verifications: VerificationPlacement, defect: Option<StoreDefect>) -> bool {
    let mut app = App::with(SessionPlacement::StorageOnly, verifications, defect).await;
    app.put().await;
    app.server.run("SAVE").await;
    assert!(app.take(NOW).await);
    app.restore().await;
    assert_eq!(app.server.run("DBSIZE").await, Value::Int(1), "nothing came back");
    app.take(NOW).await
}

#[tokio::test]
async fn a_used_verification_that_the_database_has_as_well_never_works_again() {
    assert!(!is_taken_twice(VerificationPlacement::AlsoInDatabase, None).await);
    let defect = Some(StoreDefect::KeepsVerifications);
    assert!(is_taken_twice(VerificationPlacement::AlsoInDatabase, defect).await, "it was not found");
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

/// Whether a session that was ended, and one that was not, live when an older state of Redis has come back, and when Redis
/// is empty.
async fn lives(sessions: SessionPlacement, defect: Option<StoreDefect>) -> [[bool; 2]; 2] {
    let mut app = App::with(sessions, VerificationPlacement::AlsoInDatabase, defect).await;
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
    let lives = async || {
        let of = async |name| app.store.session(&token(name)).await.unwrap().is_some();
        [of("ended").await, of("live").await]
    };
    let restored = lives().await;
    app.server.run("FLUSHDB").await;
    [restored, lives().await]
}

#[tokio::test]
async fn sessions_that_the_database_decides_do_not_come_back_with_an_older_state() {
    for placement in [SessionPlacement::AlsoInDatabase, SessionPlacement::DatabaseOnly] {
        assert_eq!(lives(placement, None).await, [[false, true], [false, true]], "{placement:?}");
        let found = lives(placement, Some(StoreDefect::KeepsSessions)).await;
        assert_eq!(found, [[true, true], [true, true]], "{placement:?}: it was not found");
    }
}

#[tokio::test]
async fn sessions_that_redis_decides_come_back_with_an_older_state_as_the_book_says() {
    for placement in [SessionPlacement::StorageOnly, SessionPlacement::RecordedInDatabase] {
        assert_eq!(lives(placement, None).await, [[true, true], [false, false]], "{placement:?}");
    }
}
