//! Adopted tables that do not keep unique what must be.

use std::collections::BTreeSet;

use crate::common::{BETTER_AUTH, Directory, NOW, schema, session, sql, user};
use futures_util::future::join_all;
use hallpass::model::{Account, User};
use hallpass::store::{SessionStore as _, StoreErrorKind, UserStore as _};
use hallpass::types::Email;
use hallpass_sql::{Layout, MigrateError};
use hallpass_sqlite::{Sqlite, SqliteStore};

fn open(directory: &Directory, layout: Layout) -> SqliteStore {
    SqliteStore::in_layout(Sqlite::open(directory.file("app.db")).unwrap(), layout)
}

/// Tables of either layout whose rules of uniqueness are gone, primary keys too.
async fn without_rules(layout: Layout) -> Directory {
    let directory = Directory::new();
    open(&directory, layout).migrate().await.unwrap();
    let made = schema(&directory);
    let bare = Directory::new();
    let tables = made.iter().filter(|sql| sql.starts_with("CREATE TABLE") && !sql.contains("hallpass_"));
    for table in tables {
        let table = table.replace(" unique", "").replace(" primary key", "");
        sql(&bare.file("app.db"), &table);
    }
    bare
}

/// One address, signed up for the time of the number.
fn same_address(number: usize) -> (User, Account) {
    let (mut user, mut account) = user(&format!("ada{number}"));
    user.email = Email::parse("ada@example.com").unwrap();
    account.account_id = user.id.as_str().to_owned();
    (user, account)
}

/// Which indexes that hallpass made there are, by their names.
fn of_hallpass(directory: &Directory) -> BTreeSet<String> {
    let name = |sql: &String| sql.split('"').nth(1).unwrap_or_default().to_owned();
    schema(directory).iter().filter(|sql| sql.starts_with("CREATE UNIQUE INDEX")).map(name).collect()
}

#[tokio::test]
async fn of_twelve_sign_ups_of_one_address_at_once_one_succeeds_in_adopted_tables_too() {
    for layout in [Layout::CamelCase, Layout::SnakeCase] {
        let directory = without_rules(layout).await;
        let stores: Vec<_> = (0..3).map(|_| open(&directory, layout)).collect();
        let migrations =
            stores.iter().cloned().map(|store| tokio::spawn(async move { store.migrate().await.unwrap() }));
        assert_eq!(join_all(migrations).await.into_iter().flat_map(Result::unwrap).count(), 5);
        let sign_ups = (0..12).map(|number| {
            let store = stores[number % 3].clone();
            tokio::spawn(async move {
                let (ada, account) = same_address(number);
                store.create_user(&ada, Some(&account)).await.map_err(|error| error.kind())
            })
        });
        let outcomes: Vec<_> = join_all(sign_ups).await.into_iter().map(Result::unwrap).collect();
        let refused = outcomes.iter().filter(|outcome| **outcome == Err(StoreErrorKind::Conflict)).count();
        assert_eq!((outcomes.iter().flatten().count(), refused), (1, 11), "{layout:?}: {outcomes:?}");
        let counts = stores[0].counts().await.unwrap();
        assert_eq!(counts[..2], [("user".into(), 1), ("account".into(), 1)], "{layout:?}");
    }
}

#[tokio::test]
async fn tokens_and_ids_are_made_unique_as_well() {
    for layout in [Layout::CamelCase, Layout::SnakeCase] {
        let directory = without_rules(layout).await;
        let store = open(&directory, layout);
        store.migrate().await.unwrap();
        let (ada, account) = user("ada");
        store.create_user(&ada, Some(&account)).await.unwrap();
        assert!(store.create_session(&session(&ada)).await.unwrap());
        let mut same_token = session(&ada);
        same_token.id = "another".into();
        let error = store.create_session(&same_token).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Conflict);
        for (table, row) in
            [("user", "user-ada"), ("session", "session of user-ada"), ("account", "account-ada")]
        {
            let copy = format!("insert into {table} select * from {table} where id = '{row}'");
            let error =
                rusqlite::Connection::open(directory.file("app.db")).unwrap().execute(&copy, []).unwrap_err();
            assert!(error.to_string().contains("UNIQUE"), "{error}");
        }
        let made = of_hallpass(&directory);
        assert!(made.contains("hallpass_verification_id"), "{made:?}");
        assert!(made.contains("hallpass_session_id") && made.contains("hallpass_account_id"), "{made:?}");
    }
}

#[tokio::test]
async fn an_index_over_a_part_of_the_rows_or_over_more_columns_does_not_count() {
    let directory = without_rules(Layout::CamelCase).await;
    sql(
        &directory.file("app.db"),
        r#"
        create unique index "verified" on "user" ("email") where "emailVerified" = 1;
        create unique index "both" on "user" ("email", "name");
        create unique index "lower" on "user" (lower("email"));
        create index "plain" on "user" ("email");
        create unique index "id" on "user" ("id");
        create unique index "TOKEN" on "session" ("TOKEN");
    "#,
    );
    open(&directory, Layout::CamelCase).migrate().await.unwrap();
    let made = of_hallpass(&directory);
    assert!(made.contains("hallpass_user_email"), "{made:?}");
    assert!(!made.contains("hallpass_user_id") && !made.contains("hallpass_session_token"), "{made:?}");
}

#[tokio::test]
async fn tables_that_see_to_it_get_no_second_index() {
    let directory = Directory::new();
    sql(&directory.file("app.db"), BETTER_AUTH);
    let store = open(&directory, Layout::CamelCase);
    let plan = store.plan().await.unwrap();
    assert_eq!(plan.get(3).map(|step| (step.id.as_str(), step.sql.len())), Some(("core/0004", 0)));
    store.migrate().await.unwrap();
    assert_eq!(of_hallpass(&directory), BTreeSet::from(["hallpass_account_identity".to_owned()]));

    let snake = Directory::new();
    let store = open(&snake, Layout::SnakeCase);
    store.migrate().await.unwrap();
    sql(&snake.file("app.db"), "delete from hallpass_migrations");
    let made = schema(&snake);
    assert_eq!(store.migrate().await.unwrap().len(), 4);
    assert_eq!(schema(&snake), made);

    // A name in other letters.
    let directory = Directory::new();
    sql(&directory.file("app.db"), &BETTER_AUTH.replace(r#""token" text"#, r#""Token" text"#));
    open(&directory, Layout::CamelCase).migrate().await.unwrap();
    assert_eq!(of_hallpass(&directory), BTreeSet::from(["hallpass_account_identity".to_owned()]));
}

#[tokio::test]
async fn rows_that_are_alike_are_refused_and_kept_until_somebody_decides() {
    for (layout, verified, created, at) in [
        (Layout::CamelCase, "emailVerified", "createdAt", format!("'{NOW}'")),
        (Layout::SnakeCase, "email_verified", "created_at", NOW.as_millis().to_string()),
    ] {
        let directory = without_rules(layout).await;
        let path = directory.file("app.db");
        let updated = created.replace("created", "updated");
        for (id, email) in [("u1", "ada"), ("u2", "ada"), ("u3", "eve"), ("u4", "eve"), ("u5", "bob")] {
            let columns = format!("id, name, email, {verified}, {created}, {updated}");
            sql(
                &path,
                &format!(
                    "insert into user ({columns}) values ('{id}', '', '{email}@example.com', 0, {at}, {at})"
                ),
            );
        }
        let store = open(&directory, layout);
        let error = store.migrate().await.unwrap_err();
        let MigrateError::DuplicateRows { table, columns, groups, query, remedy, .. } = &error else {
            panic!("{layout:?}: {error:?}")
        };
        assert_eq!((table.as_str(), columns.as_str(), *groups), ("user", "email", 2));
        assert!(remedy.contains("another address") && error.to_string().contains(query), "{error}");
        let listed: String =
            rusqlite::Connection::open(&path).unwrap().query_row(query, [], |row| row.get(0)).unwrap();
        assert_eq!(listed, "ada@example.com");
        assert_eq!(store.counts().await.unwrap()[0].1, 5);
        assert!(!of_hallpass(&directory).contains("hallpass_user_email"));

        sql(&path, "update user set email = id || '@example.com' where id in ('u2', 'u4')");
        let applied = store.migrate().await.unwrap();
        assert_eq!(applied[applied.len() - 2..], ["core/0004", "schema/hallpass_storage"]);
        assert_eq!(store.counts().await.unwrap()[0].1, 5);
    }
}
