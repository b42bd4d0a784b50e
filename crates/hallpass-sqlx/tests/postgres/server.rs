//! A server that is killed under load: what it acknowledged is there, and nothing is half done.

use std::path::PathBuf;
use std::time::Duration;

use hallpass_sqlx::{Postgres, PostgresStore};
use hallpass_testing::StoreDefect;
use hallpass_testing::processes::survive;
use hallpass_testing::samples::ORPHANS;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::shared_server::Server;

/// Debian's newest, or what is on the path.
fn program(name: &str) -> PathBuf {
    let of_debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<_> = of_debian
        .map(|version| version.path().join("bin").join(name))
        .filter(|program| program.is_file())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| name.into())
}

/// What is wrong after the server was killed so many times.
async fn killed(times: usize, defect: Option<StoreDefect>) -> Vec<String> {
    let mut server = Server::new(&program("postgres"), "postgres");
    let folder = server.folder.path().to_owned();
    let data = folder.join("data").display().to_string();
    let initdb = &mut server.command(&program("initdb"));
    initdb.args(["--auth=trust", "--username=postgres", "--no-sync", "--pgdata", &data]);
    assert!(initdb.status().unwrap().success());
    // Power is not lost here, and what a killed process has written is written.
    let of = |text: &str| text.to_owned();
    let socket = folder.display().to_string();
    let arguments = vec![
        of("-D"),
        data,
        of("-k"),
        socket.clone(),
        of("-c"),
        of("listen_addresses="),
        of("-c"),
        of("fsync=off"),
    ];
    let options: PgConnectOptions =
        format!("postgres://postgres@localhost/postgres?host={socket}").parse().unwrap();
    let pool = || -> PgPool {
        PgPoolOptions::new()
            .max_connections(6)
            .acquire_timeout(Duration::from_secs(60))
            .connect_lazy_with(options.clone())
    };
    let answers = async || {
        use sqlx::{ConnectOptions as _, Connection as _};
        match options.connect().await {
            Ok(connection) => connection.close().await.is_ok(),
            Err(_) => false,
        }
    };
    server.start(arguments, answers).await;
    let open = async || {
        let store = PostgresStore::new(Postgres::new(pool()));
        store.migrate().await.unwrap();
        store
    };
    let mut failures = survive(open, async || server.restart(answers).await, times, defect).await;
    let orphans: i64 = sqlx::query_scalar(ORPHANS).fetch_one(&pool()).await.unwrap();
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
