//! A database that better-auth made and filled, used as it stands.

use std::error::Error as _;
use std::time::Duration;

use crate::common::{BETTER_AUTH, Directory, NOW, sql, user};
use hallpass::store::{
    AccountStore as _, SessionStore as _, StoreErrorKind, UserStore as _, VerificationStore as _,
};
use hallpass::types::StoredToken;
use hallpass_sqlite::{Sqlite, SqliteStore};
use hallpass_testing::samples::{BETTER_AUTH_ROWS, uses_better_auths_rows};

fn adopted(directory: &Directory) -> SqliteStore {
    let path = directory.file("app.db");
    sql(&path, BETTER_AUTH);
    sql(&path, BETTER_AUTH_ROWS);
    SqliteStore::new(Sqlite::open(path).unwrap())
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

#[tokio::test]
async fn of_two_accounts_of_one_identity_the_older_one_counts() {
    let directory = Directory::new();
    sql(&directory.file("app.db"), BETTER_AUTH);
    let store = SqliteStore::new(Sqlite::open(directory.file("app.db")).unwrap());
    // The youngest first, so that neither the order of insertion nor of ids is the answer by chance.
    for (name, age) in [("bob", 1), ("ada", 3), ("cai", 2)] {
        let (user, account) = user(name);
        store.create_user(&user, None).await.unwrap();
        let created_at = NOW.minus(Duration::from_secs(age));
        let (provider_id, account_id) = ("github".to_owned(), "1".to_owned());
        let account = hallpass::model::Account { provider_id, account_id, created_at, ..account };
        assert!(store.add_account(&account).await.unwrap());
    }
    let found = store.account_by_provider("github", "1").await.unwrap().unwrap();
    assert_eq!(found.user_id.as_str(), "user-ada");
}

#[tokio::test]
async fn its_users_sign_in_and_change_and_keep_the_columns_of_others() {
    let directory = Directory::new();
    let store = adopted(&directory);
    uses_better_auths_rows(&store).await;
    let row: (String, i64, String) = rusqlite::Connection::open(directory.file("app.db"))
        .unwrap()
        .query_row(r#"select "favouriteColour", "emailVerified", "updatedAt" from "user""#, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(row, ("red".to_owned(), 1, "2026-11-22T08:36:27.378Z".to_owned()));
}

#[tokio::test]
async fn of_several_verifications_the_newest_alone_counts() {
    let directory = Directory::new();
    let store = adopted(&directory);
    let at = NOW.plus(minutes(15));
    assert_eq!(store.verification("reset-password:x", at).await.unwrap().unwrap().value, "newer");
    assert_eq!(store.take_verification("reset-password:x", at).await.unwrap().unwrap().value, "newer");
    assert_eq!(store.take_verification("reset-password:x", at).await.unwrap(), None);
    assert_eq!(store.verification("reset-password:x", at).await.unwrap(), None);
}

#[tokio::test]
async fn an_older_verification_does_not_live_on_when_the_newest_has_expired() {
    let directory = Directory::new();
    let store = adopted(&directory);
    let at = NOW.plus(minutes(30));
    assert_eq!(store.verification("reset-password:x", at).await.unwrap(), None);
    assert_eq!(store.take_verification("reset-password:x", at).await.unwrap(), None);
    assert_eq!(store.counts().await.unwrap()[3], ("verification".into(), 2), "nothing was taken");
}

#[tokio::test]
async fn without_foreign_keys_nothing_is_left_behind_either() {
    let directory = Directory::new();
    let path = directory.file("app.db");
    sql(&path, &BETTER_AUTH.replace(r#" references "user" ("id") on delete cascade"#, ""));
    sql(&path, BETTER_AUTH_ROWS);
    let store = SqliteStore::new(Sqlite::open(path).unwrap());
    let account = store.accounts_of(&"u1".into()).await.unwrap().pop().unwrap();
    let token = StoredToken::from_stored("KqcWJ1xQ3rVbN8yTzL5mDf2HsG7pAe4u".into());
    let (session, _) = store.session(&token.into()).await.unwrap().unwrap();
    assert!(store.delete_user(&"u1".into()).await.unwrap());
    assert!(!store.add_account(&account).await.unwrap());
    assert!(!store.create_session(&session).await.unwrap());
    let counts = store.counts().await.unwrap();
    assert_eq!(counts[..3], [("user".into(), 0), ("account".into(), 0), ("session".into(), 0)]);
    assert_eq!(counts[3], ("verification".into(), 2));
}

#[tokio::test]
async fn a_value_that_cannot_be_read_is_named_by_its_column_alone() {
    let directory = Directory::new();
    let store = adopted(&directory);
    sql(&directory.file("app.db"), r#"update "user" set "createdAt" = 'the other day'"#);
    let error = store.user(&"u1".into()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unexpected);
    let source = error.source().unwrap().to_string();
    assert!(source.contains("`user.createdAt`") && !source.contains("the other day"), "{source}");
}
