//! `hallpass import --from` a database that better-auth made, and what says where its tables are.

use hallpass::store::{AccountStore as _, SessionStore as _, UserStore as _};
use hallpass::{Auth, EmailPassword, SignInEmail};
use hallpass_sql::{Layout, SqlConnection, Statement};
use hallpass_sqlite::Sqlite;
use hallpass_sqlx::Postgres;
use http::HeaderMap;
use http::header::COOKIE;
use tempfile::TempDir;

use crate::common::{POSTGRES, Run, run, server};
use crate::import::{email, store};

/// As better-auth 1.7.25's own migrations make them, on SQLite and PostgreSQL.
const TABLES: &[&str] = &[
    r#"create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique, "emailVerified" BOOLEAN not null, "image" text, "createdAt" DATE not null, "updatedAt" DATE not null)"#,
    r#"create table "session" ("id" text not null primary key, "expiresAt" DATE not null, "token" text not null unique, "createdAt" DATE not null, "updatedAt" DATE not null, "ipAddress" text, "userAgent" text, "userId" text not null references "user" ("id") on delete cascade)"#,
    r#"create table "account" ("id" text not null primary key, "accountId" text not null, "providerId" text not null, "userId" text not null references "user" ("id") on delete cascade, "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" DATE, "refreshTokenExpiresAt" DATE, "scope" text, "password" text, "createdAt" DATE not null, "updatedAt" DATE not null)"#,
    r#"create table "verification" ("id" text not null primary key, "identifier" text not null, "value" text not null, "expiresAt" DATE not null, "createdAt" DATE not null, "updatedAt" DATE not null)"#,
    r#"create index "session_userId_idx" on "session" ("userId")"#,
];

/// What better-auth wrote: a user with a password and GitHub who is signed in, one session that is over, and another user.
const ROWS: &[&str] = &[
    r#"insert into "user" values ('u1', 'Grace', 'grace@example.com', TRUE, 'https://example.com/g.png', PAST, PAST)"#,
    r#"insert into "user" values ('u2', 'Linus', 'linus@example.com', FALSE, null, PAST, PAST)"#,
    r#"insert into "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt") values ('a1', 'u1', 'credential', 'u1', '00112233445566778899aabbccddeeff:267a33c2ae63f1c2d542f84d50b7d87c68900c8b9475f6a47ade71cf44b234822e0a34af1d226572b5caf52809319d4c486f3d209cc2fd022fb53bb4eaeb35b1', PAST, PAST)"#,
    r#"insert into "account" ("id", "accountId", "providerId", "userId", "accessToken", "scope", "createdAt", "updatedAt") values ('a2', '42', 'github', 'u1', 'gho_secret', 'user:email', PAST, PAST)"#,
    r#"insert into "session" values ('s1', FUTURE, 'livelivelivelivelivelivelivelive', PAST, PAST, '203.0.113.9', 'Firefox', 'u1')"#,
    r#"insert into "session" values ('s2', PAST, 'overoveroveroveroveroveroverover', PAST, PAST, null, null, 'u1')"#,
];

const SECRET: &str = "kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=";

/// Fills a database, its tables being called otherwise where `rename` says so.
async fn fill(connection: &impl SqlConnection, boolean: &str, date: &str, rename: impl Fn(&str) -> String) {
    for sql in TABLES.iter().chain(ROWS) {
        let sql = sql.replace("BOOLEAN", boolean).replace("DATE", date);
        let sql =
            sql.replace("PAST", "'2020-01-02T03:04:05.678Z'").replace("FUTURE", "'2999-01-01T00:00:00.000Z'");
        connection.execute(Statement::new(rename(&sql))).await.unwrap();
    }
}

/// A new database, with its tables, to import into.
struct Target(TempDir);

impl Target {
    fn new() -> Self {
        let target = Self(tempfile::tempdir().unwrap());
        assert_eq!(target.run(&["migrate"]).code, 0);
        target
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run(self.0.path(), &[&["--database", "sqlite:new.db"], arguments].concat())
    }

    fn import(&self, from: &str, arguments: &[&str]) -> Run {
        self.run(&[&["import", "--from", from, "--with-sessions"], arguments].concat())
    }

    /// That everything came, nobody is signed out, and passwords are good.
    async fn has_everything(&self) {
        let store = store(&self.0, "new.db", Layout::CamelCase);
        let grace = store.user_by_email(&email("grace@example.com")).await.unwrap().unwrap();
        assert_eq!((grace.id.as_str(), grace.name.as_str(), grace.email_verified), ("u1", "Grace", true));
        assert_eq!(grace.image.as_deref(), Some("https://example.com/g.png"));
        assert_eq!(grace.created_at.to_string(), "2020-01-02T03:04:05.678Z");
        let linus = store.user_by_email(&email("linus@example.com")).await.unwrap().unwrap();
        assert!(!linus.email_verified && store.accounts_of(&linus.id).await.unwrap().is_empty());
        let mut accounts = store.accounts_of(&grace.id).await.unwrap();
        accounts.sort_by(|one, other| one.provider_id.cmp(&other.provider_id));
        let shown: Vec<_> = accounts
            .iter()
            .map(|account| (account.id.as_str(), account.provider_id.as_str(), account.scope.as_deref()))
            .collect();
        assert_eq!(shown, [("a1", "credential", None), ("a2", "github", Some("user:email"))]);
        let sessions = store.sessions_of(&grace.id, grace.created_at).await.unwrap();
        assert_eq!(sessions.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(), ["s1"]);

        let app = Auth::builder(store)
            .secret(SECRET)
            .base_url("https://app.example.com")
            .email_password(EmailPassword::default())
            .build()
            .unwrap();
        let cookie = signed("livelivelivelivelivelivelivelive").parse().unwrap();
        let current = app.session(&HeaderMap::from_iter([(COOKIE, cookie)])).await.unwrap().unwrap();
        assert_eq!(current.user.id, grace.id);
        app.sign_in_email(SignInEmail::new("grace@example.com", crate::common::PASSWORD)).await.unwrap();
    }
}

/// The cookie that better-auth gave for a token.
fn signed(token: &str) -> String {
    use base64::Engine as _;
    use hmac::{KeyInit as _, Mac as _};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(token.as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    let signature = signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("__Secure-better-auth.session_token={token}.{signature}")
}

#[tokio::test]
async fn a_file_that_better_auth_made_comes_whole_with_who_is_signed_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("better-auth.db");
    fill(&Sqlite::open(&file).unwrap(), "integer", "date", str::to_owned).await;
    let before = std::fs::read(&file).unwrap();
    let target = Target::new();
    let done = target.import(&format!("sqlite:{}", file.display()), &[]);
    assert!(done.code == 0 && done.out.contains("imported 2 users, passwords: 1 better-auth"), "{done:?}");
    target.has_everything().await;
    assert_eq!(std::fs::read(&file).unwrap(), before, "what is imported from is not written to");
}

/// Each of the options by which the database is told to be otherwise than it would be thought.
#[tokio::test]
async fn where_the_tables_of_the_other_database_are_and_what_they_are_called_is_said() {
    let pool = sqlx::PgPool::connect(&server(POSTGRES)).await.unwrap();
    let url = server(POSTGRES);
    let schema = format!("from {}", std::process::id());
    let within = |sql: &str| sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&pool);
    for (number, (rename, said)) in [
        (&[][..], &[][..]),
        (
            &[("\"user\"", "\"people\""), ("\"email\"", "\"mail\"")],
            &["--from-name", "user=people", "--from-name", "user.email=mail"],
        ),
        (
            &[
                ("\"user\"", "\"users\""),
                ("\"session\"", "\"sessions\""),
                ("\"account\"", "\"accounts\""),
                ("\"verification\"", "\"verifications\""),
            ],
            &["--from-plural"],
        ),
        (
            &[
                ("emailVerified", "email_verified"),
                ("createdAt", "created_at"),
                ("updatedAt", "updated_at"),
                ("expiresAt", "expires_at"),
                ("ipAddress", "ip_address"),
                ("userAgent", "user_agent"),
                ("userId", "user_id"),
                ("accountId", "account_id"),
                ("providerId", "provider_id"),
                ("accessTokenExpiresAt", "access_token_expires_at"),
                ("refreshTokenExpiresAt", "refresh_token_expires_at"),
                ("accessToken", "access_token"),
                ("refreshToken", "refresh_token"),
                ("idToken", "id_token"),
            ],
            &["--from-layout", "snake"],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let schema = format!("{schema} {number}");
        within(&format!("create schema \"{schema}\"")).await.unwrap();
        let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
        let options = options.options([("search_path", format!("\"{schema}\""))]);
        let connection = Postgres::new(sqlx::PgPool::connect_with(options).await.unwrap());
        fill(&connection, "boolean", "timestamptz", |sql| {
            rename.iter().fold(sql.to_owned(), |sql, (from, to)| {
                let is_quoted = from.starts_with('"');
                let quoted = |name: &str| if is_quoted { name.to_owned() } else { format!("\"{name}\"") };
                sql.replace(&quoted(from), &quoted(to))
            })
        })
        .await;
        let target = Target::new();
        let elsewhere = target.import(&url, &["--from-schema", &format!("{schema} is not there")]);
        assert_eq!(elsewhere.code, 1, "{elsewhere:?}");
        let done = target.import(&url, &[&["--from-schema", &schema], said].concat());
        assert!(
            done.code == 0 && done.out.contains("imported 2 users, passwords: 1 better-auth"),
            "{said:?}: {done:?}"
        );
        target.has_everything().await;
    }
    for alone in
        ["--from-schema=x", "--from-layout=snake", "--from-name=user=x", "--from-plural", "--with-sessions"]
    {
        let folder = tempfile::tempdir().unwrap();
        let refused = run(folder.path(), &["--database", "sqlite:new.db", "import", "users.json", alone]);
        assert_eq!(refused.code, 2, "{alone}: {refused:?}");
    }
}
