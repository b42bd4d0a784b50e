//! Every kind of token against everything that takes one: each is good for what it was made for and for nothing else
//! (row 24). A kind or a taker that is added goes into its list, and is tried against all of the other.

use std::future::Future;
use std::pin::Pin;

use hallpass::mailer::MailKind;
use hallpass::plugins::{Bearer, MultiSession, OneTimeToken};
use hallpass::store::UserChange;
use hallpass::types::Email;
use hallpass::{ChangeEmail, UserDeletion};
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::app::{Answer, Call, PASSWORD};
use crate::mail_app::MailApp;

const EMAIL: &str = "test@example.com";

/// A server with one user, who is signed in.
struct Site {
    app: MailApp,
    cookie: String,
    token: String,
}

type Made<'a> = Pin<Box<dyn Future<Output = String> + Send + 'a>>;
type Taken<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// How a token is come by.
struct Token {
    name: &'static str,
    make: for<'a> fn(&'a Site) -> Made<'a>,
    /// By what it is taken.
    good_for: &'static [&'static str],
}

/// What takes a token, and whether it did.
struct Taker {
    name: &'static str,
    take: for<'a> fn(&'a Site, &'a str) -> Taken<'a>,
}

impl Site {
    async fn new() -> Self {
        let app = MailApp::with(|builder| {
            builder
                .user_deletion(UserDeletion { by_mail: true, ..UserDeletion::default() })
                .change_email(ChangeEmail::default())
                .plugin(Bearer::new())
                .plugin(MultiSession::new())
                .plugin(OneTimeToken::new())
        });
        let signed_up = app.sign_up().await;
        app.mailer.take();
        let token = signed_up.json()["token"].as_str().unwrap().to_owned();
        // Of several cookies only the session's.
        let cookie = signed_up.cookie().split("; ").next().unwrap().to_owned();
        Self { app, cookie, token }
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.app.post_as(path, &self.cookie, body).await
    }

    async fn mailed(&self, path: &str, body: Value, kind: MailKind) -> String {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        self.app.token(kind)
    }

    /// A signed value as the browser has it, decoded.
    fn signed(&self) -> String {
        percent_encoding::percent_decode_str(self.cookie.split_once('=').unwrap().1)
            .decode_utf8()
            .unwrap()
            .into_owned()
    }

    async fn proves_address(&self) {
        let user = self.app.auth.store().user_by_email(&email()).await.unwrap().unwrap();
        let proven = UserChange { email_verified: Some(true), ..UserChange::default() };
        self.app.auth.store().update_user(&user.id, &proven).await.unwrap();
    }
}

const TOKENS: &[Token] = &[
    Token {
        name: "session token",
        make: |site| Box::pin(async { site.token.clone() }),
        good_for: &["bearer"],
    },
    Token {
        name: "session cookie",
        make: |site| Box::pin(async { site.signed() }),
        good_for: &["session cookie", "bearer"],
    },
    Token {
        name: "handle of a session",
        make: |site| {
            Box::pin(async {
                site.app.sign_in(PASSWORD).await;
                let call = Call::new(Method::GET, "/list-sessions").cookie(&site.cookie);
                let sessions = call.send(&site.app).await.json();
                let handles = sessions.as_array().unwrap().iter().map(|session| &session["token"]);
                let handle = handles.filter_map(Value::as_str).find(|handle| handle.starts_with("sha256:"));
                handle.unwrap().to_owned()
            })
        },
        good_for: &[],
    },
    Token {
        name: "signed note not to remember",
        make: |site| {
            Box::pin(async {
                let body = json!({"email": EMAIL, "password": PASSWORD, "rememberMe": false});
                let answer = site.app.post("/sign-in/email", body).await;
                let cookie = answer.cookie();
                let note =
                    cookie.split("; ").find_map(|pair| pair.strip_prefix("better-auth.dont_remember="));
                percent_encoding::percent_decode_str(note.unwrap()).decode_utf8().unwrap().into_owned()
            })
        },
        good_for: &[],
    },
    Token {
        name: "password reset",
        make: |site| {
            Box::pin(site.mailed(
                "/request-password-reset",
                json!({"email": EMAIL, "redirectTo": "/x"}),
                MailKind::ResetPassword,
            ))
        },
        good_for: &["link to a password reset", "password reset"],
    },
    Token {
        name: "e-mail verification",
        make: |site| {
            Box::pin(site.mailed("/send-verification-email", json!({"email": EMAIL}), MailKind::VerifyEmail))
        },
        good_for: &["e-mail verification"],
    },
    Token {
        name: "change of address, asked at the old one",
        make: |site| {
            Box::pin(async {
                site.proves_address().await;
                let body = json!({"newEmail": "new@example.com"});
                site.mailed("/change-email", body, MailKind::ChangeEmail).await
            })
        },
        good_for: &["e-mail verification"],
    },
    Token {
        name: "account deletion",
        make: |site| Box::pin(site.mailed("/delete-user", json!({}), MailKind::DeleteAccount)),
        good_for: &["account deletion", "account deletion by the page"],
    },
    Token {
        name: "one-time token",
        make: |site| {
            Box::pin(async {
                let call = Call::new(Method::GET, "/one-time-token/generate").cookie(&site.cookie);
                call.send(&site.app).await.json()["token"].as_str().unwrap().to_owned()
            })
        },
        good_for: &["one-time token"],
    },
    Token {
        name: "id of the user",
        make: |site| {
            Box::pin(async {
                let store = site.app.auth.store();
                store.user_by_email(&email()).await.unwrap().unwrap().id.to_string()
            })
        },
        good_for: &[],
    },
];

const TAKERS: &[Taker] = &[
    Taker {
        name: "session cookie",
        take: |site, token| {
            Box::pin(async move {
                let cookie = format!("better-auth.session_token={}", encoded(token));
                let call = Call::new(Method::GET, "/get-session").cookie(&cookie);
                call.send(&site.app).await.json() != Value::Null
            })
        },
    },
    Taker {
        name: "bearer",
        take: |site, token| {
            Box::pin(async move {
                let call = Call::new(Method::GET, "/get-session");
                let call = call.header("authorization", &format!("Bearer {token}"));
                call.send(&site.app).await.json() != Value::Null
            })
        },
    },
    Taker {
        name: "multi-session cookie",
        take: |site, token| {
            Box::pin(async move {
                let name = format!("better-auth.session_token_multi-{}", encoded(&token.to_lowercase()));
                let cookie = format!("{name}={}", encoded(token));
                let call = Call::new(Method::POST, "/multi-session/set-active").cookie(&cookie);
                let call = call.header("origin", "http://localhost:3000");
                call.json(&json!({"sessionToken": token})).send(&site.app).await.status == 200
            })
        },
    },
    Taker {
        name: "link to a password reset",
        take: |site, token| {
            Box::pin(async move {
                let path = format!("/reset-password/{}?callbackURL=/x", encoded(token));
                let answer = site.app.get(&path).await;
                answer.header("location").is_some_and(|location| location.contains("token="))
            })
        },
    },
    Taker {
        name: "password reset",
        take: |site, token| {
            Box::pin(async move {
                let body = json!({"newPassword": "another password", "token": token});
                let is_taken = site.app.post("/reset-password", body).await.status == 200;
                let is_changed = site.app.sign_in("another password").await.status == 200;
                assert_eq!(is_taken, is_changed);
                is_taken
            })
        },
    },
    Taker {
        name: "e-mail verification",
        take: |site, token| {
            Box::pin(async move {
                site.app.get(&format!("/verify-email?token={}", encoded(token))).await.status == 200
            })
        },
    },
    Taker {
        name: "account deletion",
        take: |site, token| {
            Box::pin(async move {
                let path = format!("/delete-user/callback?token={}", encoded(token));
                Call::new(Method::GET, &path).cookie(&site.cookie).send(&site.app).await;
                is_deleted(site).await
            })
        },
    },
    Taker {
        name: "account deletion by the page",
        take: |site, token| {
            Box::pin(async move {
                site.post("/delete-user", json!({"token": token})).await;
                is_deleted(site).await
            })
        },
    },
    Taker {
        name: "one-time token",
        take: |site, token| {
            Box::pin(async move {
                site.app.post("/one-time-token/verify", json!({"token": token})).await.status == 200
            })
        },
    },
];

fn email() -> Email {
    Email::parse(EMAIL).unwrap()
}

fn encoded(token: &str) -> String {
    utf8_percent_encode(token, NON_ALPHANUMERIC).to_string()
}

async fn is_deleted(site: &Site) -> bool {
    site.app.auth.store().user_by_email(&email()).await.unwrap().is_none()
}

#[tokio::test]
async fn row_24_every_token_is_good_for_its_purpose_alone() {
    for token in TOKENS {
        for good in token.good_for {
            assert!(TAKERS.iter().any(|taker| taker.name == *good), "{good}");
        }
        for taker in TAKERS {
            let site = Site::new().await;
            let made = (token.make)(&site).await;
            let is_taken = (taker.take)(&site, &made).await;
            assert_eq!(
                is_taken,
                token.good_for.contains(&taker.name),
                "{} presented as {}",
                token.name,
                taker.name
            );
        }
    }
}
