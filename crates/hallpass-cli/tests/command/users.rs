//! `hallpass users` and `hallpass sessions`.

use hallpass::{SignInEmail, SignUpEmail};
use hallpass_sql::{SqlConnection as _, Statement};
use hallpass_sqlite::{Sqlite, SqliteStore};
use serde_json::{Value, json};

use crate::common::{EMAIL, PASSWORD, Site};

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
