//! Records to put into stores.

use std::time::Duration;

use hallpass::clock::Timestamp;
use hallpass::model::{Account, Extra, Session, User, Verification};
use hallpass::password::PasswordHash;
use hallpass::store::Store;
use hallpass::types::{
    AccountId, Email, SessionId, SessionToken, StoredToken, TokenForms, UserId, VerificationId,
};

/// Text that breaks careless quoting, collation, normalisation and encoding. No NUL: Postgres has none.
pub(crate) const UNICODE: &str =
    "Ωmega 漢字 👩\u{200d}👧 e\u{301} é \u{202e}rtl 'one' \"two\" `three` \\ ; -- /* %_ ? $1 :x\r\n\t ";

/// `ms` milliseconds after 2026-01-01T00:00:00.000Z.
pub(crate) fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000).plus(Duration::from_millis(ms))
}

/// The first moment that there is.
pub(crate) fn earliest() -> Timestamp {
    Timestamp::from_millis(i64::MIN)
}

/// The last moment that there is.
pub(crate) fn latest() -> Timestamp {
    Timestamp::from_millis(i64::MAX)
}

/// Ten thousand characters: a JWT with many claims, a hostile `User-Agent`.
pub(crate) fn long() -> String {
    "long text é ".chars().cycle().take(10_000).collect()
}

pub(crate) fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@example.com")).unwrap()
}

/// A user with the id `name` and an address made of it.
pub(crate) fn user(name: &str) -> User {
    User {
        id: UserId::from(name),
        name: format!("The user {name}"),
        email: email(name),
        email_verified: false,
        image: Some(format!("https://example.com/{name}.png")),
        created_at: at(1),
        updated_at: at(2),
        extra: Extra::new(),
    }
}

pub(crate) fn hash(text: &str) -> PasswordHash {
    PasswordHash::new(text)
}

/// The password account of the user with the id `name`.
pub(crate) fn credential(name: &str) -> Account {
    let id = AccountId::from(format!("{name}-password"));
    Account::credential(id, &UserId::from(name), hash("$first"), at(3))
}

/// An account of the user with the id `name` at a provider, younger than the password account.
pub(crate) fn account(name: &str, provider: &str, subject: &str) -> Account {
    Account {
        id: AccountId::from(format!("{name}-{provider}-{subject}")),
        account_id: subject.to_owned(),
        provider_id: provider.to_owned(),
        password: None,
        created_at: at(13),
        updated_at: at(14),
        ..credential(name)
    }
}

/// The token called `name`, hashed.
pub(crate) fn token(name: &str) -> StoredToken {
    SessionToken::parse(name).unwrap().hashed()
}

/// The forms of a token of which a store has only the hashed one.
pub(crate) fn forms(name: &str) -> TokenForms {
    TokenForms::from(token(name))
}

/// A session of the user with the id `user`, under the token called `name`, that expires at `at(1_000)`.
pub(crate) fn session(user: &str, name: &str) -> Session {
    Session {
        id: SessionId::from(format!("id-of-{name}")),
        user_id: UserId::from(user),
        token: token(name),
        expires_at: at(1_000),
        created_at: at(4),
        updated_at: at(5),
        ip_address: Some("192.0.2.1".to_owned()),
        user_agent: Some("Mozilla/5.0".to_owned()),
        extra: Extra::new(),
    }
}

/// A verification that expires at `at(1_000)`.
pub(crate) fn verification(identifier: &str, value: &str) -> Verification {
    Verification {
        id: VerificationId::from(format!("v-{value}")),
        identifier: identifier.to_owned(),
        value: value.to_owned(),
        expires_at: at(1_000),
        created_at: at(6),
        updated_at: at(7),
    }
}

/// Adds the users with these ids, each with its password account.
pub(crate) async fn sign_up(store: &dyn Store, names: &[&str]) {
    for name in names {
        store.create_user(&user(name), Some(&credential(name))).await.unwrap();
    }
}

/// Adds sessions of the user with the id `user`, under the tokens called `names`.
pub(crate) async fn sign_in(store: &dyn Store, user: &str, names: &[&str]) {
    for name in names {
        assert!(store.create_session(&session(user, name)).await.unwrap());
    }
}

/// Whether there is a session under the token called `name`.
pub(crate) async fn is_signed_in(store: &dyn Store, name: &str) -> bool {
    store.session(&forms(name)).await.unwrap().is_some()
}
