//! What the server refuses, and a server that is not there.

use std::error::Error as _;

use hallpass::store::{StoreError, StoreErrorKind, UserStore as _};
use hallpass_sql::{Remedy, SqlConnection as _, Statement, Value};
use hallpass_sqlx::{Postgres, PostgresStore};
use sqlx::postgres::PgPoolOptions;

use crate::common::{Database, sql, texts, user};

crate::damage::damage_tests!(async {
    let database = Database::new().await;
    let store = PostgresStore::new(Postgres::new(database.pool(2)));
    (database, store)
});

/// Everything that a log would show of an error.
fn shown(error: &StoreError) -> String {
    let source = error.source().unwrap();
    format!("{error} {error:?} {source} {source:?}")
}

async fn open() -> (Database, PostgresStore) {
    let database = Database::new().await;
    let store = PostgresStore::new(Postgres::new(database.pool(2)));
    store.migrate().await.unwrap();
    (database, store)
}

#[tokio::test]
async fn no_value_is_in_an_error() {
    let (_database, store) = open().await;
    let (mut ada, account) = user("hunter2");
    store.create_user(&ada, Some(&account)).await.unwrap();
    let taken = store.create_user(&ada, None).await.unwrap_err();
    assert_eq!(taken.kind(), StoreErrorKind::Conflict);
    assert!(shown(&taken).contains("23505") && shown(&taken).contains("user_pkey"), "{}", shown(&taken));
    ada.name = "hunter2\0".to_owned();
    ada.id = "other".into();
    let text = Statement::new("SELECT CAST($1::text AS integer)").bind("hunter2");
    let number = Statement::new("SELECT $1::integer").bind("hunter2");
    for error in [
        taken,
        store.create_user(&ada, None).await.unwrap_err(),
        store.connection().execute(text).await.unwrap_err(),
        store.connection().execute(number).await.unwrap_err(),
    ] {
        assert!(!shown(&error).contains("hunter2"), "{}", shown(&error));
    }
}

#[tokio::test]
async fn a_batch_that_fails_leaves_nothing_and_its_connection_serves_on() {
    let database = Database::new().await;
    let postgres = Postgres::new(database.pool(1));
    sql(postgres.pool(), "create table t (n int primary key); create table u (n int references t)").await;
    let insert = |table: &str, n: i64| Statement::new(format!("INSERT INTO {table} VALUES ($1)")).bind(n);
    for (second, expected) in [
        (insert("t", 1), StoreErrorKind::Conflict),
        (insert("u", 7), StoreErrorKind::Unexpected),
        (insert("nowhere", 1), StoreErrorKind::Unexpected),
        (insert("t", i64::MAX), StoreErrorKind::Unexpected),
        (Statement::new("INSERT INTO t VALUES ($1)"), StoreErrorKind::Unexpected),
    ] {
        let error = postgres.batch(vec![insert("t", 1), second]).await.unwrap_err();
        assert_eq!(error.kind(), expected, "{}", shown(&error));
        assert!(postgres.query(Statement::new("SELECT n FROM t")).await.unwrap().is_empty());
    }
    let results = postgres.batch(vec![insert("t", 1), insert("u", 1)]).await.unwrap();
    assert_eq!(results.iter().map(|rows| rows.affected()).collect::<Vec<_>>(), [1, 1]);
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_unavailable() {
    let (database, store) = open().await;
    // A server that ends our connections.
    let ended =
        store.connection().query(Statement::new("SELECT pg_terminate_backend(pg_backend_pid())")).await;
    assert_eq!(ended.unwrap_err().kind(), StoreErrorKind::Unavailable);
    assert!(store.user_by_field("x", "y").await.is_err());
    assert!(store.user(&"nobody".into()).await.unwrap().is_none(), "the pool makes another");
    // One that is too slow.
    let slow = Statement::new("SELECT set_config('statement_timeout', '1', true), pg_sleep(1)::text");
    let slow = vec![slow.clone(), slow];
    assert_eq!(store.connection().batch(slow).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    // A pool without a free connection.
    let busy = PgPoolOptions::new()
        .max_connections(1)
        // Long enough for the first connection to be made on a busy machine.
        .acquire_timeout(std::time::Duration::from_secs(3))
        .connect_lazy_with(database.found());
    let _held = busy.acquire().await.unwrap();
    let busy = PostgresStore::new(Postgres::new(busy.clone()));
    assert_eq!(busy.user(&"ada".into()).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    // A pool that is closed, and a server that is not there.
    store.connection().pool().close().await;
    assert_eq!(store.user(&"ada".into()).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    let nowhere =
        PgPoolOptions::new().connect_lazy("postgres://ada:hunter2@localhost/x?host=/nowhere").unwrap();
    let nowhere = PostgresStore::new(Postgres::new(nowhere));
    let error = nowhere.user(&"ada".into()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(!shown(&error).contains("hunter2") && !format!("{nowhere:?}").contains("hunter2"));
}

/// A pool of one connection that gives up soon.
fn impatient(options: sqlx::postgres::PgConnectOptions) -> PostgresStore {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(std::time::Duration::from_secs(2));
    PostgresStore::new(Postgres::new(pool.connect_lazy_with(options)))
}

/// What is said when the store is asked for a user.
async fn remedy_of(store: &PostgresStore, said: &str) -> Option<Remedy> {
    let error = store.user(&"ada".into()).await.unwrap_err();
    assert!(shown(&error).contains(said), "{}", shown(&error));
    assert!(!shown(&error).contains("hunter2"), "{}", shown(&error));
    Remedy::of(&error)
}

#[tokio::test]
async fn what_a_server_does_not_allow_comes_with_what_to_do() {
    let (database, store) = open().await;
    let pool = store.connection().pool();
    let name = database.schema.replace(' ', "_");
    // By a password alone, for this user.
    sql(pool, &format!("create role {name} login password 'right'")).await;
    let files: Vec<String> = texts(pool, "show hba_file").await;
    let rules = texts(pool, &format!("select pg_read_file('{}')", files[0])).await;
    let write = |rules: String| {
        // COPY writes lines, one a row.
        let rules = rules.replace('\'', "''");
        let lines = format!("select unnest(string_to_array('{rules}', e'\\n'))");
        format!("copy ({lines}) to '{}'; select pg_reload_conf()", files[0])
    };
    sql(pool, &write(format!("local all {name} scram-sha-256\n{}", rules[0]))).await;
    let as_user = |password| database.found().username(&name).password(password);
    let wrong = impatient(as_user("hunter2"));
    // The server reads its rules again beside this.
    while !matches!(wrong.user(&"ada".into()).await, Err(error) if shown(&error).contains("28P01")) {
        // Until then it lets everybody in, and the connection would be kept.
        sql(
            pool,
            &format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = '{name}'"),
        )
        .await;
    }
    assert_eq!(remedy_of(&wrong, "password authentication failed").await, Some(Remedy::Password));
    sql(pool, &write(rules[0].clone())).await;
    let right = || impatient(as_user("right"));
    sql(pool, &format!("grant usage on schema \"{}\" to {name}", database.schema)).await;
    assert_eq!(remedy_of(&right(), "permission denied for table").await, Some(Remedy::Permission));
    sql(pool, &format!("grant select on all tables in schema \"{}\" to {name}", database.schema)).await;
    assert!(right().user(&"ada".into()).await.unwrap().is_none(), "the mend is enough");
    sql(pool, &format!("alter role {name} connection limit 0")).await;
    assert_eq!(remedy_of(&right(), "").await, Some(Remedy::Server));

    let nowhere = impatient(database.found().database("nowhere"));
    assert_eq!(remedy_of(&nowhere, "\"nowhere\" does not exist").await, Some(Remedy::Database));
    let nobody = impatient(database.found().username("nobody"));
    assert_eq!(remedy_of(&nobody, "\"nobody\" does not exist").await, Some(Remedy::Password));
    let refused = "postgres://ada:hunter2@127.0.0.1:1/x".parse().unwrap();
    assert_eq!(remedy_of(&impatient(refused), "is the server up").await, Some(Remedy::Server));
    let safe = database.found().ssl_mode(sqlx::postgres::PgSslMode::Require);
    assert_eq!(remedy_of(&impatient(safe), "TLS").await, Some(Remedy::Tls));
}

#[tokio::test]
async fn a_server_that_takes_no_writes_loses_none() {
    let (_database, store) = open().await;
    let pool = store.connection().pool();
    let (ada, account) = user("ada");
    store.create_user(&ada, Some(&account)).await.unwrap();
    // The codes are the server's own, and the machine's disk is left alone.
    for (code, remedy) in [("53100", Remedy::Space), ("25006", Remedy::ReadOnly)] {
        let refuse = format!(
            "create function refuse() returns trigger language plpgsql as $$ begin \
             raise exception 'no' using errcode = '{code}'; end $$; \
             create trigger refuse before insert on \"user\" execute function refuse()"
        );
        sql(pool, &refuse).await;
        let (bob, account) = user("bob");
        let refused = store.create_user(&bob, Some(&account)).await.unwrap_err();
        assert_eq!((refused.kind(), Remedy::of(&refused)), (StoreErrorKind::Unavailable, Some(remedy)));
        assert!(store.user(&ada.id).await.unwrap().is_some(), "it still reads");
        sql(pool, "drop function refuse cascade").await;
        store.create_user(&bob, Some(&account)).await.unwrap();
        assert!(store.delete_user(&bob.id).await.unwrap());
    }
}

#[tokio::test]
async fn a_column_whose_type_is_changed_meanwhile_is_read_on() {
    let (_database, store) = open().await;
    let (ada, account) = user("ada");
    store.create_user(&ada, Some(&account)).await.unwrap();
    assert!(store.user(&ada.id).await.unwrap().is_some());
    let pool = store.connection().pool();
    sql(pool, r#"alter table "user" alter column "name" type varchar(40)"#).await;
    for _ in 0..3 {
        assert_eq!(store.user(&ada.id).await.unwrap().as_ref(), Some(&ada));
    }
}

#[tokio::test]
async fn every_type_that_adopted_columns_have_is_written_and_read() {
    let database = Database::new().await;
    let postgres = Postgres::new(database.pool(1));
    for (kind, value, read) in [
        ("int2", Value::from(-7), Value::from(-7)),
        ("int4", Value::from(7), Value::from(7)),
        ("int8", Value::from(i64::MAX), Value::from(i64::MAX)),
        ("float4", Value::Real(0.5), Value::Real(0.5)),
        ("float8", Value::from(3), Value::from(3)),
        ("boolean", Value::from(true), Value::from(true)),
        ("varchar(9)", Value::from("a"), Value::from("a")),
        ("char(2)", Value::from("ab"), Value::from("ab")),
        ("json", Value::from(r#"{"a": 1}"#), Value::from(r#"{"a": 1}"#)),
        ("jsonb", Value::from(r#"{"a":1}"#), Value::from(r#"{"a": 1}"#)),
        ("bytea", Value::Blob(vec![0, 255]), Value::Blob(vec![0, 255])),
        ("mood", Value::from("well"), Value::from("well")),
        ("address", Value::from("a@b"), Value::from("a@b")),
    ] {
        sql(
            postgres.pool(),
            &format!(
                "drop table if exists t; drop type if exists mood; drop domain if exists address; \
                 create type mood as enum ('well'); create domain address as text check (value like '%@%'); \
                 create table t (n int, v {kind})"
            ),
        )
        .await;
        let insert =
            |value| Statement::new(format!("INSERT INTO t /* {kind} */ SELECT $1, $2")).bind(1).bind(value);
        postgres.execute(insert(value)).await.unwrap();
        postgres.execute(insert(Value::Null)).await.unwrap();
        let all = Statement::new(format!("SELECT v FROM t /* {kind} */ ORDER BY v IS NULL"));
        let mut rows = postgres.query(all).await.unwrap();
        assert_eq!(rows.affected(), 0);
        let values: Vec<_> = rows.iter_mut().map(|mut row| row.take("v").unwrap()).collect();
        assert_eq!(values, [read, Value::Null], "{kind}");
    }
    let other = postgres.query(Statement::new("SELECT '1'::interval AS v")).await.unwrap_err();
    assert!(shown(&other).contains("INTERVAL"), "{}", shown(&other));
}
