//! A database that better-auth made and filled, used as it stands.

use std::error::Error as _;
use std::time::Duration;

use crate::common::{BETTER_AUTH, Directory, NOW, sql, user};
use hallpass::store::{
    AccountStore as _, SessionStore as _, StoreErrorKind, UserChange, UserStore as _, VerificationStore as _,
};
use hallpass::types::{Email, SessionToken, StoredToken, TokenForms};
use hallpass_sqlite::{Sqlite, SqliteStore};

/// Rows as better-auth writes them, and a column that an app added.
const ROWS: &str = r#"
alter table "user" add column "favouriteColour" text;
alter table "session" add column "activeOrganizationId" text;
insert into "user" ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt", "favouriteColour") values
  ('u1', 'Ada', 'ada@example.com', 0, null, '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z', 'red');
insert into "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt") values
  ('a1', 'u1', 'credential', 'u1', '00ff:1234', '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z');
insert into "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId") values
  ('s1', '2026-11-29T08:21:27.378Z', 'KqcWJ1xQ3rVbN8yTzL5mDf2HsG7pAe4u', '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z', '', '', 'u1');
insert into "verification" values
  ('v1', 'reset-password:x', 'older', '2026-11-22T09:21:27.378Z', '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z'),
  ('v2', 'reset-password:x', 'newer', '2026-11-22T08:41:27.378Z', '2026-11-22T08:31:27.378Z', '2026-11-22T08:31:27.378Z');
"#;

fn adopted(directory: &Directory) -> SqliteStore {
    let path = directory.file("app.db");
    sql(&path, BETTER_AUTH);
    sql(&path, ROWS);
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
async fn its_sessions_are_found_by_their_plain_tokens() {
    let directory = Directory::new();
    let store = adopted(&directory);
    let token = SessionToken::parse("KqcWJ1xQ3rVbN8yTzL5mDf2HsG7pAe4u").unwrap();
    let forms = TokenForms::new(token.hashed(), Some(token.plain()));
    let (session, user) = store.session(&forms).await.unwrap().unwrap();
    assert_eq!((session.id.as_str(), session.expires_at), ("s1", NOW.plus(minutes(7 * 24 * 60))));
    assert_eq!((session.ip_address.as_deref(), user.email.as_str()), (Some(""), "ada@example.com"));
    assert!(store.session(&token.hashed().into()).await.unwrap().is_none());
}

#[tokio::test]
async fn its_users_sign_in_and_change_and_keep_the_columns_of_others() {
    let directory = Directory::new();
    let store = adopted(&directory);
    let (user, account) =
        store.credential_by_email(&Email::parse("ada@example.com").unwrap()).await.unwrap().unwrap();
    assert_eq!(account.unwrap().password.unwrap().as_str(), "00ff:1234");
    let change =
        UserChange { email_verified: Some(true), updated_at: NOW.plus(minutes(1)), ..UserChange::default() };
    assert!(store.update_user(&user.id, &change).await.unwrap().unwrap().email_verified);
    let row: (String, i64, String) = rusqlite::Connection::open(directory.file("app.db"))
        .unwrap()
        .query_row(r#"select "favouriteColour", "emailVerified", "updatedAt" from "user""#, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(row, ("red".to_owned(), 1, "2026-11-22T08:22:27.378Z".to_owned()));
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
    sql(&path, ROWS);
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
