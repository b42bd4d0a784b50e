//! What is said to the builder about mail, and what `build()` holds against it.

use std::sync::Arc;
use std::time::Duration;

use super::{AuthBuilder, BuildError};
use crate::http_client::HttpClient;
use crate::mail_options::{ChangeEmail, EmailVerification, LONGEST_LINK, PasswordReset, UserDeletion};
use crate::mailer::{MailTemplates, Mailer};
use crate::origin::TrustedOrigins;
use crate::tasks::BackgroundTasks;

impl AuthBuilder {
    /// Who sends mail. With one, users can reset their password and prove their address. Needs
    /// [`background_tasks`](Self::background_tasks). Default: nobody.
    pub fn mailer(mut self, mailer: impl Mailer) -> Self {
        self.mailer = Some(Arc::new(mailer));
        self
    }

    /// How mails look. Default: a few plain sentences in English, in the name of the base URL's host
    /// ([`PlainTemplates`](crate::mailer::PlainTemplates)).
    pub fn mail_templates(mut self, templates: impl MailTemplates) -> Self {
        self.mail_templates = Some(Arc::new(templates));
        self
    }

    /// Who runs work beside the answer: `hallpass_axum::TokioTasks` on tokio. Default: nobody.
    pub fn background_tasks(mut self, tasks: impl BackgroundTasks) -> Self {
        self.tasks = Some(Arc::new(tasks));
        self
    }

    /// Who sends HTTP requests from the server outwards, for what asks others: providers, captchas. Default:
    /// nobody.
    pub fn http_client(mut self, client: impl HttpClient) -> Self {
        self.http = Some(Arc::new(client));
        self
    }

    /// How addresses are proven by mail.
    pub fn email_verification(mut self, options: EmailVerification) -> Self {
        self.verification = options;
        self
    }

    /// How a new password is set by mail.
    pub fn password_reset(mut self, options: PasswordReset) -> Self {
        self.password_reset = options;
        self
    }

    /// Lets users change their address, by proving the new one. Default: no.
    pub fn change_email(mut self, options: ChangeEmail) -> Self {
        self.change_email = Some(options);
        self
    }

    /// Lets users unlink the last account by which they sign in. Default: no, since they could not get in again.
    pub fn allow_unlinking_all(mut self) -> Self {
        self.unlinks_all = true;
        self
    }

    /// Lets users delete themselves, by their password or a fresh session. Default: no, it is 404.
    pub fn allow_user_deletion(self) -> Self {
        self.user_deletion(UserDeletion::default())
    }

    /// Lets users delete themselves, in the way that `options` say.
    pub fn user_deletion(mut self, options: UserDeletion) -> Self {
        self.user_deletion = Some(options);
        self
    }
}

pub(super) fn check(builder: &AuthBuilder, trusted: &TrustedOrigins) -> Result<(), BuildError> {
    let (verification, reset) = (&builder.verification, &builder.password_reset);
    let deletion = builder.user_deletion.as_ref();
    let lifetimes = [verification.expires_in, reset.expires_in];
    for lifetime in lifetimes.into_iter().chain(deletion.map(|deletion| deletion.expires_in)) {
        if lifetime < Duration::from_secs(1) || lifetime > LONGEST_LINK {
            return Err(BuildError::LinkLifetime(lifetime));
        }
    }
    if let Some(page) = reset.page.as_ref().filter(|page| !trusted.trusts_redirect(page)) {
        return Err(BuildError::ResetPage(page.clone()));
    }
    let has_mailer = builder.mailer.is_some();
    if has_mailer && builder.tasks.is_none() {
        return Err(BuildError::MailerWithoutTasks);
    }
    let verifies = has_mailer && verification.enabled;
    let is_required =
        builder.email_password.as_ref().is_some_and(|options| options.require_email_verification);
    let sends = verifies && (verification.send_on_sign_up != Some(false) || verification.send_on_sign_in);
    if is_required && !sends && !verification.left_to_app {
        return Err(BuildError::VerificationNeverSent);
    }
    if !verifies {
        for (is_wanted, what) in [
            (verification.send_on_sign_up == Some(true), "`EmailVerification::send_on_sign_up`"),
            (verification.send_on_sign_in, "`EmailVerification::send_on_sign_in`"),
        ] {
            if is_wanted {
                return Err(BuildError::MissingMailer(what));
            }
        }
    }
    let changes = builder.change_email.as_ref().is_some_and(|options| !options.update_unverified);
    if changes && !verifies && !verification.left_to_app {
        return Err(BuildError::MissingMailer("a change of address"));
    }
    if deletion.is_some_and(|deletion| deletion.by_mail) && !has_mailer {
        return Err(BuildError::MissingMailer("`UserDeletion::by_mail`"));
    }
    Ok(())
}
