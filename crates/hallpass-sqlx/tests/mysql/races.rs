//! What one transaction must not decide by what another is about to change.

use std::time::Duration;

use futures_util::FutureExt as _;
use hallpass::model::Verification;
use hallpass::store::{SessionStore as _, UserStore as _, VerificationStore as _};
use hallpass_sql::{SqlConnection as _, Statement};
use hallpass_sqlx::{MySql, MySqlStore};
use sqlx::MySqlPool;

use crate::common::{BETTER_AUTH, Database, LOOSE, NOW, session, sql, texts, user};

/// Waits until a connection to this database waits for a lock, or `is_done`.
async fn until_blocked(pool: &MySqlPool, is_done: impl Fn() -> bool) {
    let blocked = "select cast(t.trx_id as char) from information_schema.innodb_trx as t \
                   join information_schema.processlist as p on p.id = t.trx_mysql_thread_id \
                   where t.trx_state = 'LOCK WAIT' and p.db = database()";
    while !is_done() && texts(pool, blocked).await.is_empty() {
        // What is read again sooner is what was read before.
        tokio::time::sleep(Duration::from_millis(120)).await;
    }
}

async fn open(tables: &str) -> (MySqlPool, MySqlStore) {
    let pool = Database::new(LOOSE).await.pool(4);
    sql(&pool, tables).await;
    (pool.clone(), MySqlStore::new(MySql::new(pool)))
}

#[tokio::test]
async fn of_two_batches_that_wait_for_each_other_both_are_done() {
    let (pool, store) =
        open("create table t (n int primary key, m int); insert into t values (1, 0), (2, 0)").await;
    let batch = |rows: [i64; 2]| {
        let [first, second] = rows.map(|n| Statement::new("UPDATE t SET m = m + 1 WHERE n = ?1").bind(n));
        // Time for the other to take its first row.
        let pause = Statement::new("SELECT SLEEP(0.1) AS slept");
        let mysql = store.connection().clone();
        tokio::spawn(async move { mysql.batch(vec![first, pause, second]).await })
    };
    for done in [batch([1, 2]), batch([2, 1])] {
        done.await.unwrap().unwrap();
    }
    assert_eq!(texts(&pool, "select cast(m as char) from t").await, ["2", "2"]);
}

#[tokio::test]
async fn a_session_waits_for_a_ban_that_is_under_way() {
    let (pool, store) = open(&format!("{BETTER_AUTH} alter table user add column banned boolean;")).await;
    let (ada, _) = user("ada");
    store.create_user(&ada, None).await.unwrap();

    let mut ban = pool.begin().await.unwrap();
    sqlx::raw_sql("update user set banned = true").execute(&mut *ban).await.unwrap();
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
    let (pool, store) = open(&BETTER_AUTH.replace(" references `user` (`id`) on delete cascade", "")).await;
    let (ada, account) = user("ada");
    store.create_user(&ada, Some(&account)).await.unwrap();

    // Another that deletes the user has found no session, and one is made before the user is gone.
    let mut sign_in = pool.begin().await.unwrap();
    sqlx::raw_sql("select name from user where id = 'user-ada' lock in share mode")
        .execute(&mut *sign_in)
        .await
        .unwrap();
    let deletion = tokio::spawn({
        let (store, id) = (store.clone(), ada.id.clone());
        async move { store.delete_user(&id).await.unwrap() }
    });
    until_blocked(&pool, || deletion.is_finished()).await;
    let session = "insert into session values ('s', now(), 't', now(), now(), null, null, 'user-ada')";
    sqlx::raw_sql(session).execute(&mut *sign_in).await.unwrap();
    sign_in.commit().await.unwrap();
    assert!(deletion.await.unwrap());
    assert_eq!(texts(&pool, "select id from session").await, [""; 0], "a session outlived its user");
}

/// A call whose caller goes away at each of its awaits.
#[tokio::test]
async fn a_call_that_is_dropped_leaves_no_transaction_and_no_lock_behind() {
    let (pool, store) = open(BETTER_AUTH).await;
    let verification = Verification {
        id: "v".into(),
        identifier: "x".to_owned(),
        value: "1".to_owned(),
        expires_at: NOW.plus(Duration::from_secs(60)),
        created_at: NOW,
        updated_at: NOW,
    };
    for polls in 1..30 {
        {
            let mut call = store.put_verification(&verification);
            for _ in 0..polls {
                if (&mut call).now_or_never().is_some() {
                    break;
                }
                tokio::time::sleep(Duration::from_micros(300)).await;
            }
        }
        // The next one has a lock of that name and a transaction of its own, on whichever connection.
        let put = tokio::time::timeout(Duration::from_secs(20), store.put_verification(&verification));
        put.await.unwrap().unwrap();
        let mut others = Vec::new();
        for _ in 0..4 {
            others.push(pool.acquire().await.unwrap());
        }
        for other in &mut others {
            let open = "select cast(@@in_transaction as char)";
            let open: String = sqlx::query_scalar(open).fetch_one(&mut **other).await.unwrap();
            assert_eq!(open, "0", "after {polls} polls");
        }
    }
}
