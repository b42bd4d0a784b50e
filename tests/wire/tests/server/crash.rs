//! SIGKILL under a stream of sign-ups: whatever was acknowledged is there, and whole.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rusqlite::Connection;

use crate::process::{Server, options, post, sign_up};

#[test]
fn every_acknowledged_user_survives_with_its_account() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("crash.db");
    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    let number = Arc::new(AtomicUsize::new(0));
    // Killed at a different moment in each round, over the same file.
    for quota in [1, 2, 5, 9, 14, 20] {
        let mut server = Server::start(directory.path(), &options(&file));
        let address = server.address;
        let goal = acknowledged.lock().unwrap().len() + quota;
        let clients: Vec<_> = (0..6)
            .map(|_| {
                let (acknowledged, number) = (Arc::clone(&acknowledged), Arc::clone(&number));
                thread::spawn(move || {
                    loop {
                        let email = format!("user{}@example.com", number.fetch_add(1, Ordering::Relaxed));
                        match post(address, "/sign-up/email", &sign_up(&email)) {
                            Some((200, _)) => drop(acknowledged.lock().unwrap().insert(email)),
                            // Cut off in the middle: whether the user is there is not known.
                            _ => return,
                        }
                    }
                })
            })
            .collect();
        while acknowledged.lock().unwrap().len() < goal {
            thread::yield_now();
        }
        server.kill();
        clients.into_iter().for_each(|client| client.join().unwrap());
    }

    let database = Connection::open(&file).unwrap();
    let text = |sql: &str| database.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(text("PRAGMA integrity_check"), "ok");
    assert_eq!(count(r#"SELECT count(*) FROM user WHERE id NOT IN (SELECT "userId" FROM account)"#), 0);
    assert_eq!(count(r#"SELECT count(*) FROM account WHERE "userId" NOT IN (SELECT id FROM user)"#), 0);
    assert_eq!(count(r#"SELECT count(*) FROM session WHERE "userId" NOT IN (SELECT id FROM user)"#), 0);
    let mut statement = database.prepare("SELECT email FROM user").unwrap();
    let users: BTreeSet<String> =
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let acknowledged = acknowledged.lock().unwrap();
    assert!(acknowledged.len() >= 51, "{}", acknowledged.len());
    assert_eq!(acknowledged.difference(&users).count(), 0, "acknowledged, and not there");
}
