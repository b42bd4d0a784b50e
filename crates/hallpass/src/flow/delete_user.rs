//! Deleting oneself.

use serde::Deserialize;
use serde_json::json;

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request, SessionNeed};
use crate::error::Error;
use crate::events::SecurityEvent;
use crate::flow::limits;
use crate::flow::mailed_token::DELETE_ACCOUNT;
use crate::mail_flow_error::MailFlowError;
use crate::mailer::{Mail, MailKind};
use crate::password::Password;
use crate::plugin::Change;
use crate::reply::Reply;
use crate::session::CurrentSession;
use crate::shape::{Kind, Shape};
use crate::types::UserId;

impl Auth {
    /// Deletes a user with every account and session, for good; `false` if there was none. Of a
    /// [stateless](Self::stateless) server the sessions go on: they are in the browsers' cookies.
    ///
    /// # Errors
    /// Whatever a plugin says; [`Error::Store`]: whether the user is gone is then not known.
    pub async fn delete_user(&self, user: &UserId) -> Result<bool, Error> {
        self.before(&mut Change::DeleteUser { user }).await?;
        let deleted = self.inner().store.delete_user(user).await?;
        if deleted {
            self.after(&Change::DeleteUser { user }).await;
            self.emit(&SecurityEvent::UserDeleted { user: user.clone() });
        }
        Ok(deleted)
    }

    /// Deletes the user who is signed in, who shows to be at the browser still: by the password, or by a session that is
    /// [fresh](crate::SessionOptions::fresh_age). Whether users may delete themselves is the caller's to know.
    ///
    /// # Errors
    /// [`Error::NoPassword`] and [`Error::InvalidPassword`] for the password; [`Error::SessionExpired`] without one, when
    /// the session is not fresh; [`Error::Unauthorized`] when it has ended meanwhile; [`Error::Busy`], [`Error::Store`]:
    /// whether the user is gone is then not known; and whatever a plugin says.
    pub async fn delete_own_user(
        &self,
        current: &CurrentSession,
        password: Option<&Password>,
    ) -> Result<(), Error> {
        match password {
            Some(password) => self.check_own_password(current, password).await?,
            None if !current.is_fresh(self.inner().session.fresh_age, self.now()) => {
                return Err(Error::SessionExpired);
            }
            None => {}
        }
        // The password took its time; a session that was ended meanwhile deletes nobody.
        if !self.is_live(current).await? {
            return Err(Error::Unauthorized);
        }
        self.delete_user(&current.user.id).await.map(drop)
    }

    async fn check_own_password(&self, current: &CurrentSession, password: &Password) -> Result<(), Error> {
        let is_right = self.verify_password(&current.user.id, password).await?;
        if !is_right && !self.has_password(&current.user.id).await? {
            return Err(Error::NoPassword);
        }
        if is_right { Ok(()) } else { Err(Error::InvalidPassword) }
    }

    /// Mails the user who is signed in a link that deletes the user. `callback` is where it leads in the end, which
    /// the caller has checked.
    ///
    /// # Errors
    /// [`MailFlowError::DeletionDisabled`] unless users may delete themselves [by mail](crate::UserDeletion::by_mail);
    /// [`Error::Store`], and whatever a plugin says.
    pub async fn request_user_deletion(
        &self,
        current: &CurrentSession,
        callback: Option<&str>,
    ) -> Result<(), Error> {
        let options = self.inner().user_deletion.as_ref().filter(|options| options.by_mail);
        let lifetime = options.ok_or(MailFlowError::DeletionDisabled)?.expires_in;
        let user = &current.user;
        let token = DELETE_ACCOUNT.issue(self, Some(user), lifetime).await?;
        let url = self.token_link("/delete-user/callback", &token, callback);
        let mail =
            Mail::new(user.email.clone(), MailKind::DeleteAccount).about(user.clone()).link(url, token);
        self.send_mail(mail);
        Ok(())
    }

    /// Deletes the user who is signed in, by a token that was mailed to that user.
    ///
    /// # Errors
    /// [`Error::InvalidToken`]; [`Error::Store`]: whether the user is gone is then not known; and whatever a plugin
    /// says.
    pub async fn delete_user_by_token(&self, current: &CurrentSession, token: &str) -> Result<(), Error> {
        // Taken whoever asks: a token that has come into wrong hands is good no more.
        let issued = DELETE_ACCOUNT.take_issued(self, token).await?.ok_or(Error::InvalidToken)?;
        if issued.user != current.user.id {
            return Err(Error::InvalidToken);
        }
        self.delete_user(&current.user.id).await.map(drop)
    }
}

/// `POST /delete-user`.
pub(crate) fn endpoint() -> Endpoint {
    let body = Shape::new()
        .optional("callbackURL", Kind::String)
        .optional("password", Kind::Password)
        .optional("token", Kind::String);
    Endpoint::post("/delete-user", handle)
        .summary("Deletes the user who is signed in")
        .body(body)
        .limit(limits::GUESSES)
        .session(SessionNeed::Sensitive)
}

#[derive(Deserialize)]
struct Body {
    password: Option<String>,
    token: Option<String>,
    #[serde(rename = "callbackURL")]
    callback: Option<String>,
}

async fn handle(mut request: Request) -> Result<Reply, Error> {
    let Body { password, token, callback } = request.body()?;
    let (auth, current) = (&request.auth, request.signed_in()?);
    let by_mail = auth.inner().user_deletion.as_ref().ok_or(Error::UserDeletionDisabled)?.by_mail;
    // An empty text counts as none, as in JavaScript.
    let password = password.filter(|password| !password.is_empty()).map(Password::from);
    let token = token.filter(|token| !token.is_empty());
    if let Some(password) = password.as_ref().filter(|_| token.is_some() || by_mail) {
        auth.check_own_password(current, password).await?;
    }
    if let Some(token) = token {
        auth.delete_user_by_token(current, &token).await?;
        return Ok(deleted(&request));
    }
    if by_mail {
        auth.request_user_deletion(current, callback.as_deref()).await?;
        return Ok(Reply::json(&json!({"success": true, "message": "Verification email sent"})));
    }
    auth.delete_own_user(current, password.as_ref()).await?;
    Ok(deleted(&request))
}

/// What is answered when the user is gone.
fn deleted(request: &Request) -> Reply {
    let cookies = request.auth.sign_out_cookies(&request.headers);
    Reply::json(&json!({"success": true, "message": "User deleted"})).cookies(cookies)
}

/// `GET /delete-user/callback`.
pub(crate) fn callback_endpoint() -> Endpoint {
    Endpoint::get("/delete-user/callback", handle_callback)
        .summary("Deletes the user who is signed in, by the link that was mailed")
        .query(Shape::new().field("token", Kind::String).optional("callbackURL", Kind::String))
}

async fn handle_callback(request: Request) -> Result<Reply, Error> {
    let auth = &request.auth;
    if auth.inner().user_deletion.is_none() {
        return Err(MailFlowError::DeletionDisabled.into());
    }
    let seen = auth.look(&request.headers, false).await?;
    let Some(current) = &seen.current else {
        return Ok(seen.beside(Reply::error(&MailFlowError::DeletionOfNobody.into()), auth));
    };
    match auth.delete_user_by_token(current, request.query_text("token").unwrap_or_default()).await {
        Err(error @ Error::InvalidToken) => return Ok(seen.beside(Reply::error(&error), auth)),
        deleted => deleted?,
    }
    Ok(match request.query_text("callbackURL") {
        None => deleted(&request),
        Some(target) => Reply::leads_on(target).cookies(auth.sign_out_cookies(&request.headers)),
    })
}
