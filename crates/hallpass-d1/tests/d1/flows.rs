//! Flows over a D1 whose answers are lost, and over one whose readers lag: who tries again comes to one end, and nothing is granted
//! twice.

use std::sync::Arc;

use futures_util::future::join_all;
use hallpass::password::{Argon2id, InlineHasher, Password, PasswordScheme};
use hallpass::random::SystemRandom;
use hallpass::types::Email;
use hallpass::{Auth, EmailPassword, Error, MailFlowError, SignInEmail, SignUpEmail};
use hallpass_sql::SqlStore;
use hallpass_testing::{ManualTasks, StubMailer};

use crate::api::{Api, connection};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery";

/// More than all writes of a test: what the replica does not see of.
const FAR: usize = 1_000;

struct Site {
    api: Arc<Api>,
    auth: Auth,
    mailer: Arc<StubMailer>,
    tasks: Arc<ManualTasks>,
}

impl Site {
    async fn new() -> Self {
        let (api, mailer, tasks) =
            (Arc::new(Api::new()), Arc::new(StubMailer::new()), Arc::new(ManualTasks::new()));
        let store = SqlStore::new(connection(&api));
        store.migrate().await.unwrap();
        let weak = PasswordScheme::Argon2id(Argon2id::danger_weaker_than_owasp(8, 1, 1).unwrap());
        let auth = Auth::builder(store)
            .secret("kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=")
            .base_url("https://app.example.com")
            .email_password(EmailPassword::default())
            .password_hasher(InlineHasher::new(weak, Arc::new(SystemRandom::default())))
            .background_tasks(Arc::clone(&tasks))
            .mailer(Arc::clone(&mailer))
            .build()
            .unwrap();
        Self { api, auth, mailer, tasks }
    }

    async fn sign_up(&self) -> Result<(), Error> {
        self.auth.sign_up_email(SignUpEmail::new("Ada", EMAIL, PASSWORD)).await.map(drop)
    }

    async fn signs_in(&self, password: &str) -> bool {
        self.auth.sign_in_email(SignInEmail::new(EMAIL, password)).await.is_ok()
    }

    async fn reset_token(&self) -> String {
        self.auth.request_password_reset(EMAIL, None).await.unwrap();
        self.tasks.run().await;
        self.mailer.last_to(&Email::parse(EMAIL).unwrap()).unwrap().token.unwrap()
    }

    async fn reset(&self, token: &str, password: &str) -> Result<(), Error> {
        self.auth.reset_password(token, &Password::new(password)).await
    }
}

fn is_used_up(result: &Result<(), Error>) -> bool {
    matches!(result, Err(Error::Mail(MailFlowError::InvalidResetToken)))
}

#[tokio::test]
async fn a_sign_up_whose_answer_is_lost_can_be_tried_again_and_makes_one_user() {
    let mut failures = 0;
    for at in 1.. {
        let site = Site::new().await;
        site.api.lose(at);
        let first = site.sign_up().await;
        if site.api.requests() < at {
            assert!(first.is_ok());
            break;
        }
        failures += usize::from(first.is_err());
        let again = site.sign_up().await;
        assert!(matches!(again, Ok(()) | Err(Error::EmailTaken)), "{at}: {again:?}");
        assert!(site.signs_in(PASSWORD).await, "{at}");
        assert_eq!((site.api.count("user").await, site.api.count("account").await), (1, 1), "{at}");
    }
    assert!(failures > 0);
}

#[tokio::test]
async fn a_reset_whose_answer_is_lost_sets_one_password_and_its_token_is_good_once() {
    let mut failures = 0;
    for at in 1.. {
        let site = Site::new().await;
        site.sign_up().await.unwrap();
        let token = site.reset_token().await;
        site.api.lose(at);
        let first = site.reset(&token, "the first password").await;
        if site.api.requests() < at {
            assert!(first.is_ok());
            break;
        }
        failures += usize::from(first.is_err());
        let again = site.reset(&token, "the second password").await;
        assert!(again.is_ok() || is_used_up(&again), "{at}: {again:?}");
        assert!(first.is_err() || again.is_err(), "{at}: a token was good twice");
        assert!(is_used_up(&site.reset(&token, "the third password").await), "{at}");
        let mut works = 0;
        for password in [PASSWORD, "the first password", "the second password"] {
            works += usize::from(site.signs_in(password).await);
        }
        assert_eq!(works, 1, "{at}");
        assert!(again.is_err() || site.signs_in("the second password").await, "{at}");
    }
    assert!(failures > 0);
}

#[tokio::test]
async fn of_fifty_sign_ups_before_a_replica_has_heard_of_any_one_makes_the_user() {
    let site = Site::new().await;
    site.api.lag(FAR);
    let results = join_all((0..50).map(|_| site.sign_up())).await;
    // Who made the user gets no session from a replica that knows of no such user.
    assert!(results.iter().filter(|result| !matches!(result, Err(Error::EmailTaken))).count() == 1);
    assert!(matches!(site.sign_up().await, Err(Error::EmailTaken)));
    assert_eq!((site.api.count("user").await, site.api.count("account").await), (1, 1));
    site.api.lag(0);
    assert!(site.signs_in(PASSWORD).await);
}

#[tokio::test]
async fn a_token_that_a_replica_still_has_is_good_once() {
    let site = Site::new().await;
    site.sign_up().await.unwrap();
    let token = site.reset_token().await;
    site.api.lag(FAR);
    let results = join_all((0..50).map(|_| site.reset(&token, "another password"))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(results.iter().filter(|result| is_used_up(result)).count(), 49);
    assert!(is_used_up(&site.reset(&token, "the last password").await));
}

#[tokio::test]
async fn a_session_that_a_replica_still_has_is_not_revived() {
    let site = Site::new().await;
    site.sign_up().await.unwrap();
    let signed_in = site.auth.sign_in_email(SignInEmail::new(EMAIL, PASSWORD)).await.unwrap();
    let sessions = site.api.count("session").await;
    site.api.lag(FAR);
    assert!(site.auth.sign_out(&signed_in.token).await.unwrap());
    assert!(!site.auth.sign_out(&signed_in.token).await.unwrap());
    assert_eq!(site.api.count("session").await, sessions - 1);
}
