//! Asking for another address.

use serde::Deserialize;
use serde_json::json;

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request, SessionNeed};
use crate::error::Error;
use crate::flow::limits;
use crate::flow::verification_mail::Step;
use crate::mail_flow_error::MailFlowError;
use crate::mailer::{Mail, MailKind};
use crate::model::User;
use crate::reply::Reply;
use crate::schema::FieldOrder;
use crate::session::CurrentSession;
use crate::shape::{Kind, Shape};
use crate::store::{StoreErrorKind, UserChange};
use crate::types::Email;

/// The way of a change of address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// At once: the old address was never proven.
    AtOnce,
    /// The old address is asked first.
    OldFirst,
    /// The new address is asked.
    New,
}

impl Auth {
    /// Asks for another address of the user who is signed in, as [configured](crate::ChangeEmail): by a mail to the
    /// old one, or to the new one, or at once, the user as changed being given then. `callback` is where links lead
    /// in the end, which the caller has checked.
    ///
    /// Whether the new address is somebody else's shows neither in what this gives nor in what it costs, unless
    /// addresses are replaced at once.
    ///
    /// # Errors
    /// [`MailFlowError::ChangeEmailDisabled`], [`Error::InvalidEmail`], [`MailFlowError::SameEmail`],
    /// [`MailFlowError::ChangeNotPossible`]; [`Error::Unauthorized`] when the user is gone; [`Error::Store`]; and
    /// whatever a plugin says.
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
        let way = if !user.email_verified && options.update_unverified {
            Way::AtOnce
        } else if !self.sends_verification() {
            return Err(MailFlowError::ChangeNotPossible.into());
        } else if user.email_verified && options.confirm_at_old_address {
            Way::OldFirst
        } else {
            Way::New
        };
        let is_free = inner.store.user_by_email(&new).await?.is_none();
        if way == Way::AtOnce {
            return if is_free { replace(self, user, new, callback).await } else { Ok(None) };
        }
        let (step, kind) = match way {
            Way::OldFirst => (Step::Confirm, MailKind::ChangeEmail),
            _ => (Step::Change, MailKind::VerifyEmail),
        };
        let token = self.verification_token(&user.email, Some((&new, step)), &user.id).await?;
        let url = self.token_link("/verify-email", &token, callback);
        let to = if way == Way::OldFirst { user.email.clone() } else { new.clone() };
        let mut mail = Mail::new(to.clone(), kind).about(User { email: to, ..user.clone() }).link(url, token);
        mail.new_email = Some(new);
        // The old address is the asker's own: a mail that comes only for free addresses would tell which are taken.
        self.send_mail_if(is_free || way == Way::OldFirst, mail);
        Ok(None)
    }
}

/// Gives the user the new address, unproven as the old one was.
async fn replace(
    auth: &Auth,
    user: &User,
    new: Email,
    callback: Option<&str>,
) -> Result<Option<User>, Error> {
    let change = UserChange {
        email: Some(new),
        // The old one may have been proven meanwhile; the new one was not.
        email_verified: Some(false),
        if_email: Some(user.email.clone()),
        updated_at: auth.now(),
        ..UserChange::default()
    };
    let changed = match auth.change_user(&user.id, change).await {
        // Somebody else came first: as if it had been taken before.
        Err(Error::Store(error)) if error.kind() == StoreErrorKind::Conflict => return Ok(None),
        changed => changed?.ok_or(Error::Unauthorized)?,
    };
    if auth.sends_verification() {
        auth.mail_verification(true, changed.email.clone(), Some(changed.clone()), callback).await?;
    }
    Ok(Some(changed))
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
            let changed = current.clone().with_user(user, FieldOrder::Stored);
            changed.again(reply, &request.auth, &request.headers)
        }
        None => reply,
    })
}
