//! Every method of the stores, on rows that are there.

use std::sync::Arc;
use std::time::Duration;

use hallpass::Auth;
use hallpass::model::{Account, Extra, Session, Verification};
use hallpass::password::PasswordHash;
use hallpass::schema::ExtraField;
use hallpass::storage::{AtomicStorage as _, SecondaryStorage as _};
use hallpass::store::{
    AccountStore as _, SessionStore as _, UserChange, UserStore as _, VerificationStore as _,
};
use hallpass::types::{StoredToken, TokenForms};
use hallpass_jwt::{JwkStore as _, Jwt, JwtOptions, StoredKey};
use hallpass_sql::{SqlConnection, SqlStore};
use hallpass_testing::MockClock;
use hallpass_testing::samples::{NOW, session, user};

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A verification that lives for a week.
pub(crate) fn verification(identifier: &str) -> Verification {
    Verification {
        id: format!("v {identifier}").into(),
        identifier: identifier.to_owned(),
        value: String::new(),
        expires_at: NOW.plus(WEEK),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// The core's tables, with a unique field of users and a field of sessions, and those of the plugins that have some.
pub(crate) async fn set_up<C: SqlConnection>(store: &SqlStore<C>) {
    let auth = Auth::builder_over(Arc::new(store.clone()))
        .secret("better-auth-golden-secret-0123456789abcdef")
        .base_url("http://localhost:3000")
        .user_field(ExtraField::text("nickName").unique())
        .session_field(ExtraField::boolean("darkMode"))
        .plugin(Jwt::new(store.clone(), JwtOptions::default()).unwrap())
        .build()
        .unwrap();
    auth.migrate().await.unwrap();
}

/// Calls every method, each of them so that it finds what it is about.
pub(crate) async fn every_method<C: SqlConnection>(store: &SqlStore<C>) {
    users(store).await;
    accounts(store).await;
    sessions(store).await;
    verifications(store).await;
    keys(store).await;
    storage(store).await;
    assert!(store.delete_user(&user("ada").0.id).await.unwrap());
}

/// Accounts, where the table has a column for their issuers.
pub(crate) async fn accounts_with_issuers<C: SqlConnection>(store: &SqlStore<C>) {
    let (bob, credential) = user("bob");
    store.create_user(&bob, Some(&credential)).await.unwrap();
    let github = Account {
        id: "of bob at github".to_owned().into(),
        provider_id: "github".to_owned(),
        password: None,
        ..credential
    };
    assert!(store.add_account(&github).await.unwrap());
}

async fn users<C: SqlConnection>(store: &SqlStore<C>) {
    let (mut ada, account) = user("ada");
    ada.extra.insert("nickName".to_owned(), "countess".into());
    store.create_user(&ada, Some(&account)).await.unwrap();
    assert!(store.user(&ada.id).await.unwrap().is_some());
    assert!(store.user_by_email(&ada.email).await.unwrap().is_some());
    assert!(store.credential_by_email(&ada.email).await.unwrap().is_some());
    assert!(store.user_by_field("nickName", "countess").await.unwrap().is_some());
    let change = UserChange { updated_at: NOW, if_email_verified: Some(false), ..UserChange::default() };
    assert!(store.update_user(&ada.id, &change).await.unwrap().is_some());
}

async fn accounts<C: SqlConnection>(store: &SqlStore<C>) {
    let (ada, credential) = user("ada");
    let github = Account {
        id: "at github".to_owned().into(),
        provider_id: "github".to_owned(),
        password: None,
        ..credential.clone()
    };
    assert!(store.add_account(&github).await.unwrap());
    assert!(store.account_by_provider("github", &github.account_id).await.unwrap().is_some());
    assert_eq!(store.accounts_of(&ada.id).await.unwrap().len(), 2);
    let (from, to) = (PasswordHash::new("$hash"), PasswordHash::new("$other"));
    assert!(store.replace_password_hash(&credential.id, &from, &to, NOW).await.unwrap());
    assert!(store.delete_account_unless_last(&github.id).await.unwrap());
    assert!(store.delete_account(&credential.id).await.unwrap());
}

async fn sessions<C: SqlConnection>(store: &SqlStore<C>) {
    let (ada, _) = user("ada");
    let of = |name: &str| Session {
        id: name.to_owned().into(),
        token: StoredToken::from_stored(name.to_owned()),
        ..session(&ada)
    };
    let [first, second, third, fourth] = ["first", "second", "third", "fourth"].map(of);
    assert!(store.may_have_session(&ada.id).await.unwrap());
    assert!(store.create_session(&first).await.unwrap());
    let in_any_case = store.clone().danger_ignore_two_factor_and_bans();
    assert!(in_any_case.may_have_session(&ada.id).await.unwrap());
    assert!(in_any_case.create_session(&second).await.unwrap());
    assert!(store.session(&first.token.clone().into()).await.unwrap().is_some());
    let forms = TokenForms::new(StoredToken::from_stored("hashed".to_owned()), Some(second.token.clone()));
    assert!(store.session(&forms).await.unwrap().is_some());
    assert!(store.touch_session(&first.token, NOW.plus(WEEK), NOW).await.unwrap());
    let dark = Extra::from_iter([("darkMode".to_owned(), true.into())]);
    assert!(store.update_session(&first.token, &dark, NOW).await.unwrap().is_some());
    assert_eq!(store.sessions_of(&ada.id, NOW).await.unwrap().len(), 2);
    assert!(store.delete_session(&forms).await.unwrap());
    assert!(store.create_session(&third).await.unwrap());
    assert_eq!(store.delete_sessions_of(&ada.id, Some(&third.token)).await.unwrap(), 1);
    assert_eq!(store.delete_sessions_of(&ada.id, None).await.unwrap(), 1);
    assert!(store.create_session(&Session { expires_at: NOW, ..fourth }).await.unwrap());
    let later = NOW.plus(Duration::from_millis(1));
    assert_eq!(store.delete_expired_sessions(later, 1_000).await.unwrap(), 1);
}

async fn verifications<C: SqlConnection>(store: &SqlStore<C>) {
    let put = verification("once");
    store.put_verification(&put).await.unwrap();
    assert!(store.verification("once", NOW).await.unwrap().is_some());
    let taken = store.take_verification("once", NOW).await.unwrap().unwrap();
    assert!(store.restore_verification(&taken).await.unwrap());
    let over = Verification { expires_at: NOW, ..verification("over") };
    store.put_verification(&over).await.unwrap();
    let later = NOW.plus(Duration::from_millis(1));
    assert_eq!(store.delete_expired_verifications(later, 1_000).await.unwrap(), 1);
}

async fn storage<C: SqlConnection>(store: &SqlStore<C>) {
    let clock = Arc::new(MockClock::at(NOW));
    let storage = store.storage(Arc::clone(&clock));
    assert_eq!(storage.increment("count", WEEK).await.unwrap().value, 1);
    assert_eq!(storage.increment("count", WEEK).await.unwrap().value, 2);
    storage.set("key", "value", None).await.unwrap();
    assert!(storage.get("key").await.unwrap().is_some());
    assert!(storage.compare_and_set("key", "value", "other", None).await.unwrap());
    assert!(!storage.set_if_absent("key", "value", None).await.unwrap());
    assert!(storage.compare_and_delete("key", "other").await.unwrap());
    assert!(storage.set_if_absent("key", "value", None).await.unwrap());
    assert!(storage.take("key").await.unwrap().is_some());
    storage.delete("key").await.unwrap();
    clock.advance(WEEK * 2);
    assert!(storage.delete_expired(1_000).await.unwrap() > 0);
}

async fn keys<C: SqlConnection>(store: &SqlStore<C>) {
    let key = StoredKey {
        id: "key".to_owned(),
        public_key: String::new(),
        private_key: String::new(),
        created_at: NOW,
        expires_at: None,
        alg: Some("EdDSA".to_owned()),
        crv: None,
    };
    assert!(store.add_key(&key, NOW, "EdDSA").await.unwrap());
    assert_eq!(store.keys().await.unwrap().len(), 1);
}
