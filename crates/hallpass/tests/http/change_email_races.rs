//! Changes of address that are under way while the owner takes the account back.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hallpass::mailer::MailKind;
use hallpass::plugin::{Change, Plugin};
use hallpass::store::UserStore as _;
use hallpass::types::Email;
use hallpass::{Auth, ChangeEmail, Error};
use serde_json::json;

use crate::mail_app::{MailApp, path_of};

const HOUR: Duration = Duration::from_secs(3600);

/// Lets the owner set a new password at the moment at which plugins are asked about a change of address.
#[derive(Debug, Default, Clone)]
struct OwnerResets(Arc<Mutex<Option<String>>>);

#[async_trait]
impl Plugin for OwnerResets {
    fn id(&self) -> &'static str {
        "owner-resets"
    }

    async fn before_change(&self, auth: &Auth, change: &mut Change<'_>) -> Result<(), Error> {
        if let Change::UpdateUser { change, .. } = change
            && change.email.is_some()
        {
            let token = self.0.lock().unwrap().take();
            if let Some(token) = token {
                auth.reset_password(&token, &"the owner's password".into()).await.unwrap();
            }
        }
        Ok(())
    }
}

async fn address_after_a_race(by_link: bool) -> bool {
    let owner = OwnerResets::default();
    let options = ChangeEmail { update_unverified: !by_link, confirm_at_old_address: false };
    let app = MailApp::with(|b| b.change_email(options).plugin(owner.clone()));
    let thief = app.sign_up().await.cookie();
    app.clock.advance(HOUR);
    app.post("/request-password-reset", json!({"email": "test@example.com", "redirectTo": "/x"})).await;
    let token = app.token(MailKind::ResetPassword);
    if by_link {
        app.post_as("/change-email", &thief, json!({"newEmail": "thief@example.com", "callbackURL": "/x"}))
            .await;
        let mail = app.mail(MailKind::VerifyEmail);
        app.clock.advance(HOUR / 4);
        *owner.0.lock().unwrap() = Some(token);
        app.get(&path_of(&mail)).await;
    } else {
        *owner.0.lock().unwrap() = Some(token);
        app.post_as("/change-email", &thief, json!({"newEmail": "thief@example.com"})).await;
    }
    assert!(owner.0.lock().unwrap().is_none(), "the owner's reset went through");
    let email = Email::parse("thief@example.com").unwrap();
    app.store.user_by_email(&email).await.unwrap().is_some()
}

#[tokio::test]
async fn a_session_that_a_reset_ends_moves_no_account_by_a_change_that_was_under_way() {
    assert!(!address_after_a_race(false).await, "the account is the thief's after the owner's reset");
}

#[tokio::test]
async fn a_link_that_a_reset_ends_moves_no_account_by_a_change_that_was_under_way() {
    assert!(!address_after_a_race(true).await, "the account is the thief's after the owner's reset");
}

/// Between the check that a session is live and the write the mailbox's owner comes.
#[derive(Debug, Default, Clone)]
struct OwnerProves(Arc<Mutex<Option<(hallpass::types::UserId, Email)>>>);

#[async_trait]
impl Plugin for OwnerProves {
    fn id(&self) -> &'static str {
        "owner-proves"
    }

    async fn before_change(&self, auth: &Auth, change: &mut Change<'_>) -> Result<(), Error> {
        if let Change::UpdateUser { change, .. } = change
            && change.email.is_some()
        {
            let owner = self.0.lock().unwrap().take();
            if let Some((id, email)) = owner {
                auth.prove_mailbox(&id, &email).await.unwrap().unwrap();
            }
        }
        Ok(())
    }
}

/// "Proving the mailbox purges what an unproven sign-up left": the stranger's change of address that is under way too.
#[tokio::test]
async fn row_33_a_strangers_change_that_is_under_way_takes_no_proven_account_away() {
    let owner = OwnerProves::default();
    let options = ChangeEmail { update_unverified: true, ..ChangeEmail::default() };
    let app = MailApp::with(|b| b.change_email(options).plugin(owner.clone()));
    let stranger = app.sign_up().await.cookie();
    let email = Email::parse("test@example.com").unwrap();
    let user = app.store.user_by_email(&email).await.unwrap().unwrap();
    *owner.0.lock().unwrap() = Some((user.id.clone(), email.clone()));
    app.post_as("/change-email", &stranger, json!({"newEmail": "stranger@example.com"})).await;
    let user = app.store.user(&user.id).await.unwrap().unwrap();
    assert_eq!((user.email, user.email_verified), (email, true));
}

/// A request that has read the session is at work while the owner's reset ends it: the link that it mails must not count.
#[tokio::test]
async fn row_33_a_session_that_has_ended_asks_for_no_link() {
    let options = ChangeEmail { update_unverified: false, confirm_at_old_address: false };
    let app = MailApp::with(|b| b.change_email(options));
    let thief = app.sign_up().await.cookie();
    app.clock.advance(HOUR);
    app.post("/request-password-reset", json!({"email": "test@example.com", "redirectTo": "/x"})).await;
    let token = app.token(MailKind::ResetPassword);
    let headers = http::HeaderMap::from_iter([(http::header::COOKIE, thief.parse().unwrap())]);
    let current = app.auth.session(&headers).await.unwrap().unwrap();
    app.auth.reset_password(&token, &"the owner's password".into()).await.unwrap();
    app.mailer.take();
    app.clock.advance(Duration::from_secs(1));
    let asked = app.auth.change_email(&current, "thief@example.com", Some("/x")).await;
    assert!(matches!(asked, Err(Error::Unauthorized)) && app.mailer.mails().is_empty(), "{asked:?}");
    let email = Email::parse("thief@example.com").unwrap();
    assert!(app.store.user_by_email(&email).await.unwrap().is_none());
}
