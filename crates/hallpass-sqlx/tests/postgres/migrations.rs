//! Migrations, on new databases and on better-auth's own.

#[path = "../shared/migrations.rs"]
mod shared;

use std::collections::BTreeSet;

use hallpass::store::UserStore as _;
use hallpass_sql::Layout;
use hallpass_sqlx::{Postgres, PostgresStore};
use sqlx::PgPool;

use crate::common::{BETTER_AUTH, Database, sql, texts, user};

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

fn store(pool: &PgPool) -> PostgresStore {
    PostgresStore::new(Postgres::new(pool.clone()))
}

#[tokio::test]
async fn make_what_better_auth_makes_and_nothing_in_its_way() {
    let (ours, theirs) = (Database::new().await.pool(2), Database::new().await.pool(2));
    sql(&theirs, BETTER_AUTH).await;
    shared::make_what_better_auth_makes_and_nothing_in_its_way(
        (store(&ours), async || seen(&ours).await),
        (store(&theirs), async || seen(&theirs).await),
    )
    .await;
}

#[tokio::test]
async fn run_by_many_at_once_are_each_run_by_one() {
    let database = Database::new().await;
    shared::run_by_many_at_once_are_each_run_by_one(|| store(&database.pool(1))).await;
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
    let one_goes = async || sql(&pool, r#"delete from "user" where id = 'again'"#).await;
    shared::name_the_rows_in_the_way(&store, ada, async |query| texts(&pool, query).await, one_goes).await;
}

#[tokio::test]
async fn keep_fields_unique_whose_long_names_begin_alike() {
    let pool = Database::new().await.pool(2);
    shared::keep_fields_unique_whose_long_names_begin_alike(&store(&pool)).await;
}
