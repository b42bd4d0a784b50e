//! Every way to a session against everything that forbids one (SECURITY rule 7): no way in is weaker than another. A
//! route that might sign somebody in, and is in neither of the lists, fails the test.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use hallpass::mailer::MailKind;
use hallpass::plugin::{Decision, Plugin, SignInAttempt};
use hallpass::plugins::{MagicLink, MultiSession, OneTimeToken};
use hallpass::types::Email;
use hallpass::{Auth, EmailPassword, EmailVerification, Error, WireError};
use http::{Method, StatusCode};
use serde_json::json;

use crate::app::{Answer, Call, PASSWORD};
use crate::mail_app::{MailApp, path_of};

const EMAIL: &str = "test@example.com";

/// Refuses every session once it is told to: a ban.
#[derive(Debug, Clone, Default)]
struct Gate(Arc<AtomicBool>);

#[async_trait]
impl Plugin for Gate {
    fn id(&self) -> &'static str {
        "gate"
    }

    async fn before_session(&self, _: &Auth, _: &SignInAttempt<'_>) -> Result<Decision, Error> {
        if self.0.load(Ordering::SeqCst) {
            return Ok(Decision::Refuse(WireError::new(StatusCode::FORBIDDEN, "BANNED_USER", "Banned")));
        }
        Ok(Decision::Continue)
    }
}

struct Site {
    app: MailApp,
    gate: Gate,
}

impl Site {
    /// With a user; whose address must be proven first, and is not, where `is_strict`.
    async fn new(is_strict: bool) -> Self {
        let gate = Gate::default();
        let app = MailApp::with(|builder| {
            builder
                .email_password(EmailPassword {
                    require_email_verification: is_strict,
                    ..EmailPassword::default()
                })
                .email_verification(EmailVerification { auto_sign_in: true, ..EmailVerification::default() })
                .plugin(MagicLink::new())
                .plugin(MultiSession::new())
                .plugin(OneTimeToken::new())
                .plugin(gate.clone())
        });
        app.sign_up().await;
        app.mailer.take();
        Self { app, gate }
    }

    async fn mailed(&self, path: &str, kind: MailKind) -> String {
        let answer = self.app.post(path, json!({"email": EMAIL, "callbackURL": "/x"})).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        path_of(&self.app.mail(kind))
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

fn nothing(_: &Site) -> Known<'_> {
    Box::pin(async { String::new() })
}

const WAYS: &[Way] = &[
    Way {
        route: "/sign-up/email",
        prepare: nothing,
        step: |site, _| {
            let body = json!({"name": "B", "email": "other@example.com", "password": PASSWORD});
            Box::pin(async move { site.app.post("/sign-up/email", body).await })
        },
        hands_over: false,
        lets_unproven_in: Some(false),
    },
    Way {
        route: "/sign-in/email",
        prepare: nothing,
        step: |site, _| Box::pin(async move { site.app.sign_in(PASSWORD).await }),
        hands_over: false,
        lets_unproven_in: Some(false),
    },
    Way {
        route: "/change-password",
        prepare: |site| Box::pin(site.cookie()),
        step: |site, cookie| {
            let body = json!({
                "currentPassword": PASSWORD, "newPassword": "another password", "revokeOtherSessions": true
            });
            Box::pin(async move { site.app.post_as("/change-password", cookie, body).await })
        },
        hands_over: false,
        lets_unproven_in: None,
    },
    Way {
        route: "/verify-email",
        prepare: |site| Box::pin(site.mailed("/send-verification-email", MailKind::VerifyEmail)),
        step: |site, link| Box::pin(async move { site.app.get(link).await }),
        hands_over: false,
        // Following the link is what proves the address.
        lets_unproven_in: Some(true),
    },
    Way {
        route: "/magic-link/verify",
        prepare: |site| Box::pin(site.mailed("/sign-in/magic-link", MailKind::MagicLink)),
        step: |site, link| Box::pin(async move { site.app.get(link).await }),
        hands_over: false,
        lets_unproven_in: Some(true),
    },
    Way {
        route: "/one-time-token/verify",
        prepare: |site| {
            Box::pin(async move {
                let cookie = site.cookie().await;
                let call = Call::new(Method::GET, "/one-time-token/generate").cookie(&cookie);
                call.send(&site.app).await.json()["token"].as_str().unwrap().to_owned()
            })
        },
        step: |site, token| {
            Box::pin(async move { site.app.post("/one-time-token/verify", json!({"token": token})).await })
        },
        hands_over: true,
        lets_unproven_in: None,
    },
    Way {
        route: "/multi-session/set-active",
        prepare: |site| Box::pin(site.cookie()),
        step: |site, cookie| {
            Box::pin(async move {
                let session = Call::new(Method::GET, "/get-session").cookie(cookie).send(&site.app).await;
                let token = session.json()["session"]["token"].clone();
                site.app.post_as("/multi-session/set-active", cookie, json!({"sessionToken": token})).await
            })
        },
        hands_over: true,
        lets_unproven_in: None,
    },
];

/// Routes whose names sound like ways in, and that give nobody a session.
const NONE: &[&str] = &[
    "/sign-out",
    "/sign-in/magic-link",
    "/one-time-token/generate",
    "/send-verification-email",
    "/verify-password",
    "/request-password-reset",
    "/reset-password",
    "/reset-password/:token",
    "/delete-user/callback",
];

#[tokio::test]
async fn every_route_that_might_sign_in_is_in_a_list() {
    let site = Site::new(false).await;
    let sounds =
        ["sign", "verify", "callback", "token", "active", "password", "otp", "link/", "verification"];
    for endpoint in site.app.auth.endpoints() {
        let path = endpoint.path();
        let is_listed = NONE.contains(&path) || WAYS.iter().any(|way| way.route == path);
        assert!(is_listed || !sounds.iter().any(|sound| path.contains(sound)), "{path}");
    }
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

#[tokio::test]
async fn whom_a_plugin_refuses_gets_no_session_by_any_way() {
    for way in WAYS {
        let site = Site::new(false).await;
        let known = (way.prepare)(&site).await;
        let sessions = site.app.rows("session");
        site.gate.0.store(true, Ordering::SeqCst);
        let answer = (way.step)(&site, &known).await;
        // A session that is handed over is one that was refused nothing: it ends where the user is banned.
        assert_eq!(signs_in(&site, &answer).await, way.hands_over, "{}: {answer:?}", way.route);
        assert!(site.app.rows("session") <= sessions, "{}", way.route);
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
async fn nobody_gets_in_as_a_user_who_was_deleted() {
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
