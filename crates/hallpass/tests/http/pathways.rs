//! Every way to a session against everything that forbids one (SECURITY rule 7): no way in is weaker than another. A
//! route that might sign somebody in, and is in neither of the lists, fails the test.

mod ways;

use std::collections::BTreeSet;
use std::future::Future;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hallpass::mailer::MailKind;
use hallpass::plugin::{Change, Decision, Plugin, SignInAttempt};
use hallpass::reply::Reply;
use hallpass::types::Email;
use hallpass::{Auth, AuthBuilder, EmailPassword, EmailVerification, Error, SessionOptions, WireError};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use self::ways::WAYS;
use crate::app::{Answer, Call, PASSWORD};
use crate::full_app::{PLAIN, assert_lists_every_route, everything};
use crate::mail_app::{MailApp, path_of};

const EMAIL: &str = "test@example.com";

/// What stands between a user whose credentials are good and a session.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Obstacle {
    #[default]
    None,
    /// A ban.
    Banned,
    /// A second factor, which is asked for first.
    SecondFactor,
    /// A hook of the app's that has the last word on what is written.
    Unwritten,
}

/// Puts an obstacle in everybody's way, once it is told to.
#[derive(Debug, Clone, Default)]
struct Gate(Arc<Mutex<Obstacle>>);

impl Gate {
    fn is(&self, obstacle: Obstacle) -> bool {
        *self.0.lock().unwrap() == obstacle
    }
}

const BANNED: WireError = WireError::new(StatusCode::FORBIDDEN, "BANNED_USER", "Banned");

#[async_trait]
impl Plugin for Gate {
    fn id(&self) -> &'static str {
        "gate"
    }

    async fn before_session(&self, _: &Auth, _: &SignInAttempt<'_>) -> Result<Decision, Error> {
        Ok(if self.is(Obstacle::Banned) {
            Decision::Refuse(BANNED)
        } else if self.is(Obstacle::SecondFactor) {
            Decision::Respond(Reply::json(&json!({"twoFactorRedirect": true})))
        } else {
            Decision::Continue
        })
    }

    async fn before_change(&self, _: &Auth, change: &mut Change<'_>) -> Result<(), Error> {
        match change {
            Change::CreateSession { .. } if self.is(Obstacle::Unwritten) => Err(Error::Refused(BANNED)),
            _ => Ok(()),
        }
    }
}

struct Site {
    app: MailApp,
    gate: Gate,
}

impl Site {
    /// With a user; whose address must be proven first, and is not, where `is_strict`.
    async fn new(is_strict: bool) -> Self {
        Self::with(is_strict, |builder| builder).await
    }

    async fn with(is_strict: bool, configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Self {
        let gate = Gate::default();
        let app = MailApp::with(|builder| {
            let password =
                EmailPassword { require_email_verification: is_strict, ..EmailPassword::default() };
            let verification = EmailVerification { auto_sign_in: true, ..EmailVerification::default() };
            let builder = everything(builder).0.email_password(password).email_verification(verification);
            configure(builder.plugin(gate.clone()))
        });
        let body = json!({"name": "A", "email": EMAIL, "password": PASSWORD, "username": "somebody"});
        assert_eq!(app.post("/sign-up/email", body).await.status, 200);
        app.mailer.take();
        Self { app, gate }
    }

    async fn mailed(&self, path: &str, kind: MailKind) -> String {
        let answer = self.app.post(path, json!({"email": EMAIL, "callbackURL": "/x"})).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        path_of(&self.app.mail(kind))
    }

    async fn code(&self, of_type: &str, kind: MailKind) -> String {
        let body = json!({"email": EMAIL, "type": of_type});
        assert_eq!(self.app.post("/email-otp/send-verification-otp", body).await.status, 200);
        self.app.mail(kind).otp.unwrap()
    }

    async fn cookie(&self) -> String {
        self.app.sign_in(PASSWORD).await.cookie()
    }
}

/// What is known before the last step: a link, a token, a cookie.
type Known<'a> = Pin<Box<dyn Future<Output = String> + Send + 'a>>;
type Answered<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// A way in: what goes ahead of the last step, and that step.
struct Way {
    route: &'static str,
    prepare: for<'a> fn(&'a Site) -> Known<'a>,
    step: for<'a> fn(&'a Site, &'a str) -> Answered<'a>,
    /// Whether it goes on with a session that there is, and makes none.
    hands_over: bool,
    /// Whether an unproven address is let in where it must be proven; `None` where there is no way to get so far.
    lets_unproven_in: Option<bool>,
}

/// Routes that take a token and give nobody a session.
const OTHERS: &[&str] = &[
    "/reset-password",
    "/reset-password/:token",
    "/delete-user",
    "/delete-user/callback",
    "/revoke-session",
    "/multi-session/revoke",
    "/email-otp/check-verification-otp",
    "/email-otp/reset-password",
    "/email-otp/request-email-change",
    "/email-otp/change-email",
];

#[tokio::test]
async fn every_route_that_might_sign_in_is_in_a_list() {
    let site = Site::new(false).await;
    let ways: Vec<_> = WAYS.iter().map(|way| way.route).collect();
    assert_lists_every_route(&site.app.auth, &[PLAIN, OTHERS, &ways]);
}

/// Whether the answer gives the browser a session that works.
async fn signs_in(site: &Site, answer: &Answer) -> bool {
    let token = answer.cookie();
    let is_set = token.contains("better-auth.session_token=");
    let session = Call::new(Method::GET, "/get-session").cookie(&token).send(&site.app).await;
    assert_eq!(is_set, session.text() != "null", "{answer:?}");
    is_set
}

#[tokio::test]
async fn every_way_in_signs_in() {
    for way in WAYS {
        let site = Site::new(false).await;
        let known = (way.prepare)(&site).await;
        let answer = (way.step)(&site, &known).await;
        assert!(signs_in(&site, &answer).await, "{}: {answer:?}", way.route);
    }
}

/// Every text that a client could take out of an answer: of headers, of cookies and of the body.
fn captured(answer: &Answer) -> BTreeSet<String> {
    fn texts(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::String(text) => _ = found.insert(text.clone()),
            Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
            Value::Object(values) => values.values().for_each(|value| texts(value, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for value in answer.headers.values() {
        let line = value.to_str().unwrap();
        found.extend([line, line.split(';').next().unwrap()].map(str::to_owned));
        found.extend(line.split(['=', ';', '?', '&', ' ']).map(str::to_owned));
    }
    texts(&serde_json::from_slice(&answer.body).unwrap_or_default(), &mut found);
    found.retain(|text| text.len() >= 16);
    found
}

/// That nothing of the answer opens a session, however it is presented.
async fn opens_nothing(site: &Site, answer: &Answer, route: &str) {
    for header in ["set-auth-token", "set-auth-jwt", "set-ott"] {
        assert_eq!(answer.header(header), None, "{route}");
    }
    for text in captured(answer) {
        let get = || Call::new(Method::GET, "/get-session");
        for call in [
            get().header("authorization", &format!("Bearer {text}")),
            get().cookie(&format!("better-auth.session_token={text}")),
            get().cookie(&text),
        ] {
            assert_eq!(call.send(&site.app).await.text(), "null", "{route}: {text}");
        }
        let handed_over = site.app.post("/one-time-token/verify", json!({"token": text})).await;
        assert_ne!(handed_over.status, 200, "{route}: {text}");
    }
}

#[tokio::test]
async fn row_28_who_meets_an_obstacle_gets_no_session_by_any_way_and_nothing_that_opens_one() {
    for obstacle in [Obstacle::Banned, Obstacle::SecondFactor, Obstacle::Unwritten] {
        for way in WAYS {
            let site = Site::new(false).await;
            let known = (way.prepare)(&site).await;
            let sessions = site.app.rows("session");
            *site.gate.0.lock().unwrap() = obstacle;
            let answer = (way.step)(&site, &known).await;
            // A session that is handed over is one that was refused nothing: it ends where the user is banned.
            let route = way.route;
            assert_eq!(signs_in(&site, &answer).await, way.hands_over, "{route} {obstacle:?}: {answer:?}");
            assert!(site.app.rows("session") <= sessions, "{route} {obstacle:?}");
            if !way.hands_over {
                opens_nothing(&site, &answer, route).await;
            }
        }
    }
}

#[tokio::test]
async fn what_opens_a_session_is_found_in_the_answers_that_give_one() {
    for way in WAYS {
        let site = Site::new(false).await;
        let known = (way.prepare)(&site).await;
        let answer = (way.step)(&site, &known).await;
        let mut opening = 0;
        for text in captured(&answer) {
            let call =
                Call::new(Method::GET, "/get-session").header("authorization", &format!("Bearer {text}"));
            opening += usize::from(call.send(&site.app).await.text() != "null");
        }
        assert!(opening > 0, "{}: {answer:?}", way.route);
    }
}

#[tokio::test]
async fn nobody_gets_more_sessions_than_there_may_be_by_any_way() {
    for way in WAYS {
        let options = SessionOptions { max_per_user: NonZeroU32::new(1), ..SessionOptions::default() };
        let site = Site::with(false, |builder| builder.session(options)).await;
        // Which session is the oldest, their times tell.
        site.app.clock.advance(Duration::from_secs(1));
        let known = (way.prepare)(&site).await;
        site.app.clock.advance(Duration::from_secs(1));
        let answer = (way.step)(&site, &known).await;
        assert!(signs_in(&site, &answer).await, "{}: {answer:?}", way.route);
        let now = site.app.auth.now();
        let user = site.app.auth.store().user_by_email(&Email::parse(EMAIL).unwrap()).await.unwrap().unwrap();
        let sessions = site.app.auth.store().sessions_of(&user.id, now).await.unwrap();
        assert!(sessions.len() <= 1, "{}: {sessions:?}", way.route);
    }
}

#[tokio::test]
async fn an_unproven_address_gets_in_by_what_proves_it_alone() {
    for way in WAYS {
        let Some(expected) = way.lets_unproven_in else { continue };
        let site = Site::new(true).await;
        let known = (way.prepare)(&site).await;
        let answer = (way.step)(&site, &known).await;
        assert_eq!(signs_in(&site, &answer).await, expected, "{}: {answer:?}", way.route);
    }
}

#[tokio::test]
async fn row_59_nobody_gets_in_as_a_user_who_was_deleted() {
    for way in WAYS.iter().filter(|way| way.route != "/sign-up/email") {
        let site = Site::new(false).await;
        let known = (way.prepare)(&site).await;
        let user = site.app.auth.store().user_by_email(&Email::parse(EMAIL).unwrap()).await.unwrap().unwrap();
        site.app.auth.delete_user(&user.id).await.unwrap();
        let answer = (way.step)(&site, &known).await;
        // Whoever has the mailbox may come as somebody new.
        let session = Call::new(Method::GET, "/get-session").cookie(&answer.cookie()).send(&site.app).await;
        assert!(!session.text().contains(user.id.as_str()), "{}: {answer:?}", way.route);
        assert_eq!(site.app.auth.store().user(&user.id).await.unwrap(), None);
    }
}
