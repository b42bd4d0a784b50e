//! Plans, scripts and tables.

use std::path::PathBuf;

use hallpass_sql::{SqlConnection as _, Statement};
use hallpass_sqlite::Sqlite;

use crate::common::run;

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
