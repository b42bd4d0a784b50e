//! Additional fields as columns, and tables of plugins, on new databases and on better-auth's own.

use crate::common::{BETTER_AUTH, Directory, schema as schema_of, session, sql, user};
use async_trait::async_trait;
use futures_util::future::join_all;
use hallpass::model::{Extra, User};
use hallpass::schema::{Column, ExtraField, FieldKind, Schema, Table};
use hallpass::store::{SchemaStore as _, SessionStore as _, StoreError, StoreErrorKind, UserStore as _};
use hallpass_sql::{Layout, MigrateError, SqlConnection, SqlStore, Statement};
use hallpass_sqlite::{Sqlite, SqliteStore};
use serde_json::json;

fn declared() -> Schema {
    Schema::new()
        .user_field(ExtraField::text("nickName").unique())
        .user_field(ExtraField::text("homeTown").indexed())
        .user_field(ExtraField::text("role").required().default_value("it's"))
        .user_field(ExtraField::moment("bornAt"))
        .session_field(ExtraField::boolean("darkMode"))
        .table(
            Table::new("apiToken")
                .column(Column::new("userId", FieldKind::Text).required().references("user", "id").indexed())
                .column(Column::new("tokenHash", FieldKind::Text).required().unique())
                .column(Column::new("usedAt", FieldKind::Moment)),
        )
}

const IDS: [&str; 6] = [
    "schema/user.nickName",
    "schema/user.homeTown",
    "schema/user.role",
    "schema/user.bornAt",
    "schema/session.darkMode",
    "schema/apiToken",
];

fn store(directory: &Directory, layout: Layout) -> SqliteStore {
    SqliteStore::in_layout(Sqlite::open(directory.file("app.db")).unwrap(), layout)
}

fn extra(fields: serde_json::Value) -> Extra {
    serde_json::from_value(fields).unwrap()
}

#[tokio::test]
async fn columns_and_tables_are_made_once_in_both_layouts_and_named_as_better_auth_names_them() {
    for (layout, expected) in [
        (
            Layout::CamelCase,
            [
                r#"CREATE UNIQUE INDEX "user_nickName_uidx" on "user" ("nickName")"#,
                r#"CREATE INDEX "user_homeTown_idx" on "user" ("homeTown")"#,
                r#"CREATE TABLE "apiToken" ("id" text not null primary key, "userId" text not null references "user" ("id") on delete cascade, "tokenHash" text not null, "usedAt" date)"#,
            ],
        ),
        (
            Layout::SnakeCase,
            [
                r#"CREATE UNIQUE INDEX "user_nick_name_uidx" on "user" ("nick_name")"#,
                r#"CREATE INDEX "user_home_town_idx" on "user" ("home_town")"#,
                r#"CREATE TABLE "api_token" ("id" text not null primary key, "user_id" text not null references "user" ("id") on delete cascade, "token_hash" text not null, "used_at" integer)"#,
            ],
        ),
    ] {
        let directory = Directory::new();
        let store = store(&directory, layout);
        store.migrate().await.unwrap();
        store.declare(&declared()).unwrap();
        assert_eq!(store.migrate().await.unwrap(), IDS);
        let made = schema_of(&directory);
        let users = made.iter().find(|sql| sql.to_lowercase().starts_with("create table \"user\"")).unwrap();
        assert!(users.contains(r#""role" text not null default 'it''s'"#), "{users}");
        for sql in expected {
            assert!(made.contains(sql), "{sql}\n{made:#?}");
        }
        assert_eq!(store.migrate().await.unwrap(), [""; 0]);
        assert_eq!(schema_of(&directory), made);
    }
}

#[tokio::test]
async fn rows_that_were_there_get_the_default_and_moments_their_layouts_form() {
    for (layout, kept) in
        [(Layout::CamelCase, "'1815-12-10T00:00:00.000Z'"), (Layout::SnakeCase, "-4861728000000")]
    {
        let directory = Directory::new();
        let before = store(&directory, layout);
        before.migrate().await.unwrap();
        let (ada, _) = user("ada");
        before.create_user(&ada, None).await.unwrap();
        assert!(before.create_session(&session(&ada)).await.unwrap());
        let store = store(&directory, layout);
        store.declare(&declared()).unwrap();
        store.migrate().await.unwrap();
        assert_eq!(store.user(&ada.id).await.unwrap().unwrap().extra, extra(json!({"role": "it's"})));
        let (bob, _) = user("bob");
        let bob = User { extra: extra(json!({"role": "x", "bornAt": "1815-12-10T00:00:00.000Z"})), ..bob };
        store.create_user(&bob, None).await.unwrap();
        assert_eq!(store.user(&bob.id).await.unwrap().unwrap(), bob);
        let born = if layout == Layout::CamelCase { "bornAt" } else { "born_at" };
        let query = format!("SELECT COUNT(*) AS n FROM user WHERE {born} = {kept}");
        let mut rows = store.connection().query(Statement::new(query)).await.unwrap();
        assert_eq!(rows.first_mut().unwrap().integer("n").unwrap(), 1, "{layout:?}");
    }
}

#[tokio::test]
async fn what_better_auth_made_stays_and_what_it_lacks_is_added() {
    let directory = Directory::new();
    sql(&directory.file("app.db"), BETTER_AUTH);
    sql(
        &directory.file("app.db"),
        "alter table user add column nickName text; create unique index mine on user (nickName); \
         alter table user add column role text; alter table user add column homeTown text; \
         insert into user (id, name, email, emailVerified, createdAt, updatedAt, nickName, role) values \
         ('ada', 'Ada', 'ada@example.com', 0, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', 'A', 1)",
    );
    let store = store(&directory, Layout::CamelCase);
    store.declare(&declared()).unwrap();
    let applied = store.migrate().await.unwrap();
    assert_eq!(applied[5..], ["schema/user.homeTown", IDS[3], IDS[4], IDS[5]]);
    let ada = store.user_by_field("nickName", "A").await.unwrap().unwrap();
    assert_eq!(ada.extra, extra(json!({"nickName": "A", "role": "1"})));
}

#[tokio::test]
async fn a_field_that_is_to_be_unique_and_is_not_is_told_with_a_query_for_the_rows() {
    let directory = Directory::new();
    let store = store(&directory, Layout::CamelCase);
    store.migrate().await.unwrap();
    sql(&directory.file("app.db"), "alter table user add column nickName text");
    for name in ["ada", "bob"] {
        store.create_user(&user(name).0, None).await.unwrap();
    }
    sql(&directory.file("app.db"), "update user set nickName = 'x'");
    store.declare(&declared()).unwrap();
    let error = store.migrate().await.unwrap_err();
    let MigrateError::DuplicateRows { table, columns, groups, query, .. } = error else {
        unreachable!("{error}")
    };
    assert_eq!((table.as_str(), columns.as_str(), groups), ("user", "nickName", 1));
    assert_eq!(store.connection().query(Statement::new(query)).await.unwrap().len(), 1);
    sql(&directory.file("app.db"), "update user set nickName = null where id = 'user-bob'");
    assert_eq!(store.migrate().await.unwrap(), IDS);
}

#[tokio::test]
async fn many_at_once_make_each_column_once() {
    let directory = Directory::new();
    let tasks = (0..8).map(|_| {
        let store = store(&directory, Layout::CamelCase);
        store.declare(&declared()).unwrap();
        tokio::spawn(async move { store.migrate().await.unwrap() })
    });
    let applied: Vec<_> = join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect();
    for id in IDS {
        assert_eq!(applied.iter().filter(|applied| **applied == id).count(), 1, "{id}: {applied:?}");
    }
}

/// What a plugin's crate writes: its own trait, once for every SQL database.
#[async_trait]
trait ApiTokenStore: Send + Sync {
    async fn add(&self, id: &str, user: &str, hash: &str) -> Result<(), StoreError>;
    async fn owner(&self, hash: &str) -> Result<Option<String>, StoreError>;
}

#[async_trait]
impl<C: SqlConnection> ApiTokenStore for SqlStore<C> {
    async fn add(&self, id: &str, user: &str, hash: &str) -> Result<(), StoreError> {
        let sql = self.sql("INSERT INTO [.apiToken] ([id], [userId], [tokenHash]) VALUES (?, ?, ?)");
        let statement = Statement::new(sql).bind(id).bind(user).bind(hash);
        self.connection().execute(statement).await.map(drop)
    }

    async fn owner(&self, hash: &str) -> Result<Option<String>, StoreError> {
        let sql = self.sql("SELECT t.[userId] AS {owner} FROM [.apiToken] AS t WHERE t.[tokenHash] = ?");
        let mut rows = self.connection().query(Statement::new(sql).bind(hash)).await?;
        rows.first_mut().map(|mut row| row.text("owner")).transpose()
    }
}

#[tokio::test]
async fn a_plugins_table_keeps_its_rules_and_goes_with_its_user() {
    for layout in [Layout::CamelCase, Layout::SnakeCase] {
        let directory = Directory::new();
        let store = store(&directory, layout);
        store.declare(&declared()).unwrap();
        store.migrate().await.unwrap();
        let (ada, _) = user("ada");
        store.create_user(&User { extra: extra(json!({"role": "x"})), ..ada.clone() }, None).await.unwrap();
        store.add("1", ada.id.as_str(), "hash").await.unwrap();
        let taken = store.add("2", ada.id.as_str(), "hash").await.unwrap_err();
        assert_eq!(taken.kind(), StoreErrorKind::Conflict);
        assert!(store.add("3", "nobody", "other").await.is_err(), "a token of nobody");
        assert_eq!(store.owner("hash").await.unwrap().as_deref(), Some(ada.id.as_str()));
        assert!(store.delete_user(&ada.id).await.unwrap());
        assert_eq!(store.owner("hash").await.unwrap(), None);
    }
}
