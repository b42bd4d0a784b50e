//! Mail beside the answer, deleting a user by mail, unlinking accounts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hallpass::events::SecurityEvent;
use hallpass::mailer::{Mail, MailError, MailKind, Mailer, PlainTemplates};
use hallpass::model::Account;
use hallpass::plugin::{Change, Plugin};
use hallpass::store::AccountStore as _;
use hallpass::types::{AccountId, Email, UserId};
use hallpass::{Auth, Error, MemoryStore, UserDeletion};
use hallpass_testing::{ImmediateTasks, ManualTasks, StubMailer};
use http::Method;
use serde_json::json;

use crate::app::{Answer, App, Call, PASSWORD};
use crate::mail_app::{MailApp, path_of};

/// A mailer that never comes to an end, or panics.
#[derive(Debug)]
struct Bad {
    panics: bool,
    begun: Arc<AtomicUsize>,
}

#[async_trait]
impl Mailer for Bad {
    async fn send(&self, _: &Mail) -> Result<(), MailError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics, "a mailer that panics, as the test wants it");
        std::future::pending().await
    }
}

async fn ask(app: &App) -> Answer {
    app.sign_up().await;
    app.post("/request-password-reset", json!({"email": "test@example.com", "redirectTo": "/x"})).await
}

#[tokio::test]
async fn a_mailer_that_hangs_fails_or_panics_changes_no_answer() {
    let good = ask(&MailApp::new()).await;
    for panics in [false, true] {
        let begun = Arc::new(AtomicUsize::new(0));
        let mailer = Bad { panics, begun: Arc::clone(&begun) };
        let app = App::with(|b| b.mailer(mailer).background_tasks(ImmediateTasks::new()));
        let answer = ask(&app).await;
        assert_eq!((answer.status, &answer.headers, &answer.body), (good.status, &good.headers, &good.body));
        assert_eq!(begun.load(Ordering::SeqCst), 1);
        assert_eq!(told(&app), panics, "what hangs is not told of");
    }
    let app = MailApp::new();
    app.mailer.refuse(true);
    let answer = ask(&app).await;
    assert_eq!((answer.status, &answer.headers, &answer.body), (good.status, &good.headers, &good.body));
    assert!(told(&app));
}

fn told(app: &App) -> bool {
    let is_it = |event: &SecurityEvent| {
        matches!(event, SecurityEvent::MailNotSent { kind: MailKind::ResetPassword, user: Some(_) })
    };
    app.events.events().iter().any(is_it)
}

#[tokio::test]
async fn no_mail_is_sent_before_the_answer_and_known_and_unknown_leave_one_task_each() {
    let (mailer, tasks) = (Arc::new(StubMailer::new()), Arc::new(ManualTasks::new()));
    let app = App::with(|b| b.mailer(Arc::clone(&mailer)).background_tasks(Arc::clone(&tasks)));
    app.sign_up().await;
    for (path, email) in [
        ("/request-password-reset", "test@example.com"),
        ("/request-password-reset", "nobody@example.com"),
        ("/send-verification-email", "test@example.com"),
        ("/send-verification-email", "nobody@example.com"),
    ] {
        app.post(path, json!({"email": email})).await;
        assert_eq!((tasks.waiting(), mailer.mails().len()), (1, 0), "{path} {email}");
        tasks.run().await;
        assert_eq!(mailer.take().len(), usize::from(email.starts_with("test")), "{path} {email}");
    }
}

#[tokio::test]
async fn plugins_and_the_app_send_mails_of_their_own() {
    let app = MailApp::with(|b| b.mail_templates(PlainTemplates::new("Cards")));
    let to = Email::parse("a@b.co").unwrap();
    assert!(app.auth.send_mail(Mail::new(to.clone(), MailKind::Plugin("two-factor")).code("123456")));
    let mail = app.mail(MailKind::Plugin("two-factor"));
    assert_eq!((mail.kind.name(), mail.otp.as_deref()), ("two-factor", Some("123456")));
    assert!(mail.subject.contains("Cards") && mail.text.contains("123456") && mail.html.contains("123456"));
    assert!(!format!("{mail:?}").contains("123456"));
    let without = App::new();
    assert!(!without.auth.send_mail(Mail::new(to, MailKind::MagicLink)));
    assert!(!without.auth.spawn(async {}) && !without.auth.sends_mail());
    assert!(without.auth.http_client().is_none());
}

fn deletable() -> MailApp {
    MailApp::with(|b| b.user_deletion(UserDeletion { by_mail: true, ..UserDeletion::default() }))
}

async fn deletion(app: &MailApp, cookie: &str) -> Mail {
    let answer =
        app.post_as("/delete-user", cookie, json!({"password": PASSWORD, "callbackURL": "/bye"})).await;
    assert_eq!(answer.text(), r#"{"success":true,"message":"Verification email sent"}"#);
    app.mail(MailKind::DeleteAccount)
}

#[tokio::test]
async fn a_user_is_deleted_by_the_mailed_link_in_a_browser_of_that_user_alone() {
    let app = deletable();
    let cookie = app.sign_up().await.cookie();
    let mail = deletion(&app, &cookie).await;
    assert_eq!(app.rows("user"), 1);
    app.get(&path_of(&mail)).await.is(404, "FAILED_TO_GET_USER_INFO");
    let follow = |mail: &Mail, cookie: &str| Call::new(Method::GET, &path_of(mail)).cookie(cookie);
    let gone = follow(&mail, &cookie).send(&app).await;
    assert_eq!((gone.header("location"), gone.set_cookies().len()), (Some("/bye"), 3));
    assert_eq!((app.rows("user"), app.rows("session"), app.rows("account")), (0, 0, 0));

    let cookie = app.sign_up().await.cookie();
    let other = json!({"name": "B", "email": "b@example.com", "password": PASSWORD});
    let other = app.post("/sign-up/email", other).await.cookie();
    let mail = deletion(&app, &cookie).await;
    follow(&mail, &other).send(&app).await.is(404, "INVALID_TOKEN");
    assert_eq!(app.rows("user"), 2);
    let mail = deletion(&app, &cookie).await;
    app.clock.advance(Duration::from_secs(86_400));
    follow(&mail, &cookie).send(&app).await.is(404, "INVALID_TOKEN");
    assert_eq!(app.rows("user"), 2);
}

#[tokio::test]
async fn a_deletion_token_is_stored_hashed_and_is_no_reset_token() {
    let app = deletable();
    let cookie = app.sign_up().await.cookie();
    let token = deletion(&app, &cookie).await.token.unwrap();
    let row = app.verification_rows().remove(0);
    assert!(!row.identifier.contains(&token) && row.identifier.starts_with("delete-account-sha256:"));
    let stolen = row.identifier.strip_prefix("delete-account-").unwrap();
    app.post_as("/delete-user", &cookie, json!({"token": stolen})).await.is(404, "INVALID_TOKEN");
    app.post("/reset-password", json!({"newPassword": PASSWORD, "token": token}))
        .await
        .is(400, "INVALID_TOKEN");
    let answer = app.post_as("/delete-user", &cookie, json!({"token": token})).await;
    assert_eq!(answer.text(), r#"{"success":true,"message":"User deleted"}"#);
}

/// Gives the user a second way to sign in.
async fn linked(app: &App) -> (UserId, AccountId) {
    let email = Email::parse("test@example.com").unwrap();
    let (user, account) = app.auth.store().credential_by_email(&email).await.unwrap().unwrap();
    let id = AccountId::from("second");
    let second = Account {
        id: id.clone(),
        account_id: "12345".to_owned(),
        provider_id: "github".to_owned(),
        password: None,
        ..account.unwrap()
    };
    app.store.add_account(&second).await.unwrap();
    (user.id, id)
}

#[tokio::test]
async fn an_account_is_unlinked_by_its_id_or_as_up_to_version_1_6_and_the_last_one_stays() {
    for body in [
        json!({"accountId": "second"}),
        json!({"providerId": "github"}),
        json!({"providerId": "github", "accountId": "12345"}),
    ] {
        let app = App::new();
        let cookie = app.sign_up().await.cookie();
        let (user, _) = linked(&app).await;
        for none in [
            json!({"accountId": "12345"}),
            json!({"accountId": ""}),
            json!({"providerId": "google"}),
            json!({"providerId": "github", "accountId": "1"}),
        ] {
            app.post_as("/unlink-account", &cookie, none).await.is(400, "ACCOUNT_NOT_FOUND");
        }
        let answer = app.post_as("/unlink-account", &cookie, body).await;
        assert_eq!(answer.text(), r#"{"status":true}"#);
        let left = app.store.accounts_of(&user).await.unwrap();
        assert_eq!(
            left.iter().map(|account| account.provider_id.as_str()).collect::<Vec<_>>(),
            ["credential"]
        );
        let last = json!({"accountId": left[0].id});
        app.post_as("/unlink-account", &cookie, last).await.is(400, "FAILED_TO_UNLINK_LAST_ACCOUNT");
        let typed = app.auth.unlink_account(&user, &left[0].id).await;
        assert!(matches!(typed, Err(Error::LastAccount)));
    }
}

#[tokio::test]
async fn nobody_unlinks_the_accounts_of_another_or_with_an_old_session() {
    let app = App::new();
    let cookie = app.sign_up().await.cookie();
    linked(&app).await;
    let other = json!({"name": "B", "email": "b@example.com", "password": PASSWORD});
    let other = app.post("/sign-up/email", other).await.cookie();
    let body = json!({"accountId": "second"});
    let refused = app.post_as("/unlink-account", &other, body.clone()).await;
    assert_eq!((refused.status.as_u16(), app.rows("account")), (400, 3));
    app.clock.advance(Duration::from_secs(86_400));
    app.post_as("/unlink-account", &cookie, body.clone()).await.is(403, "SESSION_NOT_FRESH");
    app.post("/unlink-account", body).await.is(401, "UNAUTHORIZED");
    assert_eq!(app.rows("account"), 3);
}

/// Takes the other account as soon as one is about to go, as a call at the same time can.
#[derive(Debug)]
struct TakesTheOther(MemoryStore);

#[async_trait]
impl Plugin for TakesTheOther {
    fn id(&self) -> &'static str {
        "takes-the-other"
    }

    async fn before_change(&self, _: &Auth, change: &mut Change<'_>) -> Result<(), Error> {
        if let Change::DeleteAccount { account } = change {
            for other in self.0.accounts_of(&account.user_id).await? {
                if other.id != account.id {
                    self.0.delete_account(&other.id).await?;
                }
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn of_two_accounts_that_are_unlinked_at_once_one_stays() {
    let store = MemoryStore::new();
    let app =
        App::over(Arc::new(store.clone()), store.clone(), |builder| builder.plugin(TakesTheOther(store)));
    let cookie = app.sign_up().await.cookie();
    linked(&app).await;
    let answer = app.post_as("/unlink-account", &cookie, json!({"accountId": "second"})).await;
    answer.is(400, "FAILED_TO_UNLINK_LAST_ACCOUNT");
    assert_eq!(app.rows("account"), 1);
}
