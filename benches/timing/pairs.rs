//! The pairs: an answer that knows somebody, and the one that must look like it.

use anyhow::Result;
use bytes::Bytes;
use hallpass::plugins::{EmailOtp, MagicLink};
use hallpass::{AuthBuilder, EmailPassword};
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::server::{KNOWN, PASSWORD, Server, with_passwords};

/// Two requests that must not be told apart by their time.
pub(crate) struct Pair {
    pub(crate) name: &'static str,
    /// What both answer.
    pub(crate) status: u16,
    /// Whether a password is hashed, which takes a thousand times as long as the rest.
    pub(crate) hashes: bool,
    pub(crate) configure: fn(AuthBuilder) -> AuthBuilder,
    /// The request of a round: the first arm's is about a user who exists.
    pub(crate) request: fn(&Server, bool, usize) -> Result<Request<Bytes>>,
}

pub(crate) const PAIRS: &[Pair] = &[
    Pair {
        name: "sign-in: wrong password, unknown address",
        status: 401,
        hashes: true,
        configure: with_passwords,
        request: |_, known, round| {
            let email = address(known, round);
            post("/sign-in/email", &json!({"email": email, "password": "wrong password"}))
        },
    },
    Pair {
        name: "sign-up, hidden: taken address, free one",
        status: 200,
        hashes: true,
        configure: |builder| {
            builder.email_password(EmailPassword { auto_sign_in: false, ..EmailPassword::default() })
        },
        request: |_, known, round| {
            let email = address(known, round);
            post("/sign-up/email", &json!({"name": "Ada Lovelace", "email": email, "password": PASSWORD}))
        },
    },
    Pair {
        name: "password reset: known address, unknown one",
        status: 200,
        hashes: false,
        configure: with_passwords,
        request: |_, known, round| {
            post("/request-password-reset", &json!({"email": address(known, round), "redirectTo": "/reset"}))
        },
    },
    Pair {
        name: "magic link, no sign-up: known, unknown",
        status: 200,
        hashes: false,
        configure: |builder| with_passwords(builder).plugin(MagicLink::new().without_sign_up()),
        request: |_, known, round| post("/sign-in/magic-link", &json!({"email": address(known, round)})),
    },
    Pair {
        name: "e-mailed code, no sign-up: known, unknown",
        status: 200,
        hashes: false,
        configure: |builder| with_passwords(builder).plugin(EmailOtp::new().without_sign_up()),
        // One unknown address, as there is one known: a code takes the place of the last.
        request: |_, known, _| {
            post("/email-otp/send-verification-otp", &json!({"email": address(known, 0), "type": "sign-in"}))
        },
    },
    Pair {
        name: "code to reset by: known address, unknown one",
        status: 200,
        hashes: false,
        configure: |builder| with_passwords(builder).plugin(EmailOtp::new()),
        request: |_, known, _| {
            post("/email-otp/request-password-reset", &json!({"email": address(known, 0)}))
        },
    },
];

/// A known address, or one of the round's own.
fn address(known: bool, round: usize) -> String {
    if known { KNOWN.to_owned() } else { format!("u{round:04}@example.com") }
}

fn post(path: &str, body: &Value) -> Result<Request<Bytes>> {
    let request = Request::post(format!("http://localhost:3000/api/auth{path}"));
    Ok(request.header(CONTENT_TYPE, "application/json").body(body.to_string().into())?)
}
