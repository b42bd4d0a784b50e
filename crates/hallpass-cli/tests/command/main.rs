//! The command as it is used: run, and looked at what it says and does.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod adopted;
mod doctor_redis;
mod failures;
mod import;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use hallpass::{Auth, EmailPassword, SessionOptions, SignInEmail, SignUpEmail};
use hallpass_sql::{SqlConnection as _, Statement};
use hallpass_sqlite::{Sqlite, SqliteStore};
use serde_json::{Value, json};
use tempfile::TempDir;

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery";

/// A folder with a database that has a user who is signed in twice.
struct Site {
    folder: TempDir,
    auth: Auth,
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::new(Sqlite::open(folder.path().join("app.db")).unwrap());
        store.migrate().await.unwrap();
        let auth = Auth::builder_over(Arc::new(store))
            .secret("kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=")
            .base_url("https://app.example.com")
            .session(SessionOptions::default())
            .email_password(EmailPassword::default())
            .build()
            .unwrap();
        auth.sign_up_email(SignUpEmail::new("Ada 100%", EMAIL, PASSWORD)).await.unwrap();
        auth.sign_in_email(SignInEmail::new(EMAIL, PASSWORD)).await.unwrap();
        Self { folder, auth }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run(self.folder.path(), &[&["--database", "sqlite:app.db"], arguments].concat())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let run = self.run(&[&["--json"], arguments].concat());
        assert_eq!(run.code, 0, "{}", run.out);
        serde_json::from_str(&run.out).unwrap()
    }

    async fn rows(&self) -> Vec<u64> {
        let store = SqliteStore::new(Sqlite::open(self.folder.path().join("app.db")).unwrap());
        store.counts().await.unwrap().into_iter().map(|(_, rows)| rows).collect()
    }
}

#[derive(Debug)]
struct Run {
    code: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, arguments: &[&str]) -> Run {
    run_with(folder, arguments, &[])
}

fn run_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_hallpass"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .env_remove("HALLPASS_SECRET")
        .env_remove("BASE_URL")
        .env_remove("REDIS_URL")
        .envs(environment.iter().copied())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
}

#[test]
fn a_secret_is_long_and_another_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (run(folder.path(), &["secret"]), run(folder.path(), &["secret"]));
    assert_eq!((one.code, one.out.trim().len()), (0, 44));
    assert_ne!(one.out, other.out);
}

#[test]
fn a_plan_is_shown_and_changes_nothing_until_it_is_applied() {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("new.db");
    let migrate = ["--database", "sqlite:new.db", "migrate"];
    let dry = run(folder.path(), &[&migrate[..], &["--dry-run"]].concat());
    assert!(dry.code == 0 && dry.out.contains("-- core/0001\ncreate table"), "{dry:?}");
    assert!(!file.exists());
    let doctor = run(folder.path(), &["--database", "sqlite:new.db", "doctor"]);
    assert!(doctor.code == 1 && doctor.out.contains("`hallpass migrate` makes it"), "{doctor:?}");
    let applied = run(folder.path(), &migrate);
    assert!(applied.code == 0 && applied.out.starts_with("applied core/0001"), "{applied:?}");
    assert_eq!(run(folder.path(), &migrate).out, "nothing is missing\n");
    assert_eq!(run(folder.path(), &["--database", "sqlite:new.db", "doctor"]).code, 0);
}

#[test]
fn the_workers_have_the_tables_that_are_generated() {
    let folder = tempfile::tempdir().unwrap();
    let generated = |layout| run(folder.path(), &["generate", "--for", "d1", "--layout", layout]).out;
    assert_eq!(generated("camel"), include_str!("../../../../examples/worker/migrations/0001_hallpass.sql"));
    assert_eq!(generated("snake"), include_str!("../../../../tests/worker/suite/migrations/snake.sql"));
}

#[tokio::test]
async fn what_is_generated_leaves_nothing_to_migrate_and_overwrites_nothing() {
    for layout in ["camel", "snake"] {
        let folder = tempfile::tempdir().unwrap();
        let plugins = ["--plugin", "username", "--plugin", "jwt", "--plugin", "anonymous", "--plugin", "jwt"];
        let generate =
            [&["generate", "--for", "d1", "-o", "0001.sql", "--layout", layout], &plugins[..]].concat();
        assert_eq!(run(folder.path(), &generate).code, 0);
        let script = std::fs::read_to_string(folder.path().join("0001.sql")).unwrap();
        let again = run(folder.path(), &generate);
        assert!(again.code == 1 && again.err.contains("0001.sql"), "{again:?}");
        let database = Sqlite::open(folder.path().join("made.db")).unwrap();
        for sql in script.split(";\n").map(str::trim).filter(|sql| !sql.is_empty()) {
            hallpass_sql::SqlConnection::execute(&database, Statement::new(sql)).await.unwrap();
        }
        drop(database);
        let migrate = [&["--database", "sqlite:made.db", "migrate", "--dry-run"], &plugins[..]].concat();
        assert_eq!(run(folder.path(), &migrate).out, "nothing is missing\n", "{layout}");
    }
}

/// The server that the tests of PostgreSQL run on.
const POSTGRES: &str = "HALLPASS_TEST_POSTGRES";

#[test]
fn postgres_is_migrated_in_a_schema_of_its_own() {
    let url = std::env::var(POSTGRES).unwrap_or_else(|_| {
        panic!("{POSTGRES} names no server: `cargo xtask test --only nextest` starts one")
    });
    let folder = tempfile::tempdir().unwrap();
    let schema = format!("cli {}", std::process::id());
    let hallpass = |arguments: &[&str]| {
        run(
            folder.path(),
            &[&["--database", &url, "--schema", &schema, "--plugin", "username"], arguments].concat(),
        )
    };
    let missing = hallpass(&["migrate"]);
    assert!(missing.code == 1 && missing.err.contains("core/0001"), "{missing:?}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pool = sqlx::PgPool::connect(&url).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("create schema \"{schema}\""));
        sqlx::query(create).execute(&pool).await.unwrap();
    });
    let applied = hallpass(&["migrate"]);
    assert!(applied.code == 0 && applied.out.starts_with("applied core/0001"), "{applied:?}");
    let doctor = hallpass(&["doctor"]);
    assert!(doctor.code == 0 && doctor.out.contains("nothing is missing"), "{doctor:?}");
    assert_eq!(hallpass(&["--json", "users", "find", "ada"]).out, "[]\n");
    assert_eq!(
        hallpass(&["sessions", "sweep"]).out,
        "deleted 0 sessions, 0 verifications and 0 entries of the storage\n"
    );
}

/// The server that the tests of MySQL and MariaDB run on.
const MYSQL: &str = "HALLPASS_TEST_MYSQL";

#[test]
fn mysql_is_migrated_or_run_from_a_script_and_its_users_are_found() {
    let server = std::env::var(MYSQL)
        .unwrap_or_else(|_| panic!("{MYSQL} names no server: `cargo xtask test --only nextest` starts one"));
    let folder = tempfile::tempdir().unwrap();
    let plugins = ["--plugin", "username", "--plugin", "jwt"];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server_options: sqlx::mysql::MySqlConnectOptions = server.parse().unwrap();
    let sql = |database: Option<&str>, sql: &str| {
        runtime.block_on(async {
            let mut options = server_options.clone();
            if let Some(database) = database {
                options = options.database(database);
            }
            let pool = sqlx::MySqlPool::connect_with(options).await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap();
        });
    };
    for is_scripted in [false, true] {
        let database = format!("cli_{}_{is_scripted}", std::process::id());
        let url = server.replacen("localhost/", &format!("localhost/{database}"), 1);
        let hallpass = |arguments: &[&str]| {
            run(folder.path(), &[&["--database", &url], &plugins[..], arguments].concat())
        };
        sql(None, &format!("create database {database} character set utf8mb4 collate utf8mb4_bin"));
        if is_scripted {
            let script = run(folder.path(), &[&["generate", "--for", "mysql"], &plugins[..]].concat());
            assert_eq!(script.code, 0, "{script:?}");
            sql(Some(&database), &script.out);
            assert_eq!(hallpass(&["migrate"]).out, "nothing is missing\n");
        } else {
            let applied = hallpass(&["migrate"]);
            assert!(applied.code == 0 && applied.out.starts_with("applied core/0001"), "{applied:?}");
        }
        let doctor = hallpass(&["doctor"]);
        assert!(doctor.code == 0 && doctor.out.contains("nothing is missing"), "{doctor:?}");
        assert!(doctor.out.contains("utf8mb4_bin"), "{doctor:?}");
        sql(
            Some(&database),
            "insert into user (id, name, email, emailVerified) values ('u1', 'Ada 100%', 'ada@example.com', false)",
        );
        for (text, found) in [("ADA", true), ("100%", true), ("a_a", false), ("u1", true), ("U1", false)] {
            let users = hallpass(&["--json", "users", "find", text]).out;
            assert_eq!(users != "[]\n", found, "{text}: {users}");
        }
        assert_eq!(hallpass(&["users", "delete", "ada@example.com", "--yes"]).code, 0);
        assert_eq!(
            hallpass(&["sessions", "sweep"]).out,
            "deleted 0 sessions, 0 verifications and 0 entries of the storage\n"
        );
    }
}

#[tokio::test]
async fn users_are_found_by_what_is_typed_and_by_nothing_else() {
    let site = Site::new().await;
    for text in ["ada@", "ADA", "100%", "example.com"] {
        assert_eq!(site.json(&["users", "find", text])[0]["email"], EMAIL, "{text}");
    }
    for text in ["%", "_", "ada_", "\\", "!", "bob", "' OR 1=1 --"] {
        let expected = if text == "%" { 1 } else { 0 };
        assert_eq!(site.json(&["users", "find", text]).as_array().unwrap().len(), expected, "{text}");
    }
    let none = site.run(&["users", "revoke", "nobody@example.com"]);
    assert!(none.code == 1 && none.err.contains("no user"), "{none:?}");
}

#[tokio::test]
async fn a_user_is_verified_signed_out_exported_and_deleted() {
    let site = Site::new().await;
    assert_eq!(site.json(&["users", "verify", EMAIL])["emailVerified"], true);
    let listed = site.json(&["sessions", "list", EMAIL]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let id = listed[0]["id"].as_str().unwrap();
    assert_eq!(site.json(&["sessions", "revoke", EMAIL, id]), json!({"revoked": 1}));
    assert_eq!(site.run(&["sessions", "revoke", EMAIL, id]).code, 1, "it is over already");
    let export = site.run(&["users", "export", EMAIL]).out;
    let parsed: Value = serde_json::from_str(&export).unwrap();
    assert_eq!(
        (&parsed["user"]["email"], &parsed["accounts"][0]["providerId"]),
        (&json!(EMAIL), &json!("credential"))
    );
    for secret in ["password", "token", "sha256:", "$argon2id"] {
        assert!(!export.contains(secret), "{secret}: {export}");
    }
    assert_eq!(site.json(&["users", "revoke", EMAIL]), json!({"revoked": 1}));
    let unasked = site.run(&["users", "delete", EMAIL]);
    assert!(unasked.code == 1 && unasked.err.contains("--yes"), "{unasked:?}");
    assert_eq!(site.rows().await, [1, 1, 0, 0]);
    assert_eq!(site.json(&["users", "delete", EMAIL, "--yes"]), json!({"deleted": true}));
    assert_eq!(site.rows().await, [0, 0, 0, 0]);
    assert!(site.auth.sign_in_email(SignInEmail::new(EMAIL, PASSWORD)).await.is_err());
}

#[tokio::test]
async fn what_is_wrong_is_said_with_a_code_and_without_a_secret() {
    let site = Site::new().await;
    for (arguments, code, said) in [
        (&["--database", "mssql://ada:hunter2@db/app", "doctor"][..], 1, "mssql"),
        (&["--database", "mysql://ada:hunter2@localhost/app?socket=/nowhere", "doctor"], 1, "PROBLEM"),
        (&["--database", "mysql://ada:hunter2@:x/app", "doctor"], 1, "mysql://user@host"),
        (&["--database", "mysql://ada:hunter2@localhost", "doctor"], 1, "names no database"),
        (&["--database", "postgres://ada:hunter2@localhost/app?host=/nowhere", "doctor"], 1, "PROBLEM"),
        (&["--database", "postgres://ada:hunter2@:x/app", "doctor"], 1, "postgres://user@host"),
        (&["--database", "sqlite:app.db", "--schema", "auth", "doctor"], 1, "PostgreSQL"),
        (&["doctor"], 1, "--database"),
        (&["--database", "app.db", "doctor"], 1, "sqlite:app.db"),
        (&["--database", "sqlite:app.db", "--layout", "snake", "doctor"], 1, "layout"),
        (&["--database", "sqlite:missing.db", "sessions", "sweep"], 1, "hallpass migrate"),
        (&["users"], 2, "Usage"),
        (&["secret", "--plugin", "none"], 2, "username"),
    ] {
        let run = run(site.folder.path(), arguments);
        let all = format!("{}{}", run.out, run.err);
        assert!(run.code == code && all.contains(said) && !all.contains("hunter2"), "{arguments:?}: {run:?}");
    }
    let good = "kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=";
    for (secret, url, code) in [
        (good, "https://app.example.com", 0),
        (good, "http://localhost:3000", 0),
        ("too short", "https://app.example.com", 1),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "https://app.example.com", 1),
        (good, "http://localhost.evil.example", 1),
        (good, "app.example.com", 1),
    ] {
        let doctor = Command::new(env!("CARGO_BIN_EXE_hallpass"))
            .args(["--database", "sqlite:app.db", "doctor"])
            .current_dir(site.folder.path())
            .env("HALLPASS_SECRET", secret)
            .env("BASE_URL", url)
            .output()
            .unwrap();
        let out = String::from_utf8_lossy(&doctor.stdout);
        assert!(doctor.status.code() == Some(code) && !out.contains(secret), "{secret} {url}: {out}");
    }
}

#[tokio::test]
async fn a_sweep_deletes_what_has_expired_and_nothing_else() {
    let site = Site::new().await;
    let store = SqliteStore::new(Sqlite::open(site.folder.path().join("app.db")).unwrap());
    let sql = "UPDATE \"session\" SET \"expiresAt\" = '2020-01-01T00:00:00.000Z' WHERE \"id\" IN \
               (SELECT \"id\" FROM \"session\" LIMIT 1)";
    store.connection().execute(Statement::new(sql)).await.unwrap();
    assert_eq!(site.json(&["sessions", "list", EMAIL]).as_array().unwrap().len(), 1);
    assert_eq!(
        site.run(&["sessions", "sweep"]).out,
        "deleted 1 sessions, 0 verifications and 0 entries of the storage\n"
    );
    assert_eq!(
        site.run(&["sessions", "sweep"]).out,
        "deleted 0 sessions, 0 verifications and 0 entries of the storage\n"
    );
    assert_eq!(site.rows().await, [1, 1, 1, 0]);
}

#[tokio::test]
async fn no_more_users_are_found_than_are_asked_for() {
    let site = Site::new().await;
    for number in 0..3 {
        let address = format!("bob{number}@example.com");
        site.auth.sign_up_email(SignUpEmail::new("Bob", address, PASSWORD)).await.unwrap();
    }
    let found = |arguments: &[&str]| {
        let found = site.json(&[&["users", "find", "bob"], arguments].concat());
        found.as_array().unwrap().len()
    };
    assert_eq!([found(&[]), found(&["--limit", "2"])], [3, 2]);
    assert_eq!(site.run(&["users", "find", "bob", "--limit", "0"]).code, 2);
}

#[test]
fn shells_and_manuals_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let completions = run(folder.path(), &["completions", shell]);
        assert_eq!(completions.code, 0);
        for command in ["migrate", "import", "skip-existing", "sweep"] {
            assert!(completions.out.contains(command), "{shell}: {command}");
        }
    }
    assert_eq!(run(folder.path(), &["completions", "tcsh"]).code, 2);
    assert_eq!(run(folder.path(), &["man", "."]).code, 0);
    for page in ["hallpass.1", "hallpass-import.1", "hallpass-users-find.1"] {
        let page = std::fs::read_to_string(folder.path().join(page)).unwrap();
        assert!(page.contains(".SH NAME"), "{page}");
    }
    let nowhere = run(folder.path(), &["man", "missing"]);
    assert!(nowhere.code == 1 && nowhere.err.contains("missing"), "{nowhere:?}");
}

#[tokio::test]
async fn the_doctor_finds_users_whom_more_protects_than_a_password() {
    let site = Site::new().await;
    let store = SqliteStore::new(Sqlite::open(site.folder.path().join("app.db")).unwrap());
    for sql in [
        "ALTER TABLE \"user\" ADD COLUMN \"twoFactorEnabled\" integer",
        "UPDATE \"user\" SET \"twoFactorEnabled\" = 1",
    ] {
        store.connection().execute(Statement::new(sql)).await.unwrap();
    }
    let doctor = site.run(&["doctor"]);
    assert!(doctor.code == 1 && doctor.out.contains("two-factor"), "{doctor:?}");
}

#[test]
fn tables_with_other_names_are_made_generated_and_looked_over() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "--plural",
        "--name",
        "user=people",
        "--name",
        "user.email=email_address",
        "--name",
        "jwks=keys",
        "--plugin",
        "jwt",
    ];
    let ours = |arguments: &[&str]| {
        run(folder.path(), &[&["--database", "sqlite:app.db"], arguments, &names].concat())
    };
    let generated = run(folder.path(), &[&["generate", "--for", "sqlite"][..], &names].concat());
    let plan = ours(&["migrate", "--dry-run"]);
    for shown in [&generated.out, &plan.out] {
        for part in [
            r#"table if not exists "people""#,
            r#""email_address""#,
            r#"table if not exists "sessions""#,
            r#"table "keys""#,
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }
    assert_eq!(ours(&["migrate", "--yes"]).code, 0);
    let doctor = ours(&["doctor"]);
    assert!(doctor.out.contains("migrations: nothing is missing"), "{}", doctor.out);
    assert_eq!(ours(&["sessions", "sweep"]).code, 0);

    // Without the names it is another database: one whose tables are plural, of whom no user is known.
    let without = run(folder.path(), &["--database", "sqlite:app.db", "users", "find", "ada"]);
    assert_eq!((without.code, without.err.contains("no table of users")), (1, true), "{}", without.err);
    for (wrong, expected) in [
        (["--name", "user=a\"b"], "cannot be called"),
        (["--name", "user.mail=email"], "no column user.mail to be named, only "),
        (["--name", "user=sessions"], "are both called"),
    ] {
        let run = run(
            folder.path(),
            &[&["--database", "sqlite:new.db", "--plural", "migrate", "--yes"][..], &wrong].concat(),
        );
        assert_eq!((run.code, run.err.contains(expected)), (1, true), "{wrong:?}: {}", run.err);
    }
}

#[tokio::test]
async fn a_layout_is_said_where_the_database_does_not_tell_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |arguments: &[&str]| run(folder.path(), &[&["--database", "sqlite:app.db"], arguments].concat());
    assert_eq!(at(&["migrate", "--yes", "--layout", "snake"]).code, 0);
    let app = Sqlite::open(folder.path().join("app.db")).unwrap();
    for sql in ["add column \"userAgent\" text", "rename column user_agent to agent"] {
        app.execute(Statement::new(format!("alter table session {sql}"))).await.unwrap();
    }
    let doctor = at(&["doctor"]);
    for part in [
        "for camelCase names speak session.userAgent",
        "for snake_case names speak user.email_verified",
        "--layout",
    ] {
        assert!(doctor.out.contains(part), "{part}: {}", doctor.out);
    }
    let said = at(&["doctor", "--layout", "snake", "--name", "session.userAgent=agent"]);
    assert!(said.out.contains("migrations: nothing is missing"), "{}", said.out);
}

#[tokio::test]
async fn the_doctor_names_an_index_that_was_dropped_and_what_makes_it_anew() {
    let site = Site::new().await;
    let store = SqliteStore::new(Sqlite::open(site.folder.path().join("app.db")).unwrap());
    store.connection().execute(Statement::new("DROP INDEX \"session_userId_idx\"")).await.unwrap();
    let doctor = site.run(&["doctor"]);
    assert!(doctor.code == 1 && doctor.out.contains("none for session.userId"), "{doctor:?}");
    let line = doctor.out.lines().find(|line| line.contains("create index")).unwrap();
    store.connection().execute(Statement::new(line.trim().trim_end_matches(';'))).await.unwrap();
    let doctor = site.run(&["doctor"]);
    assert!(doctor.code == 0 && doctor.out.contains("indexes: all are there"), "{doctor:?}");
}
