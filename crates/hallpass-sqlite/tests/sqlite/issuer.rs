//! Databases of better-auth 1.7.0 to 1.7.2, in which every account has an `issuer`.

use crate::common::{BETTER_AUTH, Directory, schema, sql, user};
use hallpass::model::Account;
use hallpass::store::{AccountStore as _, StoreErrorKind, UserStore as _};
use hallpass_sqlite::{Sqlite, SqliteStore};

/// What better-auth 1.7.2's own migrations make on SQLite.
fn made_by_1_7_2() -> String {
    BETTER_AUTH
        .replace(r#""accountId" text not null, "#, r#""issuer" text not null, "accountId" text not null, "#)
        + r#"create unique index "account_issuer_accountId_uidx" on "account" ("issuer", "accountId");"#
}

fn open(directory: &Directory) -> SqliteStore {
    SqliteStore::new(Sqlite::open(directory.file("app.db")).unwrap())
}

fn issuers(directory: &Directory) -> Vec<(String, Option<String>)> {
    let connection = rusqlite::Connection::open(directory.file("app.db")).unwrap();
    let mut statement = connection.prepare("select id, issuer from account order by id").unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

async fn fill(store: &SqliteStore, name: &str) {
    let (ada, account) = user(name);
    store.create_user(&ada, Some(&account)).await.unwrap();
    let (id, provider_id) = (format!("github-{name}").into(), "github".to_owned());
    let github = Account { id, provider_id, account_id: name.to_owned(), password: None, ..account };
    assert!(store.add_account(&github).await.unwrap());
    // Whose it is there is decided by the issuer.
    let taken = Account { id: "taken".into(), ..github };
    assert_eq!(store.add_account(&taken).await.unwrap_err().kind(), StoreErrorKind::Conflict);
}

#[tokio::test]
async fn open_as_they_are_and_are_written_as_these_versions_read_them() {
    let directory = Directory::new();
    sql(&directory.file("app.db"), &made_by_1_7_2());
    let store = open(&directory);
    fill(&store, "ada").await;
    let expected = [("account-ada", "local:credential"), ("github-ada", "local:oauth:github")];
    let expected = expected.map(|(id, issuer)| (id.to_owned(), Some(issuer.to_owned())));
    assert_eq!(issuers(&directory), expected);
}

#[tokio::test]
async fn are_upgraded_so_that_later_versions_may_leave_it_out_and_nothing_is_lost() {
    let directory = Directory::new();
    let file = directory.file("app.db");
    sql(&file, &made_by_1_7_2());
    let store = open(&directory);
    fill(&store, "ada").await;
    let before = issuers(&directory);
    let ids: Vec<_> = store.plan().await.unwrap().into_iter().map(|step| step.id).collect();
    assert!(ids.iter().any(|id| id == "schema/account.issuer"), "{ids:?}");
    assert_eq!(issuers(&directory), before, "a plan changes nothing");
    store.migrate().await.unwrap();
    assert!(store.plan().await.unwrap().is_empty());
    assert_eq!(issuers(&directory), before);
    assert!(schema(&directory).iter().any(|sql| sql.contains("account_issuer_accountId_uidx")));

    // As 1.7.25 writes one, twice; and as 1.7.2 does.
    for (id, issuer) in [("b", "null"), ("c", "null"), ("d", "'local:credential'")] {
        let insert = "insert into account (id, issuer, accountId, providerId, userId, createdAt, updatedAt) values \
                      ('ID', ISSUER, 'ID', 'credential', 'user-ada', '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z')";
        sql(&file, &insert.replace("ID", id).replace("ISSUER", issuer));
    }
    fill(&open(&directory), "bob").await;
    assert_eq!(issuers(&directory).len(), 7);
}

#[tokio::test]
async fn may_lose_it_while_hallpass_runs() {
    let directory = Directory::new();
    let file = directory.file("app.db");
    sql(&file, &made_by_1_7_2());
    let store = open(&directory);
    fill(&store, "ada").await;
    sql(&file, r#"drop index "account_issuer_accountId_uidx"; alter table account drop column issuer"#);
    let (bob, account) = user("bob");
    store.create_user(&bob, Some(&account)).await.unwrap();
    assert_eq!(store.accounts_of(&bob.id).await.unwrap().len(), 1);
}
