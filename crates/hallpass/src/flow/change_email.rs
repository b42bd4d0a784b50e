//! Asking for another address.

use serde::Deserialize;
use serde_json::json;

use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::endpoint::{Endpoint, Request, SessionNeed};
use crate::error::Error;
use crate::flow::limits;
use crate::flow::password::credential_account;
use crate::flow::verification_mail::Step;
use crate::mail_flow_error::MailFlowError;
use crate::mailer::{Mail, MailKind};
use crate::model::User;
use crate::plugin::Change;
use crate::reply::Reply;
use crate::session::CurrentSession;
use crate::shape::{Kind, Shape};
use crate::store::{StoreErrorKind, UserChange};
use crate::types::Email;

impl Auth {
    /// Asks for another address of the user who is signed in, as [configured](crate::ChangeEmail): by a mail to the
    /// old one, or to the new one, or at once, the user as changed being given then. `callback` is where links lead
    /// in the end, which the caller has checked.
    ///
    /// Whether the new address is somebody else's shows neither in what this gives nor in how long it takes, as of
    /// [`request_password_reset`](Self::request_password_reset), unless addresses are replaced at once.
    ///
    /// # Errors
    /// [`MailFlowError::ChangeEmailDisabled`], [`Error::InvalidEmail`], [`MailFlowError::SameEmail`],
    /// [`MailFlowError::ChangeNotPossible`]; [`Error::Unauthorized`] when the user or the session is gone, or the
    /// address has changed meanwhile; [`Error::Store`]; and whatever a plugin says.
    pub async fn change_email(
        &self,
        current: &CurrentSession,
        new: &str,
        callback: Option<&str>,
    ) -> Result<Option<User>, Error> {
        let inner = self.inner();
        let options = inner.change_email.as_ref().ok_or(MailFlowError::ChangeEmailDisabled)?;
        let new = Email::parse(new).map_err(|_| Error::InvalidEmail)?;
        let user = &current.user;
        if new == user.email {
            return Err(MailFlowError::SameEmail.into());
        }
        if !user.email_verified && options.update_unverified {
            let is_free = inner.store.user_by_email(&new).await?.is_none();
            return if is_free { at_once(self, current, new, callback).await } else { Ok(None) };
        }
        if !self.sends_verification() {
            return Err(MailFlowError::ChangeNotPossible.into());
        }
        // A link is dated by the moment before it is asked whether the session goes on: whoever ends the session after that,
        // by another password, ends the link with it.
        let asked_at = self.now();
        if !Authority::Session(current).stands(self, user).await? {
            return Err(Error::Unauthorized);
        }
        if user.email_verified && options.confirm_at_old_address {
            ask_old_address(self, user, new, callback, asked_at).await?;
        } else {
            ask_new_address(self, user, new, callback, asked_at).await?;
        }
        Ok(None)
    }

    /// Gives the user another address; `None` if the user is gone, or has another than `user` by now, or one that was
    /// proven meanwhile. What is `proven` of the new one is kept as it is said, and of the old one as it was where nothing
    /// is said. One that is not proven is mailed a link.
    ///
    /// Whoever ends the session or the link that asks for it may do so while it is written, to get rid of the asker. So
    /// it is asked whether that stands before **and** after: an end that came in between takes the change back.
    pub(crate) async fn replace_email(
        &self,
        user: &User,
        authority: Authority<'_>,
        new: Email,
        proven: Option<bool>,
        callback: Option<&str>,
    ) -> Result<Option<User>, Error> {
        let change = UserChange {
            email: Some(new.clone()),
            email_verified: proven,
            if_email: Some(user.email.clone()),
            if_email_verified: Some(user.email_verified),
            updated_at: self.now(),
            ..UserChange::default()
        };
        if !authority.stands(self, user).await? {
            return Err(Error::Unauthorized);
        }
        let changed = match authority {
            Authority::Session(current) => {
                self.change_signed_in(&current.user, change).await?.map(|(user, _)| user)
            }
            Authority::Link { .. } => self.change_user(&user.id, change).await?,
        };
        let Some(changed) = changed else { return Ok(None) };
        let stands = authority.stands(self, user).await;
        if !matches!(stands, Ok(true)) {
            self.take_back_email(user, new).await?;
            stands?;
            return Err(Error::Unauthorized);
        }
        if proven == Some(false) && self.sends_verification() {
            self.mail_verification(true, changed.email.clone(), Some(changed.clone()), callback).await?;
        }
        Ok(Some(changed))
    }

    /// Gives the user back the address of before. Plugins are told and not asked: it is no change that could be refused.
    async fn take_back_email(&self, user: &User, new: Email) -> Result<(), Error> {
        let mut back = UserChange {
            email: Some(user.email.clone()),
            email_verified: Some(user.email_verified),
            if_email: Some(new),
            updated_at: self.now(),
            ..UserChange::default()
        };
        let store = &self.inner().store;
        let taken_back = match store.update_user(&user.id, &back).await {
            // Somebody has signed up with it meanwhile: the new one is at least nobody's proof.
            Err(error) if error.kind() == StoreErrorKind::Conflict => {
                tracing::error!(user = %user.id, "a change of address could not be taken back: the old one is taken");
                (back.email, back.email_verified) = (None, Some(false));
                store.update_user(&user.id, &back).await?
            }
            taken_back => taken_back?,
        };
        if taken_back.is_some() {
            self.after(&Change::UpdateUser { user: &user.id, change: &mut back }).await;
        }
        Ok(())
    }
}

/// By what an address changes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Authority<'a> {
    /// Who is signed in.
    Session(&'a CurrentSession),
    /// A link that was mailed.
    Link {
        /// When it was mailed, in whole seconds.
        issued_at: Timestamp,
    },
}

impl Authority<'_> {
    /// Whether it counts for the `user`, as it was read before any change: nobody has ended the session, or set a
    /// password since the link was mailed, perhaps to get rid of whoever had asked for it.
    pub(crate) async fn stands(self, auth: &Auth, user: &User) -> Result<bool, Error> {
        let issued_at = match self {
            Self::Session(current) => return auth.is_live(current).await,
            Self::Link { issued_at } => issued_at,
        };
        Ok(match credential_account(auth, &user.id).await? {
            Some(account) => !is_in_later_second(account.updated_at, issued_at),
            // Where there is none, it may have gone with all else that a stranger had when the mailbox was proven, and
            // the stranger's link with it: nothing of the user may have changed since, nor within the same second.
            None => is_in_later_second(issued_at, user.updated_at),
        })
    }
}

/// Whether a moment is of a later second than a token's, which knows whole ones.
fn is_in_later_second(moment: Timestamp, issued_at: Timestamp) -> bool {
    moment.as_millis().div_euclid(1000) > issued_at.as_millis().div_euclid(1000)
}

/// Gives the user the new address, unproven as the old one was.
async fn at_once(
    auth: &Auth,
    current: &CurrentSession,
    new: Email,
    callback: Option<&str>,
) -> Result<Option<User>, Error> {
    // Said, for the old one may have been proven meanwhile; the new one was not.
    match auth.replace_email(&current.user, Authority::Session(current), new, Some(false), callback).await {
        // Somebody else came first: as if it had been taken before.
        Err(error) if error.is_conflict() => Ok(None),
        changed => changed?.ok_or(Error::Unauthorized).map(Some),
    }
}

/// Mails the old address a link that agrees to the change. It is the asker's own: a mail that came only for free
/// addresses would tell which are taken.
async fn ask_old_address(
    auth: &Auth,
    user: &User,
    new: Email,
    callback: Option<&str>,
    asked_at: Timestamp,
) -> Result<(), Error> {
    let token = auth.verification_token(&user.email, Some((&new, Step::Confirm)), &user.id, asked_at).await?;
    let url = auth.token_link("/verify-email", &token, callback);
    let mut mail = Mail::new(user.email.clone(), MailKind::ChangeEmail).about(user.clone()).link(url, token);
    mail.new_email = Some(new);
    auth.send_mail_if(true, mail);
    Ok(())
}

/// Mails the new address a link, dated `asked_at`, that makes it the user's.
pub(crate) async fn ask_new_address(
    auth: &Auth,
    user: &User,
    new: Email,
    callback: Option<&str>,
    asked_at: Timestamp,
) -> Result<(), Error> {
    let token = auth.verification_token(&user.email, Some((&new, Step::Change)), &user.id, asked_at).await?;
    let url = auth.token_link("/verify-email", &token, callback);
    let about = User { email: new.clone(), ..user.clone() };
    let its = auth.clone();
    auth.mail_beside(MailKind::VerifyEmail, async move {
        // Somebody else's address is not asked, and nobody is told that it is somebody's.
        let is_free = its.inner().store.user_by_email(&new).await?.is_none();
        let mail = Mail::new(new, MailKind::VerifyEmail).about(about).link(url, token);
        its.send_mail_if(is_free && its.sends_verification(), mail);
        Ok(())
    });
    Ok(())
}

/// `POST /change-email`.
pub(crate) fn endpoint() -> Endpoint {
    Endpoint::post("/change-email", handle)
        .summary("Asks for another address of the user")
        .body(Shape::new().field("newEmail", Kind::Email).optional("callbackURL", Kind::String))
        .limit(limits::GUESSES)
        .session(SessionNeed::Sensitive)
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "newEmail")]
    new: String,
    #[serde(rename = "callbackURL")]
    callback: Option<String>,
}

async fn handle(mut request: Request) -> Result<Reply, Error> {
    let Body { new, callback } = request.body()?;
    let current = request.signed_in()?;
    let changed = request.auth.change_email(current, &new, callback.as_deref()).await?;
    let reply = Reply::json(&json!({"status": true}));
    Ok(match changed {
        Some(user) => {
            let mut changed = current.clone();
            changed.user = user;
            changed.again(reply, &request.auth, &request.headers)
        }
        None => reply,
    })
}
