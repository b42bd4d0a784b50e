//! What one transaction must not decide by what another is about to change.

use std::time::Duration;

use hallpass::store::{SessionStore as _, UserStore as _};
use hallpass_sql::{SqlConnection as _, Statement};
use hallpass_sqlx::{Postgres, PostgresStore};
use sqlx::PgPool;

use crate::common::{BETTER_AUTH, Database, session, sql, texts, user};

/// Waits until a connection other than this one's waits for a lock in this database's schema, or `is_done`.
async fn until_blocked(pool: &PgPool, is_done: impl Fn() -> bool) {
    let blocked = "select pid::text from pg_stat_activity where wait_event_type = 'Lock' \
                   and query like '%' || current_schema() || '%'";
    while !is_done() && texts(pool, blocked).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn of_two_batches_that_wait_for_each_other_both_are_done() {
    let database = Database::new().await;
    let postgres = Postgres::new(database.pool(2));
    sql(postgres.pool(), "create table t (n int, m int); insert into t values (1, 0), (2, 0)").await;
    let batch = |rows: [i64; 2]| {
        let [first, second] = rows.map(|n| Statement::new("UPDATE t SET m = m + 1 WHERE n = $1").bind(n));
        // Time for the other to take its first row, and no longer until the server looks for deadlocks.
        let pause = "SELECT set_config('deadlock_timeout', '50ms', true), pg_sleep(0.1)::text";
        let postgres = postgres.clone();
        tokio::spawn(async move { postgres.batch(vec![first, Statement::new(pause), second]).await })
    };
    for done in [batch([1, 2]), batch([2, 1])] {
        done.await.unwrap().unwrap();
    }
    assert_eq!(texts(postgres.pool(), "select m::text from t").await, ["2", "2"]);
}

/// A store whose statements name the schema, so that they are told from other tests' on the server.
async fn open(tables: &str) -> (PgPool, PostgresStore) {
    let database = Database::new().await;
    let pool = database.pool(4);
    sql(&pool, tables).await;
    (pool.clone(), PostgresStore::new(Postgres::new(pool).in_schema(&database.schema)))
}

#[tokio::test]
async fn a_session_waits_for_a_ban_that_is_under_way() {
    let banned = format!(r#"{BETTER_AUTH} alter table "user" add column "banned" boolean;"#);
    let (pool, store) = open(&banned).await;
    let (ada, _) = user("ada");
    store.create_user(&ada, None).await.unwrap();

    let mut ban = pool.begin().await.unwrap();
    sqlx::raw_sql(r#"update "user" set "banned" = true"#).execute(&mut *ban).await.unwrap();
    let sign_in = tokio::spawn({
        let (store, session) = (store.clone(), session(&ada));
        async move { store.create_session(&session).await.unwrap() }
    });
    until_blocked(&pool, || sign_in.is_finished()).await;
    ban.commit().await.unwrap();
    assert!(!sign_in.await.unwrap(), "a session was made of a user who is banned");
}

#[tokio::test]
async fn without_foreign_keys_no_session_outlives_its_user_either() {
    let (pool, store) =
        open(&BETTER_AUTH.replace(r#" references "user" ("id") on delete cascade"#, "")).await;
    let (ada, account) = user("ada");
    store.create_user(&ada, Some(&account)).await.unwrap();

    // Another that deletes the user has found no session, and one is made before the user is gone.
    let mut sign_in = pool.begin().await.unwrap();
    sqlx::raw_sql(r#"select from "user" for share"#).execute(&mut *sign_in).await.unwrap();
    let deletion = tokio::spawn({
        let (store, id) = (store.clone(), ada.id.clone());
        async move { store.delete_user(&id).await.unwrap() }
    });
    until_blocked(&pool, || deletion.is_finished()).await;
    let session = r#"insert into "session" values ('s', now(), 't', now(), now(), null, null, 'user-ada')"#;
    sqlx::raw_sql(session).execute(&mut *sign_in).await.unwrap();
    sign_in.commit().await.unwrap();
    assert!(deletion.await.unwrap());
    assert_eq!(texts(&pool, r#"select id from "session""#).await, [""; 0], "a session outlived its user");
}
