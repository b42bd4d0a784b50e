//! Codes that are mailed and typed in: to sign in, to prove an address, to set a password, to change an address.

mod change;
mod codes;
mod endpoints;
mod proofs;
mod purpose;
mod send;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::StatusCode;
use serde_json::Value;

use self::codes::Subject;
pub use self::proofs::{SignInCode, VerifiedByCode};
pub use self::purpose::CodePurpose;
use crate::auth::Auth;
use crate::config::RateLimit;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::flow::limits;
use crate::plugin::{Exchange, Plugin};
use crate::reply::Reply;
use crate::types::Email;
use crate::wire_error::WireError;

const ID: &str = "email-otp";

/// Codes of six digits, mailed to who wants to sign in, prove an address, set a new password or change an address. The
/// id is `email-otp`.
///
/// A code is good once, for five minutes, for one purpose and one address, and can be guessed at three times; all codes
/// of an address ten times an hour, counted where [requests are](crate::AuthBuilder::rate_limit_storage). What is
/// stored of a code tells nothing without the secret. It needs a mailer.
#[derive(Debug, Clone)]
pub struct EmailOtp {
    length: usize,
    expires_in: Duration,
    attempts: u32,
    sign_up: bool,
    send_on_sign_up: bool,
    replaces_links: bool,
    change_email: Option<bool>,
    limit: RateLimit,
}

impl Default for EmailOtp {
    fn default() -> Self {
        Self {
            length: 6,
            expires_in: Duration::from_secs(300),
            attempts: 3,
            sign_up: true,
            send_on_sign_up: false,
            replaces_links: false,
            change_email: None,
            limit: limits::MAILS,
        }
    }
}

impl EmailOtp {
    /// Six digits, five minutes, three attempts.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many digits: 6 to 12.
    #[must_use]
    pub fn length(mut self, digits: usize) -> Self {
        self.length = digits;
        self
    }

    /// How long a code is good: from a second to an hour.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.expires_in = lifetime;
        self
    }

    /// How often a code may be guessed at: 1 to 10 times.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Signs in users who are there, and nobody else.
    #[must_use]
    pub fn without_sign_up(mut self) -> Self {
        self.sign_up = false;
        self
    }

    /// Mails a code to prove the address by to everybody who signs up.
    #[must_use]
    pub fn send_on_sign_up(mut self) -> Self {
        self.send_on_sign_up = true;
        self
    }

    /// Mails codes in the place of links wherever an address is to be proven.
    #[must_use]
    pub fn replace_verification_links(mut self) -> Self {
        self.replaces_links = true;
        self
    }

    /// Lets users change their address by a code that is mailed to the new one. With `ask_old_address` a code that was
    /// mailed to the old one is needed first: who has stolen a session alone cannot move the account.
    #[must_use]
    pub fn change_email(mut self, ask_old_address: bool) -> Self {
        self.change_email = Some(ask_old_address);
        self
    }

    /// The limit of each endpoint. Default: 3 requests in a minute.
    #[must_use]
    pub fn limit(mut self, limit: RateLimit) -> Self {
        self.limit = limit;
        self
    }
}

fn parse(email: &str) -> Result<Email, Error> {
    Email::parse(email).map_err(|_| Error::InvalidEmail)
}

fn told(message: &'static str) -> Error {
    Error::Refused(WireError::message_only(StatusCode::BAD_REQUEST, message))
}

#[async_trait]
impl Plugin for EmailOtp {
    fn id(&self) -> &'static str {
        ID
    }

    fn endpoints(self: Arc<Self>) -> Vec<Endpoint> {
        endpoints::of(&self)
    }

    fn check(&self, auth: &Auth) -> Result<(), String> {
        if !auth.sends_mail() {
            return Err("codes go by mail: give `.mailer(…)` and `.background_tasks(…)`".to_owned());
        }
        if !(6..=12).contains(&self.length) {
            return Err(format!("codes of {} digits: take 6 to 12", self.length));
        }
        if !(1..=10).contains(&self.attempts) {
            return Err(format!("{} attempts at a code: take 1 to 10", self.attempts));
        }
        let hour = Duration::from_secs(3600);
        if self.expires_in < Duration::from_secs(1) || self.expires_in > hour {
            return Err(format!(
                "a code that is good for {:?}: take from a second to an hour",
                self.expires_in
            ));
        }
        Ok(())
    }

    async fn mail_verification(&self, auth: &Auth, is_wanted: bool, to: &Email) -> Result<bool, Error> {
        if self.replaces_links {
            let user = auth.inner().store.user_by_email(to).await?;
            let code = self.issue(auth, &Subject::new(CodePurpose::VerifyEmail, to)).await?;
            self.mail(auth, is_wanted && user.is_some(), to.clone(), user, CodePurpose::VerifyEmail, code);
        }
        Ok(self.replaces_links)
    }

    async fn after_request(
        &self,
        auth: &Auth,
        exchange: &Exchange<'_>,
        reply: Reply,
    ) -> Result<Reply, Error> {
        if !(self.send_on_sign_up
            && !self.replaces_links
            && exchange.route.starts_with("/sign-up")
            && reply.status() == StatusCode::OK)
        {
            return Ok(reply);
        }
        // Where sign-ups hide taken addresses, the answer shows the address either way.
        let shown = serde_json::from_slice::<Value>(reply.body()).ok();
        let email = shown.as_ref().and_then(|shown| shown.get("user")?.get("email")?.as_str());
        if let Some(email) = email.and_then(|email| Email::parse(email).ok()) {
            let code = self.issue(auth, &Subject::new(CodePurpose::VerifyEmail, &email)).await?;
            self.mail(auth, true, email, None, CodePurpose::VerifyEmail, code);
        }
        Ok(reply)
    }
}
