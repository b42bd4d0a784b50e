//! The command on PostgreSQL, MySQL and MariaDB.

use std::fs;

use crate::common::{MYSQL, POSTGRES, block_on, run, server};

/// Runs SQL on the server of PostgreSQL.
fn on_postgres(sql: &str) {
    block_on(async {
        let pool = sqlx::PgPool::connect(&server(POSTGRES)).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap();
    });
}

#[test]
fn postgres_is_migrated_in_a_schema_of_its_own() {
    let url = server(POSTGRES);
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
    on_postgres(&format!("create schema \"{schema}\""));
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

#[test]
fn what_is_generated_for_postgres_runs_there_and_leaves_nothing_to_migrate() {
    let url = server(POSTGRES);
    let folder = tempfile::tempdir().unwrap();
    let plugins = ["--plugin", "username", "--plugin", "jwt", "--plugin", "anonymous"];
    for (number, shape) in [
        &[][..],
        &["--layout", "snake"],
        &["--ids", "uuid"],
        &["--plural", "--name", "user=people", "--name", "user.email=email_address"],
    ]
    .into_iter()
    .enumerate()
    {
        let schema = format!("generated {number} {}", std::process::id());
        let script = run(folder.path(), &[&["generate", "--for", "postgres"], shape, &plugins].concat());
        assert_eq!(script.code, 0, "{script:?}");
        on_postgres(&format!("create schema \"{schema}\"; set search_path to \"{schema}\"; {}", script.out));
        let hallpass = |arguments: &[&str]| {
            let database = ["--database", &url, "--schema", &schema];
            // Layout and ids are found by themselves; other names are not.
            let names = if shape.contains(&"--plural") { shape } else { &[] };
            run(folder.path(), &[&database[..], names, &plugins, arguments].concat())
        };
        assert_eq!(hallpass(&["migrate"]).out, "nothing is missing\n", "{shape:?}");
        let doctor = hallpass(&["doctor"]);
        assert!(doctor.code == 0 && doctor.out.contains("nothing is missing"), "{shape:?}: {doctor:?}");
        fs::write(folder.path().join("users.json"), r#"{"email": "ada@example.com", "username": "ada"}"#)
            .unwrap();
        let imported = hallpass(&["import", "users.json"]);
        assert!(imported.code == 0 && imported.out.contains("imported 1 users"), "{shape:?}: {imported:?}");
        let found = hallpass(&["--json", "users", "find", "ada@"]);
        assert!(found.out.contains(r#""username": "ada""#), "{shape:?}: {found:?}");
    }
}

#[test]
fn mysql_is_migrated_or_run_from_a_script_and_its_users_are_found() {
    let server = server(MYSQL);
    let folder = tempfile::tempdir().unwrap();
    let plugins = ["--plugin", "username", "--plugin", "jwt"];
    let server_options: sqlx::mysql::MySqlConnectOptions = server.parse().unwrap();
    let sql = |database: Option<&str>, sql: &str| {
        block_on(async {
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
