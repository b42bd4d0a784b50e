//! [`VerificationStore`](hallpass::store::VerificationStore).

use hallpass::model::Verification;
use hallpass::store::Store;

use crate::StoreFixture;
use crate::sample::{UNICODE, at, earliest, latest, long, verification};

async fn take(store: &dyn Store, identifier: &str) -> Option<Verification> {
    store.take_verification(identifier, at(100)).await.unwrap()
}

async fn peek(store: &dyn Store, identifier: &str) -> Option<Verification> {
    store.verification(identifier, at(100)).await.unwrap()
}

/// `put_verification`, `verification`, `take_verification`: what comes out is what went in, in every
/// field.
pub async fn every_field_of_a_verification_is_kept_exactly(fixture: &StoreFixture) {
    let store = fixture.store();
    let verifications = [
        verification("reset-password:abc", "full"),
        Verification { value: String::new(), ..verification("empty", "1") },
        Verification { value: UNICODE.to_owned(), ..verification("unicode", "2") },
        Verification { value: long(), ..verification("long", "3") },
        Verification {
            identifier: "otp:ö-漢字-o'neil@example.com %_\\\" e\u{301}".to_owned(),
            ..verification("", "4")
        },
        Verification { identifier: "i".repeat(255), ..verification("", "5") },
        Verification {
            expires_at: fixture.latest(),
            created_at: fixture.earliest(),
            updated_at: fixture.latest(),
            ..verification("ends", "6")
        },
        Verification {
            expires_at: at(101),
            created_at: fixture.latest(),
            updated_at: fixture.earliest(),
            ..verification("odd", "7")
        },
    ];
    for verification in &verifications {
        store.put_verification(verification).await.unwrap();
    }
    for verification in verifications {
        let shown = &verification.identifier;
        assert!(peek(store, shown).await.as_ref() == Some(&verification), "looked at {shown}");
        assert!(take(store, shown).await.as_ref() == Some(&verification), "took {shown}");
    }
}

/// `verification`: left where it is.
pub async fn looking_at_a_verification_leaves_it(store: &dyn Store) {
    let put = verification("reset", "1");
    store.put_verification(&put).await.unwrap();
    for _ in 0..3 {
        assert_eq!(peek(store, "reset").await.as_ref(), Some(&put));
    }
    assert_eq!(take(store, "reset").await, Some(put));
}

/// `take_verification`: takes it *out*; there is no second time.
pub async fn a_verification_is_taken_once(store: &dyn Store) {
    store.put_verification(&verification("reset", "1")).await.unwrap();
    store.put_verification(&verification("else", "2")).await.unwrap();
    assert_eq!(take(store, "reset").await, Some(verification("reset", "1")));

    assert_eq!(take(store, "reset").await, None);
    assert_eq!(store.take_verification("reset", earliest()).await.unwrap(), None);
    assert_eq!(peek(store, "reset").await, None);
    assert_eq!(peek(store, "else").await, Some(verification("else", "2")));
}

/// `verification`, `take_verification`: `None` if there is none.
pub async fn a_verification_that_is_not_there_is_none(store: &dyn Store) {
    assert_eq!(peek(store, "reset").await, None);
    assert_eq!(take(store, "reset").await, None);
    assert_eq!(store.delete_expired_verifications(latest(), 1_000).await.unwrap(), 0);
}

/// `put_verification`: in place of any with the same identifier, of which nothing is left.
pub async fn a_new_verification_replaces_the_old(fixture: &StoreFixture) {
    let store = fixture.store();
    let old = Verification { expires_at: at(5_000), ..verification("reset", "old") };
    let new = Verification { created_at: at(8), ..verification("reset", "new") };
    store.put_verification(&verification("else", "bystander")).await.unwrap();
    store.put_verification(&old).await.unwrap();
    store.put_verification(&new).await.unwrap();

    assert_eq!(peek(store, "reset").await.as_ref(), Some(&new));
    assert_eq!(store.verification("reset", at(2_000)).await.unwrap(), None, "the old expiry stayed");
    assert!(take(store, "reset").await == Some(new));
    assert_eq!(take(store, "reset").await, None, "the old one came back");
    assert_eq!(peek(store, "else").await, Some(verification("else", "bystander")));

    // The same row again, and in place of an expired one.
    for expires_at in [fixture.earliest(), at(500), at(600)] {
        store.put_verification(&Verification { expires_at, ..old.clone() }).await.unwrap();
    }
    assert_eq!(take(store, "reset").await, Some(Verification { expires_at: at(600), ..old }));
}

/// `restore_verification`: in place of any that was created before it, and of no other.
pub async fn a_verification_is_put_back_unless_there_is_another(store: &dyn Store) {
    let old = Verification { value: UNICODE.to_owned(), created_at: at(7), ..verification("reset", "old") };
    let new = Verification { created_at: at(8), ..verification("reset", "new") };
    store.put_verification(&verification("else", "bystander")).await.unwrap();
    for there in [&old, &new] {
        store.put_verification(there).await.unwrap();
        let twin = Verification { id: "twin".into(), ..old.clone() };
        assert!(!store.restore_verification(&twin).await.unwrap(), "one as new or newer was overlooked");
        assert_eq!(take(store, "reset").await.as_ref(), Some(there), "one as new or newer was replaced");
        assert_eq!(take(store, "reset").await, None, "both were there");
    }
    assert!(store.restore_verification(&old).await.unwrap());
    assert_eq!(peek(store, "reset").await.as_ref(), Some(&old));
    assert!(store.restore_verification(&new).await.unwrap(), "an older one was kept");
    assert_eq!(take(store, "reset").await, Some(new));
    assert_eq!(take(store, "reset").await, None, "both were there");
    assert_eq!(peek(store, "else").await, Some(verification("else", "bystander")));
}

/// `verification`, `take_verification`: live at `now`, which is before the moment from which it is void.
pub async fn a_verification_is_void_from_its_expiry(fixture: &StoreFixture) {
    let store = fixture.store();
    for (name, expires_at, live) in [
        ("long-ago", fixture.earliest(), false),
        ("before", at(99), false),
        ("at", at(100), false),
        ("after", at(101), true),
    ] {
        let put = Verification { expires_at, ..verification(name, name) };
        store.put_verification(&put).await.unwrap();
        assert_eq!(peek(store, name).await, live.then(|| put.clone()), "{name}");
        assert_eq!(take(store, name).await, live.then_some(put), "{name}");
    }
}

/// `verification`, `take_verification`: with *this* identifier, not one like it.
pub async fn identifiers_are_matched_whole(store: &dyn Store) {
    let put = verification("Reset:Abc1", "1");
    store.put_verification(&put).await.unwrap();
    let others = [
        "reset:abc1",
        "RESET:ABC1",
        "Reset:Abc",
        "Reset:Abc12",
        "Abc1",
        "Reset:A_c1",
        "Reset:%",
        "%",
        "",
        "v-1",
    ];
    for other in others.into_iter().chain(["Reset:Abc1 ", " Reset:Abc1", "Reset:Äbc1", "1"]) {
        assert_eq!(peek(store, other).await, None, "{other:?}");
        assert_eq!(take(store, other).await, None, "{other:?}");
    }
    let namesake = verification("reset:abc1", "2");
    store.put_verification(&namesake).await.unwrap();
    let third = Verification { created_at: at(1), ..verification("RESET:abc1", "3") };
    assert!(store.restore_verification(&third).await.unwrap(), "a younger namesake is another");
    assert_eq!(take(store, "RESET:abc1").await, Some(third));
    assert_eq!(take(store, "Reset:Abc1").await, Some(put));
    assert_eq!(take(store, "reset:abc1").await, Some(namesake));
}

/// `delete_expired_verifications`: deletes those that expired *before* `now`, and says how many.
pub async fn expired_verifications_are_deleted(fixture: &StoreFixture) {
    let store = fixture.store();
    let ends = [
        ("long-ago", fixture.earliest()),
        ("before", at(99)),
        ("at", at(100)),
        ("after", at(101)),
        ("never", fixture.latest()),
    ];
    for (name, expires_at) in ends {
        store.put_verification(&Verification { expires_at, ..verification(name, name) }).await.unwrap();
    }
    let deleted = store.delete_expired_verifications(at(100), 1_000).await.unwrap();
    assert!(deleted == 2 || (deleted == 0 && !fixture.keeps_expired()), "{deleted}");
    assert_eq!(store.delete_expired_verifications(at(100), 1_000).await.unwrap(), 0);
    if fixture.keeps_expired() {
        assert_eq!(store.verification("before", at(98)).await.unwrap(), None);
    }
    assert!(store.verification("at", at(99)).await.unwrap().is_some());
    assert!(store.verification("after", at(100)).await.unwrap().is_some());
    let deleted = store.delete_expired_verifications(at(102), 1_000).await.unwrap();
    assert!(deleted == 2 || (deleted == 0 && !fixture.keeps_expired()), "{deleted}");
    assert!(peek(store, "never").await.is_some());
}

/// `delete_expired_verifications`: deletes at most `limit` of them; `limit` where there are so many.
pub async fn expired_verifications_are_deleted_by_and_by(fixture: &StoreFixture) {
    let store = fixture.store();
    let names = ["a", "b", "c", "d", "e"];
    for name in names {
        let put = Verification { expires_at: at(99), ..verification(name, name) };
        store.put_verification(&put).await.unwrap();
    }
    if !fixture.keeps_expired() {
        assert!(store.delete_expired_verifications(at(100), 2).await.unwrap() <= 2);
        return;
    }
    for (limit, deleted, left) in [(0, 0, 5), (2, 2, 3), (2, 2, 1), (2, 1, 0), (2, 0, 0)] {
        assert_eq!(store.delete_expired_verifications(at(100), limit).await.unwrap(), deleted);
        let mut there = 0;
        for name in names {
            there += usize::from(store.verification(name, at(98)).await.unwrap().is_some());
        }
        assert_eq!(there, left, "{limit} at most were to be deleted");
    }
}
