//! `hallpass doctor`.

use hallpass_sql::{SqlConnection as _, Statement};
use hallpass_sqlite::{Sqlite, SqliteStore};

use crate::common::Site;

#[tokio::test]
async fn the_doctor_finds_users_whom_more_protects_than_a_password() {
    let site = Site::new().await;
    let store = SqliteStore::new(Sqlite::open(site.folder.path().join("app.db")).unwrap());
    for sql in [
        "ALTER TABLE \"user\" ADD COLUMN \"twoFactorEnabled\" integer",
        "UPDATE \"user\" SET \"twoFactorEnabled\" = 1",
    ] {
        store.connection().execute(Statement::new(sql)).await.unwrap();
    }
    let doctor = site.run(&["doctor"]);
    assert!(doctor.code == 1 && doctor.out.contains("two-factor"), "{doctor:?}");
}

#[tokio::test]
async fn the_doctor_names_an_index_that_was_dropped_and_what_makes_it_anew() {
    let site = Site::new().await;
    let store = SqliteStore::new(Sqlite::open(site.folder.path().join("app.db")).unwrap());
    store.connection().execute(Statement::new("DROP INDEX \"session_userId_idx\"")).await.unwrap();
    let doctor = site.run(&["doctor"]);
    assert!(doctor.code == 1 && doctor.out.contains("none for session.userId"), "{doctor:?}");
    let line = doctor.out.lines().find(|line| line.contains("create index")).unwrap();
    store.connection().execute(Statement::new(line.trim().trim_end_matches(';'))).await.unwrap();
    let doctor = site.run(&["doctor"]);
    assert!(doctor.code == 0 && doctor.out.contains("indexes: all are there"), "{doctor:?}");
}
