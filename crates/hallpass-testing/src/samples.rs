//! Records to put into stores, for tests that an adapter has of its own.

use std::time::Duration;

use hallpass::clock::Timestamp;
use hallpass::model::{Account, Extra, Session, User};
use hallpass::password::PasswordHash;
use hallpass::store::{Store, UserChange};
use hallpass::types::{Email, SessionToken, StoredToken, TokenForms};

/// 2026-11-22T08:21:27.378Z, at which the records were made.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_335_687_378);

/// Counts what is half of something in the tables of better-auth's own migrations, in SQL of SQLite and PostgreSQL:
/// users without an account, and accounts and sessions without their user.
pub const ORPHANS: &str = r#"select
  (select count(*) from "user" where "id" not in (select "userId" from "account"))
  + (select count(*) from "account" where "userId" not in (select "id" from "user"))
  + (select count(*) from "session" where "userId" not in (select "id" from "user"))"#;

/// A user called `name`, with the id `user-` and the name, and the user's password account.
pub fn user(name: &str) -> (User, Account) {
    let user = User {
        id: format!("user-{name}").into(),
        name: name.to_owned(),
        email: Email::from_stored(format!("{name}@example.com")),
        email_verified: false,
        image: None,
        created_at: NOW,
        updated_at: NOW,
        extra: Extra::new(),
    };
    let account =
        Account::credential(format!("account-{name}").into(), &user.id, PasswordHash::new("$hash"), NOW);
    (user, account)
}

/// A session of `user` that lives for a week. A user has one such, by its id and token.
pub fn session(user: &User) -> Session {
    Session {
        id: format!("session of {}", user.id).into(),
        user_id: user.id.clone(),
        token: StoredToken::from_stored(format!("token of {}", user.id)),
        expires_at: NOW.plus(Duration::from_secs(7 * 24 * 60 * 60)),
        created_at: NOW,
        updated_at: NOW,
        ip_address: None,
        user_agent: None,
        extra: Extra::new(),
    }
}

/// Names for tables, each with what the table is called, in an app that calls everything otherwise. Some are such as have to
/// be quoted.
pub const TABLE_NAMES: &[(&str, &str)] = &[
    ("user", "people"),
    ("session", "order"),
    ("account", "User Account"),
    ("verification", "one-time codes"),
    ("hallpass_storage", "counts of requests"),
];

/// Names for columns: table, column, and what the column is called. What is one column's in one table is another's in the
/// next, so that none is taken for another.
pub const COLUMN_NAMES: &[(&str, &str, &str)] = &[
    ("user", "id", "key"),
    ("user", "name", "select"),
    ("user", "email", "email_address"),
    ("user", "emailVerified", "isVerified"),
    ("user", "image", "user_image"),
    ("user", "createdAt", "born"),
    ("user", "updatedAt", "created"),
    ("session", "id", "session id"),
    ("session", "expiresAt", "until"),
    ("session", "token", "user"),
    ("session", "createdAt", "since"),
    ("session", "updatedAt", "born"),
    ("session", "ipAddress", "ip"),
    ("session", "userAgent", "agent"),
    ("session", "userId", "email_address"),
    ("account", "id", "no"),
    ("account", "accountId", "userId"),
    ("account", "providerId", "accountId"),
    ("account", "userId", "providerId"),
    ("account", "accessToken", "access-token"),
    ("account", "refreshToken", "refresh-token"),
    ("account", "idToken", "$token"),
    ("account", "accessTokenExpiresAt", "access_end"),
    ("account", "refreshTokenExpiresAt", "refresh_end"),
    ("account", "scope", "from"),
    ("account", "password", "hash"),
    ("account", "createdAt", "updated"),
    ("account", "updatedAt", "created"),
    ("verification", "id", "group"),
    ("verification", "identifier", "about"),
    ("verification", "value", "identifier"),
    ("verification", "expiresAt", "updatedAt"),
    ("verification", "createdAt", "expiresAt"),
    ("verification", "updatedAt", "createdAt"),
    ("hallpass_storage", "key", "value"),
    ("hallpass_storage", "value", "key"),
    ("hallpass_storage", "expiresAt", "until"),
];

/// Rows as better-auth writes them into the tables of its own migrations, and a column that an app added, in SQL of
/// SQLite and PostgreSQL: a user who is signed in, and has asked for a new password twice.
pub const BETTER_AUTH_ROWS: &str = r#"
alter table "user" add column "favouriteColour" varchar(20);
insert into "user" ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt", "favouriteColour") values
  ('u1', 'Ada', 'ada@example.com', false, null, '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z', 'red');
insert into "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt") values
  ('a1', 'u1', 'credential', 'u1', '00ff:1234', '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z');
insert into "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId") values
  ('s1', '2026-11-29T08:21:27.378Z', 'KqcWJ1xQ3rVbN8yTzL5mDf2HsG7pAe4u', '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z', '', '', 'u1');
insert into "verification" values
  ('v1', 'reset-password:x', 'older', '2026-11-22T09:21:27.378Z', '2026-11-22T08:21:27.378Z', '2026-11-22T08:21:27.378Z'),
  ('v2', 'reset-password:x', 'newer', '2026-11-22T08:41:27.378Z', '2026-11-22T08:31:27.378Z', '2026-11-22T08:31:27.378Z');
"#;

/// Uses [`BETTER_AUTH_ROWS`] as flows do: afterwards the user's address is proven, at 08:36:27.378, and the
/// verifications are gone.
///
/// # Panics
/// A store does not find them, or finds them other than they were written.
pub async fn uses_better_auths_rows(store: &dyn Store) {
    let token = SessionToken::parse("KqcWJ1xQ3rVbN8yTzL5mDf2HsG7pAe4u").unwrap();
    let forms = TokenForms::new(token.hashed(), Some(token.plain()));
    let (session, ada) = store.session(&forms).await.unwrap().unwrap();
    assert_eq!(session.expires_at, NOW.plus(Duration::from_secs(7 * 24 * 60 * 60)));
    assert_eq!((session.ip_address.as_deref(), session.created_at), (Some(""), NOW));
    assert_eq!((ada.created_at, ada.updated_at, ada.email_verified), (NOW, NOW, false));
    assert!(store.session(&token.hashed().into()).await.unwrap().is_none());

    let email = Email::from_stored("ada@example.com".to_owned());
    let (_, account) = store.credential_by_email(&email).await.unwrap().unwrap();
    assert_eq!(account.unwrap().password.unwrap().as_str(), "00ff:1234");

    let at = NOW.plus(Duration::from_secs(15 * 60));
    assert_eq!(store.take_verification("reset-password:x", at).await.unwrap().unwrap().value, "newer");
    assert_eq!(store.take_verification("reset-password:x", at).await.unwrap(), None);

    let change = UserChange { email_verified: Some(true), updated_at: at, ..UserChange::default() };
    assert!(store.update_user(&ada.id, &change).await.unwrap().unwrap().email_verified);
}
