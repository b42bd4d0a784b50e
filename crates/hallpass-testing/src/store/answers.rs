//! What methods answer where little seems to be at stake.

use std::error::Error as _;

use hallpass::model::{Account, Extra, Session, User};
use hallpass::store::{Store, StoreError, UserChange};

use super::extra_fields::{fields, schema, with_handle};
use crate::StoreFixture;
use crate::sample::{account, at, credential, earliest, email, hash, session, sign_in, sign_up, token, user};

/// A change to what is there already is a change: it finds its record, and says so. Some databases count only the rows
/// that are other than before.
pub async fn a_change_to_what_is_there_is_made(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    sign_in(store, "ada", &["one"]).await;
    let ada = user("ada");
    let same = UserChange {
        name: Some(ada.name.clone()),
        email: Some(ada.email.clone()),
        email_verified: Some(ada.email_verified),
        image: Some(ada.image.clone()),
        updated_at: ada.updated_at,
        ..UserChange::default()
    };
    let (id, first, now) = (credential("ada").id, hash("$first"), credential("ada").updated_at);
    let one = session("ada", "one");
    for _ in 0..2 {
        assert_eq!(store.update_user(&ada.id, &same).await.unwrap().as_ref(), Some(&ada));
        assert!(store.replace_password_hash(&id, &first, &first, now).await.unwrap());
        assert!(store.touch_session(&token("one"), one.expires_at, one.updated_at).await.unwrap());
        let updated = store.update_session(&token("one"), &Extra::new(), one.updated_at).await.unwrap();
        assert_eq!(updated.as_ref(), Some(&one));
    }
    assert_eq!(store.accounts_of(&ada.id).await.unwrap(), [credential("ada")]);
    assert_eq!(store.sessions_of(&ada.id, earliest()).await.unwrap(), [one]);
}

/// `accounts_of`, `sessions_of`: *all* of them, also those of one moment, in whichever order among themselves.
pub async fn records_of_one_moment_are_all_listed(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    let mut ids = vec![credential("ada").id];
    for number in 0..5 {
        let twin = Account { created_at: at(3), ..account("ada", "github", &number.to_string()) };
        assert!(store.add_account(&twin).await.unwrap());
        assert!(store.create_session(&session("ada", &format!("twin-{number}"))).await.unwrap());
        ids.push(twin.id);
    }
    let mut listed: Vec<_> =
        store.accounts_of(&"ada".into()).await.unwrap().into_iter().map(|account| account.id).collect();
    listed.sort();
    ids.sort();
    assert_eq!(listed, ids);
    let sessions = store.sessions_of(&"ada".into(), earliest()).await.unwrap();
    let mut tokens: Vec<_> = sessions.into_iter().map(|session| session.token).collect();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 5);
}

/// No error, and no `Debug` of a store, shows what a record holds: errors are logged. Drivers like to tell which value
/// was taken.
pub async fn errors_and_debug_show_no_record(fixture: &StoreFixture) {
    fixture.declare(&schema()).await;
    let store = fixture.store();
    let ada = with_handle("secret-id", "secret-handle");
    let account = Account { access_token: Some("secret-token".to_owned()), ..credential("secret-id") };
    store.create_user(&ada, Some(&account)).await.unwrap();
    let one = Session { token: token("secret"), ..session("secret-id", "secret-session") };
    assert!(store.create_session(&one).await.unwrap());

    let bob = |bob: User| User { name: "secret-name".to_owned(), ..bob };
    let undeclared = User { extra: fields(serde_json::json!({"rank": "secret-rank"})), ..user("bob") };
    let change = UserChange { email: Some(email("secret-id")), ..UserChange::default() };
    sign_up(store, &["bob"]).await;
    let second = Account { id: "second".into(), ..account };
    for (failed, what) in [
        (store.create_user(&bob(ada.clone()), None).await, "a taken id"),
        (
            store.create_user(&bob(User { email: email("secret-id"), ..user("eve") }), None).await,
            "an address",
        ),
        (store.create_user(&bob(with_handle("eve", "secret-handle")), None).await, "a unique field"),
        (store.create_user(&undeclared, None).await, "an undeclared field"),
        (
            store.create_user(&user("eve"), Some(&Account { user_id: "eve".into(), ..second.clone() })).await,
            "an account",
        ),
        (store.add_account(&second).await.map(drop), "an identity"),
        (store.update_user(&"bob".into(), &change).await.map(drop), "an update"),
        (store.create_session(&Session { id: "second".into(), ..one }).await.map(drop), "a token"),
    ] {
        let told = told(&failed.unwrap_err());
        assert!(!told.contains("secret") && !told.contains("$first"), "the error of {what}: {told}");
        assert!(!told.contains(token("secret").as_str()), "the error of {what}: {told}");
    }
    let told = format!("{store:?}");
    assert!(!told.contains("secret") && !told.contains("$first"), "{told}");
}

/// All that a log could have of an error.
fn told(error: &StoreError) -> String {
    let mut told = format!("{error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        told.push_str(&format!("\n{error}\n{error:?}"));
        cause = error.source();
    }
    told
}
