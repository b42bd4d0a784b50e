//! Opening a database: what holds after it, and what is said when it cannot be.

use std::thread;

use crate::common::{Directory, user};
use hallpass::store::{StoreErrorKind, UserStore as _};
use hallpass_sql::{Layout, SqlConnection as _, Statement};
use hallpass_sqlite::{OpenError, Sqlite, SqliteOptions, SqliteStore, Synchronous};

async fn pragma(sqlite: &Sqlite, name: &str) -> hallpass_sql::Value {
    let mut rows = sqlite.execute(Statement::new(format!("PRAGMA {name}"))).await.unwrap();
    rows.first_mut().unwrap().take(name).unwrap()
}

#[tokio::test]
async fn an_acknowledged_write_is_on_the_disk_unless_told_otherwise() {
    let directory = Directory::new();
    let sqlite = Sqlite::open(directory.file("app.db")).unwrap();
    assert_eq!(pragma(&sqlite, "journal_mode").await, "wal".into());
    assert_eq!(pragma(&sqlite, "synchronous").await, 2.into());
    assert_eq!(pragma(&sqlite, "foreign_keys").await, 1.into());
    let options = SqliteOptions::default().synchronous(Synchronous::Normal);
    let normal = options.open(directory.file("app.db")).unwrap();
    assert_eq!(pragma(&normal, "synchronous").await, 1.into());
}

#[tokio::test]
async fn memory_has_foreign_keys_too() {
    assert_eq!(pragma(&Sqlite::in_memory().unwrap(), "foreign_keys").await, 1.into());
}

#[tokio::test]
async fn two_databases_in_memory_are_two() {
    let [one, two] = [(), ()].map(|()| SqliteStore::new(Sqlite::in_memory().unwrap()));
    one.migrate().await.unwrap();
    assert_eq!(two.plan().await.unwrap().len(), one.migrate().await.unwrap().len() + 5);
}

#[tokio::test]
async fn what_one_handle_wrote_another_reads_and_the_file_keeps() {
    let directory = Directory::new();
    let url = format!("sqlite:{}", directory.file("app.db").display());
    let store = SqliteStore::new(Sqlite::open(&url).unwrap());
    store.migrate().await.unwrap();
    let other = SqliteStore::new(Sqlite::open(&url).unwrap());
    let (ada, account) = user("ada");
    store.create_user(&ada, Some(&account)).await.unwrap();
    assert_eq!(other.user(&ada.id).await.unwrap(), Some(ada.clone()));
    drop((store, other));
    assert!(!directory.file("app.db-wal").exists(), "the last handle empties the log");
    let store = SqliteStore::new(Sqlite::open(&url).unwrap());
    assert_eq!(store.credential_by_email(&ada.email).await.unwrap(), Some((ada, Some(account))));
}

#[tokio::test]
async fn a_statement_that_writes_is_no_query() {
    for sqlite in [Sqlite::in_memory().unwrap(), Sqlite::open(Directory::new().file("app.db")).unwrap()] {
        let error = sqlite.query(Statement::new("CREATE TABLE t (n)")).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unexpected);
    }
}

#[tokio::test]
async fn each_statement_counts_the_rows_that_it_changed_itself() {
    let sqlite = Sqlite::in_memory().unwrap();
    let batch = [
        "CREATE TABLE p (n integer PRIMARY KEY)",
        "CREATE TABLE c (p integer REFERENCES p (n) ON DELETE CASCADE)",
        "INSERT INTO p VALUES (1), (2)",
        "INSERT INTO c VALUES (1), (1), (2)",
        "CREATE INDEX i ON c (p)",
        "SELECT n FROM p",
        "DELETE FROM p WHERE n = 1 RETURNING n",
        "DELETE FROM p WHERE n = 1",
    ];
    let results = sqlite.batch(batch.into_iter().map(Statement::new).collect()).await.unwrap();
    let counted: Vec<_> = results.iter().map(|rows| (rows.affected(), rows.len())).collect();
    assert_eq!(counted, [(0, 0), (0, 0), (2, 0), (3, 0), (0, 0), (0, 2), (1, 1), (0, 0)]);
}

#[tokio::test]
async fn a_reader_does_not_wait_for_a_writer() {
    let directory = Directory::new();
    let store = SqliteStore::new(Sqlite::open(directory.file("app.db")).unwrap());
    store.migrate().await.unwrap();
    let other = rusqlite::Connection::open(directory.file("app.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; DELETE FROM user").unwrap();
    let (ada, _) = user("ada");
    assert_eq!(store.user(&ada.id).await.unwrap(), None);
    other.execute_batch("ROLLBACK").unwrap();
}

#[tokio::test]
async fn a_database_that_another_process_holds_is_unavailable_after_the_time_out() {
    let directory = Directory::new();
    let options = SqliteOptions::default().busy_timeout(std::time::Duration::from_millis(20));
    let store = SqliteStore::new(options.open(directory.file("app.db")).unwrap());
    store.migrate().await.unwrap();
    let other = rusqlite::Connection::open(directory.file("app.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (ada, account) = user("ada");
    let refused = store.create_user(&ada, Some(&account)).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable);
    other.execute_batch("ROLLBACK").unwrap();
    store.create_user(&ada, Some(&account)).await.unwrap();
}

#[test]
fn many_open_a_new_file_at_once() {
    let directory = Directory::new();
    let path = directory.file("app.db");
    thread::scope(|scope| {
        let handles: Vec<_> = (0..16).map(|_| scope.spawn(|| Sqlite::open(&path))).collect();
        for handle in handles {
            handle.join().unwrap().unwrap();
        }
    });
}

#[test]
#[cfg(unix)]
fn a_new_file_is_for_its_owner_alone_and_an_old_one_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = Directory::new();
    let path = directory.file("app.db");
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    drop(Sqlite::open(&path).unwrap());
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    drop(Sqlite::open(&path).unwrap());
    assert_eq!(mode(), 0o640);
}

#[test]
fn a_missing_directory_is_named() {
    let directory = Directory::new();
    let error = Sqlite::open(directory.file("nowhere").join("app.db")).unwrap_err();
    assert!(
        matches!(&error, OpenError::DirectoryMissing { directory, .. } if directory.ends_with("nowhere")),
        "{error}"
    );
    assert!(error.to_string().contains("make it first"), "{error}");
}

#[test]
fn a_missing_file_is_made_only_if_allowed() {
    let path = Directory::new().file("app.db");
    let error = SqliteOptions::default().create_if_missing(false).open(&path).unwrap_err();
    assert!(matches!(error, OpenError::Missing { .. }), "{error}");
    assert!(!path.exists());
}

#[test]
fn a_file_of_another_kind_is_refused_and_left_as_it_is() {
    let directory = Directory::new();
    let path = directory.file("notes.txt");
    let notes = "no database, but notes that somebody wants to keep\n".repeat(100);
    std::fs::write(&path, &notes).unwrap();
    let error = Sqlite::open(&path).unwrap_err();
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), notes);
}

#[tokio::test]
async fn a_damaged_database_gives_errors_and_no_answers() {
    let directory = Directory::new();
    let path = directory.file("app.db");
    let store = SqliteStore::new(Sqlite::open(&path).unwrap());
    store.migrate().await.unwrap();
    let (ada, account) = user("ada");
    store.create_user(&ada, Some(&account)).await.unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    match Sqlite::open(&path) {
        Err(error) => assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}"),
        Ok(sqlite) => {
            let error = SqliteStore::new(sqlite).user(&ada.id).await.unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Unexpected);
        }
    }
}

#[tokio::test]
async fn a_store_that_is_migrated_elsewhere_makes_no_tables_and_uses_those_that_are_there() {
    let sqlite = Sqlite::in_memory().unwrap();
    let store = SqliteStore::migrated_elsewhere(sqlite.clone(), Layout::CamelCase);
    let auth = hallpass::Auth::builder(store.clone())
        .secret("0123456789abcdef0123456789abcdef")
        .base_url("http://localhost:3000")
        .build()
        .unwrap();
    assert_eq!(auth.migrate().await.unwrap_err().kind(), StoreErrorKind::Unexpected);
    let (ada, account) = user("ada");
    let refused = store.create_user(&ada, Some(&account)).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Unexpected);
    SqliteStore::new(sqlite).migrate().await.unwrap();
    store.create_user(&ada, Some(&account)).await.unwrap();
}
