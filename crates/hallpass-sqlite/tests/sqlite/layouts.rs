//! Which layout a database has, where it tells, and where it does not.

use crate::common::{BETTER_AUTH, Directory, sql};
use hallpass::store::StoreError;
use hallpass_sql::{AmbiguousLayout, Layout, Names, UnsupportedIds};
use hallpass_sqlite::{Sqlite, SqliteStore};

async fn detect(tables: &str, names: &Names) -> Result<Option<Layout>, StoreError> {
    let directory = Directory::new();
    sql(&directory.file("app.db"), tables);
    Layout::detect_named(&Sqlite::open(directory.file("app.db")).unwrap(), names).await
}

async fn found(tables: &str) -> Option<Layout> {
    detect(tables, &Names::new()).await.unwrap()
}

async fn ambiguous(tables: &str, names: &Names) -> String {
    let error = detect(tables, names).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    source.downcast_ref::<AmbiguousLayout>().unwrap().to_string()
}

/// The tables that hallpass makes.
async fn tables(layout: Layout, names: Names) -> String {
    let directory = Directory::new();
    let file = directory.file("app.db");
    let store = SqliteStore::with_names(Sqlite::open(&file).unwrap(), layout, names).unwrap();
    store.script().await.unwrap()
}

#[tokio::test]
async fn a_database_of_one_layout_tells_it_and_an_empty_or_strange_one_has_none() {
    assert_eq!(found(BETTER_AUTH).await, Some(Layout::CamelCase));
    assert_eq!(found(&tables(Layout::SnakeCase, Names::new()).await).await, Some(Layout::SnakeCase));
    assert_eq!(found("").await, None);
    assert_eq!(found("create table user (id, name, created_at)").await, None);
    // A table of an app that has nothing to do with better-auth's.
    assert_eq!(found("create table users (id, email, email_verified, created_at)").await, None);
    assert_eq!(
        found(&format!(
            "{BETTER_AUTH}; create table users (id, email_verified); create table sessions (id, user_id)"
        ))
        .await,
        Some(Layout::CamelCase)
    );
}

#[tokio::test]
async fn a_column_that_is_there_under_both_names_decides_nothing() {
    let twice = r#"alter table "user" add column "email_verified" integer; alter table "user" add column "created_at" date"#;
    assert_eq!(found(&format!("{BETTER_AUTH}; {twice}")).await, Some(Layout::CamelCase));
}

#[tokio::test]
async fn tables_of_both_layouts_are_not_guessed_at() {
    let mixed = BETTER_AUTH
        .replace(r#""expiresAt" date not null, "token""#, r#""expires_at" date not null, "token""#);
    let told = ambiguous(&mixed, &Names::new()).await;
    for part in [
        "for camelCase names speak user.emailVerified, ",
        "for snake_case names speak session.expires_at; ",
        "`SqlStore::in_layout`",
        "`--layout`",
        "`--name`",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // What is said to be called otherwise is no sign of a layout.
    let names = Names::new().column("session", "expiresAt", "expires_at");
    assert_eq!(detect(&mixed, &names).await.unwrap(), Some(Layout::CamelCase));
}

#[tokio::test]
async fn ids_that_the_database_counts_are_refused() {
    for (table, of) in [
        ("user", r#""user" ("id" integer primary key"#),
        ("verification", r#""verification" ("id" INTEGER primary key"#),
    ] {
        let theirs = format!(r#""{table}" ("id" text not null primary key"#);
        let error = detect(&BETTER_AUTH.replace(&theirs, of), &Names::new()).await.unwrap_err();
        let source = std::error::Error::source(&error).unwrap();
        let found = source.downcast_ref::<UnsupportedIds>().unwrap();
        assert_eq!(
            (found.table.as_str(), found.column.as_str(), found.kind.as_str()),
            (table, "id", "integer")
        );
    }
}

#[tokio::test]
async fn all_columns_under_both_names_are_not_guessed_at() {
    let both = r#"create table "user" (id, emailVerified, email_verified, createdAt, created_at, updatedAt, updated_at)"#;
    let told = ambiguous(both, &Names::new()).await;
    assert!(told.contains("camelCase names speak user.emailVerified"), "{told}");
    assert!(told.contains("snake_case names speak user.email_verified"), "{told}");
}

#[tokio::test]
async fn plural_tables_are_told_of_and_taken_once_they_are_said() {
    for layout in [Layout::CamelCase, Layout::SnakeCase] {
        let plural = tables(layout, Names::new().plural()).await;
        let told = ambiguous(&plural, &Names::new()).await;
        assert!(told.contains("plural tables speak users.") && told.contains("`--plural`"), "{told}");
        assert_eq!(detect(&plural, &Names::new().plural()).await.unwrap(), Some(layout));
    }
    let two = format!("{BETTER_AUTH}; {}", tables(Layout::SnakeCase, Names::new().plural()).await);
    let told = ambiguous(&two, &Names::new()).await;
    assert!(told.contains("camelCase names speak user.emailVerified"), "{told}");
    assert!(told.contains("snake_case names and plural tables speak users.email_verified"), "{told}");
    assert_eq!(detect(&two, &Names::new().plural()).await.unwrap(), Some(Layout::SnakeCase));
}
