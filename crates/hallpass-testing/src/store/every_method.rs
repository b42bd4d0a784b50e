//! What the contracts of [`hallpass::store`] ask of every method.

use std::pin::pin;
use std::slice;
use std::task::{Context, Poll, Waker};

use hallpass::model::{Session, User, Verification};
use hallpass::store::UserChange;

use super::extra_fields::{schema, with_handle};
use crate::StoreFixture;
use crate::race::{Racer, let_others_run};
use crate::sample::{
    account, at, credential, email, forms, session, sign_in, sign_up, token, user, verification,
};

/// No method reads a clock: time comes in with the arguments, whatever time it is.
pub async fn no_method_reads_a_clock(fixture: &StoreFixture) {
    let store = fixture.store();
    for (name, then) in
        [("first", fixture.earliest()), ("last", fixture.latest().minus(at(0).until(at(10_000))))]
    {
        let later = then.plus(at(0).until(at(5_000)));
        let user = User { created_at: then, updated_at: then, ..user(name) };
        store.create_user(&user, None).await.unwrap();
        let change = UserChange { updated_at: then, ..UserChange::default() };
        assert_eq!(store.update_user(&user.id, &change).await.unwrap().as_ref(), Some(&user));

        let session =
            Session { expires_at: later, created_at: then, updated_at: then, ..session(name, name) };
        assert!(store.create_session(&session).await.unwrap());
        assert_eq!(store.sessions_of(&user.id, then).await.unwrap(), slice::from_ref(&session));
        assert!(store.touch_session(&token(name), later, then).await.unwrap());
        assert_eq!(store.delete_expired_sessions(then, 1_000).await.unwrap(), 0);
        assert_eq!(store.session(&forms(name)).await.unwrap(), Some((session, user)));

        let put = Verification {
            expires_at: later,
            created_at: then,
            updated_at: then,
            ..verification(name, name)
        };
        store.put_verification(&put).await.unwrap();
        assert_eq!(store.delete_expired_verifications(then, 1_000).await.unwrap(), 0);
        assert_eq!(store.verification(name, then).await.unwrap().as_ref(), Some(&put));
        assert_eq!(store.take_verification(name, later).await.unwrap(), None);
        store.put_verification(&put).await.unwrap();
        assert_eq!(store.take_verification(name, then).await.unwrap(), Some(put));
        // The next turn's moments may lie before this one's.
        assert!(store.delete_session(&forms(name)).await.unwrap());
    }
}

/// An implementation keeps the contracts for every caller, in every process: what one handle wrote,
/// the others read, at once.
pub async fn what_one_handle_wrote_the_others_read(fixture: &StoreFixture) {
    for turn in 0..8 {
        let (writer, reader) = (fixture.handle(turn), fixture.handle(turn + 1));
        let name = format!("user-{turn}");
        sign_up(&*writer, &[&name]).await;
        assert_eq!(reader.user(&user(&name).id).await.unwrap(), Some(user(&name)));
        let found = reader.credential_by_email(&email(&name)).await.unwrap();
        assert_eq!(found, Some((user(&name), Some(credential(&name)))));
        sign_in(&*writer, &name, &[&name]).await;
        assert!(reader.session(&forms(&name)).await.unwrap().is_some());
        assert!(reader.delete_session(&forms(&name)).await.unwrap());
        assert!(writer.session(&forms(&name)).await.unwrap().is_none());
        writer.put_verification(&verification(&name, &name)).await.unwrap();
        assert!(reader.take_verification(&name, at(1)).await.unwrap().is_some());
        assert!(writer.take_verification(&name, at(1)).await.unwrap().is_none());
    }
}

/// Each method is atomic: all of it is seen, or none of it, also when its caller goes away while it is
/// under way. A request that is cut off drops its future at any `.await`.
pub async fn a_dropped_call_has_happened_whole_or_not_at_all(fixture: &StoreFixture) {
    let store = fixture.store();
    for polls in 1..20 {
        let name = format!("user-{polls}");
        let (ada, first) = (user(&name), account(&name, "github", &name));
        {
            let mut call = pin!(store.create_user(&ada, Some(&first)));
            for _ in 0..polls {
                if let Poll::Ready(done) = call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    done.unwrap();
                    break;
                }
                // Whatever does the work elsewhere gets its turn.
                let_others_run().await;
            }
        }
        // In this order, because it may still happen between two of these.
        let has_account = async || store.account_by_provider("github", &name).await.unwrap().is_some();
        let account_first = has_account().await;
        let has_user = store.user(&ada.id).await.unwrap().is_some();
        let account_last = has_account().await;
        assert!(has_user || !account_first, "an account without its user, dropped after {polls} polls");
        assert!(account_last || !has_user, "a user without its account, dropped after {polls} polls");
    }
}

/// The same of `delete_user`: a user without accounts or sessions, or the other way round, is never left behind.
pub async fn a_dropped_deletion_has_happened_whole_or_not_at_all(fixture: &StoreFixture) {
    let store = fixture.store();
    for polls in 1..20 {
        let name = format!("user-{polls}");
        sign_up(store, &[&name]).await;
        sign_in(store, &name, &[&name]).await;
        let id = user(&name).id;
        {
            let mut call = pin!(store.delete_user(&id));
            for _ in 0..polls {
                if let Poll::Ready(done) = call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    done.unwrap();
                    break;
                }
                let_others_run().await;
            }
        }
        // In this order, because it may still happen between two of these: once one is gone, all are.
        let has_account = !store.accounts_of(&id).await.unwrap().is_empty();
        let has_session = store.session(&forms(&name)).await.unwrap().is_some();
        let has_user = store.user(&id).await.unwrap().is_some();
        assert!(has_account || !has_session, "a session without accounts, dropped after {polls} polls");
        assert!(has_account || !has_user, "a user without accounts, dropped after {polls} polls");
        let account = store.accounts_of(&id).await.unwrap();
        assert!(has_user || account.is_empty(), "an account without its user, dropped after {polls} polls");
    }
}

/// `migrate`: whoever starts at the same time may do it too, and all come to the same.
pub async fn handles_that_migrate_at_once_all_succeed(fixture: &StoreFixture) {
    for number in 0..8 {
        fixture.handle(number).declare(&schema()).unwrap();
    }
    let racers = (0..8).map(|number| -> Racer<_> {
        let store = fixture.handle(number);
        Box::pin(async move { store.migrate().await })
    });
    for migrated in fixture.race(racers.collect()).await {
        migrated.unwrap();
    }
    assert_eq!(fixture.store().migrate().await.unwrap(), [""; 0], "something was left to do");
    for number in 0..8 {
        let ada = with_handle(&format!("user-{number}"), &format!("handle-{number}"));
        fixture.handle(number).create_user(&ada, None).await.unwrap();
    }
}
