//! Tables and columns with names of their own, in databases that better-auth made so, and in new ones.

use crate::common::{Directory, NOW, schema as schema_of, session, sql, user};
use hallpass::model::Extra;
use hallpass::schema::{Column, ExtraField, FieldKind, Schema, Table};
use hallpass::store::{SchemaStore as _, SessionStore as _, UserStore as _, VerificationStore as _};
use hallpass::{Auth, BuildError};
use hallpass_sql::{Layout, MigrateError, Names, NamesError};
use hallpass_sqlite::{Sqlite, SqliteStore};
use serde_json::json;

/// What better-auth 1.7.25's own migrations make with the names of [`names`].
const RENAMED: &str = r#"
create table "people" ("id" text not null primary key, "name" text not null, "email_address" text not null unique, "isVerified" integer not null, "image" text, "createdAt" date not null, "updatedAt" date not null, "nick" text unique);
create table "user_sessions" ("id" text not null primary key, "expiresAt" date not null, "key" text not null unique, "createdAt" date not null, "updatedAt" date not null, "ipAddress" text, "userAgent" text, "person" text not null references "people" ("id") on delete cascade);
create table "account" ("id" text not null primary key, "subject" text not null, "providerId" text not null, "person" text not null references "people" ("id") on delete cascade, "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" date, "refreshTokenExpiresAt" date, "scope" text, "password" text, "createdAt" date not null, "updatedAt" date not null);
create table "one time codes" ("id" text not null primary key, "identifier" text not null, "value" text not null, "expiresAt" date not null, "createdAt" date not null, "updatedAt" date not null);
create index "user_sessions_person_idx" on "user_sessions" ("person");
create index "account_person_idx" on "account" ("person");
create index "one time codes_identifier_idx" on "one time codes" ("identifier");
"#;

fn names() -> Names {
    Names::new()
        .table("user", "people")
        .column("user", "email", "email_address")
        .column("user", "emailVerified", "isVerified")
        .column("user", "nickName", "nick")
        .table("session", "user_sessions")
        .column("session", "userId", "person")
        .column("session", "token", "key")
        .column("account", "userId", "person")
        .column("account", "accountId", "subject")
        .table("verification", "one time codes")
}

fn named(names: Names) -> Result<SqliteStore, NamesError> {
    SqliteStore::with_names(Sqlite::in_memory().unwrap(), Layout::CamelCase, names)
}

fn declared() -> Schema {
    Schema::new().user_field(ExtraField::text("nickName").unique())
}

#[tokio::test]
async fn a_database_that_better_auth_made_with_them_lacks_hallpasss_own_indexes_alone() {
    let directory = Directory::new();
    let file = directory.file("app.db");
    sql(&file, RENAMED);
    let sqlite = Sqlite::open(&file).unwrap();
    assert_eq!(Layout::detect_named(&sqlite, &names()).await.unwrap(), Some(Layout::CamelCase));
    let store = SqliteStore::with_names(sqlite, Layout::CamelCase, names()).unwrap();
    store.declare(&declared()).unwrap();
    let before = schema_of(&directory);
    store.migrate().await.unwrap();
    let added: Vec<_> =
        schema_of(&directory).difference(&before).map(|sql| sql.replace("CREATE ", "")).collect();
    assert_eq!(
        added,
        [
            r#"INDEX "hallpass_one time codes_expiry" on "one time codes" ("expiresAt")"#,
            r#"INDEX "hallpass_storage_expiry" on "hallpass_storage" ("expiresAt")"#,
            r#"INDEX "hallpass_user_sessions_expiry" on "user_sessions" ("expiresAt")"#,
            r#"TABLE "hallpass_migrations" ("id" text NOT NULL PRIMARY KEY, "applied_at" text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')))"#,
            r#"TABLE "hallpass_storage" ("key" text not null primary key, "value" text not null, "expiresAt" integer) without rowid"#,
            r#"UNIQUE INDEX "hallpass_account_identity" on "account" ("providerId", "subject")"#,
        ]
    );
    assert!(store.plan().await.unwrap().is_empty());

    let (mut ada, account) = user("ada");
    ada.extra = Extra::from_iter([("nickName".to_owned(), json!("Countess"))]);
    store.create_user(&ada, Some(&account)).await.unwrap();
    assert!(store.create_session(&session(&ada)).await.unwrap());
    assert_eq!(store.user_by_field("nickName", "Countess").await.unwrap().as_ref(), Some(&ada));
    assert_eq!(store.credential_by_email(&ada.email).await.unwrap(), Some((ada.clone(), Some(account))));
    assert_eq!(store.sessions_of(&ada.id, NOW).await.unwrap(), [session(&ada)]);
    assert_eq!(store.verification("x", NOW).await.unwrap(), None);
    let row = rusqlite::Connection::open(&file)
        .unwrap()
        .query_row(
            r#"select p."email_address" || ' ' || p."nick" || ' ' || s."person" || ' ' || a."subject"
            from "people" p join "user_sessions" s on s."person" = p."id" join "account" a on a."person" = p."id""#,
            [],
            |row| row.get::<_, String>(0),
        )
        .unwrap();
    assert_eq!(row, "ada@example.com Countess user-ada user-ada");
}

#[tokio::test]
async fn rows_that_are_alike_are_told_of_by_the_databases_own_names() {
    let directory = Directory::new();
    let file = directory.file("app.db");
    sql(
        &file,
        &RENAMED.replace(r#""email_address" text not null unique"#, r#""email_address" text not null"#),
    );
    for id in ["a", "b"] {
        let insert = "insert into people (id, name, email_address, isVerified, createdAt, updatedAt) values \
                      ('ID', 'Ada', 'ada@example.com', 1, '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z')";
        sql(&file, &insert.replace("ID", id));
    }
    let store = SqliteStore::with_names(Sqlite::open(&file).unwrap(), Layout::CamelCase, names()).unwrap();
    let error = store.migrate().await.unwrap_err();
    let MigrateError::DuplicateRows { table, columns, groups: 1, query, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((table.as_str(), columns.as_str()), ("people", "email_address"));
    let found = rusqlite::Connection::open(&file)
        .unwrap()
        .query_row(query, [], |row| row.get::<_, String>(0))
        .unwrap();
    assert_eq!(found, "ada@example.com");
}

#[tokio::test]
async fn plural_tables_are_made_and_found() {
    let directory = Directory::new();
    for layout in [Layout::CamelCase, Layout::SnakeCase] {
        let file = directory.file(&format!("{layout:?}.db"));
        let plural = Names::new().plural();
        let store = SqliteStore::with_names(Sqlite::open(&file).unwrap(), layout, plural.clone()).unwrap();
        store
            .declare(
                &Schema::new().table(
                    Table::new("apiToken")
                        .column(Column::new("userId", FieldKind::Text).references("user", "id").indexed()),
                ),
            )
            .unwrap();
        store.migrate().await.unwrap();
        assert!(store.plan().await.unwrap().is_empty(), "{layout:?}");
        assert_eq!(Layout::detect_named(store.connection(), &plural).await.unwrap(), Some(layout));
        let (ada, account) = user("ada");
        store.create_user(&ada, Some(&account)).await.unwrap();
        let tables: Vec<String> = rusqlite::Connection::open(&file)
            .unwrap()
            .prepare("select name from sqlite_master where type = 'table' order by name")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let tokens = if layout == Layout::CamelCase { "apiTokens" } else { "api_tokens" };
        assert_eq!(
            tables,
            [
                "accounts",
                tokens,
                "hallpass_migrations",
                "hallpass_storage",
                "sessions",
                "users",
                "verifications"
            ]
        );
    }
}

#[test]
fn what_is_no_name_is_refused() {
    let long = "a".repeat(64);
    for name in
        ["", " ", "a ", "a\"b", "a`b", "a'b", "a;b", "a?1", "a[b]", "{a}", "auth.user", "a\0b", "a\nb", &long]
    {
        let table = named(Names::new().table("user", name)).unwrap_err();
        assert!(matches!(table, NamesError::NotAName { .. }), "{name:?}");
        let column = named(Names::new().column("user", "email", name)).unwrap_err();
        assert!(matches!(column, NamesError::NotAName { .. }), "{name:?}");
    }
    for name in ["A", "a b", "a-b", "$a", "_1", "användare", "order"] {
        named(Names::new().table("user", name).column("user", "email", name)).unwrap();
    }
}

#[test]
fn names_that_are_taken_are_refused_whoever_has_them() {
    for names in [
        Names::new().table("user", "session"),
        Names::new().table("user", "Account"),
        Names::new().table("user", "x").table("session", "X"),
        Names::new().plural().table("user", "sessions"),
        Names::new().table("user", "hallpass_migrations"),
        Names::new().column("user", "email", "name"),
        Names::new().column("user", "email", "x").column("user", "name", "x"),
    ] {
        let error = named(names.clone()).unwrap_err();
        assert!(matches!(error, NamesError::Clash { .. }), "{names:?}: {error}");
    }
    // Each has the other's.
    named(Names::new().table("user", "session").table("session", "user")).unwrap();
    let twice = Names::new().table("user", "x").table("user", "y");
    assert!(matches!(named(twice).unwrap_err(), NamesError::NamedTwice { .. }));
}

#[test]
fn what_there_is_not_is_refused_with_what_there_is_once_plugins_are_known() {
    let build = |names: Names| {
        Auth::builder(named(names).unwrap())
            .secret("a-secret-of-thirty-two-characters-or-more")
            .base_url("http://localhost:3000")
            .user_field(ExtraField::text("nickName"))
            .build()
            .map(drop)
    };
    build(Names::new().column("user", "nickName", "nick").column("user", "banned", "out")).unwrap();
    for (names, expected) in [
        (
            Names::new().table("users", "x"),
            "no table users to be named, only user, session, account, verification",
        ),
        (
            Names::new().column("user", "email_verified", "x"),
            "no column user.email_verified to be named, only ",
        ),
        (Names::new().column("team", "id", "x"), "no table team to be named"),
        (Names::new().column("user", "nickName", "email"), "are both called"),
    ] {
        let error = build(names).unwrap_err();
        assert!(matches!(error, BuildError::StoreInUse(_)), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}
