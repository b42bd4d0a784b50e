//! What a code proves, and what comes of it: a session, an address, a password.

use http::HeaderMap;

use super::codes::{self, INVALID_OTP, Subject, Use};
use super::{CodePurpose, EmailOtp, ID, parse};
use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::endpoint::Client;
use crate::error::Error;
use crate::flow::mailbox::{self, Newcomer};
use crate::flow::mailed_token::Issued;
use crate::flow::reset_password;
use crate::flow::session::{NewSession, SignedIn};
use crate::mail_flow_error::MailFlowError;
use crate::model::{Extra, User};
use crate::password::Password;
use crate::plugin::SignInMethod;
use crate::types::Email;

impl EmailOtp {
    pub(super) async fn prove(
        &self,
        auth: &Auth,
        subject: &Subject,
        code: &str,
        then: Use,
    ) -> Result<Timestamp, Error> {
        codes::check(auth, subject, code, self.attempts, then).await
    }

    /// Looks whether a code is right. It stays good; a wrong guess counts.
    ///
    /// # Errors
    /// [`Error::InvalidEmail`]; [`Error::Refused`]: `INVALID_OTP`, `OTP_EXPIRED`, `TOO_MANY_ATTEMPTS`;
    /// [`MailFlowError::UserNotFound`]; [`Error::Store`]; and whatever a plugin says.
    pub async fn check(
        &self,
        auth: &Auth,
        email: &str,
        purpose: CodePurpose,
        code: &str,
    ) -> Result<(), Error> {
        let email = parse(email)?;
        self.prove(auth, &Subject::new(purpose, &email), code, Use::Look).await?;
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
    ) -> Result<VerifiedByCode, Error> {
        let email = parse(email)?;
        self.prove(auth, &Subject::new(CodePurpose::VerifyEmail, &email), code, Use::Once).await?;
        let user = auth.inner().store.user_by_email(&email).await?.ok_or(MailFlowError::UserNotFound)?;
        let user = auth.mark_proven(&user.id, &email).await?.ok_or(MailFlowError::UserNotFound)?;
        let signed_in = match auth.inner().verification.auto_sign_in {
            true => Some(session(auth, &user, client, headers).await?),
            false => None,
        };
        Ok(VerifiedByCode { user, signed_in })
    }

    /// Signs in by a code, and up who is new. It proves the mailbox: see [`Auth::prove_mailbox`].
    ///
    /// # Errors
    /// [`Error::Refused`]: `INVALID_OTP`, `OTP_EXPIRED`, `TOO_MANY_ATTEMPTS`; what
    /// [`create_session`](Auth::create_session) gives; for a new user what is wrong with the additional fields;
    /// [`Error::Store`]; and whatever a plugin says.
    pub async fn sign_in(
        &self,
        auth: &Auth,
        input: SignInCode,
        headers: Option<&HeaderMap>,
    ) -> Result<SignedIn, Error> {
        let invalid = || Error::Refused(INVALID_OTP);
        let email = Email::parse(&input.email).map_err(|_| invalid())?;
        self.prove(auth, &Subject::new(CodePurpose::SignIn, &email), &input.code, Use::Once).await?;
        let is_new = auth.inner().store.user_by_email(&email).await?.is_none();
        let SignInCode { name, image, extra, client, .. } = input;
        let newcomer =
            (is_new && self.sign_up).then(|| Newcomer::with(auth, name.unwrap_or_default(), image, extra));
        let found =
            mailbox::user_of(auth, &email, newcomer.transpose()?, &client, SignInMethod::Plugin(ID)).await?;
        let found = found.ok_or_else(invalid)?;
        session(auth, &found.user, &client, headers).await
    }

    /// Sets a new password by a code, and ends the user's sessions unless they are to be
    /// [kept](crate::PasswordReset::keeps_sessions). It proves the mailbox: see [`Auth::prove_mailbox`].
    ///
    /// # Errors
    /// As [`check`](Self::check); [`MailFlowError::ResetPasswordDisabled`], [`Error::PasswordTooShort`],
    /// [`Error::PasswordTooLong`], [`Error::Busy`], [`Error::Hash`], and whatever else a plugin says.
    pub async fn reset_password(
        &self,
        auth: &Auth,
        email: &str,
        code: &str,
        new: &Password,
    ) -> Result<(), Error> {
        auth.allow_password_reset()?;
        let email = parse(email)?;
        auth.check_new_password(new)?;
        let subject = Subject::new(CodePurpose::ResetPassword, &email);
        // Looked at first, so that a wrong code costs no hash, and a full queue costs no code.
        self.prove(auth, &subject, code, Use::Look).await?;
        let user = auth.inner().store.user_by_email(&email).await?.ok_or(MailFlowError::UserNotFound)?;
        let hash = auth.hash_new_password(new).await?;
        let at = self.prove(auth, &subject, code, Use::Once).await?;
        let issued = Issued { user: user.id.clone(), email: Some(email.clone()), at };
        // Before the proof, which takes an unproven password away: a code that sets none must not.
        if !reset_password::is_current(auth, &issued, &user).await? {
            return Err(Error::Refused(INVALID_OTP));
        }
        auth.prove_mailbox(&user.id, &email).await?.ok_or(MailFlowError::UserNotFound)?;
        reset_password::set_password(auth, &issued, &hash).await.map_err(|error| match error {
            Error::Mail(MailFlowError::InvalidResetToken) => Error::Refused(INVALID_OTP),
            error => error,
        })
    }
}

/// Whose address was proven by a code.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct VerifiedByCode {
    /// The user.
    pub user: User,
    /// The session that it gave, where [that is configured](crate::EmailVerification::auto_sign_in).
    pub signed_in: Option<SignedIn>,
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
    auth.create_session(NewSession::new(user, SignInMethod::Plugin(ID)).of(client, headers)).await
}
