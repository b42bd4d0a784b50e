//! A server that is killed under load: what it acknowledged is there, and nothing is half done.

use std::path::Path;

use hallpass_sqlx::{MySql, MySqlStore};
use hallpass_testing::StoreDefect;
use hallpass_testing::processes::survive;
use hallpass_testing::samples::ORPHANS;
use sqlx::AssertSqlSafe;
use sqlx::mysql::MySqlConnectOptions;

use crate::common::{pool, sql};
use crate::shared_server::Server;

/// Where Debian has it, or what is on the path.
fn program() -> &'static Path {
    let of_debian = Path::new("/usr/sbin/mariadbd");
    if of_debian.is_file() { of_debian } else { Path::new("mariadbd") }
}

/// What is wrong after the server was killed so many times.
async fn killed(times: usize, defect: Option<StoreDefect>) -> Vec<String> {
    let mut server = Server::new(program(), "mysql");
    let folder = server.folder.path().to_owned();
    let data = format!("--datadir={}", folder.join("data").display());
    let install = &mut server.command(Path::new("mariadb-install-db"));
    install.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", &data]);
    assert!(install.status().unwrap().success());
    let socket = folder.join("socket").display().to_string();
    // Power is not lost here: what a killed process has written is written, once a commit.
    let arguments = vec![
        "--no-defaults".to_owned(),
        "--skip-networking".to_owned(),
        data,
        format!("--socket={socket}"),
        format!("--pid-file={}", folder.join("pid").display()),
        "--character-set-server=utf8mb4".to_owned(),
        "--innodb-flush-log-at-trx-commit=2".to_owned(),
        "--innodb-flush-method=nosync".to_owned(),
    ];
    let root: MySqlConnectOptions = format!("mysql://root@localhost/?socket={socket}").parse().unwrap();
    let answers = async || {
        use sqlx::{ConnectOptions as _, Connection as _};
        match root.connect().await {
            Ok(connection) => connection.close().await.is_ok(),
            Err(_) => false,
        }
    };
    server.start(arguments, answers).await;
    sql(&pool(root.clone(), 1), "create database app").await;
    let app = root.clone().database("app");
    let open = async || {
        let store = MySqlStore::new(MySql::new(pool(app.clone(), 6)));
        store.migrate().await.unwrap();
        store
    };
    let mut failures = survive(open, async || server.restart(answers).await, times, defect).await;
    let orphans = AssertSqlSafe(ORPHANS.replace('"', "`"));
    let orphans: i64 = sqlx::query_scalar(orphans).fetch_one(&pool(app.clone(), 1)).await.unwrap();
    if orphans > 0 {
        failures.push(format!("{orphans} rows are half of something"));
    }
    failures
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_under_load_keeps_what_it_acknowledged() {
    let failures = killed(3, None).await;
    assert!(failures.is_empty(), "{failures:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_loses_what_it_acknowledged_is_found() {
    assert!(!killed(1, Some(StoreDefect::KeepsSessions)).await.is_empty());
}
