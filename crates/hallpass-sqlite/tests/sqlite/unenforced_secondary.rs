//! Users whom better-auth would not let in by their password alone, where sessions are not in the database.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hallpass::clock::Clock;
use hallpass::storage::{AtomicStorage, Count, SecondaryStorage};
use hallpass::store::{SessionStore as _, StoreError};
use hallpass::{MemoryStorage, SecondaryOptions, SecondaryStore, SessionPlacement};
use hallpass_sqlite::SqliteStore;
use hallpass_testing::MockClock;

use crate::common::{NOW, session, sql, user};
use crate::unenforced::{LAYOUTS, with_column};

const PLACEMENTS: [SessionPlacement; 3] =
    [SessionPlacement::StorageOnly, SessionPlacement::AlsoInDatabase, SessionPlacement::RecordedInDatabase];

fn over(store: &SqliteStore, storage: impl AtomicStorage, sessions: SessionPlacement) -> SecondaryStore {
    let options = SecondaryOptions { sessions, ..SecondaryOptions::default() };
    SecondaryStore::new(store.clone(), storage, MockClock::at(NOW)).options(options)
}

fn storage() -> Arc<MemoryStorage> {
    let clock: Arc<dyn Clock> = Arc::new(MockClock::at(NOW));
    Arc::new(MemoryStorage::new(clock, 100))
}

#[tokio::test]
async fn get_no_session_wherever_sessions_are() {
    for (layout, columns) in LAYOUTS {
        for (column, placement) in columns.into_iter().flat_map(|column| PLACEMENTS.map(|to| (column, to))) {
            let (directory, store, [ada, bob, cai]) = with_column(layout, column).await;
            let storage = storage();
            sql(&directory.file("app.db"), &format!("update user set {column} = 1 where id = 'user-ada'"));
            let secondary = over(&store, Arc::clone(&storage), placement);
            assert!(!secondary.create_session(&session(&ada)).await.unwrap(), "{column} {placement:?}");
            assert!(!secondary.may_have_session(&ada.id).await.unwrap(), "{column} {placement:?}");
            assert!(storage.entries().is_empty(), "{:?}", storage.entries());
            assert!(secondary.create_session(&session(&bob)).await.unwrap(), "false is off");
            assert!(secondary.create_session(&session(&cai)).await.unwrap(), "and so is nothing");
            let dangerous = store.clone().danger_ignore_two_factor_and_bans();
            let dangerous = over(&dangerous, storage, placement);
            assert!(dangerous.create_session(&session(&ada)).await.unwrap(), "{column} {placement:?}");
            assert!(!dangerous.create_session(&session(&user("nobody").0)).await.unwrap());
        }
    }
}

#[tokio::test]
async fn get_none_when_they_are_banned_while_it_is_written() {
    for placement in PLACEMENTS {
        let (layout, [_, column]) = LAYOUTS[0];
        let (directory, store, [ada, ..]) = with_column(layout, column).await;
        let inner = storage();
        let bans = Bans { inner: Arc::clone(&inner), path: directory.file("app.db") };
        let secondary = over(&store, bans, placement);
        let session = session(&ada);
        assert!(!secondary.create_session(&session).await.unwrap(), "{placement:?}");
        assert_eq!(secondary.session(&session.token.into()).await.unwrap(), None, "{placement:?}");
        assert!(inner.entries().is_empty(), "{:?}", inner.entries());
    }
}

/// Bans Ada when her session is about to be written.
#[derive(Debug)]
struct Bans {
    inner: Arc<MemoryStorage>,
    path: PathBuf,
}

#[async_trait]
impl SecondaryStorage for Bans {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.inner.get(key).await
    }

    async fn set(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError> {
        self.inner.set(key, value, ttl).await
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.inner.delete(key).await
    }
}

#[async_trait]
impl AtomicStorage for Bans {
    fn is_shared(&self) -> bool {
        self.inner.is_shared()
    }

    async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.inner.take(key).await
    }

    async fn increment(&self, key: &str, ttl: Duration) -> Result<Count, StoreError> {
        self.inner.increment(key, ttl).await
    }

    async fn set_if_absent(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<bool, StoreError> {
        if !key.starts_with("active-sessions-") {
            sql(&self.path, "update user set banned = 1 where id = 'user-ada'");
        }
        self.inner.set_if_absent(key, value, ttl).await
    }

    async fn compare_and_set(
        &self,
        key: &str,
        from: &str,
        to: &str,
        ttl: Option<Duration>,
    ) -> Result<bool, StoreError> {
        self.inner.compare_and_set(key, from, to, ttl).await
    }

    async fn compare_and_delete(&self, key: &str, value: &str) -> Result<bool, StoreError> {
        self.inner.compare_and_delete(key, value).await
    }
}
