//! Mail, as flows hand it over.

use std::error::Error as StdError;
use std::fmt::{self, Debug};

use async_trait::async_trait;

use crate::types::Email;

/// A mail to be sent: what it is about, not how it looks.
#[derive(Clone)]
#[non_exhaustive]
pub struct Mail {
    /// To whom.
    pub to: Email,
    /// Why.
    pub kind: MailKind,
    /// The name of the user, as far as known.
    pub user_name: Option<String>,
    /// The link that does what the mail is about. Whoever has it can do it: a secret.
    pub url: String,
    /// The token within the link. A secret.
    pub token: String,
}

impl Mail {
    /// A mail with a link.
    pub fn new(to: Email, kind: MailKind, url: String, token: String) -> Self {
        Self { to, kind, user_name: None, url, token }
    }
}

impl Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
}

/// Sends mail.
///
/// # Contract
/// `send` returns when the mail has been handed to a server that answers for it. It may be slow: flows
/// call it through [`BackgroundTasks`](crate::tasks::BackgroundTasks). It must not log the mail's link
/// or token.
#[async_trait]
pub trait Mailer: Debug + Send + Sync + 'static {
    /// Sends one mail.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

/// The mail was not taken.
#[derive(Debug, thiserror::Error)]
#[error("the mail was not sent")]
pub struct MailError {
    source: Box<dyn StdError + Send + Sync>,
}

impl MailError {
    /// With what the transport said.
    pub fn new(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { source: source.into() }
    }
}
