//! Databases with which something is wrong: what the command says, and its exit code.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use hallpass_sql::{SqlConnection as _, Statement};
use hallpass_sqlite::Sqlite;

use crate::common::{Site, run};

impl Site {
    /// That these commands fail and say so.
    fn fails(&self, commands: &[&[&str]], said: &[&str]) {
        for arguments in commands {
            let run = self.run(arguments);
            let text = run.out + &run.err;
            assert_eq!(run.code, 1, "{arguments:?}: {text}");
            for said in said {
                assert!(text.contains(said), "{arguments:?}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_database_that_has_lost_something_is_told_and_its_rows_stay() {
    let site = Site::new().await;
    let rows = site.rows().await;
    let all: [&[&str]; 3] = [&["doctor"], &["migrate"], &["migrate", "--dry-run"]];
    site.sql(r#"ALTER TABLE "verification" RENAME TO "away""#).await;
    site.fails(&all, &["table `verification`", "restore it from a backup"]);
    site.sql(r#"ALTER TABLE "away" RENAME TO "verification""#).await;
    site.sql(r#"ALTER TABLE "account" RENAME COLUMN "scope" TO "away""#).await;
    site.fails(&all, &["table `account` has no column scope"]);
    site.sql(r#"ALTER TABLE "account" RENAME COLUMN "away" TO "scope""#).await;
    site.sql(r#"INSERT INTO "hallpass_migrations" ("id") VALUES ('core/9999')"#).await;
    site.fails(&all, &["a newer version of hallpass", "core/9999"]);
    site.sql(r#"DELETE FROM "hallpass_migrations" WHERE "id" = 'core/9999'"#).await;
    assert_eq!(site.run(&["doctor"]).code, 0);
    assert_eq!(site.rows().await, rows);
}

#[tokio::test]
async fn a_column_that_nobody_fills_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(folder.path().join("app.db")).unwrap();
    assert_eq!(run(folder.path(), &["--database", "sqlite:app.db", "migrate"]).code, 0);
    sqlite.execute(Statement::new(r#"ALTER TABLE "user" ADD COLUMN "tier" integer NOT NULL"#)).await.unwrap();
    let doctor = run(folder.path(), &["--database", "sqlite:app.db", "doctor"]);
    assert!(doctor.code == 0 && doctor.out.contains("user.tier must not be NULL"), "{doctor:?}");
}

#[tokio::test]
async fn a_file_that_may_not_be_written_is_told() {
    let site = Site::new().await;
    let file = site.folder.path().join("app.db");
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&file, 0o444);
    // Root may do anything, so it is run as somebody who is not; where this is somebody, as this one.
    let copy = site.folder.path().join("hallpass");
    std::fs::copy(env!("CARGO_BIN_EXE_hallpass"), &copy).unwrap();
    mode(&copy, 0o555);
    mode(site.folder.path(), 0o555);
    let is_root = {
        use std::os::unix::fs::MetadataExt as _;
        std::fs::metadata(&file).unwrap().uid() == 0
    };
    let mut command = Command::new(&copy);
    if is_root {
        command.uid(65_534).gid(65_534);
    }
    command.args(["--database", "sqlite:app.db", "users", "delete", "ada@example.com", "--yes"]);
    let output = command.current_dir(site.folder.path()).output().unwrap();
    mode(site.folder.path(), 0o755);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot be written") || said.contains("let the process"), "{said}");
    assert_eq!(site.rows().await[0], 1);
}

#[test]
fn a_server_that_is_not_there_or_knows_nobody_of_that_name_is_told_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().display();
    for url in [
        format!("postgres://ada:hunter2@localhost/x?host={socket}"),
        format!("mysql://ada:hunter2@localhost/x?socket={socket}/socket"),
    ] {
        for command in ["doctor", "migrate"] {
            let run = run(folder.path(), &["--database", &url, command]);
            let text = run.out + &run.err;
            assert_eq!(run.code, 1, "{text}");
            assert!(text.contains("is the server up") && !text.contains("hunter2"), "{text}");
        }
    }
}
