//! What can befall a file: what is said then, what a client is told, and that nothing is lost.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hallpass::store::{StoreError, StoreErrorKind, UserStore as _};
use hallpass::{Auth, EmailPassword};
use hallpass_sql::{Remedy, SqlConnection as _, Statement};
use hallpass_sqlite::{OpenError, Sqlite, SqliteOptions, SqliteStore};
use http::Request;

use crate::common::{Directory, sql, user};

/// Everything that is said of an error.
fn shown(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// A file with one user in it.
async fn with_a_user(directory: &Directory) -> SqliteStore {
    let options = SqliteOptions::default().busy_timeout(Duration::from_millis(20));
    let store = SqliteStore::new(options.open(directory.file("app.db")).unwrap());
    store.migrate().await.unwrap();
    let (ada, account) = user("ada");
    store.create_user(&ada, Some(&account)).await.unwrap();
    store
}

/// That an error is of this kind, and says what to do.
fn is(error: &StoreError, kind: StoreErrorKind, remedy: Remedy) {
    assert_eq!((error.kind(), Remedy::of(error)), (kind, Some(remedy)), "{}", shown(error));
    assert!(shown(error).contains(&remedy.to_string()), "{}", shown(error));
}

/// That whoever was acknowledged is there, and others can sign up.
async fn is_mended(store: &SqliteStore, acknowledged: &[String]) {
    for name in acknowledged {
        let (there, account) = user(name);
        assert_eq!(store.credential_by_email(&there.email).await.unwrap(), Some((there, Some(account))));
    }
    let (late, account) = user("late");
    store.create_user(&late, Some(&account)).await.unwrap();
    let counts: Vec<_> = store.counts().await.unwrap().into_iter().map(|(_, rows)| rows).collect();
    let expected = acknowledged.len() as u64 + 1;
    assert!(counts.starts_with(&[expected, expected]), "{counts:?}");
}

/// What a client gets of a store that fails.
async fn told(store: &SqliteStore) -> (u16, Bytes) {
    let auth = Auth::builder_over(Arc::new(store.clone()))
        .secret("a secret of the tests of SQLite's failures")
        .base_url("http://localhost:3000")
        .email_password(EmailPassword::default())
        .danger_without_rate_limit()
        .build()
        .unwrap();
    let body = r#"{"name": "A", "email": "client@example.com", "password": "a password"}"#;
    let request = Request::post("/api/auth/sign-up/email").header("content-type", "application/json");
    let (parts, body) = auth.handle(request.body(body.into()).unwrap()).await.into_parts();
    (parts.status.as_u16(), body)
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_is_said() {
    let directory = Directory::new();
    let store = with_a_user(&directory).await;
    let pragma = async |pragma: String| store.connection().execute(Statement::new(pragma)).await.unwrap();
    let mut pages = pragma("PRAGMA page_count".to_owned()).await;
    let pages = pages.first_mut().unwrap().integer("page_count").unwrap();
    pragma(format!("PRAGMA max_page_count = {}", pages + 2)).await;
    let mut acknowledged = vec!["ada".to_owned()];
    let refused = loop {
        let name = format!("user-{}", acknowledged.len());
        let (next, account) = user(&name);
        match store.create_user(&next, Some(&account)).await {
            Ok(()) => acknowledged.push(name),
            Err(error) => break error,
        }
        assert!(acknowledged.len() < 10_000);
    };
    is(&refused, StoreErrorKind::Unexpected, Remedy::Space);
    assert_eq!(told(&store).await, (500, Bytes::new()));
    assert!(store.user(&user("ada").0.id).await.unwrap().is_some(), "it still reads");
    pragma("PRAGMA max_page_count = 1000000".to_owned()).await;
    is_mended(&store, &acknowledged).await;
}

#[tokio::test]
async fn a_file_that_may_not_be_written_is_read_on_and_loses_nothing() {
    let directory = Directory::new();
    let store = with_a_user(&directory).await;
    // As the system would refuse it to anybody but root; it is for good, and refuses what ends this very statement.
    drop(store.connection().execute(Statement::new("PRAGMA query_only = on")).await);
    let (bob, account) = user("bob");
    let refused = store.create_user(&bob, Some(&account)).await.unwrap_err();
    is(&refused, StoreErrorKind::Unexpected, Remedy::ReadOnly);
    assert_eq!(told(&store).await, (500, Bytes::new()));
    assert!(store.user(&user("ada").0.id).await.unwrap().is_some(), "it still reads");
    drop(store);
    let store = SqliteStore::new(Sqlite::open(directory.file("app.db")).unwrap());
    is_mended(&store, &["ada".to_owned()]).await;
}

#[tokio::test]
async fn a_file_that_another_process_holds_is_waited_for_no_longer_than_said() {
    let directory = Directory::new();
    let store = with_a_user(&directory).await;
    let other = rusqlite::Connection::open(directory.file("app.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (bob, account) = user("bob");
    let refused = store.create_user(&bob, Some(&account)).await.unwrap_err();
    is(&refused, StoreErrorKind::Unavailable, Remedy::Lock);
    assert_eq!(told(&store).await, (500, Bytes::new()));
    drop(other);
    is_mended(&store, &["ada".to_owned()]).await;

    // Where it is not in the log's mode yet, it is as much as opening needs.
    let path = directory.file("other.db");
    sql(&path, "CREATE TABLE t (n)");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let options = SqliteOptions::default().busy_timeout(Duration::from_millis(20));
    let refused = options.clone().open(&path).unwrap_err();
    assert!(refused.to_string().contains(&Remedy::Lock.to_string()), "{}", shown(&refused));
    drop(other);
    options.open(&path).unwrap();
}

#[tokio::test]
async fn a_table_that_is_gone_is_told_to_the_log_and_not_to_clients() {
    let directory = Directory::new();
    let store = with_a_user(&directory).await;
    sql(&directory.file("app.db"), r#"ALTER TABLE "user" RENAME TO "user_away""#);
    let refused = store.user(&"ada".into()).await.unwrap_err();
    is(&refused, StoreErrorKind::Unexpected, Remedy::Tables);
    assert!(shown(&refused).contains("no such table: user"), "{}", shown(&refused));
    assert_eq!(told(&store).await, (500, Bytes::new()));
    sql(&directory.file("app.db"), r#"ALTER TABLE "user_away" RENAME TO "user""#);
    is_mended(&store, &["ada".to_owned()]).await;
}

#[test]
fn a_file_of_another_kind_and_a_folder_say_what_to_do() {
    let directory = Directory::new();
    let path = directory.file("notes.txt");
    std::fs::write(&path, "no database, but notes that somebody wants to keep\n".repeat(100)).unwrap();
    let error = Sqlite::open(&path).unwrap_err();
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
    assert!(error.to_string().contains("restore a backup"), "{error}");
    let folder = directory.file("folder");
    std::fs::create_dir(&folder).unwrap();
    let error = Sqlite::open(&folder).unwrap_err();
    assert!(error.to_string().contains(&Remedy::File.to_string()), "{}", shown(&error));
}
