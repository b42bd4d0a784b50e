//! Databases that better-auth made and filled, used as they stand.

use hallpass::store::{SessionStore as _, UserStore as _};
use hallpass_sql::{Layout, MigrateError};
use hallpass_sqlx::{MySql, MySqlStore};
use hallpass_testing::samples::{BETTER_AUTH_ROWS, uses_better_auths_rows};

use crate::common::{BETTER_AUTH, Database, LOOSE, session, sql, texts, user};

/// The rows as MySQL takes them.
fn rows() -> String {
    BETTER_AUTH_ROWS.replace('"', "`").replace("2T", "2 ").replace("9T", "9 ").replace("378Z", "378")
}

#[tokio::test]
async fn a_database_of_better_auths_is_used_as_it_is_and_keeps_what_others_put_there() {
    // With its foreign keys, and as MySQL 8 makes it of the same statements.
    for made in [BETTER_AUTH, &BETTER_AUTH.replace(" references `user` (`id`) on delete cascade", "")] {
        let database = Database::new(LOOSE).await;
        let pool = database.pool(4);
        sql(&pool, made).await;
        sql(&pool, &rows()).await;
        let store = MySqlStore::new(MySql::new(pool.clone()));
        assert_eq!(Layout::detect(store.connection()).await.unwrap(), Some(Layout::CamelCase));
        store.migrate().await.unwrap();
        uses_better_auths_rows(&store).await;
        let row = "select concat_ws(' ', favouriteColour, emailVerified, updatedAt) from user";
        assert_eq!(texts(&pool, row).await, ["red 1 2026-11-22 08:36:27.378"]);

        assert!(store.delete_user(&"u1".into()).await.unwrap());
        for (table, rows) in store.counts().await.unwrap() {
            assert_eq!(rows, 0, "{table}");
        }
    }
}

#[tokio::test]
async fn moments_in_columns_of_another_type_are_refused_and_those_without_a_zone_are_utc() {
    for (kind, is_refused) in [("varchar(40)", true), ("bigint", true), ("datetime(3)", false)] {
        let database = Database::new(LOOSE).await;
        let pool = database.pool(2);
        sql(
            &pool,
            &BETTER_AUTH
                .replace("timestamp(3) default CURRENT_TIMESTAMP(3)", kind)
                .replace("timestamp(3)", kind),
        )
        .await;
        let store = MySqlStore::new(MySql::new(pool.clone()));
        if is_refused {
            sql(
                &pool,
                "insert into user values ('u1', 'Ada', 'ada@example.com', false, null, 20261122, 20261122)",
            )
            .await;
            let error = store.migrate().await.unwrap_err();
            let MigrateError::UnsupportedDates(dates) = &error else { panic!("{error:?}") };
            assert_eq!((dates.table.as_str(), dates.column.as_str()), ("user", "createdAt"), "{kind}");
        } else {
            sql(&pool, &rows()).await;
            store.migrate().await.unwrap();
            uses_better_auths_rows(&store).await;
        }
    }
}

#[tokio::test]
async fn users_with_two_factor_or_a_ban_are_told_of_and_get_no_session() {
    let database = Database::new(LOOSE).await;
    let pool = database.pool(2);
    let store = MySqlStore::new(MySql::new(pool.clone()));
    store.migrate().await.unwrap();
    let [(ada, _), (bob, _)] = ["ada", "bob"].map(user);
    for user in [&ada, &bob] {
        store.create_user(user, None).await.unwrap();
    }
    for (column, expected) in [("twoFactorEnabled", "two-factor on"), ("banned", "a ban")] {
        sql(&pool, &format!("alter table user add column {column} boolean")).await;
        store.migrate().await.unwrap();
        assert!(store.create_session(&session(&ada)).await.unwrap(), "NULL is no {expected}");
        store.delete_sessions_of(&ada.id, None).await.unwrap();
        sql(&pool, &format!("update user set {column} = true where id = 'user-ada'")).await;
        let error = store.migrate().await.unwrap_err();
        let MigrateError::NotEnforced { feature, users, query, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*feature, *users), (expected, 1));
        assert_eq!(texts(&pool, query).await, ["user-ada"]);
        assert!(!store.create_session(&session(&ada)).await.unwrap(), "{expected}");
        assert!(!store.may_have_session(&ada.id).await.unwrap(), "{expected}");
        let ignoring = store.clone().danger_ignore_two_factor_and_bans();
        assert!(ignoring.create_session(&session(&ada)).await.unwrap(), "{expected}");
        sql(&pool, &format!("update user set {column} = false; delete from session")).await;
    }
    assert!(store.create_session(&session(&bob)).await.unwrap());
}

/// As better-auth 1.7.0 to 1.7.2 made it.
#[tokio::test]
async fn an_issuer_that_every_account_must_have_may_be_left_out_and_is_compared_as_before() {
    let database = Database::new(LOOSE).await;
    let pool = database.pool(2);
    sql(&pool, BETTER_AUTH).await;
    let issuer = "varchar(255) character set utf8mb4 collate utf8mb4_bin not null";
    sql(&pool, &format!("alter table account add column issuer {issuer} after id")).await;
    sql(&pool, "create unique index account_issuer_uidx on account (issuer, accountId(100))").await;
    sql(
        &pool,
        "insert into user (id, name, email, emailVerified) values ('u1', 'Ada', 'ada@example.com', true)",
    )
    .await;
    let rows = "insert into account (id, issuer, accountId, providerId, userId, updatedAt) values \
                ('a1', 'local:oauth:github', '1', 'github', 'u1', now()), ('a2', 'Local:OAuth:GitHub', '1', 'x', 'u1', now())";
    sql(&pool, rows).await;
    let store = MySqlStore::new(MySql::new(pool.clone()));
    let plan = store.plan().await.unwrap();
    assert!(plan.iter().any(|step| step.id == "schema/account.issuer"), "{plan:?}");
    store.migrate().await.unwrap();
    assert!(store.plan().await.unwrap().is_empty());
    let about = "select concat_ws(' ', cast(is_nullable as char), cast(column_type as char), cast(collation_name as char)) \
                 from information_schema.columns where table_schema = database() and table_name = 'account' \
                 and column_name = 'issuer'";
    assert_eq!(texts(&pool, about).await, ["YES varchar(255) utf8mb4_bin"]);
    let values = texts(&pool, "select issuer from account order by id").await;
    assert_eq!(values, ["local:oauth:github", "Local:OAuth:GitHub"]);
    let (bob, account) = user("bob");
    store.create_user(&bob, Some(&account)).await.unwrap();
}
