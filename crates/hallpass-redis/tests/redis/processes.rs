//! Several processes on one Redis and one database, and processes that are killed: what each placement of sessions has in
//! both agrees whenever a process dies.

use std::marker::PhantomData;

use hallpass::clock::SystemClock;
use hallpass::{SecondaryOptions, SecondaryStore, SessionPlacement, VerificationPlacement};
use hallpass_redis::redis;
use hallpass_sqlite::{Sqlite, SqliteStore};
use hallpass_testing::processes::SharedDatabase;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::Place;

/// What is kept where, and on which Redis.
trait Placement: Send + Sync + 'static {
    const OPTIONS: SecondaryOptions;

    fn place() -> Place;
}

/// Keys of a test's own, and a file beside.
struct Both<P> {
    place: Place,
    folder: TempDir,
    placement: PhantomData<P>,
}

impl<P: Placement> SharedDatabase for Both<P> {
    type Store = SecondaryStore;

    async fn create() -> Self {
        Self { place: P::place(), folder: TempDir::new().unwrap(), placement: PhantomData }
    }

    fn address(&self) -> String {
        format!("{} {}", self.folder.path().display(), self.place.address())
    }

    async fn open(address: &str) -> SecondaryStore {
        let (folder, place) = address.split_once(' ').unwrap();
        let database = SqliteStore::new(Sqlite::open(format!("{folder}/app.db")).unwrap());
        database.migrate().await.unwrap();
        let storage = Place::at(place).storage().await;
        SecondaryStore::new(database, storage, SystemClock::default()).options(P::OPTIONS)
    }

    /// In the file; and sessions in Redis that their user's list does not name, which "sign out everywhere" would not find.
    async fn orphans(&self) -> u64 {
        let file = rusqlite::Connection::open(self.folder.path().join("app.db")).unwrap();
        let half: u64 = file
            .query_row(hallpass_testing::samples::ORPHANS, [], |row| row.get::<_, u32>(0))
            .unwrap()
            .into();
        let (mut sessions, mut listed) = (Vec::new(), Vec::new());
        for (mut connection, key) in self.place.keys().await {
            let text: Option<String> =
                redis::cmd("GET").arg(&key).query_async(&mut connection).await.unwrap();
            let Some(Ok(value)) = text.map(|text| serde_json::from_str::<Value>(&text)) else { continue };
            if let Some(token) = value["session"]["token"].as_str() {
                let user = value["session"]["userId"].as_str().unwrap();
                sessions.push((user.to_owned(), token.to_owned()));
            }
            if let (Some((_, user)), Some(list)) = (key.split_once("active-sessions-"), value.as_array()) {
                let tokens = list.iter().map(|reference| reference["token"].as_str().unwrap());
                listed.extend(tokens.map(|token| (user.to_owned(), token.to_owned())));
            }
        }
        half + sessions.iter().filter(|session| !listed.contains(session)).count() as u64
    }
}

struct InRedisAlone;

impl Placement for InRedisAlone {
    const OPTIONS: SecondaryOptions = SecondaryOptions {
        sessions: SessionPlacement::StorageOnly,
        verifications: VerificationPlacement::StorageOnly,
    };

    fn place() -> Place {
        Place::single()
    }
}

mod in_redis_alone {
    use super::*;

    hallpass_testing::process_tests!(Both<InRedisAlone>);
}

struct AlsoInDatabase;

impl Placement for AlsoInDatabase {
    const OPTIONS: SecondaryOptions = SecondaryOptions {
        sessions: SessionPlacement::AlsoInDatabase,
        verifications: VerificationPlacement::AlsoInDatabase,
    };

    fn place() -> Place {
        Place::cluster()
    }
}

mod also_in_the_database {
    use super::*;

    hallpass_testing::process_tests!(Both<AlsoInDatabase>);
}

struct RecordedInDatabase;

impl Placement for RecordedInDatabase {
    const OPTIONS: SecondaryOptions = SecondaryOptions {
        sessions: SessionPlacement::RecordedInDatabase,
        verifications: VerificationPlacement::StorageOnly,
    };

    fn place() -> Place {
        Place::single()
    }
}

mod recorded_in_the_database {
    use super::*;

    hallpass_testing::process_tests!(Both<RecordedInDatabase>);
}
