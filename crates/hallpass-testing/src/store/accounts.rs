//! [`AccountStore`](hallpass::store::AccountStore), but for `replace_password_hash`.

use hallpass::model::Account;
use hallpass::store::{Store, StoreErrorKind};

use crate::StoreFixture;
use crate::sample::{UNICODE, account, at, credential, hash, is_signed_in, long, sign_in, sign_up, user};

fn accounts_of_every_kind(name: &str, fixture: &StoreFixture) -> [Account; 6] {
    [
        credential(name),
        Account { password: None, ..account(name, "least", "1") },
        Account {
            access_token: Some("access".to_owned()),
            refresh_token: Some("refresh".to_owned()),
            id_token: Some("id".to_owned()),
            access_token_expires_at: Some(at(10)),
            refresh_token_expires_at: Some(at(11)),
            scope: Some("openid,email".to_owned()),
            password: Some(hash("$hash")),
            ..account(name, "full", "2")
        },
        Account {
            access_token: Some(String::new()),
            refresh_token: Some(String::new()),
            id_token: Some(String::new()),
            scope: Some(String::new()),
            password: Some(hash("")),
            ..account(name, "empty", "3")
        },
        Account {
            access_token: Some(long()),
            refresh_token: Some(UNICODE.to_owned()),
            id_token: Some(long()),
            scope: Some(UNICODE.to_owned()),
            password: Some(hash(&long())),
            ..account(name, "long", "漢字 é e\u{301}")
        },
        Account {
            access_token_expires_at: Some(fixture.earliest()),
            refresh_token_expires_at: Some(fixture.latest()),
            created_at: fixture.latest(),
            updated_at: fixture.earliest(),
            ..account(name, "ends-of-time", "5")
        },
    ]
}

/// `create_user`, `add_account`: what comes out is what went in, in every field.
pub async fn every_field_of_an_account_is_kept_exactly(fixture: &StoreFixture) {
    let store = fixture.store();
    store.create_user(&user("ada"), None).await.unwrap();
    for account in accounts_of_every_kind("ada", fixture) {
        assert!(store.add_account(&account).await.unwrap());
    }
    for (index, mut account) in accounts_of_every_kind("ada", fixture).into_iter().enumerate() {
        let found = store.account_by_provider(&account.provider_id, &account.account_id).await.unwrap();
        assert!(found.as_ref() == Some(&account), "added: {account:?} came out as {found:?}");
        assert!(store.accounts_of(&"ada".into()).await.unwrap().contains(&account), "listed: {account:?}");

        let name = format!("user-{index}");
        account = Account {
            id: name.as_str().into(),
            user_id: name.as_str().into(),
            account_id: format!("{name} {}", account.account_id),
            ..account
        };
        store.create_user(&user(&name), Some(&account)).await.unwrap();
        let found = store.account_by_provider(&account.provider_id, &account.account_id).await.unwrap();
        assert!(found.as_ref() == Some(&account), "created: {account:?} came out as {found:?}");
    }
}

/// `add_account`: `false`, and nothing added, if there is no such user.
pub async fn an_account_of_nobody_is_not_added(store: &dyn Store) {
    assert!(!store.add_account(&account("ada", "github", "1")).await.unwrap());
    assert_eq!(store.account_by_provider("github", "1").await.unwrap(), None);
    store.create_user(&user("ada"), None).await.unwrap();
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), []);

    assert!(store.delete_user(&"ada".into()).await.unwrap());
    assert!(!store.add_account(&account("ada", "github", "1")).await.unwrap(), "the user was deleted");
    assert_eq!(store.account_by_provider("github", "1").await.unwrap(), None);
}

/// (`provider_id`, `account_id`) is unique over all accounts: the second writer gets `Conflict` and
/// leaves nothing behind.
pub async fn a_taken_identity_is_refused_whole(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    let first = account("ada", "github", "1");
    assert!(store.add_account(&first).await.unwrap());

    for name in ["bob", "ada"] {
        let second =
            Account { id: "other".into(), scope: Some("x".to_owned()), ..account(name, "github", "1") };
        let refused = store.add_account(&second).await;
        assert_eq!(refused.map_err(|error| error.kind()), Err(StoreErrorKind::Conflict), "{name}");
    }
    assert_eq!(store.account_by_provider("github", "1").await.unwrap().as_ref(), Some(&first));
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada"), first]);
    assert_eq!(store.accounts_of(&"bob".into()).await.unwrap(), [credential("bob")]);
}

/// `id` is unique over all accounts: the second writer gets `Conflict` and leaves nothing behind.
pub async fn a_taken_account_id_is_refused_whole(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    let id = credential("ada").id;
    let second = Account { id: id.clone(), ..account("bob", "github", "1") };
    let refused = store.add_account(&second).await;
    assert_eq!(refused.map_err(|error| error.kind()), Err(StoreErrorKind::Conflict));
    let third = Account { id, ..account("eve", "github", "1") };
    let refused = store.create_user(&user("eve"), Some(&third)).await;
    assert_eq!(refused.map_err(|error| error.kind()), Err(StoreErrorKind::Conflict));
    assert_eq!(store.user(&"eve".into()).await.unwrap(), None);
    assert_eq!(store.account_by_provider("github", "1").await.unwrap(), None);
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada")]);
    assert_eq!(store.accounts_of(&"bob".into()).await.unwrap(), [credential("bob")]);
}

/// No additional fields of accounts can be declared: one that has any is refused whole.
pub async fn an_account_with_additional_fields_is_refused_whole(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    let mut more = account("ada", "github", "1");
    more.extra.insert("rank".to_owned(), 1.into());
    let refused = store.add_account(&more).await;
    assert_eq!(refused.map_err(|error| error.kind()), Err(StoreErrorKind::Unexpected));
    let refused = store.create_user(&user("bob"), Some(&Account { user_id: "bob".into(), ..more })).await;
    assert_eq!(refused.map_err(|error| error.kind()), Err(StoreErrorKind::Unexpected));
    assert_eq!(store.user(&"bob".into()).await.unwrap(), None);
    assert_eq!(store.account_by_provider("github", "1").await.unwrap(), None);
}

/// (`provider_id`, `account_id`) is unique, neither of the two alone.
pub async fn an_identity_is_provider_and_account_id(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    let accounts = [
        account("ada", "github", "1"),
        account("ada", "google", "1"),
        account("ada", "github", "2"),
        account("bob", "google", "2"),
        account("bob", "1", "github"),
    ];
    for account in &accounts {
        assert!(store.add_account(account).await.unwrap());
    }
    for account in accounts {
        let found = store.account_by_provider(&account.provider_id, &account.account_id).await.unwrap();
        assert_eq!(found, Some(account));
    }
}

/// `account_by_provider`: the account of *this* identity, not of one like it.
pub async fn identities_are_matched_whole(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    assert!(store.add_account(&account("ada", "github", "Abc1")).await.unwrap());
    let others = ["abc1", "ABC1", "Abc", "Abc12", "Abc1 ", " Abc1", "A_c1", "Abc%", ""];
    for (provider, id) in
        others.map(|id| ("github", id)).into_iter().chain([("GitHub", "Abc1"), ("git", "Abc1")])
    {
        assert_eq!(store.account_by_provider(provider, id).await.unwrap(), None, "{provider:?} {id:?}");
    }
    let namesake = account("ada", "github", "abc1");
    assert!(store.add_account(&Account { id: "namesake".into(), ..namesake }).await.unwrap());
}

/// `accounts_of`: all accounts of a user, oldest first.
pub async fn accounts_are_listed_oldest_first(fixture: &StoreFixture) {
    let store = fixture.store();
    sign_up(store, &["ada", "bob"]).await;
    assert!(store.add_account(&account("bob", "github", "9")).await.unwrap());
    let mut made = Vec::new();
    for (provider, created_at) in [
        ("c", at(30)),
        ("a", at(10)),
        ("z", fixture.earliest()),
        ("b", at(20)),
        ("k", fixture.latest()),
        ("d", at(2)),
    ] {
        let account = Account { created_at, ..account("ada", provider, "1") };
        assert!(store.add_account(&account).await.unwrap());
        made.push(account);
    }
    made.push(credential("ada"));
    made.sort_by_key(|account| account.created_at);
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), made);
}

/// `accounts_of`: a user who is not there has none.
pub async fn nobody_has_no_accounts(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    assert_eq!(store.accounts_of(&"bob".into()).await.unwrap(), []);
    assert_eq!(store.account_by_provider("credential", "bob").await.unwrap(), None);
}

/// `delete_account`: deletes *an account*; the user, the sessions and the other accounts stay.
pub async fn deleting_an_account_leaves_the_rest(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    sign_in(store, "ada", &["one"]).await;
    let github = account("ada", "github", "1");
    assert!(store.add_account(&github).await.unwrap());
    assert!(store.delete_account(&github.id).await.unwrap());

    assert_eq!(store.account_by_provider("github", "1").await.unwrap(), None);
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada")]);
    assert_eq!(store.accounts_of(&"bob".into()).await.unwrap(), [credential("bob")]);
    assert_eq!(store.user(&"ada".into()).await.unwrap(), Some(user("ada")));
    assert!(is_signed_in(store, "one").await);
    // Uniqueness is over the accounts that there are.
    let second = Account { id: "second".into(), ..account("bob", "github", "1") };
    assert!(store.add_account(&second).await.unwrap());
}

/// `delete_account`: `false` if there was none.
pub async fn an_account_is_deleted_once(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    assert!(!store.delete_account(&"nothing".into()).await.unwrap());
    assert!(!store.delete_account(&"ada".into()).await.unwrap(), "that is the account id, not the row's");
    assert!(store.delete_account(&credential("ada").id).await.unwrap());
    assert!(!store.delete_account(&credential("ada").id).await.unwrap());
}

/// `delete_account_unless_last`: `false`, and nothing deleted, if it is the user's only one or there was none.
pub async fn the_last_account_is_not_deleted(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    let github = account("ada", "github", "1");
    assert!(store.add_account(&github).await.unwrap());
    assert!(!store.delete_account_unless_last(&"nothing".into()).await.unwrap());
    assert!(store.delete_account_unless_last(&github.id).await.unwrap());
    assert!(!store.delete_account_unless_last(&github.id).await.unwrap(), "it is gone");
    assert!(!store.delete_account_unless_last(&credential("ada").id).await.unwrap(), "it is the last");
    assert_eq!(store.accounts_of(&"ada".into()).await.unwrap(), [credential("ada")]);
    assert_eq!(store.accounts_of(&"bob".into()).await.unwrap(), [credential("bob")]);
}
