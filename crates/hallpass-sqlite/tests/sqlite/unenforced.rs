//! Users whom better-auth would not let in by their password alone.

use crate::common::{Directory, session, sql, user};
use hallpass::model::User;
use hallpass::store::{SessionStore as _, UserStore as _};
use hallpass_sql::{Layout, MigrateError};
use hallpass_sqlite::{Sqlite, SqliteStore};

pub(crate) const LAYOUTS: [(Layout, [&str; 2]); 2] = [
    (Layout::CamelCase, ["twoFactorEnabled", "banned"]),
    (Layout::SnakeCase, ["two_factor_enabled", "banned"]),
];

/// A database of three users; the table of users has the column.
pub(crate) async fn with_column(layout: Layout, column: &str) -> (Directory, SqliteStore, [User; 3]) {
    let directory = Directory::new();
    let store = SqliteStore::in_layout(Sqlite::open(directory.file("app.db")).unwrap(), layout);
    store.migrate().await.unwrap();
    let users = ["ada", "bob", "cai"].map(|name| user(name).0);
    for user in &users {
        store.create_user(user, None).await.unwrap();
    }
    sql(&directory.file("app.db"), &format!("alter table user add column {column} integer"));
    sql(&directory.file("app.db"), &format!("update user set {column} = 0 where id = 'user-bob'"));
    (directory, store, users)
}

#[tokio::test]
async fn are_named_by_plan_and_migration_which_refuse_them_until_the_operator_decides() {
    for (layout, columns) in LAYOUTS {
        for (column, expected) in columns.into_iter().zip(["two-factor on", "a ban"]) {
            let (directory, store, _) = with_column(layout, column).await;
            let path = directory.file("app.db");
            store.migrate().await.unwrap();
            sql(&path, &format!("update user set {column} = 1 where id in ('user-ada', 'user-cai')"));
            for error in [store.plan().await.unwrap_err(), store.migrate().await.unwrap_err()] {
                let MigrateError::NotEnforced { feature, users, query, .. } = &error else {
                    panic!("{error:?}")
                };
                assert_eq!((*feature, *users), (expected, 2), "{layout:?}");
                assert!(error.to_string().contains("danger_ignore_two_factor_and_bans"), "{error}");
                let listed: String = rusqlite::Connection::open(&path)
                    .unwrap()
                    .query_row(query, [], |row| row.get(0))
                    .unwrap();
                assert_eq!(listed, "user-ada");
            }
            store.clone().keep_out_two_factor_and_bans().migrate().await.unwrap();
            store.clone().danger_ignore_two_factor_and_bans().migrate().await.unwrap();
            store.migrate().await.unwrap_err();
            sql(&path, &format!("update user set {column} = false"));
            store.migrate().await.unwrap();
        }
    }
}

#[tokio::test]
async fn leave_a_new_migration_unrun() {
    let (directory, store, _) = with_column(Layout::CamelCase, "banned").await;
    sql(&directory.file("app.db"), "update user set banned = 1; delete from hallpass_migrations");
    store.migrate().await.unwrap_err();
    sql(&directory.file("app.db"), "update user set banned = null");
    assert_eq!(store.migrate().await.unwrap().len(), 4, "nothing had been run");
}

#[tokio::test]
async fn get_no_session_even_where_nobody_migrates_and_others_do() {
    for (layout, columns) in LAYOUTS {
        for column in columns {
            let (directory, store, [ada, bob, cai]) = with_column(layout, column).await;
            for value in ["1", "'true'", "2"] {
                sql(
                    &directory.file("app.db"),
                    &format!("update user set {column} = {value} where id = 'user-ada'"),
                );
                assert!(
                    !store.create_session(&session(&ada)).await.unwrap(),
                    "{layout:?} {column} = {value}"
                );
                let kept_out = store.clone().keep_out_two_factor_and_bans();
                assert!(!kept_out.create_session(&session(&ada)).await.unwrap());
            }
            assert_eq!(store.counts().await.unwrap()[2], ("session".into(), 0));
            assert!(store.create_session(&session(&bob)).await.unwrap(), "false is off");
            assert!(store.create_session(&session(&cai)).await.unwrap(), "and so is nothing");
        }
    }
}

#[tokio::test]
async fn get_one_where_the_operator_says_so_alone() {
    for (layout, columns) in LAYOUTS {
        for column in columns {
            let (directory, store, [ada, ..]) = with_column(layout, column).await;
            sql(&directory.file("app.db"), &format!("update user set {column} = 1"));
            let dangerous = store.clone().danger_ignore_two_factor_and_bans();
            assert!(dangerous.clone().create_session(&session(&ada)).await.unwrap());
            assert!(!store.clone().create_session(&session(&ada)).await.unwrap(), "other handles do not");
            let nobody = user("nobody").0;
            assert!(!dangerous.create_session(&session(&nobody)).await.unwrap());
        }
    }
}
