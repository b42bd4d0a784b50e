//! Proving and changing one's password.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::auth::Auth;
use crate::endpoint::{Client, Endpoint, Request, SessionNeed};
use crate::error::Error;
use crate::events::SecurityEvent;
use crate::flow::session::{self, NewSession, SignedIn};
use crate::flow::sign_in::SIGN_IN_LIMIT;
use crate::model::{Account, CREDENTIAL_PROVIDER, User};
use crate::password::{HashError, Password, PasswordHash, Verdict};
use crate::plugin::SignInMethod;
use crate::reply::Reply;
use crate::session::CurrentSession;
use crate::shape::{Kind, Shape};
use crate::types::{AccountId, UserId};

impl Auth {
    /// Whether `password` is the user's. A user without a password has none that is right.
    ///
    /// # Errors
    /// [`Error::PasswordTooLong`], [`Error::Busy`], [`Error::Store`].
    pub async fn verify_password(&self, user: &UserId, password: &Password) -> Result<bool, Error> {
        check_length(self, password)?;
        match credential(self, user).await? {
            Some((_, hash)) => is_right(self, password, &hash).await,
            None => Ok(false),
        }
    }

    /// Whether the user has a password.
    ///
    /// # Errors
    /// [`Error::Store`] when the store fails.
    pub async fn has_password(&self, user: &UserId) -> Result<bool, Error> {
        Ok(credential(self, user).await?.is_some())
    }

    /// Replaces the password of the user who is signed in. With `revoke_others` every session ends, this
    /// one too, and a new one is given.
    ///
    /// # Errors
    /// [`Error::PasswordTooShort`], [`Error::PasswordTooLong`], [`Error::NoPassword`] when there is none to
    /// replace, [`Error::InvalidPassword`] when `old` is not it, or no longer; [`Error::Busy`].
    pub async fn change_password(
        &self,
        current: &CurrentSession,
        old: &Password,
        new: &Password,
        revoke_others: bool,
    ) -> Result<Option<SignedIn>, Error> {
        change(self, current, old, new, revoke_others.then(Client::default), None).await
    }

    /// Gives a user who has none a password: for users who came by another way than signing up with one.
    ///
    /// # Errors
    /// [`Error::PasswordTooShort`], [`Error::PasswordTooLong`], [`Error::PasswordAlreadySet`],
    /// [`Error::Busy`].
    pub async fn set_password(&self, user: &UserId, password: &Password) -> Result<(), Error> {
        self.check_new_password(password)?;
        let inner = self.inner();
        if credential(self, user).await?.is_some() {
            return Err(Error::PasswordAlreadySet);
        }
        let hash = inner.hasher.hash(password).await?;
        let account = Account::credential(AccountId::generate(&*inner.random), user, hash, self.now());
        match inner.store.add_account(&account).await {
            Ok(true) => {
                self.emit(&SecurityEvent::PasswordChanged { user: user.clone() });
                Ok(())
            }
            Ok(false) => Err(Error::Unauthorized),
            // Another call came first.
            Err(error) if error.kind() == crate::store::StoreErrorKind::Conflict => {
                Err(Error::PasswordAlreadySet)
            }
            Err(error) => Err(error.into()),
        }
    }
}

async fn change(
    auth: &Auth,
    current: &CurrentSession,
    old: &Password,
    new: &Password,
    renew: Option<Client>,
    headers: Option<&http::HeaderMap>,
) -> Result<Option<SignedIn>, Error> {
    auth.check_new_password(new)?;
    check_length(auth, old)?;
    let inner = auth.inner();
    let user = &current.user;
    let (account, stored) = credential(auth, &user.id).await?.ok_or(Error::NoPassword)?;
    if !is_right(auth, old, &stored).await? {
        return Err(Error::InvalidPassword);
    }
    let hash = inner.hasher.hash(new).await?;
    // Of two changes at once the second finds another hash, and its old password is right no more.
    if !inner.store.replace_password_hash(&account, &stored, &hash, auth.now()).await? {
        return Err(Error::InvalidPassword);
    }
    auth.emit(&SecurityEvent::PasswordChanged { user: user.id.clone() });
    let Some(client) = renew else { return Ok(None) };
    auth.revoke_sessions(&user.id).await?;
    let mut new = NewSession::new(user, SignInMethod::PasswordChange);
    new.remember = headers.is_none_or(|headers| !inner.cookies.is_unremembered(headers));
    new.client = client;
    new.headers = headers;
    new.keeps_presented = true;
    session::create(auth, new).await.map(Some)
}

/// The password account of a user, and its hash.
async fn credential(auth: &Auth, user: &UserId) -> Result<Option<(AccountId, PasswordHash)>, Error> {
    let accounts = auth.inner().store.accounts_of(user).await?;
    let is_credential =
        |account: &Account| account.provider_id == CREDENTIAL_PROVIDER && account.account_id == user.as_str();
    let account = accounts.into_iter().find(is_credential);
    Ok(account.and_then(|account| Some((account.id, account.password?))))
}

async fn is_right(auth: &Auth, password: &Password, hash: &PasswordHash) -> Result<bool, Error> {
    match auth.inner().hasher.verify(password, hash).await.map(Verdict::is_right) {
        Err(HashError::Malformed) => Ok(false),
        verdict => Ok(verdict?),
    }
}

fn check_length(auth: &Auth, password: &Password) -> Result<(), Error> {
    let longest =
        auth.inner().email_password.as_ref().map_or(Password::LONGEST, |options| options.max_password_length);
    if password.utf16_len() > longest { Err(Error::PasswordTooLong) } else { Ok(()) }
}

/// The endpoints.
pub(crate) fn endpoints() -> [Endpoint; 2] {
    [
        Endpoint::post("/verify-password", verify)
            .summary("Tells whether a password is the user's")
            .body(Shape::new().field("password", Kind::String))
            .limit(SIGN_IN_LIMIT)
            .session(SessionNeed::Sensitive),
        Endpoint::post("/change-password", handle_change)
            .summary("Replaces the user's password")
            .body(
                Shape::new()
                    .field("newPassword", Kind::String)
                    .field("currentPassword", Kind::String)
                    .optional("revokeOtherSessions", Kind::Boolean),
            )
            .limit(SIGN_IN_LIMIT)
            .session(SessionNeed::Sensitive),
    ]
}

#[derive(Deserialize)]
struct VerifyBody {
    password: String,
}

async fn verify(mut request: Request) -> Result<Reply, Error> {
    let VerifyBody { password } = request.body()?;
    let user = &request.signed_in()?.user;
    if !request.auth.verify_password(&user.id, &password.into()).await? {
        return Err(Error::InvalidPassword);
    }
    Ok(Reply::json(&json!({"status": true})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChangeBody {
    new_password: String,
    current_password: String,
    revoke_other_sessions: Option<bool>,
}

#[derive(Serialize)]
struct Changed<'a> {
    token: Option<&'a str>,
    user: &'a User,
}

async fn handle_change(mut request: Request) -> Result<Reply, Error> {
    let body: ChangeBody = request.body()?;
    let client = std::mem::take(&mut request.client);
    let current = request.signed_in()?;
    let renew = (body.revoke_other_sessions == Some(true)).then_some(client);
    let (old, new) = (body.current_password.into(), body.new_password.into());
    let renewed = change(&request.auth, current, &old, &new, renew, Some(&request.headers)).await?;
    let token = renewed.as_ref().map(|signed_in| signed_in.token.expose());
    let reply = Reply::json(&Changed { token, user: &current.user });
    Ok(match &renewed {
        Some(signed_in) => reply.cookies(signed_in.cookies(&request.auth, Some(&request.headers))),
        None => reply,
    })
}
