//! Statements are prepared once a connection, and run again as they are.

use hallpass::store::UserStore as _;
use hallpass_sqlx::{MySql, MySqlStore};
use sqlx::Row as _;
use sqlx::mysql::MySqlConnectOptions;

use crate::common::{Database, EXACT, pool, user};

/// How often the one connection prepared a statement and ran one, while it was asked ten times for a user.
async fn prepared(options: MySqlConnectOptions) -> [i64; 2] {
    let pool = pool(options, 1);
    let store = MySqlStore::new(MySql::new(pool.clone()));
    store.migrate().await.unwrap();
    let (ada, account) = user("ada");
    // Another may have made her.
    drop(store.create_user(&ada, Some(&account)).await);
    assert!(store.user(&ada.id).await.unwrap().is_some());
    let counts = async || {
        let sql = "show session status where variable_name in ('Com_stmt_prepare', 'Com_stmt_execute')";
        let rows = sqlx::raw_sql(sql).fetch_all(&pool).await.unwrap();
        let count = |name: &str| -> i64 {
            let row = rows.iter().find(|row| row.get::<String, _>(0) == name).unwrap();
            row.get::<String, _>(1).parse().unwrap()
        };
        [count("Com_stmt_prepare"), count("Com_stmt_execute")]
    };
    let before = counts().await;
    for _ in 0..10 {
        assert!(store.user(&ada.id).await.unwrap().is_some());
    }
    let after = counts().await;
    [after[0] - before[0], after[1] - before[1]]
}

#[tokio::test]
async fn a_statement_is_prepared_once_and_run_as_often_as_it_is_asked_for() {
    let database = Database::new(EXACT).await;
    assert_eq!(prepared(database.options()).await, [0, 10]);
    // A pool that keeps none shows that the count can tell.
    let without = prepared(database.options().statement_cache_capacity(0)).await;
    assert!(without[0] >= 10, "{without:?}");
}
