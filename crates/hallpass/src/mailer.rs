//! Mail, as flows hand it over.

mod templates;

use std::error::Error as StdError;
use std::fmt::{self, Debug};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};

pub use self::templates::{MailTemplates, PlainTemplates, Rendered};
use crate::model::User;
use crate::types::Email;

/// A mail to be sent: what it is about, and how it looks.
#[derive(Clone)]
#[non_exhaustive]
pub struct Mail {
    /// To whom.
    pub to: Email,
    /// Why.
    pub kind: MailKind,
    /// The user whom it is about, as far as there is one. The name is the user's own words: whoever signs up
    /// with somebody else's address can write there what they please.
    pub user: Option<User>,
    /// The address that the user's is to become ([`MailKind::ChangeEmail`]).
    pub new_email: Option<Email>,
    /// The link that does what the mail is about. Whoever has it can do it: a secret.
    pub url: Option<String>,
    /// The token within the link. A secret.
    pub token: Option<String>,
    /// A code to be typed in. A secret.
    pub otp: Option<String>,
    /// What who asked for the mail added for whoever sends it: a client's words, looked at by nobody.
    pub metadata: Option<Map<String, Value>>,
    /// The subject; empty until the mail is [rendered](MailTemplates).
    pub subject: String,
    /// The body as plain text; empty until the mail is rendered.
    pub text: String,
    /// The body as HTML; empty until the mail is rendered.
    pub html: String,
}

impl Mail {
    /// A mail about nothing but its kind.
    pub fn new(to: Email, kind: MailKind) -> Self {
        Self {
            to,
            kind,
            user: None,
            new_email: None,
            url: None,
            token: None,
            otp: None,
            metadata: None,
            subject: String::new(),
            text: String::new(),
            html: String::new(),
        }
    }

    /// With the user whom it is about.
    #[must_use]
    pub fn about(mut self, user: User) -> Self {
        self.user = Some(user);
        self
    }

    /// With a link, and the token within it.
    #[must_use]
    pub fn link(mut self, url: impl Into<String>, token: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self.token = Some(token.into());
        self
    }

    /// With a code to be typed in.
    #[must_use]
    pub fn code(mut self, otp: impl Into<String>) -> Self {
        self.otp = Some(otp.into());
        self
    }
}

impl Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever has the link, the token or the code can do what the mail is about.
        f.debug_struct("Mail").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MailKind {
    /// Proves that the address is the user's.
    VerifyEmail,
    /// Lets the user set a new password.
    ResetPassword,
    /// Asks, at the old address, whether the user's address may become another.
    ChangeEmail,
    /// Lets the user be deleted.
    DeleteAccount,
    /// Tells a user that somebody tried to sign up with the user's address. No link, nothing to be done.
    ExistingUserSignUp,
    /// Signs in.
    MagicLink,
    /// A code to sign in by.
    SignInCode,
    /// A code that proves that the address is the user's.
    VerifyEmailCode,
    /// A code to set a new password by.
    ResetPasswordCode,
    /// A code, sent to the new address, that makes it the user's.
    ChangeEmailCode,
    /// What a plugin sends, by a name of the plugin's own.
    Plugin(&'static str),
}

impl MailKind {
    /// The name, in lower case and with hyphens: `reset-password`.
    pub fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify-email",
            Self::ResetPassword => "reset-password",
            Self::ChangeEmail => "change-email",
            Self::DeleteAccount => "delete-account",
            Self::ExistingUserSignUp => "existing-user-sign-up",
            Self::MagicLink => "magic-link",
            Self::SignInCode => "sign-in-code",
            Self::VerifyEmailCode => "email-verification-code",
            Self::ResetPasswordCode => "forget-password-code",
            Self::ChangeEmailCode => "change-email-code",
            Self::Plugin(name) => name,
        }
    }
}

/// Sends mail.
///
/// # Contract
/// `send` returns when the mail has been handed to a server that answers for it. It may be slow, fail and
/// panic: it runs beside the answer, through [`BackgroundTasks`](crate::tasks::BackgroundTasks). It gives up
/// by itself on a server that does not answer. It passes the address on as one address, and not as text to be
/// read once more. It must not log the mail's link, token or code.
#[async_trait]
pub trait Mailer: Debug + Send + Sync + 'static {
    /// Sends one mail.
    ///
    /// # Errors
    /// [`MailError`] when no server took it.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

#[async_trait]
impl<M: Mailer + ?Sized> Mailer for Arc<M> {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        (**self).send(mail).await
    }
}

/// The mail was not taken.
#[derive(Debug, thiserror::Error)]
#[error("the mail was not sent")]
pub struct MailError {
    source: Box<dyn StdError + Send + Sync>,
}

impl MailError {
    /// With what the transport said. It goes to the log: it must not hold the mail's link, token or code.
    pub fn new(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { source: source.into() }
    }
}
