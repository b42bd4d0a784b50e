//! `hallpass import`.

use std::fs;

use hallpass::store::{AccountStore as _, UserStore as _};
use hallpass::types::Email;
use hallpass::{Auth, EmailPassword, SignInEmail};
use hallpass_sql::{Layout, SqlConnection as _, Statement};
use hallpass_sqlite::{Sqlite, SqliteStore};
use http::HeaderMap;
use http::header::COOKIE;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{EMAIL, PASSWORD, Run, Site, run};

const BCRYPT: &str = "$2b$05$oZHsoUqXoMJicKEH6JqtYOnigmCpozgIHPTWUUf9o9hBew4K.o62a";
const DJANGO: &str = "pbkdf2_sha256$1000$seasalt2$/AgPzJG5e6Yv25JIyxyWfNnB6QXmfp0Y+BEGfC3zoJE=";

impl Site {
    fn import(&self, name: &str, text: &str, arguments: &[&str]) -> Run {
        fs::write(self.folder.path().join(name), text).unwrap();
        self.run(&[&["import", name], arguments].concat())
    }

    fn store(&self) -> SqliteStore {
        store(&self.folder, "app.db", Layout::CamelCase)
    }
}

fn store(folder: &TempDir, name: &str, layout: Layout) -> SqliteStore {
    SqliteStore::in_layout(Sqlite::open(folder.path().join(name)).unwrap(), layout)
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

#[tokio::test]
async fn users_of_a_table_sign_in_by_the_passwords_that_they_had_and_these_are_hashed_anew() {
    let site = Site::new().await;
    let table = format!(
        "Mail,name,email_verified,Created_At,password_hash\n\
         Grace@Example.com,\"Hopper, Grace\",true,2020-01-02T03:04:05Z,{BCRYPT}\n\
         linus@example.com,,0,1577934245000,{DJANGO}\n\
         nobody@example.com,Nobody,,,\n"
    );
    let dry = site.import("users.csv", &table, &["--field", "email=Mail", "--dry-run"]);
    assert!(dry.code == 0 && dry.out.starts_with("3 users would be imported"), "{dry:?}");
    let dry = site.json(&["import", "users.csv", "--field", "email=Mail", "--dry-run"]);
    assert_eq!((&dry["imported"], &dry["importable"]), (&json!(0), &json!(3)));
    assert_eq!(site.rows().await[0], 1);
    let done = site.import("users.csv", &table, &["--field", "email=Mail"]);
    assert!(
        done.code == 0 && done.out.contains("imported 3 users, passwords: 1 bcrypt, 1 pbkdf2"),
        "{done:?}"
    );
    assert!(done.out.contains("feature `bcrypt`") && done.err.is_empty(), "{done:?}");

    let store = site.store();
    let grace = store.user_by_email(&email("grace@example.com")).await.unwrap().unwrap();
    assert_eq!((grace.name.as_str(), grace.email_verified), ("Hopper, Grace", true));
    assert_eq!(grace.created_at.to_string(), "2020-01-02T03:04:05.000Z");
    let linus = store.user_by_email(&email("linus@example.com")).await.unwrap().unwrap();
    assert_eq!((linus.name.as_str(), linus.email_verified), ("linus", false));
    assert_eq!(linus.created_at, grace.created_at);
    assert!(
        store
            .accounts_of(&store.user_by_email(&email("nobody@example.com")).await.unwrap().unwrap().id)
            .await
            .unwrap()
            .is_empty()
    );
    for (user, address) in [(grace, "grace@example.com"), (linus, "linus@example.com")] {
        assert!(site.auth.sign_in_email(SignInEmail::new(address, "correct horse batterx")).await.is_err());
        site.auth.sign_in_email(SignInEmail::new(address, PASSWORD)).await.unwrap();
        let account = store.accounts_of(&user.id).await.unwrap().pop().unwrap();
        assert!(account.password.unwrap().as_str().starts_with("$argon2id$"));
    }
}

#[tokio::test]
async fn a_file_with_mistakes_changes_nothing_and_tells_all_of_them() {
    let site = Site::new().await;
    let table = format!(
        "email,password,createdAt,emailVerified,id\n\
         good@example.com,{BCRYPT},,,\n\
         no address,,,,\n\
         plain@example.com,hunter2hunter2,,,\n\
         when@example.com,,yesterday,,\n\
         maybe@example.com,,,perhaps,\n\
         GOOD@example.com,,,,\n\
         {EMAIL},,,,\n"
    );
    let refused = site.import("users.csv", &table, &[]);
    assert_eq!(refused.code, 1);
    for told in [
        "line 3: \"no address\"",
        "line 4: ",
        "line 5: createdAt",
        "line 6: emailVerified",
        "line 7: good@example.com came before: line 2",
        "line 8: ada@example.com is there",
        "nothing was changed",
    ] {
        assert!(refused.out.contains(told), "{told}: {}", refused.out);
    }
    assert!(!refused.out.contains("hunter2") && !refused.err.contains("hunter2"));
    assert_eq!(site.rows().await[0], 1);

    let rest = site.import("users.csv", &table, &["--skip-mistakes", "--skip-existing"]);
    assert_eq!(rest.code, 1, "mistakes are told by the exit code too");
    assert!(rest.out.contains("imported 1 users") && rest.out.contains("1 were there already"), "{rest:?}");
    assert_eq!(site.rows().await[0], 2);

    for (name, text, told) in [
        (
            "users.csv",
            "email,shoe size\na@example.com,44\n",
            "\"shoe size\" is no field of a user; known are id, email",
        ),
        ("users.csv", "email,EMAIL\na@example.com,b@example.com\n", "email is said twice"),
        ("users.csv", "email,name\na@example.com\n", "cannot read users.csv"),
        ("users.json", "[{\"email\": \"a@example.com\"}", "cannot read users.json"),
        ("users.json", "[1]", "user 1: this is no object"),
        ("users.json", "{\"name\": \"x\"}", "user 1: there is no email"),
    ] {
        let refused = site.import(name, text, &[]);
        assert!(refused.code == 1 && (refused.err + &refused.out).contains(told), "{told}");
    }
    let missing = site.run(&["import", "missing.json"]);
    assert!(missing.code == 1 && missing.err.contains("cannot open missing.json"), "{missing:?}");
    assert_eq!(site.run(&["import"]).code, 1);
    assert_eq!(site.rows().await[0], 2);
}

#[tokio::test]
async fn json_is_read_as_a_list_or_by_lines_with_additional_fields() {
    let site = Site::new().await;
    let plugin = ["--plugin", "username"];
    assert_eq!(site.run(&[&["migrate"], &plugin[..]].concat()).code, 0);
    let grace = json!({"id": 7, "email": "grace@example.com", "username": "grace", "shoe": 44});
    let linus = json!({"email": "linus@example.com", "name": "Linus", "image": null, "emailVerified": true});
    let lines = format!("\n{grace}\n{linus}\n");
    let done = site.import("users.jsonl", &lines, &[&plugin[..], &["--ignore-unknown", "--json"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    let report: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(
        report,
        json!({"imported": 2, "importable": null, "skipped": 0, "passwords": {}, "mistakes": []})
    );
    let export = site.json(&[&["users", "export", "7"], &plugin[..]].concat());
    assert_eq!(
        (&export["user"]["username"], &export["user"]["email"]),
        (&json!("grace"), &json!("grace@example.com"))
    );

    let list = json!([grace, linus, {"email": "third@example.com"}]).to_string();
    let again =
        site.import("users.json", &list, &[&plugin[..], &["--ignore-unknown", "--skip-existing"]].concat());
    assert!(
        again.code == 0
            && again.out.contains("imported 1 users")
            && again.out.contains("2 were there already"),
        "{again:?}"
    );
}

#[tokio::test]
async fn another_database_comes_with_passwords_and_sessions_but_without_users_whom_more_protects() {
    let from = Site::new().await;
    let signed_in = from.auth.sign_in_email(SignInEmail::new(EMAIL, PASSWORD)).await.unwrap();
    let to = tempfile::tempdir().unwrap();
    let source = format!("sqlite:{}", from.folder.path().join("app.db").display());
    let into = |name: &str, arguments: &[&str]| {
        run(to.path(), &[&["--database", &format!("sqlite:{name}")], arguments].concat())
    };
    let import = ["import", "--from", &source, "--with-sessions"];
    assert_eq!(into("new.db", &["migrate", "--layout", "snake"]).code, 0);
    let done = into("new.db", &import);
    assert!(done.code == 0 && done.out.contains("imported 1 users, passwords: 1 argon2"), "{done:?}");
    let copy = store(&to, "new.db", Layout::SnakeCase);
    assert_eq!(copy.counts().await.unwrap(), from.store().counts().await.unwrap());
    let app = Auth::builder(copy)
        .secret("kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=")
        .base_url("https://app.example.com")
        .email_password(EmailPassword::default())
        .build()
        .unwrap();
    let cookie = signed_in.cookies(&from.auth, None).swap_remove(0);
    let cookie = cookie.to_str().unwrap().split(';').next().unwrap().parse().unwrap();
    let current = app.session(&HeaderMap::from_iter([(COOKIE, cookie)])).await.unwrap();
    assert_eq!(current.unwrap().user.email.as_str(), EMAIL);
    app.sign_in_email(SignInEmail::new(EMAIL, PASSWORD)).await.unwrap();

    let itself = run(from.folder.path(), &[&["--database", &source], &import[..]].concat());
    assert!(itself.code == 1 && itself.err.contains("into itself"), "{itself:?}");

    let protected = from.store();
    for sql in [
        "ALTER TABLE \"user\" ADD COLUMN \"twoFactorEnabled\" integer",
        "UPDATE \"user\" SET \"twoFactorEnabled\" = 1",
    ] {
        protected.connection().execute(Statement::new(sql)).await.unwrap();
    }
    assert_eq!(into("empty.db", &["migrate"]).code, 0);
    let refused = into("empty.db", &import);
    assert!(refused.code == 1 && refused.out.contains("ada@example.com has two-factor on"), "{refused:?}");
    let empty = store(&to, "empty.db", Layout::CamelCase);
    assert_eq!(empty.user_by_email(&email(EMAIL)).await.unwrap(), None);
}

#[test]
fn a_file_and_a_database_are_not_imported_at_once() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["import", "users.csv", "--from", "sqlite:app.db"]).code, 2);
    assert_eq!(run(folder.path(), &["import", "users.csv", "--field", "email"]).code, 2);
}
