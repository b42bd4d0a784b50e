//! What can go wrong in a flow, and how the wire says it.

mod wire;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;
use http::header::{HeaderName, HeaderValue, RETRY_AFTER};

use crate::mail_flow_error::MailFlowError;
use crate::password::HashError;
use crate::reply::Reply;
use crate::shape::Issue;
use crate::store::{StoreError, StoreErrorKind};
use crate::wire_error::WireError;

/// Why a flow came to no good end.
///
/// The variants are outcomes, for an app's own code to branch on. What a client is told is
/// [`Error::wire`], in one function; causes go to the log and never to the client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Unknown address, no password, or the wrong one: which of them, nobody is told.
    #[error("invalid e-mail or password")]
    InvalidCredentials,
    /// Not an e-mail address.
    #[error("invalid e-mail address")]
    InvalidEmail,
    /// Not usable as a password.
    #[error("invalid password")]
    InvalidPassword,
    /// There is no password to replace.
    #[error("the user has no password")]
    NoPassword,
    /// There is a password already.
    #[error("the user has a password already")]
    PasswordAlreadySet,
    /// An address is changed on a route of its own.
    #[error("the address cannot be changed this way")]
    EmailNotUpdatable,
    /// The user has no such account.
    #[error("there is no such account")]
    AccountNotFound,
    /// The user could not sign in any more.
    #[error("the last account stays")]
    LastAccount,
    /// Nothing of what may be changed was given.
    #[error("nothing to update")]
    NothingToUpdate,
    /// Users may not delete themselves.
    #[error("deleting users is not enabled")]
    UserDeletionDisabled,
    /// The session is too old to delete its user without the password.
    #[error("the session is too old for this")]
    SessionExpired,
    /// A token that is none, or no longer.
    #[error("invalid token")]
    InvalidToken,
    /// Shorter than the configured minimum.
    #[error("password too short")]
    PasswordTooShort,
    /// Longer than the configured maximum.
    #[error("password too long")]
    PasswordTooLong,
    /// A user with this address exists.
    #[error("the address is taken")]
    EmailTaken,
    /// The password was right, the address is not proven yet.
    #[error("the address is not verified")]
    EmailNotVerified,
    /// Signing in by address and password is off.
    #[error("e-mail and password is not enabled")]
    EmailPasswordDisabled,
    /// Signing up by address and password is off.
    #[error("e-mail and password sign-up is not enabled")]
    SignUpDisabled,
    /// Nobody is signed in.
    #[error("not signed in")]
    Unauthorized,
    /// The session is too old for what was asked.
    #[error("the session is not fresh")]
    SessionNotFresh,
    /// The session disappeared while it was being refreshed.
    #[error("failed to get the session")]
    SessionLost,
    /// What asks for the sessions of a user, where nothing but the browsers' cookies has them
    /// ([`Auth::stateless`](crate::Auth::stateless)).
    #[error("sessions are in cookies alone and can neither be listed nor ended from elsewhere")]
    Stateless,
    /// `POST /get-session` while sessions are refreshed by GET.
    #[error("this route takes no POST in this configuration")]
    RefreshNotDeferred,
    /// No session could be created: the user is gone, or a plugin refused.
    #[error("failed to create a session")]
    SessionNotCreated,
    /// The body or query has another shape than the endpoint declares.
    #[error("invalid input")]
    Invalid(Vec<Issue>),
    /// A field that clients may not set.
    #[error("{0} is not allowed to be set")]
    FieldNotAllowed(String),
    /// A field that must be there.
    #[error("{0} is required")]
    MissingField(String),
    /// A field that breaks a rule of the app's; the text is for whoever sent it.
    #[error("{0}")]
    InvalidField(Cow<'static, str>),
    /// The app's own code set an additional field that is not declared.
    #[error("the additional field {0:?} is not declared")]
    UndeclaredField(String),
    /// No user could be created: another one has the same in a field that is unique.
    #[error("failed to create a user")]
    UserNotCreated,
    /// The user could not be changed: another one has the same in a field that is unique.
    #[error("failed to update the user")]
    UserNotUpdated,
    /// The body is of a media type that the endpoint does not take.
    #[error("unsupported media type")]
    UnsupportedMediaType {
        /// The `Content-Type` as sent; empty when there was none.
        sent: String,
        /// What the endpoint takes.
        allowed: &'static [&'static str],
    },
    /// The body is no JSON.
    #[error("the body is no JSON")]
    InvalidJson,
    /// The body is larger than the configured limit.
    #[error("the body is too large")]
    BodyTooLarge,
    /// The headers are larger than the configured limit.
    #[error("the headers are too large")]
    HeadersTooLarge,
    /// A request that changes something came with cookies but from nowhere that could be told.
    #[error("missing or null Origin")]
    MissingOrNullOrigin,
    /// A request came from an origin that is not trusted.
    #[error("the origin is not trusted")]
    InvalidOrigin,
    /// A navigation from another site tried to sign in.
    #[error("cross-site navigation to a sign-in was blocked")]
    CrossSiteNavigation,
    /// A redirect parameter leads off the trusted origins.
    #[error("untrusted {0}")]
    InvalidRedirect(RedirectParameter),
    /// A flow that goes by mail was refused.
    #[error(transparent)]
    Mail(#[from] MailFlowError),
    /// Too many requests from one address.
    #[error("too many requests")]
    RateLimited {
        /// How long until a request is admitted again.
        retry_after: Duration,
    },
    /// More passwords wait to be hashed than the server will queue.
    #[error("the server is busy")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// A plugin asks for more before there is a session: the client gets this answer.
    #[error("a plugin asks for more")]
    Challenge(Box<Reply>),
    /// An answer that a plugin spells out.
    #[error("{0}")]
    Refused(WireError),
    /// The store failed.
    #[error("store failure")]
    Store(#[from] StoreError),
    /// Hashing failed.
    #[error("password hashing failure")]
    Hash(#[source] HashError),
    /// Anything that should not happen.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

/// The parameters that name where to go next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedirectParameter {
    /// `callbackURL`
    Callback,
    /// `redirectTo`
    RedirectTo,
    /// `errorCallbackURL`
    ErrorCallback,
    /// `newUserCallbackURL`
    NewUserCallback,
}

impl RedirectParameter {
    /// Every one of them, with the name that a body or query uses.
    pub const ALL: [(&'static str, Self); 4] = [
        ("callbackURL", Self::Callback),
        ("redirectTo", Self::RedirectTo),
        ("errorCallbackURL", Self::ErrorCallback),
        ("newUserCallbackURL", Self::NewUserCallback),
    ];

    /// What better-auth calls it in messages.
    fn label(self) -> &'static str {
        match self {
            Self::Callback => "callbackURL",
            Self::RedirectTo => "redirectURL",
            Self::ErrorCallback => "errorCallbackURL",
            Self::NewUserCallback => "newUserCallbackURL",
        }
    }

    pub(crate) fn not_a_string(self) -> Error {
        let message = format!("Invalid {}: expected a string", self.label());
        Error::Refused(WireError::message_only(StatusCode::BAD_REQUEST, message))
    }
}

impl fmt::Display for RedirectParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl From<HashError> for Error {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy { retry_after } => Self::Busy { retry_after },
            other => Self::Hash(other),
        }
    }
}

impl Error {
    /// Whether a unique value was taken: an address, an account, an additional field. Nothing was written then.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.kind() == StoreErrorKind::Conflict)
    }

    /// Logs what is the server's fault, with its causes. Whoever turns an error into an answer calls
    /// this; it is silent about what is the client's.
    pub fn log(&self) {
        if !self.wire().status().is_server_error() || matches!(self, Self::Busy { .. } | Self::Stateless) {
            return;
        }
        let mut causes = String::new();
        let mut source = StdError::source(self);
        while let Some(cause) = source {
            causes.push_str(": ");
            causes.push_str(&cause.to_string());
            source = cause.source();
        }
        tracing::error!("{self}{causes}");
    }
}

impl Reply {
    /// What clients are told of `error`.
    pub fn error(error: &Error) -> Self {
        let after = |name, span: &Duration| {
            let seconds = u64::try_from(span.as_millis().div_ceil(1000).max(1)).unwrap_or(u64::MAX);
            Self::refusal(&error.wire()).header(name, HeaderValue::from(seconds))
        };
        match error {
            Error::Challenge(reply) => (**reply).clone(),
            Error::RateLimited { retry_after } => after(X_RETRY_AFTER, retry_after),
            Error::Busy { retry_after } => after(RETRY_AFTER, retry_after),
            _ => Self::refusal(&error.wire()),
        }
    }
}

/// better-auth's own name for `Retry-After`, in seconds.
const X_RETRY_AFTER: HeaderName = HeaderName::from_static("x-retry-after");
