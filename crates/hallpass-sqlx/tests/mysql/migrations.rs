//! Migrations, on new databases and on better-auth's own.

#[path = "../shared/migrations.rs"]
mod shared;

use std::collections::BTreeSet;

use hallpass::schema::{Column, ExtraField, FieldKind, Schema, Table};
use hallpass::store::{SchemaStore as _, UserStore as _};
use hallpass_sql::Layout;
use hallpass_sqlx::{MySql, MySqlStore};
use sqlx::MySqlPool;

use crate::common::{BETTER_AUTH, Database, EXACT, LOOSE, sql, texts, user};

/// Everything that a client sees of the tables: columns, indexes, and rules.
async fn seen(pool: &MySqlPool) -> BTreeSet<String> {
    let seen = "select cast(concat_ws(' ', table_name, column_name, column_type, is_nullable, column_default) as char) \
                from information_schema.columns where table_schema = database() \
                union all select cast(concat_ws(' ', table_name, index_name, non_unique, seq_in_index, column_name, \
                sub_part) as char) from information_schema.statistics where table_schema = database() \
                union all select cast(concat_ws(' ', table_name, constraint_name, referenced_table_name, delete_rule) \
                as char) from information_schema.referential_constraints where constraint_schema = database()";
    texts(pool, seen).await.into_iter().collect()
}

fn store(pool: &MySqlPool) -> MySqlStore {
    MySqlStore::new(MySql::new(pool.clone()))
}

/// Of each kind, and a table of a plugin's.
fn declared() -> Schema {
    Schema::new()
        .user_field(ExtraField::text("handle").unique())
        .user_field(ExtraField::text("town").indexed())
        .user_field(ExtraField::text("role").required().default_value("it's a \\ `role`"))
        .user_field(ExtraField::new("bornAt", FieldKind::Moment))
        .session_field(ExtraField::boolean("darkMode").required().default_value(true))
        .table(
            Table::new("apiToken")
                .column(Column::new("userId", FieldKind::Text).required().references("user", "id").indexed())
                .column(Column::new("tokenHash", FieldKind::Text).required().unique()),
        )
}

#[tokio::test]
async fn make_what_better_auth_makes_and_nothing_in_its_way() {
    let (ours, theirs) = (Database::new(LOOSE).await.pool(2), Database::new(LOOSE).await.pool(2));
    sql(&theirs, BETTER_AUTH).await;
    shared::make_what_better_auth_makes_and_nothing_in_its_way(
        (store(&ours), async || seen(&ours).await),
        (store(&theirs), async || seen(&theirs).await),
    )
    .await;
}

#[tokio::test]
async fn run_by_many_at_once_are_each_run_by_one() {
    let database = Database::new(LOOSE).await;
    shared::run_by_many_at_once_are_each_run_by_one(|| store(&database.pool(1))).await;
}

#[tokio::test]
async fn that_ended_in_the_middle_are_finished_by_the_next_run() {
    for layout in [Layout::CamelCase, Layout::SnakeCase] {
        let whole = Database::new(LOOSE).await.pool(1);
        let store = |pool: &MySqlPool| {
            let store = MySqlStore::in_layout(MySql::new(pool.clone()), layout);
            store.declare(&declared()).unwrap();
            store
        };
        let script = store(&whole).script().await.unwrap();
        store(&whole).migrate().await.unwrap();
        // The index that a foreign key brings serves as well.
        let seen = async |pool: &MySqlPool| -> BTreeSet<_> {
            let named = |line: String| match line.split_once(" 1 1 ") {
                Some((index, column)) if column.starts_with("user") => {
                    format!("an index of {} on {column}", index.split(" ").next().unwrap_or_default())
                }
                _ => line,
            };
            seen(pool).await.into_iter().map(named).collect()
        };
        let statements: Vec<_> = script.split(";\n").filter(|sql| !sql.trim().is_empty()).collect();
        for ran in 0..=statements.len() {
            let half = Database::new(LOOSE).await.pool(1);
            for statement in statements.iter().take(ran) {
                sql(&half, statement).await;
            }
            let applied = store(&half).migrate().await.unwrap();
            assert_eq!(seen(&half).await, seen(&whole).await, "after {ran} statements: {applied:?}");
            assert_eq!(applied.is_empty(), ran == statements.len(), "after {ran} statements: {applied:?}");
            assert!(store(&half).plan().await.unwrap().is_empty(), "after {ran} statements");
        }
    }
}

#[tokio::test]
async fn give_fields_their_types_defaults_and_references() {
    let pool = Database::new(EXACT).await.pool(2);
    let store = store(&pool);
    store.declare(&declared()).unwrap();
    let (ada, _) = user("ada");
    MySqlStore::new(MySql::new(pool.clone())).migrate().await.unwrap();
    sql(
        &pool,
        "insert into user (id, name, email, emailVerified) values ('old', '', 'old@example.com', false)",
    )
    .await;
    store.migrate().await.unwrap();
    assert_eq!(texts(&pool, "select role from user").await, ["it's a \\ `role`"]);
    let kinds = "select cast(concat_ws(' ', column_name, column_type, is_nullable) as char) from information_schema.columns \
                 where table_schema = database() \
                 and column_name in ('handle', 'town', 'role', 'bornAt', 'darkMode', 'tokenHash') order by 1";
    assert_eq!(
        texts(&pool, kinds).await,
        [
            "bornAt timestamp(3) YES",
            "darkMode tinyint(1) NO",
            "handle varchar(255) YES",
            "role text NO",
            "tokenHash varchar(255) NO",
            "town varchar(255) YES",
        ]
    );
    store.create_user(&ada, None).await.unwrap_err();
    sql(&pool, "insert into apiToken values ('t', 'old', 'hash')").await;
    assert!(store.delete_user(&"old".into()).await.unwrap());
    assert_eq!(texts(&pool, "select id from apiToken").await, [""; 0], "it went with its user");
}

#[tokio::test]
async fn make_unique_what_adopted_tables_do_not_and_name_the_rows_in_the_way() {
    let pool = Database::new(LOOSE).await.pool(2);
    sql(&pool, &BETTER_AUTH.replace(" unique", "")).await;
    let store = store(&pool);
    let (ada, _) = user("ada");
    store.create_user(&ada, None).await.unwrap();
    sql(
        &pool,
        "insert into user select 'again', name, email, emailVerified, image, createdAt, updatedAt from user",
    )
    .await;
    let one_goes = async || sql(&pool, "delete from user where id = 'again'").await;
    shared::name_the_rows_in_the_way(&store, ada, async |query| texts(&pool, query).await, one_goes).await;
}

#[tokio::test]
async fn keep_fields_unique_whose_long_names_begin_alike() {
    let pool = Database::new(LOOSE).await.pool(2);
    shared::keep_fields_unique_whose_long_names_begin_alike(&store(&pool)).await;
}
