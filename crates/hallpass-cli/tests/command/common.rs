//! What the tests share.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use hallpass::{Auth, EmailPassword, SessionOptions, SignInEmail, SignUpEmail};
use hallpass_sqlite::{Sqlite, SqliteStore};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A folder with a database that has a user who is signed in twice.
pub(crate) struct Site {
    pub(crate) folder: TempDir,
    pub(crate) auth: Auth,
}

impl Site {
    pub(crate) async fn new() -> Self {
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

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        run(self.folder.path(), &[&["--database", "sqlite:app.db"], arguments].concat())
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let run = self.run(&[&["--json"], arguments].concat());
        assert_eq!(run.code, 0, "{}", run.out);
        serde_json::from_str(&run.out).unwrap()
    }

    pub(crate) async fn rows(&self) -> Vec<u64> {
        let store = SqliteStore::new(Sqlite::open(self.folder.path().join("app.db")).unwrap());
        store.counts().await.unwrap().into_iter().map(|(_, rows)| rows).collect()
    }
}

#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Run {
    run_with(folder, arguments, &[])
}

pub(crate) fn run_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
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

/// The servers that the tests of PostgreSQL, and of MySQL and MariaDB, run on.
pub(crate) const POSTGRES: &str = "HALLPASS_TEST_POSTGRES";
pub(crate) const MYSQL: &str = "HALLPASS_TEST_MYSQL";

pub(crate) fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} names no server: `cargo xtask test --only nextest` starts one")
    })
}

/// Runs SQL apart from the command.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
