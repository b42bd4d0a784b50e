//! Migrations, on new databases and on better-auth's own.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use hallpass::schema::{ExtraField, Schema};
use hallpass::store::{SchemaStore as _, StoreErrorKind, UserStore as _};
use hallpass_sql::{Layout, MigrateError};
use hallpass_sqlx::{Postgres, PostgresStore};
use sqlx::PgPool;

use crate::common::{BETTER_AUTH, Database, sql, texts, user};

const ALL: [&str; 4] = ["core/0001", "core/0002", "core/0003", "core/0004"];

/// Everything that a client sees of the tables: columns, indexes, and rules.
async fn seen(pool: &PgPool) -> BTreeSet<String> {
    let seen = "select concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) \
                from information_schema.columns where table_schema = current_schema() \
                union all select replace(indexdef, quote_ident(schemaname) || '.', '') from pg_indexes \
                where schemaname = current_schema() \
                union all select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) \
                from pg_constraint where connamespace = quote_ident(current_schema())::regnamespace";
    texts(pool, seen).await.into_iter().collect()
}

#[tokio::test]
async fn make_what_better_auth_makes_and_nothing_in_its_way() {
    let (ours, theirs) = (Database::new().await, Database::new().await);
    let (ours, theirs) = (ours.pool(2), theirs.pool(2));
    let store = PostgresStore::new(Postgres::new(ours.clone()));
    let planned: Vec<_> = store.plan().await.unwrap().into_iter().map(|migration| migration.id).collect();
    assert_eq!(planned, ALL);
    assert_eq!(seen(&ours).await, BTreeSet::new(), "a plan changes nothing");
    assert_eq!(store.migrate().await.unwrap(), ALL);
    assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
    sql(&theirs, BETTER_AUTH).await;

    let (made, expected) = (seen(&ours).await, seen(&theirs).await);
    let missing: Vec<_> = expected.difference(&made).collect();
    assert_eq!(missing, Vec::<&String>::new(), "{made:#?}");
    let more: Vec<_> = made.difference(&expected).filter(|it| !it.contains("hallpass_")).collect();
    assert_eq!(more, Vec::<&String>::new());

    // And theirs gets what ours has.
    PostgresStore::new(Postgres::new(theirs.clone())).migrate().await.unwrap();
    assert_eq!(seen(&theirs).await, made);
}

#[tokio::test]
async fn run_by_many_at_once_are_each_run_by_one() {
    let database = Database::new().await;
    let schema = Schema::new().user_field(ExtraField::text("handle").unique());
    let tasks = (0..8).map(|_| {
        let store = PostgresStore::new(Postgres::new(database.pool(1)));
        store.declare(&schema).unwrap();
        tokio::spawn(async move { store.migrate().await.unwrap() })
    });
    let mut applied: Vec<_> = join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect();
    applied.sort();
    assert_eq!(applied, [&ALL[..], &["schema/user.handle"]].concat());
}

#[tokio::test]
async fn make_tables_in_the_schema_that_is_named_and_look_nowhere_else() {
    let (named, other) = (Database::new().await, Database::new().await);
    // The search path leads to tables of the same names.
    let pool = other.pool(2);
    sql(&pool, BETTER_AUTH).await;
    let before = seen(&pool).await;
    let store = PostgresStore::new(Postgres::new(pool.clone()).in_schema(&named.schema));
    assert_eq!(Layout::detect(store.connection()).await.unwrap(), None);
    store.migrate().await.unwrap();
    let (ada, account) = user("ada");
    store.create_user(&ada, Some(&account)).await.unwrap();
    assert_eq!(Layout::detect(store.connection()).await.unwrap(), Some(Layout::CamelCase));
    assert_eq!(texts(&named.pool(1), r#"select id from "user""#).await, ["user-ada"]);
    assert_eq!(texts(&pool, r#"select id from "user""#).await, [""; 0]);
    assert_eq!(seen(&pool).await, before);
    assert_eq!(texts(&pool, "show search_path").await, [format!("\"{}\"", other.schema)]);
}

#[tokio::test]
async fn make_unique_what_adopted_tables_do_not_and_name_the_rows_in_the_way() {
    let database = Database::new().await;
    let pool = database.pool(2);
    sql(&pool, &BETTER_AUTH.replace(" unique", "")).await;
    let store = PostgresStore::new(Postgres::new(pool.clone()));
    let (ada, _) = user("ada");
    store.create_user(&ada, None).await.unwrap();
    sql(&pool, r#"insert into "user" select 'again', name, email, "emailVerified" from "user""#).await;
    let error = store.migrate().await.unwrap_err();
    let MigrateError::DuplicateRows { table, columns, groups, query, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((table.as_str(), columns.as_str(), *groups), ("user", "email", 1));
    assert_eq!(texts(&pool, query).await, ["ada@example.com"]);
    sql(&pool, r#"delete from "user" where id = 'again'"#).await;
    assert_eq!(store.migrate().await.unwrap(), ["core/0004"]);
    let (mut bob, _) = user("bob");
    bob.email = ada.email;
    assert_eq!(store.create_user(&bob, None).await.unwrap_err().kind(), StoreErrorKind::Conflict);
}
