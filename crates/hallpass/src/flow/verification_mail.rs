//! The mail that proves an address: asking for it, and the token in it.

use serde::Deserialize;
use serde_json::json;

use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::endpoint::{Endpoint, Request};
use crate::error::Error;
use crate::flow::limits;
use crate::jwt::{self, Claims};
use crate::mail_flow_error::MailFlowError;
use crate::mailer::{Mail, MailKind};
use crate::model::User;
use crate::reply::Reply;
use crate::session::CurrentSession;
use crate::shape::{Kind, Shape};
use crate::types::{Email, UserId};

/// What a verification link does beside proving the address that it was mailed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Asks the old address: what follows is a mail to the new one.
    Confirm,
    /// Proves the new address: what follows is the change.
    Change,
}

impl Step {
    /// The step of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Confirm, Self::Change].into_iter().find(|step| step.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Confirm => "change-email-confirmation",
            Self::Change => "change-email-verification",
        }
    }
}

impl Auth {
    /// Whether verification mails are sent.
    pub(crate) fn sends_verification(&self) -> bool {
        self.inner().verification.enabled && self.sends_mail()
    }

    /// Mails a link that proves an address. `current` is whoever asks, if somebody is signed in: they can ask for
    /// their own address alone. `callback` is where the link leads in the end, which the caller has checked.
    ///
    /// Where nobody is signed in, whether there is such a user, and whether the address is proven already, shows
    /// neither in what this gives nor in how long it takes, as of
    /// [`request_password_reset`](Self::request_password_reset).
    ///
    /// # Errors
    /// [`MailFlowError::VerificationEmailDisabled`], [`Error::InvalidEmail`]; of who is signed in
    /// [`MailFlowError::EmailMismatch`], [`MailFlowError::EmailAlreadyVerified`], [`Error::Store`], and whatever a
    /// plugin says.
    pub async fn send_verification_email(
        &self,
        email: &str,
        current: Option<&CurrentSession>,
        callback: Option<&str>,
    ) -> Result<(), Error> {
        if !self.sends_verification() {
            return Err(MailFlowError::VerificationEmailDisabled.into());
        }
        let email = Email::parse(email).map_err(|_| Error::InvalidEmail)?;
        let Some(current) = current else {
            let (auth, callback) = (self.clone(), callback.map(str::to_owned));
            self.mail_beside(MailKind::VerifyEmail, async move {
                let found = auth.inner().store.user_by_email(&email).await?;
                let is_wanted = found.as_ref().is_some_and(|user| !user.email_verified);
                auth.mail_verification(is_wanted, email, found, callback.as_deref()).await
            });
            return Ok(());
        };
        if current.user.email != email {
            return Err(MailFlowError::EmailMismatch.into());
        }
        if current.user.email_verified {
            return Err(MailFlowError::EmailAlreadyVerified.into());
        }
        self.mail_verification(true, email, Some(current.user.clone()), callback).await
    }

    /// Mails a link that proves `to`, if it `is_wanted`; otherwise it costs the same.
    pub(crate) async fn mail_verification(
        &self,
        is_wanted: bool,
        to: Email,
        user: Option<User>,
        callback: Option<&str>,
    ) -> Result<(), Error> {
        for plugin in &self.inner().plugins {
            if plugin.mail_verification(self, is_wanted, &to).await? {
                return Ok(());
            }
        }
        let nobody = UserId::from("");
        let id = user.as_ref().map_or(&nobody, |user| &user.id);
        let token = self.verification_token(&to, None, id, self.now()).await?;
        let url = self.token_link("/verify-email", &token, callback);
        let mut mail = Mail::new(to, MailKind::VerifyEmail).link(url, token);
        mail.user = user;
        self.send_mail_if(is_wanted, mail);
        Ok(())
    }

    /// The token of a link to an address of `user`'s. As better-auth has it: signed, not stored, good until it
    /// expires or what it says no longer stands.
    pub(crate) async fn verification_token(
        &self,
        email: &Email,
        change: Option<(&Email, Step)>,
        user: &UserId,
        issued_at: Timestamp,
    ) -> Result<String, Error> {
        let mut claims = Claims::new();
        claims.insert("email".to_owned(), json!(email));
        if let Some((new, step)) = change {
            claims.insert("updateTo".to_owned(), json!(new));
            claims.insert("requestType".to_owned(), json!(step.name()));
        }
        claims.insert("userId".to_owned(), json!(user));
        let now = issued_at.as_millis().div_euclid(1000);
        let lifetime = i64::try_from(self.inner().verification.expires_in.as_secs()).unwrap_or(i64::MAX);
        claims.insert("iat".to_owned(), json!(now));
        claims.insert("exp".to_owned(), json!(now.saturating_add(lifetime)));
        jwt::encode(self.hs256(), &claims).await.map_err(|_| Error::Internal("a token could not be signed"))
    }
}

/// `POST /send-verification-email`.
pub(crate) fn endpoint() -> Endpoint {
    Endpoint::post("/send-verification-email", handle)
        .summary("Mails a link that proves an address")
        .body(Shape::new().field("email", Kind::Email).optional("callbackURL", Kind::String))
        .guards_login()
        .limit(limits::MAILS)
}

#[derive(Deserialize)]
struct Body {
    email: String,
    #[serde(rename = "callbackURL")]
    callback: Option<String>,
}

async fn handle(mut request: Request) -> Result<Reply, Error> {
    let Body { email, callback } = request.body()?;
    if !request.auth.sends_verification() {
        return Err(MailFlowError::VerificationEmailDisabled.into());
    }
    // What comes of it anybody can have: a mail to that address.
    let seen = request.auth.look(&request.headers, true).await?;
    let sent = request.auth.send_verification_email(&email, seen.current.as_ref(), callback.as_deref()).await;
    let reply = match sent {
        Ok(()) => Reply::json(&json!({"status": true})),
        Err(error @ Error::Mail(_)) => Reply::error(&error),
        Err(error) => return Err(error),
    };
    Ok(seen.beside(reply, &request.auth))
}
