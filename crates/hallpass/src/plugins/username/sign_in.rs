//! `POST /sign-in/username`.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::Username;
use crate::auth::Auth;
use crate::endpoint::{Client, Endpoint, Request, with};
use crate::error::Error;
use crate::flow::limits;
use crate::flow::password::credential_account;
use crate::flow::session::SignedIn;
use crate::flow::sign_in::{self, PasswordAttempt, by_password};
use crate::password::Password;
use crate::plugin::SignInMethod;
use crate::reply::Reply;
use crate::shape::{Kind, Shape};
use crate::types::UserId;
use crate::wire_error::WireError;

/// Who signs in by a name.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignInUsername {
    /// The name, in any of its forms.
    pub username: String,
    /// The password.
    pub password: Password,
    /// Whether the session is to outlive the browser. Default: yes.
    pub remember: bool,
    /// Where the link in a mail that asks to prove the address leads on to.
    pub callback: Option<String>,
    /// Who is calling, to be recorded.
    pub client: Client,
}

impl SignInUsername {
    /// A remembered sign-in.
    pub fn new(username: impl Into<String>, password: impl Into<Password>) -> Self {
        Self {
            username: username.into(),
            password: password.into(),
            remember: true,
            callback: None,
            client: Client::default(),
        }
    }
}

impl Username {
    /// Signs a user in.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`] (unknown name, no password, wrong password: alike in answer and in cost),
    /// [`Error::Refused`] for what can be nobody's name, [`Error::PasswordTooLong`], [`Error::EmailNotVerified`],
    /// [`Error::SessionNotCreated`] when the user is gone meanwhile; [`Error::Busy`], [`Error::Hash`], [`Error::Store`];
    /// and whatever a plugin says.
    pub async fn sign_in(&self, auth: &Auth, input: SignInUsername) -> Result<SignedIn, Error> {
        self.signed_in(auth, input, None).await
    }

    async fn signed_in(
        &self,
        auth: &Auth,
        input: SignInUsername,
        headers: Option<&HeaderMap>,
    ) -> Result<SignedIn, Error> {
        let SignInUsername { username, password, remember, callback, client } = input;
        let callback = callback.as_deref();
        if let Some(fault) = self.rules.fault(&username) {
            return Err(fault.refused(StatusCode::UNPROCESSABLE_ENTITY));
        }
        if password.utf16_len() > auth.password_lengths().1 {
            return Err(Error::PasswordTooLong);
        }
        let user = self.holder(auth, &username).await?;
        // Of nobody too, so that the time does not tell.
        let id = user.as_ref().map_or_else(|| UserId::from(String::new()), |user| user.id.clone());
        let account = credential_account(auth, &id).await?;
        let method = SignInMethod::Username;
        let attempt =
            PasswordAttempt { method, password: &password, remember, callback, client: &client, headers };
        by_password(auth, user.map(|user| (user, account)), attempt).await
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    username: String,
    password: String,
    remember_me: Option<bool>,
    #[serde(rename = "callbackURL")]
    callback_url: Option<String>,
}

pub(super) fn endpoint(plugin: &Arc<Username>) -> Endpoint {
    let body = Shape::new()
        .field("username", Kind::String)
        .field("password", Kind::Password)
        .optional("rememberMe", Kind::Boolean)
        .optional("callbackURL", Kind::String);
    Endpoint::post("/sign-in/username", with(plugin, handle))
        .summary("Signs a user in by username and password")
        .body(body)
        .guards_login()
        .limit(limits::GUESSES)
}

async fn handle(plugin: Arc<Username>, mut request: Request) -> Result<Reply, Error> {
    let body: Body = request.body()?;
    if body.username.is_empty() || body.password.is_empty() {
        return Err(invalid_credentials());
    }
    let input = SignInUsername {
        username: body.username,
        password: body.password.into(),
        remember: body.remember_me != Some(false),
        callback: body.callback_url.clone(),
        client: std::mem::take(&mut request.client),
    };
    let signed_in = plugin.signed_in(&request.auth, input, Some(&request.headers)).await;
    let signed_in = signed_in.map_err(|error| match error {
        Error::InvalidCredentials => invalid_credentials(),
        other => other,
    })?;
    Ok(sign_in::answer(signed_in, body.callback_url.as_deref(), &request))
}

fn invalid_credentials() -> Error {
    const CODE: &str = "INVALID_USERNAME_OR_PASSWORD";
    Error::Refused(WireError::new(StatusCode::UNAUTHORIZED, CODE, "Invalid username or password"))
}
