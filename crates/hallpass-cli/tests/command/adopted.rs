//! Databases of better-auth's that the command brings up to date: nothing before it is told to, and nothing is lost.

use hallpass_sql::{SqlConnection, Statement};
use hallpass_sqlite::Sqlite;
use hallpass_sqlx::Postgres;

use crate::common::{POSTGRES, run, server};

/// Tables as better-auth 1.7.2 makes them, with names of the app's own, in SQL of SQLite and PostgreSQL.
const TABLES: &[&str] = &[
    r#"create table people (id text primary key, name text not null, "emailAddress" text not null unique, "emailVerified" boolean not null, image text, "createdAt" DATE not null, "updatedAt" DATE not null)"#,
    r#"create table session (id text primary key, "expiresAt" DATE not null, token text not null unique, "createdAt" DATE not null, "updatedAt" DATE not null, "ipAddress" text, "userAgent" text, "userId" text not null references people (id) on delete cascade)"#,
    r#"create table account (id text primary key, issuer text not null, "accountId" text not null, "providerId" text not null, "userId" text not null references people (id) on delete cascade, "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" DATE, "refreshTokenExpiresAt" DATE, scope text, password text, "createdAt" DATE not null, "updatedAt" DATE not null)"#,
    r#"create table verification (id text primary key, identifier text not null, value text not null, "expiresAt" DATE not null, "createdAt" DATE not null, "updatedAt" DATE not null)"#,
    r#"create unique index "account_issuer_accountId_uidx" on account (issuer, "accountId")"#,
    r#"insert into people values ('u1', 'Ada', 'ada@example.com', true, null, NOW, NOW)"#,
    // One identity in two rows, which better-auth takes for two as they have two issuers.
    r#"insert into account (id, issuer, "accountId", "providerId", "userId", "createdAt", "updatedAt") values ('a1', 'local:oauth:github', '1', 'github', 'u1', NOW, NOW)"#,
    r#"insert into account (id, issuer, "accountId", "providerId", "userId", "createdAt", "updatedAt") values ('a2', 'https://github.com', '1', 'github', 'u1', NOW, NOW)"#,
];

async fn is_brought_up_to_date(url: &str, connection: impl SqlConnection, moment: &str) {
    for sql in TABLES {
        let now = "'2026-11-22T08:21:27.378Z'";
        connection.execute(Statement::new(sql.replace("DATE", moment).replace("NOW", now))).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let hallpass = |arguments: &[&str]| {
        let names = ["--name", "user=people", "--name", "user.email=emailAddress"];
        run(folder.path(), &[&["--database", url][..], &names, arguments].concat())
    };
    let rows = async |table: &str| {
        let mut rows =
            connection.query(Statement::new(format!("select count(*) as n from {table}"))).await.unwrap();
        rows.first_mut().unwrap().integer("n").unwrap()
    };

    let plan = hallpass(&["migrate", "--dry-run"]);
    for part in ["-- core/0002", "hallpass_account_identity", "-- schema/account.issuer"] {
        assert!(plan.code == 0 && plan.out.contains(part), "{part}: {plan:?}");
    }
    assert!(plan.out.contains("drop not null") || plan.out.contains("drop column"), "{plan:?}");
    assert_eq!(hallpass(&["migrate", "--dry-run"]).out, plan.out, "it changes nothing");

    // What breaks a rule is told with how to mend it, and is left alone.
    let refused = hallpass(&["migrate", "--yes"]);
    for part in ["providerId, accountId", "List them by `SELECT", "delete all but one row of each"] {
        assert!(refused.code == 1 && refused.err.contains(part), "{part}: {refused:?}");
    }
    assert_eq!(rows("account").await, 2);
    let doctor = hallpass(&["doctor"]);
    assert!(doctor.code == 1 && doctor.out.contains("missing: "), "{doctor:?}");

    connection.execute(Statement::new("delete from account where id = 'a2'")).await.unwrap();
    let applied = hallpass(&["migrate", "--yes"]);
    assert!(applied.code == 0 && applied.out.contains("schema/account.issuer"), "{applied:?}");
    assert_eq!((rows("people").await, rows("account where issuer = 'local:oauth:github'").await), (1, 1));
    let doctor = hallpass(&["doctor"]);
    assert!(doctor.out.contains("migrations: nothing is missing"), "{doctor:?}");
    assert!(hallpass(&["users", "find", "ada"]).out.contains("ada@example.com"));
    assert_eq!(hallpass(&["migrate"]).out, "nothing is missing\n");
}

#[tokio::test]
async fn sqlite_is_brought_up_to_date_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db");
    let sqlite = Sqlite::open(&file).unwrap();
    is_brought_up_to_date(&format!("sqlite:{}", file.display()), sqlite, "date").await;
}

#[tokio::test]
async fn postgres_is_brought_up_to_date_when_it_is_told_to() {
    let server = server(POSTGRES);
    let schema = format!("adopted_{}", std::process::id());
    let url =
        format!("{server}{}options=-csearch_path%3D{schema}", if server.contains('?') { '&' } else { '?' });
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("create schema {schema}"))).execute(&pool).await.unwrap();
    is_brought_up_to_date(&url, Postgres::new(pool), "timestamptz").await;
}
