//! Migrations, on new databases and on better-auth's own.

use std::collections::BTreeSet;

use crate::common::{BETTER_AUTH, Directory, NOW, schema, sql, user};
use futures_util::future::join_all;
use hallpass::store::{AccountStore as _, StoreErrorKind, UserStore as _, VerificationStore as _};
use hallpass_sql::{Layout, MigrateError};
use hallpass_sqlite::{Sqlite, SqliteStore};

const ALL: [&str; 5] = ["core/0001", "core/0002", "core/0003", "core/0004", "schema/hallpass_storage"];

fn store(directory: &Directory) -> SqliteStore {
    SqliteStore::new(Sqlite::open(directory.file("app.db")).unwrap())
}

#[tokio::test]
async fn are_run_once_in_order() {
    let directory = Directory::new();
    let store = store(&directory);
    let planned: Vec<_> = store.plan().await.unwrap().into_iter().map(|migration| migration.id).collect();
    assert_eq!(planned, ALL);
    assert_eq!(schema(&directory), BTreeSet::new(), "a plan changes nothing");
    assert_eq!(store.migrate().await.unwrap(), ALL);
    let made = schema(&directory);
    assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.plan().await.unwrap(), []);
    assert_eq!(schema(&directory), made);
}

#[tokio::test]
async fn make_what_better_auth_makes_and_nothing_in_its_way() {
    let (ours, theirs) = (Directory::new(), Directory::new());
    store(&ours).migrate().await.unwrap();
    sql(&theirs.file("app.db"), BETTER_AUTH);
    // SQLite keeps the words of a CREATE as they were written, but for IF NOT EXISTS; letters and spaces
    // of keywords do not matter to anybody who asks it for columns.
    let plain = |directory: &Directory| -> BTreeSet<String> {
        schema(directory).into_iter().map(|sql| sql.to_lowercase()).collect()
    };
    let (ours, theirs) = (plain(&ours), plain(&theirs));
    let missing: Vec<_> = theirs.difference(&ours).collect();
    assert_eq!(missing, Vec::<&String>::new(), "{ours:#?}");
    let more: Vec<_> = ours.difference(&theirs).collect();
    assert!(more.len() == 6 && more.iter().all(|sql| sql.contains("hallpass_")), "{more:#?}");
}

#[tokio::test]
async fn run_by_many_at_once_are_each_run_by_one() {
    let directory = Directory::new();
    let stores: Vec<_> = (0..8).map(|_| store(&directory)).collect();
    let tasks = stores.into_iter().map(|store| tokio::spawn(async move { store.migrate().await.unwrap() }));
    let mut applied: Vec<_> = join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect();
    applied.sort();
    assert_eq!(applied, ALL);
}

#[tokio::test]
async fn leave_the_rows_and_tables_of_better_auth_as_they_are() {
    let directory = Directory::new();
    let path = directory.file("app.db");
    sql(&path, BETTER_AUTH);
    sql(
        &path,
        r#"insert into "user" values ('u1', 'Ada', 'ada@example.com', 1, null, '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z')"#,
    );
    let before = schema(&directory);
    let store = store(&directory);
    assert_eq!(store.migrate().await.unwrap(), ALL);
    assert!(schema(&directory).is_superset(&before));
    let ada = store.user(&"u1".into()).await.unwrap().unwrap();
    assert_eq!((ada.name.as_str(), ada.email_verified, ada.created_at), ("Ada", true, NOW));
}

#[tokio::test]
async fn fail_on_identities_with_two_rows_and_say_what_to_do() {
    let directory = Directory::new();
    let path = directory.file("app.db");
    sql(&path, BETTER_AUTH);
    sql(
        &path,
        r#"
        insert into "user" values ('u1', 'Ada', 'ada@example.com', 1, null, '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z'), ('u2', 'Eve', 'eve@example.com', 1, null, '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z');
        insert into "account" ("id", "accountId", "providerId", "userId", "createdAt", "updatedAt") values
          ('a1', '42', 'github', 'u1', '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z'),
          ('a2', '42', 'github', 'u2', '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z'),
          ('a3', '42', 'gitlab', 'u2', '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z');
    "#,
    );
    let store = store(&directory);
    let error = store.migrate().await.unwrap_err();
    let MigrateError::DuplicateRows { table, columns, groups, query, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((table.as_str(), columns.as_str(), *groups), ("account", "providerId, accountId", 1));
    assert!(error.to_string().contains("delete all but one row"), "{error}");
    let listed: String =
        rusqlite::Connection::open(&path).unwrap().query_row(query, [], |row| row.get(0)).unwrap();
    assert_eq!(listed, "github");

    // Until then it works as it stands, and after it the migrations go on.
    assert_eq!(store.accounts_of(&"u1".into()).await.unwrap().len(), 1);
    sql(&path, "delete from account where id = 'a2'");
    assert_eq!(store.migrate().await.unwrap(), ALL[1..]);
}

#[tokio::test]
async fn the_layout_of_a_database_is_found_out() {
    for layout in [Layout::CamelCase, Layout::SnakeCase] {
        let store = SqliteStore::in_layout(Sqlite::in_memory().unwrap(), layout);
        assert_eq!(Layout::detect(store.connection()).await.unwrap(), None);
        store.migrate().await.unwrap();
        assert_eq!(Layout::detect(store.connection()).await.unwrap(), Some(layout));
    }
}

#[tokio::test]
async fn a_store_without_its_tables_gives_errors() {
    let store = SqliteStore::new(Sqlite::in_memory().unwrap());
    let (ada, account) = user("ada");
    assert_eq!(store.user(&ada.id).await.unwrap_err().kind(), StoreErrorKind::Unexpected);
    assert_eq!(store.create_user(&ada, Some(&account)).await.unwrap_err().kind(), StoreErrorKind::Unexpected);
    assert_eq!(store.take_verification("x", NOW).await.unwrap_err().kind(), StoreErrorKind::Unexpected);
}
