//! Many at once, by mail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hallpass::mailer::MailKind;
use hallpass::plugin::{Change, Plugin};
use hallpass::plugins::{CodePurpose, EmailOtp, SignInCode};
use hallpass::{Auth, Error, SignInEmail, UserDeletion};
use http::Method;
use serde_json::json;

use crate::app::{Call, PASSWORD};
use crate::mail_app::MailApp;
use crate::races::{at_once, pool};
use crate::reset_password::{request, reset};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_110_of_sixty_four_uses_of_one_reset_token_one_succeeds() {
    for _ in 0..10 {
        let mailed = MailApp::with(|b| b.password_hasher(pool()));
        mailed.sign_up().await;
        mailed.clock.advance(Duration::from_secs(60));
        let token = request(&mailed).await;
        let app = Arc::new(mailed.app);
        let answers = at_once(&app, 64, |index| reset(&token, &format!("new password {index}"))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        let mut right = 0;
        for index in 0..64 {
            right += usize::from(app.sign_in(&format!("new password {index}")).await.status == 200);
        }
        assert_eq!((right, app.sign_in(PASSWORD).await.status.as_u16()), (1, 401));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_several_tokens_at_once_one_sets_the_password_and_no_old_session_is_left() {
    for _ in 0..30 {
        let mailed = MailApp::with(|b| b.password_hasher(pool()));
        mailed.sign_up().await;
        mailed.clock.advance(Duration::from_secs(60));
        let mut tokens = Vec::new();
        for _ in 0..4 {
            tokens.push(request(&mailed).await);
        }
        // So that a password which is set now is newer than the tokens.
        mailed.clock.advance(Duration::from_secs(1));
        let app = Arc::new(mailed.app);
        let answers = at_once(&app, 8, |index| match index {
            0..4 => reset(&tokens[index], &format!("new password {index}")),
            _ => Call::new(Method::POST, "/sign-in/email")
                .json(&json!({"email": "test@example.com", "password": PASSWORD})),
        })
        .await;
        let resets = answers.iter().filter(|answer| answer.text() == r#"{"status":true}"#).count();
        assert_eq!(resets, 1);
        for old in answers.iter().filter(|answer| !answer.cookie().is_empty()) {
            let alive = Call::new(Method::GET, "/get-session").cookie(&old.cookie()).send(&app).await;
            assert_eq!(alive.text(), "null", "signed in by a password that is no more");
        }
        assert_eq!(app.rows("session"), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_uses_of_one_deletion_token_one_deletes() {
    for _ in 0..20 {
        let options = UserDeletion { by_mail: true, ..UserDeletion::default() };
        let mailed = MailApp::with(|b| b.user_deletion(options));
        let cookie = mailed.sign_up().await.cookie();
        mailed.post_as("/delete-user", &cookie, json!({})).await;
        let token = mailed.token(MailKind::DeleteAccount);
        let app = Arc::new(mailed.app);
        let answers = at_once(&app, 16, |_| {
            Call::new(Method::GET, &format!("/delete-user/callback?token={token}")).cookie(&cookie)
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!((app.rows("user"), app.rows("session")), (0, 0));
    }
}

/// Signs in by the old password at the moment before it is replaced.
#[derive(Debug)]
struct JustBefore;

#[async_trait]
impl Plugin for JustBefore {
    fn id(&self) -> &'static str {
        "just-before"
    }

    async fn before_change(&self, auth: &Auth, change: &mut Change<'_>) -> Result<(), Error> {
        if matches!(change, Change::UpdatePassword { .. }) {
            auth.sign_in_email(SignInEmail::new("test@example.com", PASSWORD)).await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn who_signs_in_by_the_old_password_just_before_a_link_or_a_code_replaces_it_is_out() {
    for by_code in [false, true] {
        let app = MailApp::with(|b| b.plugin(JustBefore).plugin(EmailOtp::new()));
        app.sign_up().await;
        app.clock.advance(Duration::from_secs(60));
        // Proven, so that to prove it by the code takes nothing away.
        let code =
            EmailOtp::new().create(&app.auth, "test@example.com", CodePurpose::VerifyEmail).await.unwrap();
        app.post("/email-otp/verify-email", json!({"email": "test@example.com", "otp": code})).await;
        let answer = if by_code {
            let code = EmailOtp::new()
                .create(&app.auth, "test@example.com", CodePurpose::ResetPassword)
                .await
                .unwrap();
            let body = json!({"email": "test@example.com", "otp": code, "password": "another password"});
            app.post("/email-otp/reset-password", body).await
        } else {
            reset(&request(&app).await, "another password").send(&app).await
        };
        assert_eq!((answer.status.as_u16(), app.rows("session")), (200, 0), "{answer:?}");
        assert_eq!(app.sign_in("another password").await.status, 200);
    }
}

/// The owner of the mailbox signs in by a code just before a session of the stranger's is written.
#[derive(Debug, Clone, Default)]
struct Owner(Arc<AtomicBool>);

#[async_trait]
impl Plugin for Owner {
    fn id(&self) -> &'static str {
        "owner"
    }

    async fn before_change(&self, auth: &Auth, change: &mut Change<'_>) -> Result<(), Error> {
        if matches!(change, Change::CreateSession { .. }) && self.0.swap(false, Ordering::SeqCst) {
            let otp = EmailOtp::new();
            let code = otp.create(auth, "test@example.com", CodePurpose::SignIn).await?;
            otp.sign_in(auth, SignInCode::new("test@example.com", code), None).await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_change_of_password_gives_a_stranger_no_session_when_the_owner_proves_the_mailbox_meanwhile() {
    let owner = Owner::default();
    let app = MailApp::with(|b| b.plugin(EmailOtp::new()).plugin(owner.clone()));
    let stranger = app.sign_up().await.cookie();
    owner.0.store(true, Ordering::SeqCst);
    let body =
        json!({"currentPassword": PASSWORD, "newPassword": "another password", "revokeOtherSessions": true});
    let answer = app.post_as("/change-password", &stranger, body).await;
    assert!(!owner.0.load(Ordering::SeqCst), "the owner was there");
    answer.is(401, "UNAUTHORIZED");
    assert_eq!(app.rows("session"), 1, "the owner's");
    let shown = Call::new(Method::GET, "/get-session").cookie(&answer.cookie()).send(&app).await;
    assert_eq!(shown.text(), "null", "the stranger is signed in to the owner's account");
}

#[tokio::test]
async fn a_sign_up_gives_a_stranger_no_session_when_the_owner_proves_the_mailbox_meanwhile() {
    let owner = Owner::default();
    let app = MailApp::with(|b| b.plugin(EmailOtp::new()).plugin(owner.clone()));
    owner.0.store(true, Ordering::SeqCst);
    let answer = app
        .post("/sign-up/email", json!({"name": "A", "email": "test@example.com", "password": PASSWORD}))
        .await;
    assert!(!owner.0.load(Ordering::SeqCst), "the owner was there");
    answer.is(401, "UNAUTHORIZED");
    assert_eq!(app.rows("session"), 1, "the owner's");
    let shown = Call::new(Method::GET, "/get-session").cookie(&answer.cookie()).send(&app).await;
    assert_eq!(shown.text(), "null", "the stranger is signed in to the owner's account");
}
