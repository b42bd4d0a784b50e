//! The kinds of tokens that there are.

use hallpass::mailer::MailKind;
use http::Method;
use serde_json::{Value, json};

use super::{EMAIL, Token, email};
use crate::app::{Call, PASSWORD};

pub(super) const TOKENS: &[Token] = &[
    Token {
        name: "session token",
        make: |site| Box::pin(async { site.token.clone() }),
        good_for: &["bearer", "revocation of a session"],
    },
    Token {
        name: "session cookie",
        make: |site| Box::pin(async { site.signed() }),
        good_for: &["session cookie", "bearer", "multi-session cookie", "multi-session revocation"],
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
        good_for: &["revocation of a session"],
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
                super::decoded(note.unwrap())
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
    Token {
        name: "session and user in a cookie",
        make: |site| Box::pin(async { site.data.clone() }),
        good_for: &["session and user in a cookie"],
    },
    Token {
        name: "magic link",
        make: |site| {
            Box::pin(site.mailed("/sign-in/magic-link", json!({"email": EMAIL}), MailKind::MagicLink))
        },
        good_for: &["magic link"],
    },
    Token {
        name: "code to sign in",
        make: |site| Box::pin(site.code("sign-in", MailKind::SignInCode)),
        good_for: &["sign-in by a code", "look at a code to sign in"],
    },
    Token {
        name: "code that proves an address",
        make: |site| Box::pin(site.code("email-verification", MailKind::VerifyEmailCode)),
        good_for: &[
            "proof of an address by a code",
            "look at a code that proves an address",
            "wish to change the address",
        ],
    },
    Token {
        name: "code to set a password",
        make: |site| Box::pin(site.code("forget-password", MailKind::ResetPasswordCode)),
        good_for: &["password reset by a code", "look at a code to set a password"],
    },
    Token {
        name: "code to change an address",
        make: |site| {
            Box::pin(async {
                let otp = site.code("email-verification", MailKind::VerifyEmailCode).await;
                let body = json!({"newEmail": "new@example.com", "otp": otp});
                assert_eq!(site.post("/email-otp/request-email-change", body).await.status, 200);
                site.app.mail(MailKind::ChangeEmailCode).otp.unwrap()
            })
        },
        good_for: &["change of address by a code"],
    },
    Token {
        name: "token for another service",
        make: |site| {
            Box::pin(async {
                let call = Call::new(Method::GET, "/token").cookie(&site.cookie);
                call.send(&site.app).await.json()["token"].as_str().unwrap().to_owned()
            })
        },
        good_for: &["another service"],
    },
];
