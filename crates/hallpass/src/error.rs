//! What can go wrong in a flow, and how the wire says it.

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
use crate::store::StoreError;
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
    /// What the client is told. Codes and messages are better-auth's, word for word.
    pub fn wire(&self) -> WireError {
        use StatusCode as S;
        match self {
            Self::InvalidCredentials => {
                WireError::new(S::UNAUTHORIZED, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")
            }
            Self::InvalidEmail => WireError::new(S::BAD_REQUEST, "INVALID_EMAIL", "Invalid email"),
            Self::InvalidPassword => WireError::new(S::BAD_REQUEST, "INVALID_PASSWORD", "Invalid password"),
            Self::EmailNotUpdatable => {
                WireError::new(S::BAD_REQUEST, "EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated")
            }
            Self::AccountNotFound => WireError::new(S::BAD_REQUEST, "ACCOUNT_NOT_FOUND", "Account not found"),
            Self::LastAccount => WireError::new(
                S::BAD_REQUEST,
                "FAILED_TO_UNLINK_LAST_ACCOUNT",
                "You can't unlink your last account",
            ),
            Self::NothingToUpdate => WireError::message_only(S::BAD_REQUEST, "No fields to update"),
            Self::UserDeletionDisabled => WireError::bare(S::NOT_FOUND),
            Self::SessionExpired => WireError::new(
                S::BAD_REQUEST,
                "SESSION_EXPIRED",
                "Session expired. Re-authenticate to perform this action.",
            ),
            Self::InvalidToken => WireError::new(S::NOT_FOUND, "INVALID_TOKEN", "Invalid token"),
            Self::NoPassword => {
                WireError::new(S::BAD_REQUEST, "CREDENTIAL_ACCOUNT_NOT_FOUND", "Credential account not found")
            }
            Self::PasswordAlreadySet => {
                WireError::new(S::BAD_REQUEST, "PASSWORD_ALREADY_SET", "User already has a password set")
            }
            Self::PasswordTooShort => {
                WireError::new(S::BAD_REQUEST, "PASSWORD_TOO_SHORT", "Password too short")
            }
            Self::PasswordTooLong => WireError::new(S::BAD_REQUEST, "PASSWORD_TOO_LONG", "Password too long"),
            Self::EmailTaken => WireError::new(
                S::UNPROCESSABLE_ENTITY,
                "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
                "User already exists. Use another email.",
            ),
            Self::EmailNotVerified => {
                WireError::new(S::FORBIDDEN, "EMAIL_NOT_VERIFIED", "Email not verified")
            }
            Self::EmailPasswordDisabled => {
                WireError::new(S::BAD_REQUEST, "EMAIL_PASSWORD_DISABLED", "Email and password is not enabled")
            }
            Self::SignUpDisabled => WireError::new(
                S::BAD_REQUEST,
                "EMAIL_PASSWORD_SIGN_UP_DISABLED",
                "Email and password sign up is not enabled",
            ),
            Self::Unauthorized => WireError::new(S::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized"),
            Self::SessionNotFresh => {
                WireError::new(S::FORBIDDEN, "SESSION_NOT_FRESH", "Session is not fresh")
            }
            Self::Stateless => WireError::new(
                S::NOT_IMPLEMENTED,
                "STATELESS_SESSIONS",
                "Sessions are in cookies alone and can neither be listed nor ended from elsewhere",
            ),
            Self::SessionLost => {
                WireError::new(S::UNAUTHORIZED, "FAILED_TO_GET_SESSION", "Failed to get session")
            }
            Self::RefreshNotDeferred => WireError::new(
                S::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
                "POST method requires deferSessionRefresh to be enabled in session config",
            ),
            Self::SessionNotCreated => {
                WireError::new(S::UNAUTHORIZED, "FAILED_TO_CREATE_SESSION", "Failed to create session")
            }
            Self::Invalid(issues) => {
                let text = issues.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                WireError::with_message(S::BAD_REQUEST, "VALIDATION_ERROR", text).status_text_is("400")
            }
            Self::FieldNotAllowed(field) => {
                let text = format!("{field} is not allowed to be set");
                WireError::with_message(S::BAD_REQUEST, "FIELD_NOT_ALLOWED", text)
            }
            Self::MissingField(field) => {
                WireError::with_message(S::BAD_REQUEST, "MISSING_FIELD", format!("{field} is required"))
            }
            Self::InvalidField(text) => {
                WireError::with_message(S::BAD_REQUEST, "VALIDATION_ERROR", text.clone())
            }
            Self::UserNotCreated => {
                WireError::new(S::UNPROCESSABLE_ENTITY, "FAILED_TO_CREATE_USER", "Failed to create user")
            }
            Self::UserNotUpdated => {
                WireError::new(S::UNPROCESSABLE_ENTITY, "FAILED_TO_UPDATE_USER", "Failed to update user")
            }
            Self::UnsupportedMediaType { sent, allowed } => {
                let allowed = allowed.join(", ");
                let text = if sent.is_empty() {
                    format!("Content-Type is required. Allowed types: {allowed}")
                } else {
                    format!("Content-Type \"{sent}\" is not allowed. Allowed types: {allowed}")
                };
                WireError::with_message(S::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", text)
                    .status_text_is("415")
            }
            Self::InvalidJson => {
                WireError::new(S::BAD_REQUEST, "BAD_REQUEST", "Invalid JSON in request body")
                    .status_text_is("400")
            }
            Self::BodyTooLarge => {
                WireError::new(S::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", "Request body is too large")
            }
            Self::HeadersTooLarge => WireError::silent(S::REQUEST_HEADER_FIELDS_TOO_LARGE),
            Self::MissingOrNullOrigin => {
                WireError::new(S::FORBIDDEN, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin")
            }
            Self::InvalidOrigin => WireError::new(S::FORBIDDEN, "INVALID_ORIGIN", "Invalid origin"),
            Self::CrossSiteNavigation => WireError::new(
                S::FORBIDDEN,
                "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
                "Cross-site navigation login blocked. This request appears to be a CSRF attack.",
            ),
            Self::InvalidRedirect(parameter) => {
                let (code, message) = match parameter {
                    RedirectParameter::Callback => ("INVALID_CALLBACK_URL", "Invalid callbackURL"),
                    RedirectParameter::RedirectTo => ("INVALID_REDIRECT_URL", "Invalid redirectURL"),
                    RedirectParameter::ErrorCallback => {
                        ("INVALID_ERROR_CALLBACK_URL", "Invalid errorCallbackURL")
                    }
                    RedirectParameter::NewUserCallback => {
                        ("INVALID_NEW_USER_CALLBACK_URL", "Invalid newUserCallbackURL")
                    }
                };
                WireError::new(S::FORBIDDEN, code, message)
            }
            Self::Mail(error) => error.wire(),
            Self::RateLimited { .. } => {
                WireError::message_only(S::TOO_MANY_REQUESTS, "Too many requests. Please try again later.")
                    .status_text_is("Too Many Requests")
            }
            Self::Busy { .. } => WireError::new(
                S::SERVICE_UNAVAILABLE,
                "SERVICE_UNAVAILABLE",
                "The server is busy. Try again shortly.",
            ),
            Self::Challenge(reply) => WireError::bare(reply.status()),
            Self::Refused(wire) => wire.clone(),
            Self::Store(_) | Self::Hash(_) | Self::Internal(_) | Self::UndeclaredField(_) => {
                WireError::silent(S::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

impl Error {
    /// Logs what is the server's fault, with its causes. Whoever turns an error into an answer calls
    /// this; it is silent about what is the client's.
    pub fn log(&self) {
        if !self.wire().status().is_server_error() || matches!(self, Self::Busy { .. }) {
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
