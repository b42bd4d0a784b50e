//! Setting a new password by a link that is mailed.

use std::time::Duration;

use http::Method;
use serde::Deserialize;
use serde_json::json;

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request};
use crate::error::Error;
use crate::events::SecurityEvent;
use crate::flow::limits;
use crate::flow::mailed_token::{Issued, RESET_PASSWORD};
use crate::flow::password::credential_account;
use crate::flow::sessions;
use crate::links::encode_component;
use crate::mail_flow_error::MailFlowError;
use crate::mailer::{Mail, MailKind};
use crate::model::{Account, User, Verification};
use crate::password::{Password, PasswordHash};
use crate::plugin::SessionEnd;
use crate::reply::Reply;
use crate::shape::{Kind, Shape};
use crate::types::{Email, UserId};

/// How often a password that changes meanwhile is looked at anew.
const TRIES: usize = 3;
/// For how long at least it is known that a password was set by mail: longer than any code is good.
const KNOWN_FOR: Duration = Duration::from_secs(24 * 3600);

impl Auth {
    /// Mails the user with this address a link to set a new password by. `page` is where the link leads in the
    /// end, with `?token=…`: an absolute URL or a path from the root, which the caller has checked.
    ///
    /// Whether there is such a user shows neither in what this gives nor in how long it takes: all that depends on it is
    /// done [beside the answer](crate::tasks::BackgroundTasks), and what fails of it is told as
    /// [`MailNotSent`](SecurityEvent::MailNotSent).
    ///
    /// # Errors
    /// [`MailFlowError::ResetPasswordDisabled`] and [`Error::InvalidEmail`].
    pub async fn request_password_reset(&self, email: &str, page: Option<&str>) -> Result<(), Error> {
        self.allow_password_reset()?;
        let email = Email::parse(email).map_err(|_| Error::InvalidEmail)?;
        let page = page.filter(|page| !page.is_empty()).or(self.inner().password_reset.page.as_deref());
        let page = encode_component(page.unwrap_or_default());
        let auth = self.clone();
        self.mail_beside(MailKind::ResetPassword, async move {
            let inner = auth.inner();
            let user = inner.store.user_by_email(&email).await?;
            let token = RESET_PASSWORD.issue(&auth, user.as_ref(), inner.password_reset.expires_in).await?;
            let to = user.as_ref().map_or(email, |user| user.email.clone());
            let url = auth.url(&format!("/reset-password/{token}?callbackURL={page}"));
            let mut mail = Mail::new(to, MailKind::ResetPassword).link(url, token);
            let is_known = user.is_some();
            mail.user = user;
            auth.send_mail_if(is_known, mail);
            Ok(())
        });
        Ok(())
    }

    /// Refuses where passwords cannot be set by mail: by a link or by a code.
    pub(crate) fn allow_password_reset(&self) -> Result<(), MailFlowError> {
        let inner = self.inner();
        let is_on = inner.password_reset.enabled && inner.email_password.is_some() && self.sends_mail();
        if is_on { Ok(()) } else { Err(MailFlowError::ResetPasswordDisabled) }
    }

    /// Whether a password can be set by this token now. It takes nothing away.
    ///
    /// # Errors
    /// [`Error::Store`] when the store fails.
    pub async fn is_reset_token(&self, token: &str) -> Result<bool, Error> {
        is_good(self, token, false).await
    }

    /// Sets a new password by a token that was mailed. The token is good once; with it go those that were mailed
    /// before, and the user's sessions, unless they are to be [kept](crate::PasswordReset::keeps_sessions).
    ///
    /// # Errors
    /// [`Error::PasswordTooShort`], [`Error::PasswordTooLong`], [`MailFlowError::InvalidResetToken`],
    /// [`MailFlowError::UserNotFound`], [`Error::Busy`]; [`Error::Store`]: whether the password is set is then not
    /// known, and the user may need another mail; and whatever a plugin says.
    pub async fn reset_password(&self, token: &str, new: &Password) -> Result<(), Error> {
        if token.is_empty() {
            return Err(MailFlowError::InvalidResetToken.into());
        }
        self.check_new_password(new)?;
        let inner = self.inner();
        // Looked at first, so that a token which is none costs no hash, and a full queue costs no token.
        let issued = RESET_PASSWORD.look_at(self, token).await?.ok_or(MailFlowError::InvalidResetToken)?;
        let user = inner.store.user(&issued.user).await?.ok_or(MailFlowError::UserNotFound)?;
        if !is_current(self, &issued, &user).await? {
            return Err(MailFlowError::InvalidResetToken.into());
        }
        let hash = self.hash_new_password(new).await?;
        let issued =
            RESET_PASSWORD.take_issued(self, token).await?.ok_or(MailFlowError::InvalidResetToken)?;
        set_password(self, &issued, &hash).await
    }
}

/// Whether a password can be set by a token, or could if its user were there still.
async fn is_good(auth: &Auth, token: &str, of_nobody: bool) -> Result<bool, Error> {
    let Some(issued) = RESET_PASSWORD.look_at(auth, token).await? else { return Ok(false) };
    let Some(user) = auth.inner().store.user(&issued.user).await? else { return Ok(of_nobody) };
    is_current(auth, &issued, &user).await
}

/// Whether what was mailed still stands: the address is the user's, and no password has been set by mail since.
///
/// One that was set in any other way changes nothing here: whoever has learnt the password would otherwise keep its owner
/// from ever setting another, by changing it again and again.
pub(crate) async fn is_current(auth: &Auth, issued: &Issued, user: &User) -> Result<bool, Error> {
    if issued.email.as_ref().is_some_and(|email| *email != user.email) {
        return Ok(false);
    }
    let last = auth.inner().store.verification(&last_reset(&user.id), auth.now()).await?;
    Ok(last.is_none_or(|last| last.created_at <= issued.at))
}

/// Under what is kept when a password was last set by mail, for as long as an older mail could come back.
fn last_reset(user: &UserId) -> String {
    format!("password-reset-at:{user}")
}

async fn note_reset(auth: &Auth, user: &UserId) -> Result<(), Error> {
    let now = auth.now();
    let noted = Verification {
        id: auth.new_id(),
        identifier: last_reset(user),
        value: String::new(),
        expires_at: now.plus(auth.inner().password_reset.expires_in.max(KNOWN_FOR)),
        created_at: now,
        updated_at: now,
    };
    Ok(auth.inner().store.put_verification(&noted).await?)
}

/// Sets the password of whom a link or a code was issued for, and ends the user's sessions unless they are to be kept.
/// Of several at once one wins.
pub(crate) async fn set_password(auth: &Auth, issued: &Issued, hash: &PasswordHash) -> Result<(), Error> {
    let ends_sessions = !auth.inner().password_reset.keeps_sessions;
    if ends_sessions {
        // Before too: should ending them fail after it, none is left over.
        sessions::end_all(auth, &issued.user, None, SessionEnd::PasswordChanged).await?;
    }
    swap_password(auth, issued, hash).await?;
    auth.emit(&SecurityEvent::PasswordChanged { user: issued.user.clone() });
    if ends_sessions {
        sessions::end_all(auth, &issued.user, None, SessionEnd::PasswordChanged).await?;
    }
    Ok(())
}

async fn swap_password(auth: &Auth, issued: &Issued, hash: &PasswordHash) -> Result<(), Error> {
    let store = &auth.inner().store;
    for _ in 0..TRIES {
        let user = store.user(&issued.user).await?.ok_or(MailFlowError::UserNotFound)?;
        let account = credential_account(auth, &user.id).await?;
        // After the account was read, and noted before it is changed: who loses the race for the account then reads
        // that another has won. What loses it to a change that was not by mail is taken for such a one, and needs another mail.
        if !is_current(auth, issued, &user).await? {
            return Err(MailFlowError::InvalidResetToken.into());
        }
        note_reset(auth, &user.id).await?;
        match account {
            Some(Account { id, password: Some(old), .. }) => {
                if auth.replace_password_hash(&user.id, &id, (&old, hash), false).await? {
                    return Ok(());
                }
            }
            Some(without) => {
                auth.delete_account(&without).await?;
            }
            None => {
                let id = auth.new_id();
                match auth.add_account(Account::credential(id, &user.id, hash.clone(), auth.now())).await {
                    Ok(true) => return Ok(()),
                    Ok(false) => return Err(MailFlowError::UserNotFound.into()),
                    // Another way of setting one came first.
                    Err(error) if error.is_conflict() => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
    Err(MailFlowError::InvalidResetToken.into())
}

/// The endpoints.
pub(crate) fn endpoints() -> [Endpoint; 3] {
    [
        Endpoint::post("/request-password-reset", request_reset)
            .summary("Mails a link to set a new password by")
            .body(Shape::new().field("email", Kind::Email).optional("redirectTo", Kind::String))
            .guards_login()
            .limit(limits::MAILS),
        Endpoint::new(Method::GET, "/reset-password/:token", follow)
            .summary("Leads from the mailed link to the page where the new password is typed in")
            .query(Shape::new().field("callbackURL", Kind::String)),
        Endpoint::post("/reset-password", reset)
            .summary("Sets a new password by a mailed token")
            .query(Shape::new().optional("token", Kind::String))
            .body(Shape::new().field("newPassword", Kind::Password).optional("token", Kind::String)),
    ]
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestBody {
    email: String,
    redirect_to: Option<String>,
}

async fn request_reset(mut request: Request) -> Result<Reply, Error> {
    let RequestBody { email, redirect_to } = request.body()?;
    request.auth.request_password_reset(&email, redirect_to.as_deref()).await?;
    Ok(Reply::json(&json!({
        "status": true,
        "message": "If this email exists in our system, check your email for the reset link",
    })))
}

async fn follow(request: Request) -> Result<Reply, Error> {
    let token = request.params.first().map(|(_, token)| token.as_str()).unwrap_or_default();
    let auth = &request.auth;
    let error_page = auth.url("/error");
    let target = match request.query_text("callbackURL") {
        // That the user is gone is told to whoever sets a password, as better-auth has it.
        Some(page) if is_good(auth, token, true).await? => auth.target_with(page, "token", token),
        page => auth.target_with(page.unwrap_or(&error_page), "error", "INVALID_TOKEN"),
    };
    Ok(Reply::leads_on(&target?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResetBody {
    new_password: String,
    token: Option<String>,
}

async fn reset(mut request: Request) -> Result<Reply, Error> {
    let ResetBody { new_password, token } = request.body()?;
    let token = token.filter(|token| !token.is_empty());
    let token = token.as_deref().or_else(|| request.query_text("token")).unwrap_or_default();
    request.auth.reset_password(token, &new_password.into()).await?;
    Ok(Reply::json(&json!({"status": true})))
}
