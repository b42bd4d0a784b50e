//! Changing an address by a code.

use super::codes::{Subject, Use};
use super::{CodePurpose, EmailOtp, parse, told};
use crate::auth::Auth;
use crate::error::Error;
use crate::flow::change_email::Authority;
use crate::mail_flow_error::MailFlowError;
use crate::model::User;
use crate::session::CurrentSession;
use crate::types::Email;

impl EmailOtp {
    /// Mails a code to the address that is to become the user's. Whether it is somebody else's shows neither in what
    /// this gives nor in how long it takes, as of [`Auth::request_password_reset`].
    ///
    /// # Errors
    /// [`Error::InvalidEmail`]; [`Error::Refused`] when it is not enabled, the address is the same, or `code`, which
    /// was mailed to the old address, is missing or wrong; [`Error::Store`], and whatever a plugin says.
    pub async fn request_email_change(
        &self,
        auth: &Auth,
        current: &CurrentSession,
        new: &str,
        code: Option<&str>,
    ) -> Result<(), Error> {
        let (new, asks_old) = self.other_address(current, new)?;
        if asks_old {
            let code = code.filter(|code| !code.is_empty());
            let code = code.ok_or_else(|| told("OTP is required to verify current email"))?;
            let old = Subject::new(CodePurpose::VerifyEmail, &current.user.email);
            self.prove(auth, &old, code, Use::Once).await?;
        }
        let (plugin, its, user) = (self.clone(), auth.clone(), current.user.clone());
        auth.mail_beside(CodePurpose::ChangeEmail.mail(), async move {
            let is_free = its.inner().store.user_by_email(&new).await?.is_none();
            let code = plugin.issue(&its, &Subject::change(&user.id, &new)).await?;
            plugin.mail(&its, is_free, new, Some(user), CodePurpose::ChangeEmail, code);
            Ok(())
        });
        Ok(())
    }

    /// Makes another address the user's, by the code that was mailed there.
    ///
    /// # Errors
    /// As [`check`](Self::check); [`Error::Refused`] when it is not enabled, or the address is the same or taken;
    /// [`Error::Unauthorized`] when the session has ended meanwhile.
    pub async fn change_to(
        &self,
        auth: &Auth,
        current: &CurrentSession,
        new: &str,
        code: &str,
    ) -> Result<User, Error> {
        let (new, _) = self.other_address(current, new)?;
        self.prove(auth, &Subject::change(&current.user.id, &new), code, Use::Once).await?;
        match auth.replace_email(&current.user, Authority::Session(current), new, Some(true), None).await {
            Err(error) if error.is_conflict() => Err(told("Email already in use")),
            changed => Ok(changed?.ok_or(MailFlowError::UserNotFound)?),
        }
    }

    /// The address that is to become the user's, and whether the old one is asked first.
    fn other_address(&self, current: &CurrentSession, new: &str) -> Result<(Email, bool), Error> {
        let asks_old = self.change_email.ok_or_else(|| told("Change email with OTP is disabled"))?;
        let new = parse(new)?;
        if new == current.user.email { Err(told("Email is the same")) } else { Ok((new, asks_old)) }
    }
}
