//! `hallpass import`.

use std::fs;

use hallpass::clock::Timestamp;
use hallpass::model::{Account, User};
use hallpass::password::PasswordHash;
use hallpass::store::{AccountStore as _, UserStore as _};
use hallpass::types::{AccountId, Email};
use hallpass::{Auth, EmailPassword, SignInEmail};
use hallpass_sql::{Layout, SqlConnection as _, Statement};
use hallpass_sqlite::{Sqlite, SqliteStore};
use http::HeaderMap;
use http::header::COOKIE;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{EMAIL, PASSWORD, Run, Site, run};

const BCRYPT: &str = "$2b$05$oZHsoUqXoMJicKEH6JqtYOnigmCpozgIHPTWUUf9o9hBew4K.o62a";
const DJANGO: &str = "pbkdf2_sha256$1000$seasalt2$/AgPzJG5e6Yv25JIyxyWfNnB6QXmfp0Y+BEGfC3zoJE=";

impl Site {
    pub(crate) async fn sql(&self, sql: &str) {
        self.store().connection().execute(Statement::new(sql)).await.unwrap();
    }

    pub(crate) fn import(&self, name: &str, text: &str, arguments: &[&str]) -> Run {
        fs::write(self.folder.path().join(name), text).unwrap();
        self.run(&[&["import", name], arguments].concat())
    }

    pub(crate) fn store(&self) -> SqliteStore {
        store(&self.folder, "app.db", Layout::CamelCase)
    }
}

pub(crate) fn store(folder: &TempDir, name: &str, layout: Layout) -> SqliteStore {
    SqliteStore::in_layout(Sqlite::open(folder.path().join(name)).unwrap(), layout)
}

pub(crate) fn email(text: &str) -> Email {
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
         {EMAIL},,,,\n\
         fine@example.com,,,,\n"
    );
    let refused = site.import("users.csv", &table, &[]);
    assert_eq!(refused.code, 1);
    for told in [
        "line 3: the email is no",
        "line 4: ",
        "line 5: createdAt",
        "line 6: emailVerified",
        "line 2: good@example.com comes more than once",
        "line 7: good@example.com comes more than once",
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

#[tokio::test]
async fn two_with_one_id_change_nothing() {
    let site = Site::new().await;
    let before = site.rows().await;
    let refused = site.import(
        "u.json",
        r#"[{"id":"1","email":"a@example.com"},{"id":"2","email":"b@example.com"},{"id":"1","email":"c@example.com"}]"#,
        &[],
    );
    assert_eq!(refused.code, 1);
    assert_eq!(site.rows().await, before, "{refused:?}");
}

#[tokio::test]
async fn two_with_one_username_change_nothing() {
    let site = Site::new().await;
    let plugin = ["--plugin", "username"];
    assert_eq!(site.run(&[&["migrate"], &plugin[..]].concat()).code, 0);
    let before = site.rows().await;
    let refused = site.import(
        "u.json",
        r#"[{"email":"a@example.com","username":"x1y"},{"email":"b@example.com","username":"zz1"},{"email":"c@example.com","username":"x1y"}]"#,
        &plugin,
    );
    assert_eq!(refused.code, 1);
    assert_eq!(site.rows().await, before, "{refused:?}");
}

#[tokio::test]
async fn usernames_are_kept_as_sign_in_looks_for_them() {
    let site = Site::new().await;
    let plugin = ["--plugin", "username"];
    assert_eq!(site.run(&[&["migrate"], &plugin[..]].concat()).code, 0);
    let done = site.import("u.json", r#"[{"id":"g","email":"g@example.com","username":"Grace"}]"#, &plugin);
    let export = site.json(&[&["users", "export", "g"], &plugin[..]].concat());
    assert_eq!(export["user"]["username"], "grace", "{done:?} {export}");
}

fn github(user: &User, id: &str, at: Timestamp) -> Account {
    let mut account = Account::credential(AccountId::from(id), &user.id, PasswordHash::new("x"), at);
    account.password = None;
    account.provider_id = "github".to_owned();
    account.account_id = "42".to_owned();
    account
}

#[tokio::test]
async fn an_account_that_is_anothers_in_the_target_is_a_mistake_before_anything_is_written() {
    let from = Site::new().await;
    let ada = from.store().user_by_email(&email(EMAIL)).await.unwrap().unwrap();
    assert!(from.store().add_account(&github(&ada, "gh-a", ada.created_at)).await.unwrap());
    let to = Site::new().await;
    // In the target another user has that GitHub account.
    to.sql("UPDATE \"user\" SET \"email\" = 'bob@example.com'").await;
    let bob = to.store().user_by_email(&email("bob@example.com")).await.unwrap().unwrap();
    assert!(to.store().add_account(&github(&bob, "gh-b", bob.created_at)).await.unwrap());
    let before = to.rows().await;
    let source = format!("sqlite:{}", from.folder.path().join("app.db").display());
    let first = to.run(&["import", "--from", &source, "--with-sessions"]);
    let after_first = to.rows().await;
    let again = to.run(&["import", "--from", &source, "--with-sessions", "--skip-existing"]);
    let after_again = to.rows().await;
    assert_eq!(before, after_first, "first {first:?}\nagain {again:?} rows {after_again:?}");
}

#[tokio::test]
async fn addresses_of_a_database_are_canonical() {
    let from = Site::new().await;
    from.sql("UPDATE \"user\" SET \"email\" = 'Ada@Example.COM'").await;
    let to = Site::new().await; // has ada@example.com
    let source = format!("sqlite:{}", from.folder.path().join("app.db").display());
    let done = to.run(&["import", "--from", &source]);
    assert!(done.code == 1 && done.out.contains("is there already"), "{done:?} {:?}", to.rows().await);
}

#[tokio::test]
async fn a_plain_password_in_the_wrong_column_is_not_shown() {
    let site = Site::new().await;
    for (name, text) in [
        ("u.csv", "password,email\na@example.com,hunter2hunter2\n"),
        ("v.csv", "password,email\na@example.com,hunter@hunter\n"),
        ("w.csv", "hunter,a@example.com\n"),
        ("x.csv", "hunter2hunter2,a@example.com\n"),
        ("y.json", "[{\"email\": \"hunter@2\", \"password\": \"hunter2\"}]"),
    ] {
        for arguments in [&[][..], &["--json"]] {
            let run = site.import(name, text, arguments);
            assert!(run.code == 1 && !(run.out.clone() + &run.err).contains("hunter"), "{name}: {run:?}");
        }
    }
}

#[tokio::test]
async fn a_database_with_what_is_no_hash_is_told() {
    let from = Site::new().await;
    from.sql("UPDATE \"account\" SET \"password\" = 'hunter2hunter2'").await;
    let folder = tempfile::tempdir().unwrap();
    let source = format!("sqlite:{}", from.folder.path().join("app.db").display());
    let into =
        |arguments: &[&str]| run(folder.path(), &[&["--database", "sqlite:new.db"], arguments].concat());
    assert_eq!(into(&["migrate"]).code, 0);
    let done = into(&["import", "--from", &source]);
    assert_eq!(done.code, 1, "{done:?}");
}

#[tokio::test]
async fn an_id_does_not_write_to_the_terminal() {
    let site = Site::new().await;
    let text = "[{\"id\":\"\\u001b[2Jx\",\"email\":\"a@example.com\"}]";
    site.import("u.json", text, &[]);
    let again = site.import("v.json", &text.replace("a@", "b@"), &[]);
    assert!(!again.out.contains('\u{1b}') && !again.err.contains('\u{1b}'), "{again:?}");
}

#[tokio::test]
async fn a_ban_in_a_file_is_not_dropped() {
    let site = Site::new().await;
    let done = site.import(
        "u.json",
        r#"[{"email":"a@example.com","banned":true,"shoe":44},{"email":"b@example.com","twoFactorEnabled":true}]"#,
        &["--ignore-unknown"],
    );
    assert_eq!(done.code, 1, "{done:?}");
}
