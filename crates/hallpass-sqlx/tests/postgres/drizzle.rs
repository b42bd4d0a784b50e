//! Databases of better-auth's generator for Drizzle, used as they stand.

use std::sync::Arc;

use hallpass::model::Extra;
use hallpass::password::Password;
use hallpass::schema::{Column, ExtraField, FieldKind, Schema, Table};
use hallpass::store::{
    AccountStore as _, SchemaStore as _, SessionStore as _, StoreErrorKind, UserChange, UserStore as _,
};
use hallpass::types::{StoredToken, UserId};
use hallpass::{Auth, EmailPassword, IdFormat, SignInEmail, SignUpEmail};
use hallpass_sql::{Layout, MigrateError, UnsupportedIds};
use hallpass_sqlx::{Postgres, PostgresStore};
use serde_json::json;
use sqlx::PgPool;

use crate::common::{Database, NOW, sql, texts, user};

const UUID: &str = include_str!("drizzle/uuid.sql");
const SERIAL: &str = include_str!("drizzle/serial.sql");

/// A user as better-auth leaves one there who has signed in.
const ADA: &str = r#"
insert into "user" ("name", "email", "email_verified", "created_at", "updated_at", "nick_name", "score", "big", "tags", "nums", "prefs", "born", "dark") values
  ('Ada', 'ada@example.com', true, '2026-11-22 08:21:27.378', '2026-11-22 08:21:27.378', 'Countess', 3, 9007199254740991, '{a,"b c",NULL,"\"é"}', '{1,-2}', '{"a": [1]}', '1815-12-10', true);
insert into "account" ("account_id", "provider_id", "user_id", "password", "updated_at") select "id"::text, 'credential', "id", '00ff:1234', now() from "user";
insert into "session" ("expires_at", "token", "updated_at", "user_id") select '2026-11-29 08:21:27.378', 'KqcWJ1xQ3rVbN8yTzL5mDf2HsG7pAe4u', now(), "id" from "user";
"#;

fn schema() -> Schema {
    [
        ExtraField::text("nickName"),
        ExtraField::number("score"),
        ExtraField::number("big"),
        ExtraField::new("tags", FieldKind::TextList),
        ExtraField::new("nums", FieldKind::NumberList),
        ExtraField::json("prefs"),
        ExtraField::moment("born"),
        ExtraField::boolean("dark"),
    ]
    .into_iter()
    .fold(Schema::new().ids(IdFormat::Uuid), Schema::user_field)
    .table(
        Table::new("apiToken")
            .column(Column::new("userId", FieldKind::Text).required().references("user", "id").indexed()),
    )
}

fn at_now() -> UserChange {
    UserChange { updated_at: NOW, ..UserChange::default() }
}

async fn adopted(database: &Database) -> (PgPool, PostgresStore) {
    let pool = database.pool(4);
    sql(&pool, UUID).await;
    sql(&pool, ADA).await;
    let postgres = Postgres::new(pool.clone());
    let layout = Layout::detect(&postgres).await.unwrap().unwrap();
    assert_eq!(layout, Layout::SnakeCase);
    (pool, PostgresStore::in_layout(postgres, layout))
}

#[tokio::test]
async fn ids_of_the_type_uuid_and_lists_of_the_databases_own_are_read_and_written() {
    let database = Database::new().await;
    let (pool, store) = adopted(&database).await;
    assert_eq!(store.id_format().await.unwrap(), IdFormat::Uuid);
    store.declare(&schema()).unwrap();
    store.migrate().await.unwrap();
    assert!(store.plan().await.unwrap().is_empty());
    let kinds = "select table_name || '.' || column_name || ' ' || data_type || coalesce(' ' || column_default, '') \
                 from information_schema.columns where table_schema = current_schema() and table_name = 'api_token' order by 1";
    assert_eq!(texts(&pool, kinds).await, ["api_token.id uuid gen_random_uuid()", "api_token.user_id uuid"]);

    let token = StoredToken::from_stored("KqcWJ1xQ3rVbN8yTzL5mDf2HsG7pAe4u".into());
    let (session, ada) = store.session(&token.clone().into()).await.unwrap().unwrap();
    assert_eq!(session.user_id, ada.id);
    let expected = json!({
        "nickName": "Countess", "score": 3, "big": 9_007_199_254_740_991_i64, "tags": ["a", "b c", null, "\"é"], "nums": [1, -2],
        "prefs": {"a": [1]}, "born": "1815-12-10T00:00:00.000Z", "dark": true,
    });
    assert_eq!(json!(ada.extra), expected);

    let change = |fields| UserChange { extra: serde_json::from_value::<Extra>(fields).unwrap(), ..at_now() };
    for fields in
        [json!({"tags": [], "nums": []}), json!({"tags": ["x,y", "{}", "漢"], "nums": [2_147_483_647]})]
    {
        let changed = store.update_user(&ada.id, &change(fields.clone())).await.unwrap().unwrap();
        assert_eq!(json!({"tags": changed.extra["tags"], "nums": changed.extra["nums"]}), fields);
    }
    let kept = "select array_to_string(tags, '|') || ' ' || array_to_string(nums, '|') from \"user\"";
    assert_eq!(texts(&pool, kept).await, ["x,y|{}|漢 2147483647"]);
    // Which the column has no place for.
    for wrong in [
        json!({"nums": [1_i64 << 40]}),
        json!({"nums": [0.5]}),
        json!({"tags": [1]}),
        json!({"tags": {"a": 1}}),
    ] {
        let error = store.update_user(&ada.id, &change(wrong.clone())).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unexpected, "{wrong}");
    }
}

#[tokio::test]
async fn what_cannot_be_a_uuid_is_nobodys_id_and_no_row_is_given_one() {
    let database = Database::new().await;
    let (_pool, store) = adopted(&database).await;
    for id in ["", "ada", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3f2504e0-4f89-41d3-9a0c-0305e82c330z"] {
        let id = UserId::from(id);
        assert_eq!(store.user(&id).await.unwrap(), None, "{id}");
        assert_eq!(store.accounts_of(&id).await.unwrap(), [], "{id}");
        assert_eq!(store.sessions_of(&id, NOW).await.unwrap(), [], "{id}");
        assert_eq!(store.delete_sessions_of(&id, None).await.unwrap(), 0, "{id}");
        assert!(!store.may_have_session(&id).await.unwrap(), "{id}");
        assert!(!store.delete_user(&id).await.unwrap(), "{id}");
        let change = UserChange { name: Some("x".into()), ..at_now() };
        assert_eq!(store.update_user(&id, &change).await.unwrap(), None, "{id}");
    }
    assert_eq!(store.counts().await.unwrap()[0], ("user".into(), 1));
    let (bob, account) = user("bob");
    let error = store.create_user(&bob, Some(&account)).await.unwrap_err();
    let told = std::error::Error::source(&error).unwrap().to_string();
    assert!(told.contains("UUID") && !told.contains("bob"), "{told}");
}

#[tokio::test]
async fn an_app_that_makes_other_ids_is_told_before_it_makes_one() {
    let database = Database::new().await;
    let (pool, store) = adopted(&database).await;
    let auth = |store: PostgresStore, ids| {
        Auth::builder_over(Arc::new(store))
            .secret("kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=")
            .base_url("https://app.example.com")
            .email_password(EmailPassword::default())
            .ids(ids)
            .build()
            .unwrap()
    };
    let wrong = auth(store, IdFormat::Alphanumeric).migrate().await.unwrap_err();
    let told = format!("{:?}", std::error::Error::source(&wrong).unwrap());
    assert!(told.contains("UnsupportedIds") && told.contains(".ids(IdFormat::Uuid)"), "{told}");

    let auth = auth(PostgresStore::in_layout(Postgres::new(pool.clone()), Layout::SnakeCase), IdFormat::Uuid);
    auth.migrate().await.unwrap();
    const PASSWORD: &str = "correct horse battery";
    let up = auth.sign_up_email(SignUpEmail::new("Bob", "bob@example.com", PASSWORD)).await.unwrap();
    let signed_in = auth.sign_in_email(SignInEmail::new("bob@example.com", PASSWORD)).await.unwrap();
    assert_eq!(signed_in.user.id, up.user().id);
    assert_eq!(auth.accounts_of(&up.user().id).await.unwrap().len(), 1);
    assert!(auth.verify_password(&up.user().id, &Password::new(PASSWORD)).await.unwrap());
    assert_eq!(auth.revoke_sessions(&up.user().id).await.unwrap(), 2);
    assert!(auth.delete_user(&up.user().id).await.unwrap());
    assert_eq!(texts(&pool, "select email from \"user\"").await, ["ada@example.com"]);
}

#[tokio::test]
async fn ids_that_the_database_counts_are_refused_when_it_is_opened() {
    let database = Database::new().await;
    let pool = database.pool(2);
    sql(&pool, SERIAL).await;
    let postgres = Postgres::new(pool);
    let error = Layout::detect(&postgres).await.unwrap_err();
    let found = std::error::Error::source(&error).unwrap().downcast_ref::<UnsupportedIds>().unwrap().clone();
    assert_eq!((found.table.as_str(), found.column.as_str(), found.kind.as_str()), ("user", "id", "integer"));
    assert!(found.to_string().contains("generateId: \"serial\""), "{found}");
    let refused = PostgresStore::in_layout(postgres, Layout::SnakeCase).migrate().await.unwrap_err();
    assert!(matches!(refused, MigrateError::UnsupportedIds(_)), "{refused:?}");
}

#[tokio::test]
async fn a_new_database_for_uuids_is_what_better_auth_makes_for_them() {
    let database = Database::new().await;
    let pool = database.pool(2);
    let store = PostgresStore::new(Postgres::new(pool.clone()));
    store.declare(&Schema::new().ids(IdFormat::Uuid)).unwrap();
    store.migrate().await.unwrap();
    assert_eq!(store.id_format().await.unwrap(), IdFormat::Uuid);
    let kinds = "select table_name || '.' || column_name || ' ' || coalesce(column_default, '') from information_schema.columns \
                 where table_schema = current_schema() and data_type = 'uuid' order by 1";
    assert_eq!(
        texts(&pool, kinds).await,
        [
            "account.id gen_random_uuid()",
            "account.userId ",
            "session.id gen_random_uuid()",
            "session.userId ",
            "user.id gen_random_uuid()",
            "verification.id gen_random_uuid()",
        ]
    );
}
