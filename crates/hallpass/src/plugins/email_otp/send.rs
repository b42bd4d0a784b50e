//! Making codes and mailing them.

use super::codes::{self, Subject};
use super::{CodePurpose, EmailOtp, parse, told};
use crate::auth::Auth;
use crate::error::Error;
use crate::mailer::Mail;
use crate::model::User;
use crate::types::Email;

impl EmailOtp {
    /// Mails a code. Whether there is such a user shows neither in what this gives nor in how long it takes, as of
    /// [`Auth::request_password_reset`].
    ///
    /// # Errors
    /// [`Error::InvalidEmail`]; [`ResetPasswordDisabled`](crate::MailFlowError::ResetPasswordDisabled), as for
    /// [links](Auth::request_password_reset); [`Error::Refused`] for a [change of address](Self::request_email_change), which has a
    /// way of its own.
    pub async fn send(&self, auth: &Auth, email: &str, purpose: CodePurpose) -> Result<(), Error> {
        let email = parse(email)?;
        if purpose == CodePurpose::ChangeEmail {
            return Err(told("Invalid OTP type"));
        }
        if purpose == CodePurpose::ResetPassword {
            auth.allow_password_reset()?;
        }
        let (plugin, its) = (self.clone(), auth.clone());
        auth.mail_beside(purpose.mail(), async move {
            let user = its.inner().store.user_by_email(&email).await?;
            let code = plugin.issue(&its, &Subject::new(purpose, &email)).await?;
            let is_wanted = user.is_some() || (purpose == CodePurpose::SignIn && plugin.sign_up);
            plugin.mail(&its, is_wanted, email, user, purpose, code);
            Ok(())
        });
        Ok(())
    }

    /// Makes a code and gives it, for the app to hand over itself.
    ///
    /// # Errors
    /// [`Error::InvalidEmail`], [`Error::Store`], and whatever a plugin says.
    pub async fn create(&self, auth: &Auth, email: &str, purpose: CodePurpose) -> Result<String, Error> {
        self.issue(auth, &Subject::new(purpose, &parse(email)?)).await
    }

    pub(super) async fn issue(&self, auth: &Auth, subject: &Subject) -> Result<String, Error> {
        codes::issue(auth, subject, self.length, self.expires_in).await
    }

    pub(super) fn mail(
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
