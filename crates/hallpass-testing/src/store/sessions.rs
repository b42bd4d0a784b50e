//! [`SessionStore`](hallpass::store::SessionStore): how sessions are added, found and deleted.

use hallpass::model::{Extra, Session, User};
use hallpass::store::{Store, StoreErrorKind, UserChange};
use hallpass::types::{SessionToken, StoredToken, TokenForms};

use crate::StoreFixture;
use crate::sample::{
    UNICODE, at, credential, earliest, email, forms, is_signed_in, long, session, sign_in, sign_up, token,
    user,
};

/// `create_session`, `session`, `sessions_of`: what comes out is what went in, in every field.
pub async fn every_field_of_a_session_is_kept_exactly(fixture: &StoreFixture) {
    let store = fixture.store();
    sign_up(store, &["ada"]).await;
    let plain = SessionToken::parse("Abc123").unwrap().plain();
    let sessions = [
        session("ada", "full"),
        Session { ip_address: None, user_agent: None, ..session("ada", "least") },
        Session {
            ip_address: Some(String::new()),
            user_agent: Some(String::new()),
            ..session("ada", "empty")
        },
        Session {
            ip_address: Some("2001:db8::1".to_owned()),
            user_agent: Some(UNICODE.to_owned()),
            ..session("ada", "unicode")
        },
        Session { user_agent: Some(long()), ..session("ada", "long") },
        Session {
            expires_at: fixture.latest(),
            created_at: fixture.earliest(),
            updated_at: fixture.latest(),
            ..session("ada", "ends")
        },
        Session { expires_at: fixture.earliest(), updated_at: fixture.earliest(), ..session("ada", "early") },
        Session { token: plain, ..session("ada", "plain") },
    ];
    for session in &sessions {
        assert!(store.create_session(session).await.unwrap());
    }
    let listed = store.sessions_of(&"ada".into(), fixture.earliest()).await.unwrap();
    for session in sessions {
        let has_expired = session.expires_at == fixture.earliest();
        assert!(listed.contains(&session) || has_expired, "listed: {session:?}");
        if has_expired && !fixture.keeps_expired() {
            continue;
        }
        let found = store.session(&session.token.clone().into()).await.unwrap();
        assert_eq!(found, Some((session, user("ada"))));
    }
}

/// `create_session`: `false`, and nothing added, if its user does not exist (any more).
pub async fn a_session_of_nobody_is_not_created(store: &dyn Store) {
    assert!(!store.create_session(&session("ada", "one")).await.unwrap());
    assert!(!is_signed_in(store, "one").await);
    sign_up(store, &["ada"]).await;
    assert_eq!(store.sessions_of(&"ada".into(), earliest()).await.unwrap(), []);

    assert!(store.delete_user(&"ada".into()).await.unwrap());
    assert!(!store.create_session(&session("ada", "one")).await.unwrap(), "the user was deleted");
    assert!(!is_signed_in(store, "one").await);
}

/// `may_have_session`: whether `create_session` would add one.
pub async fn nobody_may_not_have_a_session(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    assert!(store.may_have_session(&"ada".into()).await.unwrap());
    assert!(!store.may_have_session(&"bob".into()).await.unwrap());
    assert_eq!(store.sessions_of(&"ada".into(), earliest()).await.unwrap(), [], "it was only asked");

    assert!(store.delete_user(&"ada".into()).await.unwrap());
    assert!(!store.may_have_session(&"ada".into()).await.unwrap(), "the user was deleted");
}

/// `token` is unique over all sessions: the second writer gets `Conflict`, and the first's session is
/// as it was.
pub async fn a_taken_token_is_refused(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    sign_in(store, "ada", &["one"]).await;
    let second = Session { token: token("one"), ..session("bob", "two") };
    let refused = store.create_session(&second).await;

    assert_eq!(refused.map_err(|error| error.kind()), Err(StoreErrorKind::Conflict));
    let found = store.session(&forms("one")).await.unwrap();
    assert_eq!(found, Some((session("ada", "one"), user("ada"))));
    assert_eq!(store.sessions_of(&"bob".into(), earliest()).await.unwrap(), []);
}

/// `session`: the session that is stored under one of the token's forms, whichever it is.
pub async fn a_session_is_found_under_either_form(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    let (written, other) = (SessionToken::parse("one").unwrap(), SessionToken::parse("two").unwrap());
    let hashed = session("ada", "one");
    let plain = Session { token: other.plain(), ..session("ada", "two") };
    for session in [&hashed, &plain] {
        assert!(store.create_session(session).await.unwrap());
    }
    for (presented, stored) in [(written, hashed), (other, plain)] {
        for forms in [
            TokenForms::new(presented.hashed(), Some(presented.plain())),
            TokenForms::new(presented.plain(), Some(presented.hashed())),
            TokenForms::from(stored.token.clone()),
        ] {
            let found = store.session(&forms).await.unwrap();
            assert_eq!(found.map(|(session, _)| session).as_ref(), Some(&stored));
        }
    }
}

/// `session`, `touch_session`, `delete_session`: under *this* token, and by no text that is like it.
pub async fn tokens_are_matched_whole(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    let stored = Session { token: StoredToken::from_stored("AbcDef".to_owned()), ..session("ada", "one") };
    assert!(store.create_session(&stored).await.unwrap());
    let others = [
        "abcdef",
        "ABCDEF",
        "AbcDe",
        "AbcDefg",
        "AbcDef ",
        " AbcDef",
        "Abc_ef",
        "Abc%",
        "%",
        "*",
        "",
        "id-of-one",
        "ada",
        "sha256:",
        "ＡbcDef",
        "AbcDef\u{200b}",
    ];
    for other in others {
        let wrong = StoredToken::from_stored(other.to_owned());
        for forms in [TokenForms::from(wrong.clone()), TokenForms::new(token("unknown"), Some(wrong.clone()))]
        {
            assert_eq!(store.session(&forms).await.unwrap(), None, "{other:?}");
            assert!(!store.delete_session(&forms).await.unwrap(), "{other:?}");
        }
        assert!(!store.touch_session(&wrong, at(2_000), at(1_999)).await.unwrap(), "{other:?}");
        let updated = store.update_session(&wrong, &Extra::new(), at(1_999)).await.unwrap();
        assert_eq!(updated, None, "{other:?}");
    }
    // A plain form is not hashed by the store, nor the other way round.
    let presented = SessionToken::parse("AbcDef").unwrap();
    assert_eq!(store.session(&presented.hashed().into()).await.unwrap(), None);
    let found = store.session(&presented.plain().into()).await.unwrap();
    assert_eq!(found, Some((stored, user("ada"))));
}

/// `session`: with its user, as the user is by now.
pub async fn a_session_comes_with_its_own_user(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    sign_in(store, "ada", &["adas"]).await;
    sign_in(store, "bob", &["bobs"]).await;
    let change = UserChange { name: Some("Countess".to_owned()), updated_at: at(9), ..UserChange::default() };
    store.update_user(&"ada".into(), &change).await.unwrap();

    let countess = User { name: "Countess".to_owned(), updated_at: at(9), ..user("ada") };
    let (adas, bobs) =
        (store.session(&forms("adas")).await.unwrap(), store.session(&forms("bobs")).await.unwrap());
    assert_eq!(adas, Some((session("ada", "adas"), countess)));
    assert_eq!(bobs, Some((session("bob", "bobs"), user("bob"))));
}

/// `session`: `None`, and `delete_session`: `false`, if there is none.
pub async fn a_session_that_is_not_there_is_none(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    sign_in(store, "ada", &["one"]).await;
    let unknown = TokenForms::new(token("two"), Some(SessionToken::parse("two").unwrap().plain()));
    assert_eq!(store.session(&unknown).await.unwrap(), None);
    assert!(!store.delete_session(&unknown).await.unwrap());
    assert!(is_signed_in(store, "one").await);
}

/// `delete_session`: deletes a session under *any* of the token's forms, and no other session.
pub async fn a_session_is_deleted_under_any_form(store: &dyn Store) {
    sign_up(store, &["ada"]).await;
    sign_in(store, "ada", &["bystander"]).await;
    for (name, is_hashed, is_plain) in [("one", true, false), ("two", false, true), ("three", true, true)] {
        let presented = SessionToken::parse(name).unwrap();
        let (hashed, plain) = (presented.hashed(), presented.plain());
        let stored = [is_hashed.then_some(&hashed), is_plain.then_some(&plain)];
        for (number, stored) in stored.into_iter().flatten().enumerate() {
            let id = format!("session-{name}-{number}").into();
            let session = Session { id, token: stored.clone(), ..session("ada", name) };
            assert!(store.create_session(&session).await.unwrap());
        }
        let forms = TokenForms::new(hashed.clone(), Some(plain.clone()));
        assert!(store.delete_session(&forms).await.unwrap());
        assert_eq!(store.session(&forms).await.unwrap(), None, "{name}");
        assert!(!store.delete_session(&forms).await.unwrap(), "deleted twice");
    }
    assert!(is_signed_in(store, "bystander").await);
    assert_eq!(store.user(&"ada".into()).await.unwrap(), Some(user("ada")));
}

/// `delete_sessions_of`: deletes every session of a user, expired or not, and says how many there were.
pub async fn all_sessions_of_a_user_are_deleted(fixture: &StoreFixture) {
    let store = fixture.store();
    sign_up(store, &["ada", "bob"]).await;
    sign_in(store, "ada", &["one", "two"]).await;
    sign_in(store, "bob", &["bobs"]).await;
    let expired = Session { expires_at: fixture.earliest(), ..session("ada", "expired") };
    assert!(store.create_session(&expired).await.unwrap());

    let deleted = store.delete_sessions_of(&"ada".into(), None).await.unwrap();
    assert!(deleted == 3 || (deleted == 2 && !fixture.keeps_expired()), "{deleted}");
    for name in ["one", "two", "expired"] {
        assert!(!is_signed_in(store, name).await, "{name}");
    }
    assert!(is_signed_in(store, "bobs").await);
    assert_eq!(store.delete_sessions_of(&"ada".into(), None).await.unwrap(), 0);
    assert_eq!(store.delete_sessions_of(&"nobody".into(), None).await.unwrap(), 0);
    assert_eq!(
        store.credential_by_email(&email("ada")).await.unwrap(),
        Some((user("ada"), Some(credential("ada"))))
    );
}

/// `delete_sessions_of`: every session *but* `except`, if that is one of the user's.
pub async fn the_excepted_session_stays(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    sign_in(store, "ada", &["one", "two", "three"]).await;
    sign_in(store, "bob", &["bobs"]).await;
    assert_eq!(store.delete_sessions_of(&"ada".into(), Some(&token("two"))).await.unwrap(), 2);
    let left = store.sessions_of(&"ada".into(), earliest()).await.unwrap();
    assert_eq!(left, [session("ada", "two")]);

    let like_it = StoredToken::from_stored(token("two").as_str().to_uppercase());
    assert_eq!(store.delete_sessions_of(&"ada".into(), Some(&like_it)).await.unwrap(), 1, "by its letters");
    sign_in(store, "ada", &["five"]).await;

    // Another's session, or none, is no reason to spare one of Ada's, nor to touch Bob's.
    assert_eq!(store.delete_sessions_of(&"ada".into(), Some(&token("bobs"))).await.unwrap(), 1);
    sign_in(store, "ada", &["four"]).await;
    assert_eq!(store.delete_sessions_of(&"ada".into(), Some(&token("unknown"))).await.unwrap(), 1);
    assert!(is_signed_in(store, "bobs").await);
}
