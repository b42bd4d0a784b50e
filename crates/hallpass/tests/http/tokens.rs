//! Every kind of token against everything that takes one: each is good for what it was made for and for nothing else
//! (row 24). A kind or a taker that is added goes into its list, and is tried against all of the other.

mod kinds;
mod takers;

use std::future::Future;
use std::pin::Pin;

use hallpass::mailer::MailKind;
use hallpass::store::UserChange;
use hallpass::types::Email;
use hallpass::{CookieCache, CookieCacheStrategy, SessionOptions, UserDeletion};
use hallpass_jwt::Jwt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use self::kinds::TOKENS;
use self::takers::TAKERS;
use crate::app::Answer;
use crate::full_app::{PLAIN, assert_lists_every_route, everything};
use crate::mail_app::MailApp;

const EMAIL: &str = "test@example.com";

/// A server with one user, who is signed in.
struct Site {
    app: MailApp,
    jwt: Jwt,
    cookie: String,
    token: String,
    /// What the cookie beside the session's says.
    data: String,
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
    /// The route that is there for it.
    route: Option<&'static str>,
    take: for<'a> fn(&'a Site, &'a str) -> Taken<'a>,
}

impl Site {
    async fn new() -> Self {
        // Of the form that is signed as the tokens of mailed links are.
        let cache = CookieCache { strategy: CookieCacheStrategy::Jwt, ..CookieCache::default() };
        let mut jwt = None;
        let app = MailApp::with(|builder| {
            let (builder, tokens) = everything(builder);
            jwt = Some(tokens);
            builder
                .user_deletion(UserDeletion { by_mail: true, ..UserDeletion::default() })
                .session(SessionOptions { cookie_cache: Some(cache), ..SessionOptions::default() })
        });
        let signed_up = app.sign_up().await;
        app.mailer.take();
        let token = signed_up.json()["token"].as_str().unwrap().to_owned();
        // Of several cookies only the session's.
        let cookies = signed_up.cookie();
        let cookie = cookies.split("; ").next().unwrap().to_owned();
        let data = cookies.split("; ").find_map(|pair| pair.strip_prefix("better-auth.session_data="));
        let data = decoded(data.unwrap());
        Self { app, jwt: jwt.unwrap(), cookie, token, data }
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
        decoded(self.cookie.split_once('=').unwrap().1)
    }

    /// A code that is mailed, of a type as the request has it.
    async fn code(&self, of_type: &str, kind: MailKind) -> String {
        let body = json!({"email": EMAIL, "type": of_type});
        assert_eq!(self.post("/email-otp/send-verification-otp", body).await.status, 200);
        self.app.mail(kind).otp.unwrap()
    }

    async fn proves_address(&self) {
        let user = self.app.auth.store().user_by_email(&email()).await.unwrap().unwrap();
        let proven = UserChange { email_verified: Some(true), ..UserChange::default() };
        self.app.auth.store().update_user(&user.id, &proven).await.unwrap();
    }
}

fn email() -> Email {
    Email::parse(EMAIL).unwrap()
}

fn encoded(token: &str) -> String {
    utf8_percent_encode(token, NON_ALPHANUMERIC).to_string()
}

fn decoded(value: &str) -> String {
    percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned()
}

/// Routes that sign somebody in or change the password, and take no token.
const WITHOUT_TOKEN: &[&str] =
    &["/sign-up/email", "/sign-in/email", "/sign-in/username", "/sign-in/anonymous", "/change-password"];

#[tokio::test]
async fn every_route_that_might_take_a_token_is_in_a_list() {
    let site = Site::new().await;
    let mut taking: Vec<_> = TAKERS.iter().filter_map(|taker| taker.route).collect();
    taking.dedup();
    assert_lists_every_route(&site.app.auth, &[PLAIN, WITHOUT_TOKEN, &taking]);
    for taker in TAKERS {
        let is_taken = TOKENS.iter().any(|token| token.good_for.contains(&taker.name));
        assert!(is_taken, "nothing shows that {} takes anything", taker.name);
    }
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

#[tokio::test]
async fn row_81_a_blank_token_is_taken_by_nothing() {
    for taker in TAKERS {
        for blank in ["", " ", "null", "undefined", "[]", "0", "%00"] {
            let site = Site::new().await;
            assert!(!(taker.take)(&site, blank).await, "{blank:?} presented as {}", taker.name);
            // There is a right one, too, that it could pass for.
            for token in TOKENS.iter().filter(|token| token.good_for.contains(&taker.name)) {
                let site = Site::new().await;
                (token.make)(&site).await;
                let is_taken = (taker.take)(&site, blank).await;
                assert!(!is_taken, "{blank:?} presented as {}, beside a {}", taker.name, token.name);
            }
        }
    }
}
