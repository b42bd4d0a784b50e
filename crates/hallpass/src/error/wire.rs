//! What clients are told of each error.

use http::StatusCode;

use super::{Error, RedirectParameter};
use crate::wire_error::WireError;

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
