//! What happened that matters for security, as values that an app can subscribe to.

use std::fmt::Debug;
use std::net::IpAddr;
use std::sync::Arc;

use crate::mailer::MailKind;
use crate::types::{SessionId, UserId};

/// Something that a security log wants to know. No variant holds a secret or an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityEvent {
    /// A user was created.
    UserCreated {
        /// The user.
        user: UserId,
        /// From where.
        address: Option<IpAddr>,
    },
    /// A user signed in.
    SignedIn {
        /// The user.
        user: UserId,
        /// The new session.
        session: SessionId,
        /// From where.
        address: Option<IpAddr>,
    },
    /// A sign-in was refused.
    SignInRefused {
        /// Why, more exactly than the client is told.
        reason: RefusalReason,
        /// The user, if the address belongs to one.
        user: Option<UserId>,
        /// From where.
        address: Option<IpAddr>,
    },
    /// A session was ended before its time.
    SessionRevoked {
        /// Whose it was.
        user: UserId,
        /// Which.
        session: SessionId,
    },
    /// A user was deleted.
    UserDeleted {
        /// Who it was.
        user: UserId,
    },
    /// Sessions of one user were ended together.
    SessionsRevoked {
        /// Whose they were.
        user: UserId,
        /// How many.
        count: u64,
    },
    /// Somebody who is signed in gave a wrong password, to change it or to do what asks for it.
    PasswordRefused {
        /// As whom they are signed in.
        user: UserId,
    },
    /// A user has a new password.
    PasswordChanged {
        /// The user.
        user: UserId,
    },
    /// A stored password hash was replaced by a better one of the same password.
    PasswordRehashed {
        /// The user.
        user: UserId,
    },
    /// A mail was not sent: the mailer refused it, failed or panicked; too many waited already; or what goes before it
    /// failed beside an answer that could not tell, or found too many waiting. Whoever waits for it waits in vain.
    MailNotSent {
        /// What it was about.
        kind: MailKind,
        /// The user whom it was about, if there is one.
        user: Option<UserId>,
    },
    /// A rate limit refused a request.
    LimitHit {
        /// The route, as declared.
        route: &'static str,
        /// From where.
        address: Option<IpAddr>,
    },
    /// A request was refused for its origin or for where it wanted to be sent on to.
    OriginRefused {
        /// The route, as declared; `None` for the app's own routes.
        route: Option<&'static str>,
        /// From where.
        address: Option<IpAddr>,
    },
}

/// Why a sign-in was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalReason {
    /// No user has the address.
    UnknownUser,
    /// The user has no password.
    NoPassword,
    /// The password is wrong.
    WrongPassword,
    /// The address is not proven.
    EmailNotVerified,
    /// A plugin refused.
    Plugin,
}

/// Is told of every [`SecurityEvent`].
///
/// # Contract
/// `record` is called on the request's path: it must not block. Hand the event to a channel.
pub trait EventSink: Debug + Send + Sync + 'static {
    /// Takes note of `event`.
    fn record(&self, event: &SecurityEvent);
}

impl<S: EventSink + ?Sized> EventSink for Arc<S> {
    fn record(&self, event: &SecurityEvent) {
        (**self).record(event);
    }
}
