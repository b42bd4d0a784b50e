//! Databases whose collation takes no notice of case, accents and spaces at the end, as most have one: nobody is found
//! by a name that is only like theirs, and nothing of theirs is changed.

use std::time::Duration;

use hallpass::clock::Timestamp;
use hallpass::model::Verification;
use hallpass::password::PasswordHash;
use hallpass::schema::{ExtraField, Schema};
use hallpass::store::{
    AccountStore as _, SchemaStore as _, SessionStore as _, StoreErrorKind, UserChange, UserStore as _,
    VerificationStore as _,
};
use hallpass::types::{Email, StoredToken, TokenForms};
use hallpass_sqlx::{MySql, MySqlStore};

use crate::common::{Database, LOOSE, NOW, session, texts, user};

/// What the collation takes for the text.
fn like(text: &str) -> Vec<String> {
    let capital = text.to_uppercase();
    vec![
        format!("{text} "),
        capital.clone(),
        capital.to_lowercase(),
        text.replace('a', "á"),
        text.replace('A', "Á"),
    ]
    .into_iter()
    .filter(|like| like != text)
    .collect()
}

async fn open() -> (Database, MySqlStore) {
    let database = Database::new(LOOSE).await;
    let store = MySqlStore::new(MySql::new(database.pool(2)));
    store.declare(&Schema::new().user_field(ExtraField::text("handle").unique())).unwrap();
    store.migrate().await.unwrap();
    (database, store)
}

#[tokio::test]
async fn a_token_is_found_in_its_own_case_alone() {
    let (_database, store) = open().await;
    let (ada, _) = user("ada");
    store.create_user(&ada, None).await.unwrap();
    let token = StoredToken::from_stored("KqcWJ1xQ3rVbN8yTzLamDf2HsG7pAe4u".to_owned());
    let signed_in = hallpass::model::Session { token: token.clone(), ..session(&ada) };
    assert!(store.create_session(&signed_in).await.unwrap());
    let pool = store.connection().pool();
    for other in like(token.as_str()) {
        // The server itself takes them for one.
        let found = format!("select id from session where token = '{other}'");
        assert_eq!(texts(pool, &found).await.len(), 1, "{other}");

        let other = StoredToken::from_stored(other);
        let either = TokenForms::new(other.clone(), Some(other.clone()));
        assert_eq!(store.session(&other.clone().into()).await.unwrap(), None, "{other:?}");
        assert_eq!(store.session(&either).await.unwrap(), None, "{other:?}");
        assert!(!store.touch_session(&other, NOW, NOW).await.unwrap(), "{other:?}");
        assert_eq!(store.update_session(&other, &Default::default(), NOW).await.unwrap(), None, "{other:?}");
        assert!(!store.delete_session(&either).await.unwrap(), "{other:?}");
        assert_eq!(store.session(&token.clone().into()).await.unwrap().unwrap().0, signed_in, "{other:?}");
        assert_eq!(store.delete_sessions_of(&ada.id, Some(&other)).await.unwrap(), 1, "it is excepted");
        assert!(store.create_session(&signed_in).await.unwrap());
    }
}

#[tokio::test]
async fn a_verification_is_taken_by_its_own_identifier_alone() {
    let (_database, store) = open().await;
    let identifier = "reset-password:aBcD";
    let verification = Verification {
        id: "v".into(),
        identifier: identifier.to_owned(),
        value: "user-ada".to_owned(),
        expires_at: NOW.plus(Duration::from_secs(60)),
        created_at: NOW,
        updated_at: NOW,
    };
    store.put_verification(&verification).await.unwrap();
    for (number, other) in like(identifier).into_iter().enumerate() {
        assert_eq!(store.verification(&other, NOW).await.unwrap(), None, "{other}");
        assert_eq!(store.take_verification(&other, NOW).await.unwrap(), None, "{other}");
        let beside =
            Verification { id: format!("v{number}").into(), identifier: other, ..verification.clone() };
        store.put_verification(&beside).await.unwrap();
    }
    assert_eq!(store.take_verification(identifier, NOW).await.unwrap(), Some(verification));
    assert_eq!(store.take_verification(identifier, NOW).await.unwrap(), None);
}

#[tokio::test]
async fn nobody_is_found_or_changed_by_what_is_like_an_id_an_address_or_an_identity() {
    let (_database, store) = open().await;
    let (mut ada, mut account) = user("ada");
    ada.extra.insert("handle".to_owned(), "ada".into());
    account.password = Some(PasswordHash::new("$aB"));
    store.create_user(&ada, Some(&account)).await.unwrap();
    let change =
        |name: &str| UserChange { name: Some(name.to_owned()), updated_at: NOW, ..UserChange::default() };
    for other in like("ada") {
        assert_eq!(store.user_by_field("handle", &other).await.unwrap(), None, "{other}");
    }
    for other in like(ada.id.as_str()) {
        let other = other.as_str().into();
        assert_eq!(store.user(&other).await.unwrap(), None, "{other}");
        assert_eq!(store.update_user(&other, &change("x")).await.unwrap(), None, "{other}");
        assert!(!store.may_have_session(&other).await.unwrap(), "{other}");
        let theirs = hallpass::model::Session { user_id: other.clone(), ..session(&ada) };
        assert!(!store.create_session(&theirs).await.unwrap(), "{other}");
        let theirs = hallpass::model::Account { user_id: other.clone(), id: "x".into(), ..account.clone() };
        assert!(!store.add_account(&theirs).await.unwrap(), "{other}");
        assert_eq!(store.accounts_of(&other).await.unwrap(), [], "{other}");
        assert_eq!(store.sessions_of(&other, Timestamp::from_millis(0)).await.unwrap(), [], "{other}");
        assert!(!store.delete_user(&other).await.unwrap(), "{other}");
        assert_eq!(store.account_by_provider("credential", other.as_str()).await.unwrap(), None, "{other}");
    }
    for other in like(ada.email.as_str()) {
        let other = Email::from_stored(other);
        assert_eq!(store.user_by_email(&other).await.unwrap(), None, "{other}");
        assert_eq!(store.credential_by_email(&other).await.unwrap(), None, "{other}");
        let guarded = UserChange { if_email: Some(other.clone()), ..change("x") };
        assert_eq!(store.update_user(&ada.id, &guarded).await.unwrap(), None, "{other}");
    }
    for other in like("credential") {
        assert_eq!(store.account_by_provider(&other, ada.id.as_str()).await.unwrap(), None, "{other}");
    }
    for other in like(account.id.as_str()) {
        let other = other.as_str().into();
        assert!(!store.delete_account(&other).await.unwrap(), "{other}");
        assert!(!store.delete_account_unless_last(&other).await.unwrap(), "{other}");
    }
    let to = PasswordHash::new("$c");
    for other in like("$aB") {
        let from = PasswordHash::new(&other);
        assert!(!store.replace_password_hash(&account.id, &from, &to, NOW).await.unwrap(), "{other}");
    }
    let found = store.credential_by_email(&ada.email).await.unwrap();
    assert_eq!(found, Some((ada, Some(account))));
}

#[tokio::test]
async fn what_the_database_takes_for_one_it_refuses_to_keep_twice() {
    let (_database, store) = open().await;
    let (ada, account) = user("ada");
    store.create_user(&ada, Some(&account)).await.unwrap();
    for other in like("ada") {
        let (mut namesake, _) = user("bob");
        namesake.email = Email::from_stored(format!("{}@example.com", other.trim_end()));
        if namesake.email != ada.email {
            let refused = store.create_user(&namesake, None).await.unwrap_err();
            assert_eq!(refused.kind(), StoreErrorKind::Conflict, "{other}");
        }
    }
}
