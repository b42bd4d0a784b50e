//! What can go wrong in the flows that go by mail.

use http::StatusCode;

use crate::wire_error::WireError;

/// Why a flow that goes by mail came to no good end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MailFlowError {
    /// Passwords cannot be reset: it is off, or there is no mailer.
    #[error("resetting passwords is not enabled")]
    ResetPasswordDisabled,
    /// The token of a reset is none, has expired, was used, or the password or address has changed since.
    #[error("invalid reset token")]
    InvalidResetToken,
    /// The user of a reset is gone.
    #[error("the user is gone")]
    UserNotFound,
    /// No verification mails are sent: it is off, or there is no mailer.
    #[error("verification mails are not enabled")]
    VerificationEmailDisabled,
    /// The signed-in user asked for a verification mail for another address.
    #[error("the address is not the user's")]
    EmailMismatch,
    /// The address is proven already.
    #[error("the address is verified already")]
    EmailAlreadyVerified,
    /// The token of a link is none, or stands for an address that is no longer the user's.
    #[error("invalid verification token")]
    InvalidVerification,
    /// The token of a link has expired.
    #[error("the verification token has expired")]
    VerificationExpired,
    /// The user of a link is gone.
    #[error("the user of the verification token is gone")]
    VerificationOfNobody,
    /// Somebody else is signed in than the link is for.
    #[error("the verification token is another user's")]
    VerificationOfAnother,
    /// Somebody else has got the new address meanwhile.
    #[error("the new address has been taken")]
    NewEmailTaken,
    /// Users may not change their address.
    #[error("changing the address is not enabled")]
    ChangeEmailDisabled,
    /// The new address is the present one.
    #[error("the address is the same")]
    SameEmail,
    /// There is no way in which this user could change the address.
    #[error("no mail can be sent for this change of address")]
    ChangeNotPossible,
    /// Users may not delete themselves.
    #[error("deleting users is not enabled")]
    DeletionDisabled,
    /// Nobody is signed in whom the link could delete.
    #[error("nobody is signed in whom the link could delete")]
    DeletionOfNobody,
}

impl MailFlowError {
    /// What the client is told. Codes and messages are better-auth's, word for word.
    pub(crate) fn wire(self) -> WireError {
        use StatusCode as S;
        match self {
            Self::ResetPasswordDisabled => {
                WireError::new(S::BAD_REQUEST, "RESET_PASSWORD_DISABLED", "Reset password isn't enabled")
            }
            Self::InvalidResetToken => WireError::new(S::BAD_REQUEST, "INVALID_TOKEN", "Invalid token"),
            Self::UserNotFound => WireError::new(S::BAD_REQUEST, "USER_NOT_FOUND", "User not found"),
            Self::VerificationEmailDisabled => WireError::new(
                S::BAD_REQUEST,
                "VERIFICATION_EMAIL_NOT_ENABLED",
                "Verification email isn't enabled",
            ),
            Self::EmailMismatch => WireError::new(S::BAD_REQUEST, "EMAIL_MISMATCH", "Email mismatch"),
            Self::EmailAlreadyVerified => {
                WireError::new(S::BAD_REQUEST, "EMAIL_ALREADY_VERIFIED", "Email is already verified")
            }
            Self::InvalidVerification => WireError::new(S::UNAUTHORIZED, "INVALID_TOKEN", "Invalid token"),
            Self::VerificationExpired => WireError::new(S::UNAUTHORIZED, "TOKEN_EXPIRED", "Token expired"),
            Self::VerificationOfNobody => WireError::new(S::UNAUTHORIZED, "USER_NOT_FOUND", "User not found"),
            Self::VerificationOfAnother => WireError::new(S::UNAUTHORIZED, "INVALID_USER", "Invalid user"),
            Self::NewEmailTaken => WireError::new(
                S::UNPROCESSABLE_ENTITY,
                "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
                "User already exists. Use another email.",
            ),
            Self::ChangeEmailDisabled => {
                WireError::new(S::BAD_REQUEST, "CHANGE_EMAIL_DISABLED", "Change email is disabled")
            }
            Self::SameEmail => WireError::message_only(S::BAD_REQUEST, "Email is the same"),
            Self::ChangeNotPossible => {
                WireError::message_only(S::BAD_REQUEST, "Verification email isn't enabled")
            }
            Self::DeletionDisabled => WireError::new(S::NOT_FOUND, "NOT_FOUND", "Not found"),
            Self::DeletionOfNobody => {
                WireError::new(S::NOT_FOUND, "FAILED_TO_GET_USER_INFO", "Failed to get user info")
            }
        }
    }
}
