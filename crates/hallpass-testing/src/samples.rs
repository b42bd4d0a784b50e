//! Records to put into stores, for tests that an adapter has of its own.

use std::time::Duration;

use hallpass::clock::Timestamp;
use hallpass::model::{Account, Extra, Session, User};
use hallpass::password::PasswordHash;
use hallpass::types::{Email, StoredToken};

/// 2026-11-22T08:21:27.378Z, at which the records were made.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_335_687_378);

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
