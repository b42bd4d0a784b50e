//! Moments in another form than the layout's, which SQL would compare wrongly.

use std::error::Error as _;

use crate::common::{Directory, NOW, session, sql, user};
use hallpass::model::Verification;
use hallpass::store::{SessionStore as _, UserStore as _, VerificationStore as _};
use hallpass_sql::{Layout, MigrateError, UnsupportedDates};
use hallpass_sqlite::{Sqlite, SqliteStore};

/// Every column of moments that is never NULL, by its table.
const COLUMNS: [(&str, &[&str]); 4] = [
    ("user", &["createdAt", "updatedAt"]),
    ("account", &["createdAt", "updatedAt"]),
    ("session", &["expiresAt", "createdAt", "updatedAt"]),
    ("verification", &["expiresAt", "createdAt", "updatedAt"]),
];

fn physical(layout: Layout, column: &str) -> String {
    match layout {
        Layout::SnakeCase => column.replace("At", "_at"),
        _ => column.to_owned(),
    }
}

/// A database with a row in every table.
async fn filled(layout: Layout) -> (Directory, SqliteStore) {
    let directory = Directory::new();
    let store = SqliteStore::in_layout(Sqlite::open(directory.file("app.db")).unwrap(), layout);
    store.migrate().await.unwrap();
    let (ada, account) = user("ada");
    store.create_user(&ada, Some(&account)).await.unwrap();
    assert!(store.create_session(&session(&ada)).await.unwrap());
    let verification = Verification {
        id: "v1".into(),
        identifier: "x".into(),
        value: "y".into(),
        expires_at: NOW,
        created_at: NOW,
        updated_at: NOW,
    };
    store.put_verification(&verification).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(Layout::detect(store.connection()).await.unwrap(), Some(layout));
    (directory, store)
}

/// That both who would rely on the layout refuse it, and say where and what.
async fn refused(store: &SqliteStore, table: &str, column: &str, found: &str) {
    for error in [store.plan().await.unwrap_err(), store.migrate().await.unwrap_err()] {
        assert!(error.to_string().contains("supported are"), "{error}");
        let MigrateError::UnsupportedDates(mismatch) = error else { unreachable!("{error:?}") };
        assert_eq!((mismatch.table.as_str(), mismatch.column.as_str()), (table, column));
        assert!(mismatch.found.contains(found), "{mismatch}");
    }
    let error = Layout::detect(store.connection()).await.unwrap_err();
    let source = error.source().and_then(|source| source.downcast_ref::<UnsupportedDates>()).unwrap();
    assert_eq!((source.table.as_str(), source.column.as_str()), (table, column));
}

#[tokio::test]
async fn in_any_table_are_refused_by_column_before_a_sweep_could_delete_what_lives() {
    for (layout, values) in [
        (Layout::CamelCase, [("1795335687378", "milliseconds"), ("1795335687", "seconds")]),
        (Layout::SnakeCase, [("1795335687", "seconds"), ("'2026-11-22T08:21:27.378Z'", "ISO 8601")]),
    ] {
        for (value, found) in values {
            for (table, columns) in COLUMNS {
                for column in columns {
                    let (directory, store) = filled(layout).await;
                    let column = physical(layout, column);
                    sql(&directory.file("app.db"), &format!("update {table} set {column} = {value}"));
                    refused(&store, table, &column, found).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn of_one_session_among_others_are_found() {
    for (layout, value) in
        [(Layout::CamelCase, "1795335687378"), (Layout::SnakeCase, "'2026-11-22T08:21:27.378Z'")]
    {
        let (directory, store) = filled(layout).await;
        for name in ["bob", "cai", "dee"] {
            let (user, _) = user(name);
            store.create_user(&user, None).await.unwrap();
            store.create_session(&session(&user)).await.unwrap();
        }
        let column = physical(layout, "expiresAt");
        let other = "where id = 'session of user-cai'";
        sql(&directory.file("app.db"), &format!("update session set {column} = {value} {other}"));
        refused(&store, "session", &column, "").await;
    }
}

#[tokio::test]
async fn of_tokens_of_providers_are_looked_at_where_there_are_any() {
    for column in ["accessTokenExpiresAt", "refreshTokenExpiresAt"] {
        let (directory, store) = filled(Layout::CamelCase).await;
        sql(&directory.file("app.db"), &format!("update account set {column} = 1795335687378"));
        refused(&store, "account", column, "milliseconds").await;
    }
}

#[tokio::test]
async fn in_a_database_not_migrated_yet_leave_it_as_it_is() {
    let (directory, store) = filled(Layout::CamelCase).await;
    sql(
        &directory.file("app.db"),
        "delete from hallpass_migrations; update user set createdAt = 1795335687378",
    );
    store.migrate().await.unwrap_err();
    sql(&directory.file("app.db"), &format!("update user set createdAt = '{NOW}'"));
    assert_eq!(store.migrate().await.unwrap().len(), 4, "nothing had been run");
}
