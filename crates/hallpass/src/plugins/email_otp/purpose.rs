//! What codes are for.

use crate::mailer::MailKind;

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
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::VerifyEmail => "email-verification",
            Self::ResetPassword => "forget-password",
            Self::ChangeEmail => "change-email",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        let all = [Self::SignIn, Self::VerifyEmail, Self::ResetPassword, Self::ChangeEmail];
        all.into_iter().find(|purpose| purpose.name() == name)
    }

    pub(super) fn mail(self) -> MailKind {
        match self {
            Self::SignIn => MailKind::SignInCode,
            Self::VerifyEmail => MailKind::VerifyEmailCode,
            Self::ResetPassword => MailKind::ResetPasswordCode,
            Self::ChangeEmail => MailKind::ChangeEmailCode,
        }
    }
}
