//! Databases that better-auth made and filled, used as they stand.

use std::time::Duration;

use hallpass::store::{SessionStore as _, UserStore as _};
use hallpass_sql::{Layout, MigrateError};
use hallpass_sqlx::{Postgres, PostgresStore};
use hallpass_testing::samples::{BETTER_AUTH_ROWS, uses_better_auths_rows};
use sqlx::Executor as _;
use sqlx::postgres::PgPoolOptions;

use crate::common::{BETTER_AUTH, Database, NOW, session, sql, texts, user};

#[tokio::test]
async fn a_database_of_better_auths_is_used_as_it_is_and_keeps_what_others_put_there() {
    let database = Database::new().await;
    let pool = database.pool(4);
    sql(&pool, BETTER_AUTH).await;
    sql(&pool, BETTER_AUTH_ROWS).await;
    let store = PostgresStore::new(Postgres::new(pool.clone()));
    assert_eq!(Layout::detect(store.connection()).await.unwrap(), Some(Layout::CamelCase));
    store.migrate().await.unwrap();

    uses_better_auths_rows(&store).await;
    let row = r#"select concat_ws(' ', "favouriteColour", "emailVerified", "updatedAt" at time zone 'UTC') from "user""#;
    assert_eq!(texts(&pool, row).await, ["red t 2026-11-22 08:36:27.378"]);
}

#[tokio::test]
async fn times_without_a_zone_are_in_utc_whatever_zone_a_connection_is_in() {
    let database = Database::new().await;
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute("set time zone 'America/New_York'").await?;
                Ok(())
            })
        })
        .connect_lazy_with(database.found());
    let store = PostgresStore::in_layout(Postgres::new(pool.clone()), Layout::SnakeCase);
    store.migrate().await.unwrap();
    let (ada, _) = user("ada");
    store.create_user(&ada, None).await.unwrap();
    assert!(store.create_session(&session(&ada)).await.unwrap());
    assert_eq!(texts(&pool, "select expires_at::text from session").await, ["2026-11-29 08:21:27.378"]);
    assert_eq!(store.user(&ada.id).await.unwrap().unwrap().created_at, NOW);

    let end = session(&ada).expires_at;
    assert_eq!(store.sessions_of(&ada.id, end.minus(Duration::from_millis(1))).await.unwrap().len(), 1);
    assert_eq!(store.sessions_of(&ada.id, end).await.unwrap().len(), 0);
    assert_eq!(store.delete_expired_sessions(end, 1_000).await.unwrap(), 0);
    assert_eq!(store.delete_expired_sessions(end.plus(Duration::from_millis(1)), 1_000).await.unwrap(), 1);
}

#[tokio::test]
async fn moments_in_columns_of_another_type_are_refused() {
    let database = Database::new().await;
    let pool = database.pool(2);
    sql(
        &pool,
        &BETTER_AUTH.replace("timestamptz default CURRENT_TIMESTAMP", "text").replace("timestamptz", "text"),
    )
    .await;
    let ada = r#"insert into "user" values ('u1', 'Ada', 'ada@example.com', false, null, '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z')"#;
    sql(&pool, ada).await;
    let store = PostgresStore::new(Postgres::new(pool.clone()));
    let error = store.migrate().await.unwrap_err();
    let MigrateError::UnsupportedDates(dates) = &error else { panic!("{error:?}") };
    assert_eq!((dates.table.as_str(), dates.column.as_str(), dates.found), ("user", "createdAt", "a text"));
}

#[tokio::test]
async fn users_with_two_factor_or_a_ban_are_told_of_and_get_no_session() {
    let database = Database::new().await;
    let pool = database.pool(2);
    let store = PostgresStore::new(Postgres::new(pool.clone()));
    store.migrate().await.unwrap();
    let [(ada, _), (bob, _)] = ["ada", "bob"].map(user);
    for user in [&ada, &bob] {
        store.create_user(user, None).await.unwrap();
    }
    for (column, expected) in [("twoFactorEnabled", "two-factor on"), ("banned", "a ban")] {
        sql(&pool, &format!(r#"alter table "user" add column "{column}" boolean"#)).await;
        store.migrate().await.unwrap();
        assert!(store.create_session(&session(&ada)).await.unwrap(), "NULL is no {expected}");
        store.delete_sessions_of(&ada.id, None).await.unwrap();
        sql(&pool, &format!(r#"update "user" set "{column}" = true where id = 'user-ada'"#)).await;
        let error = store.migrate().await.unwrap_err();
        let MigrateError::NotEnforced { feature, users, query, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*feature, *users), (expected, 1));
        assert_eq!(texts(&pool, query).await, ["user-ada"]);
        assert!(!store.create_session(&session(&ada)).await.unwrap(), "{expected}");
        assert!(!store.may_have_session(&ada.id).await.unwrap(), "{expected}");
        let ignoring = store.clone().danger_ignore_two_factor_and_bans();
        assert!(ignoring.create_session(&session(&ada)).await.unwrap(), "{expected}");
        sql(&pool, &format!(r#"update "user" set "{column}" = false; delete from "session""#)).await;
    }
    assert!(store.create_session(&session(&bob)).await.unwrap());
}
