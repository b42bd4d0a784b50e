//! What the server refuses, and a server that is not there.

use std::error::Error as _;
use std::time::Duration;

use hallpass::clock::Timestamp;
use hallpass::store::{StoreError, StoreErrorKind, UserStore as _};
use hallpass_sql::{Remedy, SqlConnection as _, Statement, Value};
use hallpass_sqlx::{MySql, MySqlStore};
use sqlx::Executor as _;
use sqlx::mysql::MySqlPoolOptions;

use crate::common::{Database, EXACT, LOOSE, pool, sql, user};

crate::damage::damage_tests!(async {
    let database = Database::new(LOOSE).await;
    let store = MySqlStore::new(MySql::new(database.pool(2)));
    (database, store)
});

/// Everything that a log would show of an error.
fn shown(error: &StoreError) -> String {
    let source = error.source().unwrap();
    format!("{error} {error:?} {source} {source:?}")
}

async fn open() -> (Database, MySqlStore) {
    let database = Database::new(LOOSE).await;
    let store = MySqlStore::new(MySql::new(database.pool(2)));
    store.migrate().await.unwrap();
    (database, store)
}

#[tokio::test]
async fn no_value_is_in_an_error() {
    let (_database, store) = open().await;
    let (ada, account) = user("hunter2");
    store.create_user(&ada, Some(&account)).await.unwrap();
    let taken = store.create_user(&ada, None).await.unwrap_err();
    assert_eq!(taken.kind(), StoreErrorKind::Conflict);
    assert!(shown(&taken).contains("1062") && shown(&taken).contains("PRIMARY"), "{}", shown(&taken));
    let number = Statement::new("UPDATE user SET emailVerified = ?1").bind("hunter2");
    let moment = Statement::new("UPDATE user SET createdAt = ?1").bind("hunter2");
    for error in [
        taken,
        store.connection().execute(number).await.unwrap_err(),
        store.connection().execute(moment).await.unwrap_err(),
    ] {
        assert!(!shown(&error).contains("hunter2"), "{}", shown(&error));
    }
}

#[tokio::test]
async fn what_has_no_place_is_refused_and_not_cut() {
    let (_database, store) = open().await;
    let (ada, _) = user("ada");
    let long_id = hallpass::model::User { id: "i".repeat(37).into(), ..ada.clone() };
    let long_name = hallpass::model::User { name: "n".repeat(256), ..ada.clone() };
    let early = hallpass::model::User { created_at: Timestamp::from_millis(0), ..ada.clone() };
    let late = Timestamp::parse("2038-01-19T03:14:08.000Z").unwrap();
    let late = hallpass::model::User { created_at: late, ..ada.clone() };
    for (user, column) in [(long_id, "id"), (long_name, "name"), (early, "1292"), (late, "1292")] {
        let error = store.create_user(&user, None).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unexpected, "{column}");
        assert!(shown(&error).contains(column), "{}", shown(&error));
    }
    assert_eq!(store.counts().await.unwrap()[0], ("user".into(), 0));
}

#[tokio::test]
async fn connections_that_would_write_otherwise_are_refused_before_they_do() {
    let database = Database::new(LOOSE).await;
    for (setting, said) in [
        ("time_zone = '+02:00'", "UTC"),
        ("sql_mode = ''", "STRICT_TRANS_TABLES"),
        ("names latin1", "utf8mb4"),
        ("autocommit = 0", "autocommit"),
    ] {
        let unfit = MySqlPoolOptions::new().max_connections(1).after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(sqlx::AssertSqlSafe(format!("set {setting}"))).await?;
                Ok(())
            })
        });
        let store = MySqlStore::new(MySql::new(unfit.connect_lazy_with(database.options())));
        for _ in 0..2 {
            let error = store.connection().query(Statement::new("SELECT 1 AS n")).await.unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Unexpected, "{setting}");
            assert!(shown(&error).contains(said), "{}", shown(&error));
        }
    }
    // Whatever the default of the server's is, a pool that leaves it to sqlx is in UTC.
    let fit = MySql::new(pool(database.options().timezone(Some("UTC".to_owned())), 1));
    match fit.query(Statement::new("SELECT 1 AS n")).await {
        Ok(_) => {}
        // A server without tables of time zones.
        Err(error) => assert!(shown(&error).contains("1298"), "{}", shown(&error)),
    }
}

#[tokio::test]
async fn a_batch_that_fails_leaves_nothing_and_its_connection_serves_on() {
    let database = Database::new(EXACT).await;
    let mysql = MySql::new(database.pool(1));
    sql(
        mysql.pool(),
        "create table t (n int primary key); create table u (n int, foreign key (n) references t (n))",
    )
    .await;
    let insert = |table: &str, n: i64| Statement::new(format!("INSERT INTO {table} VALUES (?1)")).bind(n);
    for (second, expected) in [
        (insert("t", 1), StoreErrorKind::Conflict),
        (insert("u", 7), StoreErrorKind::Unexpected),
        (insert("nowhere", 1), StoreErrorKind::Unexpected),
        (insert("t", i64::MAX), StoreErrorKind::Unexpected),
        (Statement::new("INSERT INTO t VALUES (?2)").bind(1), StoreErrorKind::Unexpected),
    ] {
        let error = mysql.batch(vec![insert("t", 1), second]).await.unwrap_err();
        assert_eq!(error.kind(), expected, "{}", shown(&error));
        assert!(mysql.query(Statement::new("SELECT n FROM t")).await.unwrap().is_empty());
    }
    let results = mysql.batch(vec![insert("t", 1), insert("u", 1)]).await.unwrap();
    assert_eq!(results.iter().map(|rows| rows.affected()).collect::<Vec<_>>(), [1, 1]);
    // Also where nothing is another.
    let same = Statement::new("UPDATE t SET n = ?1 WHERE n = ?1").bind(1);
    assert_eq!(mysql.execute(same).await.unwrap().affected(), 1);
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_unavailable() {
    let (database, store) = open().await;
    let mysql = store.connection();
    // A server that ends our connections.
    let ended = mysql.query(Statement::new("KILL CONNECTION_ID()")).await;
    assert_eq!(ended.unwrap_err().kind(), StoreErrorKind::Unavailable);
    assert!(store.user(&"nobody".into()).await.unwrap().is_none(), "the pool makes another");
    // A lock that another holds for too long.
    let (ada, _) = user("ada");
    store.create_user(&ada, None).await.unwrap();
    let mut held = database.pool(1).begin().await.unwrap();
    sqlx::raw_sql("select 1 from user for update").execute(&mut *held).await.unwrap();
    let patience = MySqlPoolOptions::new().max_connections(1).after_connect(|connection, _| {
        Box::pin(async move {
            connection.execute("set innodb_lock_wait_timeout = 1").await?;
            Ok(())
        })
    });
    let impatient = MySqlStore::new(MySql::new(patience.connect_lazy_with(database.options())));
    assert_eq!(impatient.delete_user(&ada.id).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    held.rollback().await.unwrap();
    assert!(impatient.delete_user(&ada.id).await.unwrap(), "its connection serves on");
    // A pool without a free connection.
    let busy = MySqlPoolOptions::new()
        .max_connections(1)
        // Long enough for the first connection to be made on a busy machine.
        .acquire_timeout(Duration::from_secs(3))
        .connect_lazy_with(database.options());
    let _held = busy.acquire().await.unwrap();
    let busy = MySqlStore::new(MySql::new(busy.clone()));
    assert_eq!(busy.user(&"ada".into()).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    // A pool that is closed, and a server that is not there.
    mysql.pool().close().await;
    assert_eq!(store.user(&"ada".into()).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    let nowhere =
        MySqlPoolOptions::new().connect_lazy("mysql://ada:hunter2@localhost/x?socket=/nowhere").unwrap();
    let nowhere = MySqlStore::new(MySql::new(nowhere));
    let error = nowhere.user(&"ada".into()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(!shown(&error).contains("hunter2") && !format!("{nowhere:?}").contains("hunter2"));
}

/// A pool of one connection that gives up soon.
fn impatient(options: sqlx::mysql::MySqlConnectOptions) -> MySqlStore {
    let pool = MySqlPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(2));
    MySqlStore::new(MySql::new(pool.connect_lazy_with(options)))
}

/// What is said when the store is asked for a user.
async fn remedy_of(store: &MySqlStore, said: &str) -> Option<Remedy> {
    let error = store.user(&"ada".into()).await.unwrap_err();
    assert!(shown(&error).contains(said), "{}", shown(&error));
    assert!(!shown(&error).contains("hunter2"), "{}", shown(&error));
    Remedy::of(&error)
}

#[tokio::test]
async fn what_a_server_does_not_allow_comes_with_what_to_do() {
    let (database, store) = open().await;
    let pool = store.connection().pool();
    let name = database.options().get_database().unwrap().to_owned();
    let user = format!("u{}", &name[name.len() - 20..]);
    sql(pool, &format!("create user {user}@localhost identified by 'right'")).await;
    let as_user = |password| database.options().username(&user).password(password);
    assert_eq!(remedy_of(&impatient(as_user("hunter2")), "1045").await, Some(Remedy::Password));
    let right = || impatient(as_user("right"));
    assert_eq!(remedy_of(&right(), "1044").await, Some(Remedy::Permission));
    sql(pool, &format!("grant select on {name}.session to {user}@localhost")).await;
    assert_eq!(remedy_of(&right(), "1142").await, Some(Remedy::Permission));
    sql(pool, &format!("grant select on {name}.* to {user}@localhost")).await;
    assert!(right().user(&"ada".into()).await.unwrap().is_none(), "the mend is enough");
    sql(pool, &format!("alter user {user}@localhost with max_user_connections 1")).await;
    let first = right();
    let _held = first.connection().pool().acquire().await.unwrap();
    assert_eq!(remedy_of(&right(), "1226").await, Some(Remedy::Connections));

    let nowhere = impatient(database.options().database("nowhere"));
    assert_eq!(remedy_of(&nowhere, "1049").await, Some(Remedy::Database));
    let refused = "mysql://ada:hunter2@127.0.0.1:1/x".parse().unwrap();
    assert_eq!(remedy_of(&impatient(refused), "is the server up").await, Some(Remedy::Server));
    let safe = database.options().ssl_mode(sqlx::mysql::MySqlSslMode::Required);
    assert_eq!(remedy_of(&impatient(safe), "TLS").await, Some(Remedy::Tls));
}

#[tokio::test]
async fn a_server_that_takes_no_writes_loses_none() {
    let (_database, store) = open().await;
    let pool = store.connection().pool();
    let (ada, account) = user("ada");
    store.create_user(&ada, Some(&account)).await.unwrap();
    // The numbers are the server's own, and the machine's disk is left alone.
    for (code, remedy) in [(1114, Remedy::Space), (1021, Remedy::Space), (1290, Remedy::ReadOnly)] {
        let refuse = format!(
            "create trigger refuse before insert on user for each row \
             signal sqlstate 'HY000' set mysql_errno = {code}, message_text = 'no'"
        );
        sql(pool, &refuse).await;
        let (bob, account) = user("bob");
        let refused = store.create_user(&bob, Some(&account)).await.unwrap_err();
        assert_eq!((refused.kind(), Remedy::of(&refused)), (StoreErrorKind::Unavailable, Some(remedy)));
        assert!(store.user(&ada.id).await.unwrap().is_some(), "it still reads");
        sql(pool, "drop trigger refuse").await;
        store.create_user(&bob, Some(&account)).await.unwrap();
        assert!(store.delete_user(&bob.id).await.unwrap());
    }
}

#[tokio::test]
async fn every_type_that_adopted_columns_have_is_written_and_read() {
    let database = Database::new(EXACT).await;
    let mysql = MySql::new(database.pool(1));
    let moment = |text| Value::Timestamp(Timestamp::parse(text).unwrap());
    for (kind, value, read) in [
        ("tinyint", Value::from(-7), Value::from(-7)),
        ("tinyint(1)", Value::from(true), Value::from(1)),
        ("smallint unsigned", Value::from(65_535), Value::from(65_535)),
        ("mediumint", Value::from(-7), Value::from(-7)),
        ("int", Value::from(7), Value::from(7)),
        ("bigint", Value::from(i64::MIN), Value::from(i64::MIN)),
        ("bigint unsigned", Value::from(i64::MAX), Value::from(i64::MAX)),
        ("float", Value::Real(0.5), Value::Real(0.5)),
        ("double", Value::from(3), Value::from(3)),
        ("decimal(10, 2)", Value::Real(2.5), Value::Real(2.5)),
        ("decimal(10, 2)", Value::from(7), Value::from(7)),
        ("varchar(9)", Value::from("a "), Value::from("a ")),
        ("varchar(9) character set latin1", Value::from("é"), Value::from("é")),
        ("char(2)", Value::from("ab"), Value::from("ab")),
        ("longtext", Value::from("👩"), Value::from("👩")),
        ("enum('well')", Value::from("well"), Value::from("well")),
        ("json", Value::from(r#"{"a":1}"#), Value::from(r#"{"a":1}"#)),
        ("varbinary(2)", Value::Blob(vec![0, 255]), Value::Blob(vec![0, 255])),
        ("blob", Value::Blob(vec![0, 255]), Value::Blob(vec![0, 255])),
        ("timestamp(3) null", moment("2026-11-22T08:21:27.378Z"), moment("2026-11-22T08:21:27.378Z")),
        ("datetime(6)", moment("1815-12-10T00:00:00.001Z"), moment("1815-12-10T00:00:00.001Z")),
        ("datetime", moment("2026-11-22T08:21:27.000Z"), moment("2026-11-22T08:21:27.000Z")),
        ("date", moment("2026-11-22T00:00:00.000Z"), moment("2026-11-22T00:00:00.000Z")),
    ] {
        sql(mysql.pool(), &format!("drop table if exists t; create table t (n int, v {kind})")).await;
        let insert =
            |value| Statement::new(format!("INSERT INTO t /* {kind} */ SELECT ?1, ?2")).bind(1).bind(value);
        mysql.execute(insert(value)).await.unwrap();
        mysql.execute(insert(Value::Null)).await.unwrap();
        let all = Statement::new(format!("SELECT v FROM t /* {kind} */ ORDER BY v IS NULL"));
        let mut rows = mysql.query(all).await.unwrap();
        assert_eq!(rows.affected(), 0);
        let values: Vec<_> = rows.iter_mut().map(|mut row| row.take("v").unwrap()).collect();
        assert_eq!(values, [read, Value::Null], "{kind}");
    }
    let other = mysql.query(Statement::new("SELECT TIME('01:00') AS v")).await.unwrap_err();
    assert!(shown(&other).contains("TIME"), "{}", shown(&other));
}
