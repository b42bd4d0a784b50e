//! Deleting oneself.

use serde::Deserialize;
use serde_json::json;

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request, SessionNeed};
use crate::error::Error;
use crate::events::SecurityEvent;
use crate::plugin::Change;
use crate::reply::Reply;
use crate::shape::{Kind, Shape};
use crate::types::UserId;

impl Auth {
    /// Deletes a user with every account and session, for good; `false` if there was none.
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
}

/// `POST /delete-user`.
pub(crate) fn endpoint() -> Endpoint {
    let body = Shape::new()
        .optional("callbackURL", Kind::String)
        .optional("password", Kind::String)
        .optional("token", Kind::String);
    Endpoint::post("/delete-user", handle)
        .summary("Deletes the user who is signed in")
        .body(body)
        .limit(super::sign_in::SIGN_IN_LIMIT)
        .session(SessionNeed::Sensitive)
}

#[derive(Deserialize)]
struct Body {
    password: Option<String>,
    token: Option<String>,
}

async fn handle(mut request: Request) -> Result<Reply, Error> {
    let Body { password, token } = request.body()?;
    let (auth, current) = (&request.auth, request.signed_in()?);
    let inner = auth.inner();
    if inner.user_deletion.is_none() {
        return Err(Error::UserDeletionDisabled);
    }
    // An empty text counts as none, as in JavaScript.
    let password = password.filter(|password| !password.is_empty());
    if let Some(password) = &password {
        let password = password.as_str().into();
        let is_right = auth.verify_password(&current.user.id, &password).await?;
        if !is_right && !auth.has_password(&current.user.id).await? {
            return Err(Error::NoPassword);
        }
        if !is_right {
            return Err(Error::InvalidPassword);
        }
    }
    // Tokens come by mail, and no mail goes out in this version: whatever is presented is none.
    if token.is_some_and(|token| !token.is_empty()) {
        return Err(Error::InvalidToken);
    }
    if password.is_none() && !current.is_fresh(inner.session.fresh_age, auth.now()) {
        return Err(Error::SessionExpired);
    }
    // The password took its time; a session that was ended meanwhile deletes nobody.
    if !auth.is_live(current).await? {
        return Err(Error::Unauthorized);
    }
    auth.delete_user(&current.user.id).await?;
    let cookies = auth.sign_out_cookies(&request.headers);
    Ok(Reply::json(&json!({"success": true, "message": "User deleted"})).cookies(cookies))
}
