//! Several processes on one file. Each test starts itself again as the other processes.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::common::{Directory, user};
use hallpass::store::{StoreErrorKind, UserStore as _};
use hallpass_sqlite::{Sqlite, SqliteStore};

/// The file that a process is to work on; none in the test itself.
const FILE: &str = "HALLPASS_TEST_FILE";

/// Starts the test `name` again as another process.
fn start(name: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

async fn open(path: impl AsRef<Path>) -> SqliteStore {
    let store = SqliteStore::new(Sqlite::open(path).unwrap());
    store.migrate().await.unwrap();
    store
}

#[tokio::test]
async fn processes_that_migrate_and_sign_one_address_up_make_one_user() {
    let same = |id: String| {
        let (mut ada, mut account) = user("ada");
        ada.id = id.as_str().into();
        (account.account_id, account.user_id) = (id, ada.id.clone());
        account.id = format!("account of {}", ada.id).into();
        (ada, account)
    };
    if let Some(path) = std::env::var_os(FILE) {
        let store = open(Path::new(&path)).await;
        for round in 0..20 {
            let (mut ada, account) = same(format!("{} {round}", std::process::id()));
            ada.email = hallpass::types::Email::parse(&format!("ada{round}@example.com")).unwrap();
            match store.create_user(&ada, Some(&account)).await {
                Ok(()) => println!("\nmade {}", ada.id),
                Err(error) => assert_eq!(error.kind(), StoreErrorKind::Conflict, "{error:?}"),
            }
        }
        return;
    }
    let directory = Directory::new();
    let path = directory.file("app.db");
    let name = "processes::processes_that_migrate_and_sign_one_address_up_make_one_user";
    let processes: Vec<_> = (0..6).map(|_| start(name, &path)).collect();
    let mut made = 0;
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        made += String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .filter(|line| line.starts_with("made "))
            .count();
    }
    assert_eq!(made, 20);
    let counts = open(&path).await.counts().await.unwrap();
    assert_eq!(counts[..2], [("user".into(), 20), ("account".into(), 20)]);
}

#[tokio::test]
async fn a_process_that_is_killed_leaves_every_user_that_it_acknowledged_and_no_half_of_one() {
    if let Some(path) = std::env::var_os(FILE) {
        let store = open(Path::new(&path)).await;
        let tasks = (0..8).map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0.. {
                    let (ada, account) = user(&format!("ada.{task}.{number}"));
                    store.create_user(&ada, Some(&account)).await.unwrap();
                    println!("\nmade {}", ada.id);
                }
            })
        });
        futures_util::future::join_all(tasks).await;
        return;
    }
    let directory = Directory::new();
    let path = directory.file("app.db");
    let name =
        "processes::a_process_that_is_killed_leaves_every_user_that_it_acknowledged_and_no_half_of_one";
    let mut process = start(name, &path);
    let lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut made = BTreeSet::new();
    for line in lines {
        if let Some(id) = line.strip_prefix("made ") {
            made.insert(id.to_owned());
        }
        if made.len() == 200 {
            process.kill().unwrap();
        }
    }
    assert!(!process.wait().unwrap().success());
    assert!(made.len() >= 200, "{}", made.len());

    let store = open(&path).await;
    for id in &made {
        let there = store.user(&id.as_str().into()).await.unwrap().unwrap();
        assert!(store.credential_by_email(&there.email).await.unwrap().unwrap().1.is_some(), "{id}");
    }
    let counts = store.counts().await.unwrap();
    assert_eq!(counts[0].1, counts[1].1, "{counts:?}");
    let check: String = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
}
