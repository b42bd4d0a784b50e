//! The ways to a session.

use hallpass::mailer::MailKind;
use http::Method;
use serde_json::json;

use super::{EMAIL, Known, Site, Way};
use crate::app::{Call, PASSWORD};

fn nothing(_: &Site) -> Known<'_> {
    Box::pin(async { String::new() })
}

pub(super) const WAYS: &[Way] = &[
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
    Way {
        route: "/sign-in/username",
        prepare: nothing,
        step: |site, _| {
            let body = json!({"username": "somebody", "password": PASSWORD});
            Box::pin(async move { site.app.post("/sign-in/username", body).await })
        },
        hands_over: false,
        lets_unproven_in: Some(false),
    },
    Way {
        route: "/sign-in/email-otp",
        prepare: |site| Box::pin(site.code("sign-in", MailKind::SignInCode)),
        step: |site, code| {
            let body = json!({"email": EMAIL, "otp": code});
            Box::pin(async move { site.app.post("/sign-in/email-otp", body).await })
        },
        hands_over: false,
        lets_unproven_in: Some(true),
    },
    Way {
        route: "/email-otp/verify-email",
        prepare: |site| Box::pin(site.code("email-verification", MailKind::VerifyEmailCode)),
        step: |site, code| {
            let body = json!({"email": EMAIL, "otp": code});
            Box::pin(async move { site.app.post("/email-otp/verify-email", body).await })
        },
        hands_over: false,
        lets_unproven_in: Some(true),
    },
    Way {
        route: "/sign-in/anonymous",
        prepare: nothing,
        step: |site, _| Box::pin(async move { site.app.post("/sign-in/anonymous", json!({})).await }),
        hands_over: false,
        // There is no address that could be proven.
        lets_unproven_in: Some(true),
    },
];
