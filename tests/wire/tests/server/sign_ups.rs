//! Twelve sign-ups of one address at once, over HTTP and a file.

use std::sync::{Arc, Barrier};
use std::thread;

use rusqlite::Connection;

use crate::process::{Server, options, post, sign_up};

#[test]
fn of_twelve_at_once_one_gets_the_address() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("race.db");
    let server = Server::start(directory.path(), &options(&file));
    let barrier = Arc::new(Barrier::new(12));
    let clients: Vec<_> = (0..12)
        .map(|index| {
            let (address, barrier) = (server.address, Arc::clone(&barrier));
            let email = if index % 2 == 0 { "one@example.com" } else { "One@Example.COM" };
            thread::spawn(move || {
                barrier.wait();
                post(address, "/sign-up/email", &sign_up(email)).unwrap()
            })
        })
        .collect();
    let answers: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1, "{answers:?}");
    for (status, body) in answers.iter().filter(|(status, _)| *status != 200) {
        assert_eq!(*status, 422);
        assert!(body.contains("USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"), "{body}");
    }
    let database = Connection::open(&file).unwrap();
    let rows = |table: &str| {
        database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((rows("user"), rows("account"), rows("session")), (1, 1, 1));
}
