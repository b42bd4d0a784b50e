//! [`SessionStore`](hallpass::store::SessionStore): how sessions are prolonged, listed and expire.

use hallpass::model::Session;
use hallpass::store::Store;

use crate::StoreFixture;
use crate::sample::{at, earliest, forms, is_signed_in, session, sign_in, sign_up, token, user};

/// `session`: expired ones too; the caller tells them apart.
pub async fn an_expired_session_is_found(fixture: &StoreFixture) {
    let store = fixture.store();
    sign_up(store, &["ada"]).await;
    for (name, expires_at) in [("long-ago", fixture.earliest()), ("just-now", at(0))] {
        let expired = Session { expires_at, ..session("ada", name) };
        assert!(store.create_session(&expired).await.unwrap());
        let found = store.session(&forms(name)).await.unwrap();
        if found.is_some() || fixture.keeps_expired() {
            assert_eq!(found, Some((expired, user("ada"))), "{name}");
        }
    }
}

/// `touch_session`: moves the expiry of a session, to later or to earlier, and nothing else.
pub async fn a_touch_moves_the_expiry_only(fixture: &StoreFixture) {
    let store = fixture.store();
    sign_up(store, &["ada"]).await;
    sign_in(store, "ada", &["one", "two"]).await;
    for (expires_at, updated_at) in
        [(at(5_000), at(100)), (at(10), at(200)), (fixture.latest(), fixture.earliest()), (at(20), at(300))]
    {
        assert!(store.touch_session(&token("one"), expires_at, updated_at).await.unwrap());
        let touched = Session { expires_at, updated_at, ..session("ada", "one") };
        assert_eq!(store.session(&forms("one")).await.unwrap(), Some((touched, user("ada"))));
    }
    assert_eq!(store.session(&forms("two")).await.unwrap(), Some((session("ada", "two"), user("ada"))));
}

/// `touch_session`: `false`, and nothing written, if the session is gone: it does not insert.
pub async fn a_touch_does_not_insert(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    sign_in(store, "ada", &["deleted", "swept"]).await;
    sign_in(store, "bob", &["bobs"]).await;
    assert!(store.delete_session(&forms("deleted")).await.unwrap());
    assert_eq!(store.delete_sessions_of(&"ada".into(), None).await.unwrap(), 1);
    assert!(store.delete_user(&"bob".into()).await.unwrap());

    for name in ["deleted", "swept", "bobs", "never-there"] {
        assert!(!store.touch_session(&token(name), at(5_000), at(100)).await.unwrap(), "{name}");
        assert!(!is_signed_in(store, name).await, "{name} was revived");
    }
    assert_eq!(store.sessions_of(&"ada".into(), earliest()).await.unwrap(), []);
}

/// `sessions_of`: the sessions of a user that expire *after* `now`; a touched one by its new expiry.
pub async fn sessions_are_listed_until_they_expire(store: &dyn Store) {
    sign_up(store, &["ada", "bob"]).await;
    sign_in(store, "bob", &["bobs"]).await;
    for (name, expires_at) in [("before", at(99)), ("at", at(100)), ("after", at(101))] {
        let session = Session { expires_at, ..session("ada", name) };
        assert!(store.create_session(&session).await.unwrap());
    }
    let listed = store.sessions_of(&"ada".into(), at(100)).await.unwrap();
    assert_eq!(listed, [Session { expires_at: at(101), ..session("ada", "after") }]);
    assert_eq!(store.sessions_of(&"ada".into(), at(98)).await.unwrap().len(), 3);
    assert_eq!(store.sessions_of(&"nobody".into(), earliest()).await.unwrap(), []);

    assert!(store.touch_session(&token("after"), at(100), at(50)).await.unwrap());
    assert!(store.touch_session(&token("before"), at(102), at(50)).await.unwrap());
    let listed = store.sessions_of(&"ada".into(), at(100)).await.unwrap();
    assert_eq!(listed, [Session { expires_at: at(102), updated_at: at(50), ..session("ada", "before") }]);
}

/// `sessions_of`: newest first, by their creation.
pub async fn sessions_are_listed_newest_first(fixture: &StoreFixture) {
    let store = fixture.store();
    sign_up(store, &["ada"]).await;
    let mut made = Vec::new();
    for (name, created_at) in [
        ("c", at(30)),
        ("a", at(10)),
        ("k", fixture.latest()),
        ("b", at(20)),
        ("z", fixture.earliest()),
        ("d", at(2)),
    ] {
        // What was touched or expires last is not for that the newest.
        let session = Session {
            created_at,
            updated_at: at(900).minus(fixture.earliest().until(created_at)).max(fixture.earliest()),
            ..session("ada", name)
        };
        assert!(store.create_session(&session).await.unwrap());
        made.push(session);
    }
    made.sort_by_key(|session| std::cmp::Reverse(session.created_at));
    assert_eq!(store.sessions_of(&"ada".into(), at(0)).await.unwrap(), made);
}

/// `delete_expired_sessions`: deletes the sessions that expired *before* `now`, whose ever they are,
/// and says how many.
pub async fn expired_sessions_are_deleted(fixture: &StoreFixture) {
    let store = fixture.store();
    sign_up(store, &["ada", "bob"]).await;
    for (name, user, expires_at) in [
        ("long-ago", "bob", fixture.earliest()),
        ("before", "ada", at(99)),
        ("at", "ada", at(100)),
        ("after", "bob", at(101)),
        ("never", "ada", fixture.latest()),
    ] {
        let session = Session { expires_at, ..session(user, name) };
        assert!(store.create_session(&session).await.unwrap());
    }
    let deleted = store.delete_expired_sessions(at(100), 1_000).await.unwrap();
    assert!(deleted == 2 || (deleted == 0 && !fixture.keeps_expired()), "{deleted}");
    for (name, stays) in
        [("long-ago", false), ("before", false), ("at", true), ("after", true), ("never", true)]
    {
        // A session that is forgotten when it expires is no matter of sweeping.
        if stays || fixture.keeps_expired() {
            assert_eq!(is_signed_in(store, name).await, stays, "{name}");
        }
    }
    if fixture.keeps_expired() {
        assert_eq!(store.delete_expired_sessions(at(100), 1_000).await.unwrap(), 0);
        assert_eq!(store.delete_expired_sessions(at(102), 1_000).await.unwrap(), 2);
    }
    assert!(is_signed_in(store, "never").await);
    assert_eq!(store.user(&"bob".into()).await.unwrap(), Some(user("bob")));
}

/// `delete_expired_sessions`: deletes at most `limit` of them; `limit` where there are so many, so that fewer say that
/// none is left.
pub async fn expired_sessions_are_deleted_by_and_by(fixture: &StoreFixture) {
    let store = fixture.store();
    sign_up(store, &["ada"]).await;
    sign_in(store, "ada", &["alive"]).await;
    let names = ["a", "b", "c", "d", "e"];
    for name in names {
        let session = Session { expires_at: at(99), ..session("ada", name) };
        assert!(store.create_session(&session).await.unwrap());
    }
    if !fixture.keeps_expired() {
        assert!(store.delete_expired_sessions(at(100), 2).await.unwrap() <= 2);
        return;
    }
    for (limit, deleted, left) in [(0, 0, 5), (2, 2, 3), (2, 2, 1), (2, 1, 0), (2, 0, 0)] {
        assert_eq!(store.delete_expired_sessions(at(100), limit).await.unwrap(), deleted);
        let listed = store.sessions_of(&"ada".into(), earliest()).await.unwrap();
        assert_eq!(listed.len(), left + 1, "{limit} at most were to be deleted");
    }
    assert!(is_signed_in(store, "alive").await);
}
