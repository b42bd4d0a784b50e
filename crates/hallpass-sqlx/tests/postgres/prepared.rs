//! Statements are prepared once a connection, and run again as they are.

use hallpass::store::UserStore as _;
use hallpass_sqlx::{Postgres, PostgresStore};
use sqlx::postgres::PgConnectOptions;

use crate::common::{Database, pool, user};

/// How many prepared statements of users the one connection has, and how often they were run, after so many questions.
async fn prepared(options: PgConnectOptions, questions: i64) -> (i64, i64) {
    let pool = pool(options, 1);
    let store = PostgresStore::new(Postgres::new(pool.clone()));
    store.migrate().await.unwrap();
    let (ada, account) = user("ada");
    // Another may have made her.
    drop(store.create_user(&ada, Some(&account)).await);
    for _ in 0..questions {
        assert!(store.user(&ada.id).await.unwrap().is_some());
    }
    let count = "select count(*), coalesce(sum(generic_plans + custom_plans), 0)::bigint from pg_prepared_statements \
                 where statement like 'SELECT%' and statement like '%FROM \"user\"%WHERE%\"id\"%' \
                 and statement not like '%pg_prepared%'";
    sqlx::query_as(count).fetch_one(&pool).await.unwrap()
}

#[tokio::test]
async fn a_statement_is_prepared_once_and_run_as_often_as_it_is_asked_for() {
    let database = Database::new().await;
    let (once, runs) = prepared(database.found(), 1).await;
    assert!(once > 0 && runs > 0, "{once} {runs}");
    assert_eq!(prepared(database.found(), 10).await, (once, runs + 9));
}
