//! Codes that are mailed and typed in: to sign in, to prove an address, to set a password, to change an address.

mod codes;
mod endpoints;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use self::codes::{INVALID_OTP, Subject, Use};
use crate::auth::Auth;
use crate::config::RateLimit;
use crate::endpoint::{Client, Endpoint};
use crate::error::Error;
use crate::events::SecurityEvent;
use crate::flow::mailbox::{self, Newcomer};
use crate::flow::mailed_token::Issued;
use crate::flow::reset_password;
use crate::flow::session::{NewSession, SignedIn};
use crate::mail_flow_error::MailFlowError;
use crate::mailer::{Mail, MailKind};
use crate::model::{Extra, User};
use crate::password::Password;
use crate::plugin::{Exchange, Plugin, SignInMethod};
use crate::reply::Reply;
use crate::session::CurrentSession;
use crate::store::{StoreErrorKind, UserChange};
use crate::types::Email;
use crate::wire_error::WireError;

const ID: &str = "email-otp";

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodePurpose {
    /// To sign in, and up.
    SignIn,
    /// To prove an address.
    VerifyEmail,
    /// To set a new password.
    ResetPassword,
    /// To make another address the user's.
    ChangeEmail,
}

impl CodePurpose {
    /// As clients and better-auth's database name it.
    const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::VerifyEmail => "email-verification",
            Self::ResetPassword => "forget-password",
            Self::ChangeEmail => "change-email",
        }
    }

    fn named(name: &str) -> Option<Self> {
        let all = [Self::SignIn, Self::VerifyEmail, Self::ResetPassword, Self::ChangeEmail];
        all.into_iter().find(|purpose| purpose.name() == name)
    }

    fn mail(self) -> MailKind {
        match self {
            Self::SignIn => MailKind::SignInCode,
            Self::VerifyEmail => MailKind::VerifyEmailCode,
            Self::ResetPassword => MailKind::ResetPasswordCode,
            Self::ChangeEmail => MailKind::ChangeEmailCode,
        }
    }
}

/// Codes of six digits, mailed to who wants to sign in, prove an address, set a new password or change an address. The
/// id is `email-otp`.
///
/// A code is good once, for five minutes, for one purpose and one address, and can be guessed at three times. What is
/// stored of it tells nothing without the secret. It needs a mailer.
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
            limit: RateLimit::new(3, Duration::from_secs(60)),
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

    /// Mails a code. Whether there is such a user shows neither in what this gives nor in what it costs.
    ///
    /// # Errors
    /// [`Error::InvalidEmail`]; [`Error::Refused`] for a [change of address](Self::request_email_change), which has a
    /// way of its own; [`Error::Store`], and whatever a plugin says.
    pub async fn send(&self, auth: &Auth, email: &str, purpose: CodePurpose) -> Result<(), Error> {
        let email = parse(email)?;
        if purpose == CodePurpose::ChangeEmail {
            return Err(told("Invalid OTP type"));
        }
        let user = auth.inner().store.user_by_email(&email).await?;
        let code = self.issue(auth, purpose, email.as_str()).await?;
        let is_wanted = user.is_some() || (purpose == CodePurpose::SignIn && self.sign_up);
        self.mail(auth, is_wanted, email, user, purpose, code);
        Ok(())
    }

    /// Makes a code and gives it, for the app to hand over itself.
    ///
    /// # Errors
    /// [`Error::InvalidEmail`], [`Error::Store`], and whatever a plugin says.
    pub async fn create(&self, auth: &Auth, email: &str, purpose: CodePurpose) -> Result<String, Error> {
        self.issue(auth, purpose, parse(email)?.as_str()).await
    }

    /// Looks whether a code is right. It stays good; a wrong guess counts.
    ///
    /// # Errors
    /// [`Error::InvalidEmail`]; [`Error::Refused`]: `INVALID_OTP`, `OTP_EXPIRED`, `TOO_MANY_ATTEMPTS`;
    /// [`MailFlowError::UserNotFound`]; [`Error::Store`].
    pub async fn check(
        &self,
        auth: &Auth,
        email: &str,
        purpose: CodePurpose,
        code: &str,
    ) -> Result<(), Error> {
        let email = parse(email)?;
        self.prove(auth, purpose, email.as_str(), code, Use::Look).await?;
        // Whoever has the code has the mailbox, and may know.
        auth.inner().store.user_by_email(&email).await?.ok_or(MailFlowError::UserNotFound)?;
        Ok(())
    }

    /// Marks an address as proven by its code, and signs its user in where
    /// [that is configured](crate::EmailVerification::auto_sign_in).
    ///
    /// # Errors
    /// As [`check`](Self::check); and [`Error::Challenge`] and [`Error::Refused`] when a plugin forbids a session, the
    /// address being proven then.
    pub async fn verify_email(
        &self,
        auth: &Auth,
        email: &str,
        code: &str,
        client: &Client,
        headers: Option<&HeaderMap>,
    ) -> Result<(User, Option<SignedIn>), Error> {
        let email = parse(email)?;
        self.prove(auth, CodePurpose::VerifyEmail, email.as_str(), code, Use::Once).await?;
        let user = auth.inner().store.user_by_email(&email).await?.ok_or(MailFlowError::UserNotFound)?;
        let proven = UserChange {
            email_verified: Some(true),
            if_email: Some(email),
            updated_at: auth.now(),
            ..UserChange::default()
        };
        let user = auth.change_user(&user.id, proven).await?.ok_or(MailFlowError::UserNotFound)?;
        if !auth.inner().verification.auto_sign_in {
            return Ok((user, None));
        }
        let signed_in = session(auth, &user, client, headers).await?;
        Ok((user, Some(signed_in)))
    }

    /// Signs in by a code, and up who is new. It proves the mailbox: see [`Auth::prove_mailbox`].
    ///
    /// # Errors
    /// [`Error::Refused`]: `INVALID_OTP`, `OTP_EXPIRED`, `TOO_MANY_ATTEMPTS`; what
    /// [`create_session`](Auth::create_session) gives; for a new user what is wrong with the additional fields, and
    /// whatever a plugin says.
    pub async fn sign_in(
        &self,
        auth: &Auth,
        input: SignInCode,
        headers: Option<&HeaderMap>,
    ) -> Result<SignedIn, Error> {
        let invalid = || Error::Refused(INVALID_OTP);
        let email = Email::parse(&input.email).map_err(|_| invalid())?;
        self.prove(auth, CodePurpose::SignIn, email.as_str(), &input.code, Use::Once).await?;
        let is_new = auth.inner().store.user_by_email(&email).await?.is_none();
        let SignInCode { name, image, extra, client, .. } = input;
        let newcomer =
            (is_new && self.sign_up).then(|| Newcomer::with(auth, name.unwrap_or_default(), image, extra));
        let found = mailbox::user_of(auth, &email, newcomer.transpose()?, &client).await?;
        let (user, _) = found.ok_or_else(invalid)?;
        session(auth, &user, &client, headers).await
    }

    /// Sets a new password by a code, and ends the user's sessions unless they are to be
    /// [kept](crate::PasswordReset::keeps_sessions). It proves the mailbox: see [`Auth::prove_mailbox`].
    ///
    /// # Errors
    /// As [`check`](Self::check); [`Error::PasswordTooShort`], [`Error::PasswordTooLong`], [`Error::Busy`], and
    /// whatever a plugin says.
    pub async fn reset_password(
        &self,
        auth: &Auth,
        email: &str,
        code: &str,
        new: &Password,
    ) -> Result<(), Error> {
        let email = parse(email)?;
        auth.check_new_password(new)?;
        let purpose = CodePurpose::ResetPassword;
        // Looked at first, so that a wrong code costs no hash, and a full queue costs no code.
        self.prove(auth, purpose, email.as_str(), code, Use::Look).await?;
        let user = auth.inner().store.user_by_email(&email).await?.ok_or(MailFlowError::UserNotFound)?;
        let hash = auth.hash_new_password(new).await?;
        let at = self.prove(auth, purpose, email.as_str(), code, Use::Once).await?;
        auth.prove_mailbox(&user.id, &email).await?.ok_or(MailFlowError::UserNotFound)?;
        let ends_sessions = !auth.inner().password_reset.keeps_sessions;
        if ends_sessions {
            auth.revoke_sessions(&user.id).await?;
        }
        let issued = Issued { user: user.id.clone(), email: Some(email), at };
        reset_password::set_password(auth, &issued, &hash).await.map_err(|error| match error {
            Error::Mail(MailFlowError::InvalidResetToken) => Error::Refused(INVALID_OTP),
            error => error,
        })?;
        auth.emit(&SecurityEvent::PasswordChanged { user: user.id.clone() });
        if ends_sessions {
            auth.revoke_sessions(&user.id).await?;
        }
        Ok(())
    }

    /// Mails a code to the address that is to become the user's. Whether it is somebody else's shows neither in what
    /// this gives nor in what it costs.
    ///
    /// # Errors
    /// [`Error::InvalidEmail`]; [`Error::Refused`] when it is not enabled, the address is the same, or `code`, which
    /// was mailed to the old address, is missing or wrong; [`Error::Store`], and whatever a plugin says.
    pub async fn request_email_change(
        &self,
        auth: &Auth,
        current: &CurrentSession,
        new: &str,
        code: Option<&str>,
    ) -> Result<(), Error> {
        let (new, asks_old) = self.other_address(current, new)?;
        if asks_old {
            let code = code.filter(|code| !code.is_empty());
            let code = code.ok_or_else(|| told("OTP is required to verify current email"))?;
            let old = current.user.email.as_str();
            self.prove(auth, CodePurpose::VerifyEmail, old, code, Use::Once).await?;
        }
        let is_free = auth.inner().store.user_by_email(&new).await?.is_none();
        let code = self.issue(auth, CodePurpose::ChangeEmail, &change_of(current, &new)).await?;
        self.mail(auth, is_free, new, Some(current.user.clone()), CodePurpose::ChangeEmail, code);
        Ok(())
    }

    /// Makes another address the user's, by the code that was mailed there.
    ///
    /// # Errors
    /// As [`check`](Self::check); [`Error::Refused`] when it is not enabled, or the address is the same or taken.
    pub async fn change_to(
        &self,
        auth: &Auth,
        current: &CurrentSession,
        new: &str,
        code: &str,
    ) -> Result<User, Error> {
        let (new, _) = self.other_address(current, new)?;
        self.prove(auth, CodePurpose::ChangeEmail, &change_of(current, &new), code, Use::Once).await?;
        let change = UserChange {
            email: Some(new),
            email_verified: Some(true),
            if_email: Some(current.user.email.clone()),
            updated_at: auth.now(),
            ..UserChange::default()
        };
        match auth.change_user(&current.user.id, change).await {
            Err(Error::Store(error)) if error.kind() == StoreErrorKind::Conflict => {
                Err(told("Email already in use"))
            }
            changed => Ok(changed?.ok_or(MailFlowError::UserNotFound)?),
        }
    }

    /// The address that is to become the user's, and whether the old one is asked first.
    fn other_address(&self, current: &CurrentSession, new: &str) -> Result<(Email, bool), Error> {
        let asks_old = self.change_email.ok_or_else(|| told("Change email with OTP is disabled"))?;
        let new = parse(new)?;
        if new == current.user.email { Err(told("Email is the same")) } else { Ok((new, asks_old)) }
    }

    async fn issue(&self, auth: &Auth, purpose: CodePurpose, about: &str) -> Result<String, Error> {
        codes::issue(auth, &Subject::new(purpose, about), self.length, self.expires_in).await
    }

    async fn prove(
        &self,
        auth: &Auth,
        purpose: CodePurpose,
        about: &str,
        code: &str,
        then: Use,
    ) -> Result<crate::clock::Timestamp, Error> {
        codes::check(auth, &Subject::new(purpose, about), code, self.attempts, then).await
    }

    fn mail(
        &self,
        auth: &Auth,
        is_wanted: bool,
        to: Email,
        user: Option<User>,
        purpose: CodePurpose,
        code: String,
    ) {
        let mut mail = Mail::new(to, purpose.mail()).code(code);
        mail.user = user;
        auth.send_mail_if(is_wanted, mail);
    }
}

/// Who signs in by a code.
#[derive(Clone)]
#[non_exhaustive]
pub struct SignInCode {
    /// The address.
    pub email: String,
    /// The code.
    pub code: String,
    /// What a new user is called.
    pub name: Option<String>,
    /// A new user's picture.
    pub image: Option<String>,
    /// A new user's additional fields.
    pub extra: Extra,
    /// Who is calling, to be recorded.
    pub client: Client,
}

impl SignInCode {
    /// By an unknown client.
    pub fn new(email: impl Into<String>, code: impl Into<String>) -> Self {
        let (email, code) = (email.into(), code.into());
        Self { email, code, name: None, image: None, extra: Extra::new(), client: Client::default() }
    }
}

impl std::fmt::Debug for SignInCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInCode").field("email", &self.email).finish_non_exhaustive()
    }
}

async fn session(
    auth: &Auth,
    user: &User,
    client: &Client,
    headers: Option<&HeaderMap>,
) -> Result<SignedIn, Error> {
    let mut new = NewSession::new(user, SignInMethod::Plugin(ID));
    new.client = client.clone();
    new.headers = headers;
    auth.create_session(new).await
}

fn parse(email: &str) -> Result<Email, Error> {
    Email::parse(email).map_err(|_| Error::InvalidEmail)
}

/// What a code for a change of address is about: whose, and to which.
fn change_of(current: &CurrentSession, new: &Email) -> String {
    format!("{}:{}", current.user.id, new.as_str())
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
            let code = self.issue(auth, CodePurpose::VerifyEmail, to.as_str()).await?;
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
            let code = self.issue(auth, CodePurpose::VerifyEmail, email.as_str()).await?;
            self.mail(auth, true, email, None, CodePurpose::VerifyEmail, code);
        }
        Ok(reply)
    }
}
