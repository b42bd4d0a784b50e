//! Proving and changing one's password.

use serde::Deserialize;
use serde_json::json;

use crate::auth::Auth;
use crate::endpoint::{Client, Endpoint, Request, SessionNeed};
use crate::error::Error;
use crate::events::SecurityEvent;
use crate::flow::limits;
use crate::flow::session::{self, NewSession, SignedIn, TokenAndUser};
use crate::flow::sessions;
use crate::model::{Account, CREDENTIAL_PROVIDER};
use crate::password::{HashError, Password, PasswordHash, Verdict};
use crate::plugin::{SessionEnd, SignInMethod};
use crate::reply::Reply;
use crate::session::CurrentSession;
use crate::shape::{Kind, Shape};
use crate::types::{AccountId, UserId};

impl Auth {
    /// Whether `password` is the user's. A user without a password has none that is right.
    ///
    /// # Errors
    /// [`Error::PasswordTooLong`], [`Error::Busy`], [`Error::Hash`], [`Error::Store`].
    pub async fn verify_password(&self, user: &UserId, password: &Password) -> Result<bool, Error> {
        check_length(self, password)?;
        match credential(self, user).await? {
            Some((_, hash)) => is_right(self, user, password, &hash).await,
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
    /// one too, and a new one is given, remembered and of an unknown client; without it the others go on, and
    /// with them whoever has stolen one.
    ///
    /// # Errors
    /// [`Error::PasswordTooShort`], [`Error::PasswordTooLong`], [`Error::NoPassword`] when there is none to
    /// replace, [`Error::InvalidPassword`] when `old` is not it, or no longer; [`Error::Unauthorized`] when the
    /// session has ended, or `new` is the password no more by the time that the new one began; [`Error::Challenge`] and
    /// [`Error::Refused`] when a plugin forbids the new session, and nothing is changed then; [`Error::Stateless`] with
    /// `revoke_others`; [`Error::Busy`], [`Error::Hash`], [`Error::Store`]; and whatever else a plugin says.
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
    /// [`Error::Unauthorized`] when there is no such user, [`Error::Busy`], [`Error::Hash`], [`Error::Store`], and
    /// whatever a plugin says.
    pub async fn set_password(&self, user: &UserId, password: &Password) -> Result<(), Error> {
        self.check_new_password(password)?;
        if credential(self, user).await?.is_some() {
            return Err(Error::PasswordAlreadySet);
        }
        let hash = self.hash_new_password(password).await?;
        let account = Account::credential(self.new_id(), user, hash, self.now());
        match self.add_account(account).await {
            Ok(true) => {
                self.emit(&SecurityEvent::PasswordChanged { user: user.clone() });
                Ok(())
            }
            Ok(false) => Err(Error::Unauthorized),
            // Another call came first.
            Err(error) if error.is_conflict() => Err(Error::PasswordAlreadySet),
            Err(error) => Err(error),
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
    if renew.is_some() {
        sessions::check_ends(auth)?;
    }
    let user = &current.user;
    // Whatever can refuse is asked before anything changes.
    let renew = match renew {
        Some(client) => {
            let renewed = NewSession::new(user, SignInMethod::PasswordChange).of(&client, headers);
            session::permit(auth, &renewed).await?;
            Some(renewed)
        }
        None => None,
    };
    let (account, mut stored) = credential(auth, &user.id).await?.ok_or(Error::NoPassword)?;
    let hash = auth.hash_new_password(new).await?;
    // A second look is for a sign-in that stored a better hash of the same password meanwhile. Of two changes
    // at once the second finds its old password right no more.
    for _ in 0..2 {
        if !is_right(auth, &user.id, old, &stored).await? {
            return Err(Error::InvalidPassword);
        }
        if !auth.is_live(current).await? {
            return Err(Error::Unauthorized);
        }
        if renew.is_some() {
            // Before the swap too: should ending them fail after it, no other session is left over.
            sessions::end_all(auth, &user.id, Some(&current.session.token), SessionEnd::PasswordChanged)
                .await?;
        }
        if auth.replace_password_hash(&user.id, &account, (&stored, &hash), false).await? {
            auth.emit(&SecurityEvent::PasswordChanged { user: user.id.clone() });
            let Some(renew) = renew else { return Ok(None) };
            sessions::end_all(auth, &user.id, None, SessionEnd::PasswordChanged).await?;
            let signed_in = session::create(auth, renew).await?;
            let stands = while_it_stands(auth, signed_in, new, [Some(&hash), None]).await?;
            return stands.ok_or(Error::Unauthorized).map(Some);
        }
        stored = credential(auth, &user.id).await?.ok_or(Error::NoPassword)?.1;
    }
    Err(Error::InvalidPassword)
}

/// `signed_in`, to whom `password` gave a session, if it still is the user's password; else the session ends.
/// `known` are hashes of it.
///
/// It may have been changed while it was verified or stored, or gone with all that a stranger had when the mailbox
/// was proven, and every session ended for it: this one would be left over. Whoever does so changes the hash first
/// and ends sessions then; so either that is seen here, or the session was there to be ended.
pub(crate) async fn while_it_stands(
    auth: &Auth,
    signed_in: SignedIn,
    password: &Password,
    known: [Option<&PasswordHash>; 2],
) -> Result<Option<SignedIn>, Error> {
    let stands = match credential(auth, &signed_in.user.id).await? {
        Some((_, present)) if known.contains(&Some(&present)) => true,
        // Changed, or replaced by a better hash of the same password.
        Some((_, present)) => {
            auth.inner().hasher.verify(password, &present).await.is_ok_and(Verdict::is_right)
        }
        None => false,
    };
    if !stands {
        auth.end_session(&signed_in.token, SessionEnd::Undone, None).await?;
    }
    Ok(stands.then_some(signed_in))
}

/// The password account of a user.
pub(crate) async fn credential_account(auth: &Auth, user: &UserId) -> Result<Option<Account>, Error> {
    let accounts = auth.inner().store.accounts_of(user).await?;
    let is_credential =
        |account: &Account| account.provider_id == CREDENTIAL_PROVIDER && account.account_id == user.as_str();
    Ok(accounts.into_iter().find(is_credential))
}

/// The password account of a user, and its hash.
async fn credential(auth: &Auth, user: &UserId) -> Result<Option<(AccountId, PasswordHash)>, Error> {
    let account = credential_account(auth, user).await?;
    Ok(account.and_then(|account| Some((account.id, account.password?))))
}

async fn is_right(
    auth: &Auth,
    user: &UserId,
    password: &Password,
    hash: &PasswordHash,
) -> Result<bool, Error> {
    let is_right = match auth.inner().hasher.verify(password, hash).await {
        Err(HashError::Malformed) => {
            tracing::error!(%user, "the stored password hash is in no known form");
            false
        }
        verdict => verdict?.is_right(),
    };
    if !is_right {
        auth.emit(&SecurityEvent::PasswordRefused { user: user.clone() });
    }
    Ok(is_right)
}

fn check_length(auth: &Auth, password: &Password) -> Result<(), Error> {
    if password.utf16_len() > auth.password_lengths().1 { Err(Error::PasswordTooLong) } else { Ok(()) }
}

/// The endpoints.
pub(crate) fn endpoints() -> [Endpoint; 2] {
    [
        Endpoint::post("/verify-password", verify)
            .summary("Tells whether a password is the user's")
            .body(Shape::new().field("password", Kind::Password))
            .limit(limits::GUESSES)
            .session(SessionNeed::Sensitive),
        Endpoint::post("/change-password", handle_change)
            .summary("Replaces the user's password")
            .body(
                Shape::new()
                    .field("newPassword", Kind::Password)
                    .field("currentPassword", Kind::Password)
                    .optional("revokeOtherSessions", Kind::Boolean),
            )
            .limit(limits::GUESSES)
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

async fn handle_change(mut request: Request) -> Result<Reply, Error> {
    let body: ChangeBody = request.body()?;
    let client = std::mem::take(&mut request.client);
    let current = request.signed_in()?;
    let renew = (body.revoke_other_sessions == Some(true)).then_some(client);
    let (old, new) = (body.current_password.into(), body.new_password.into());
    let renewed = change(&request.auth, current, &old, &new, renew, Some(&request.headers)).await?;
    let token = renewed.as_ref().map(|signed_in| signed_in.token.expose());
    let reply = Reply::json(&TokenAndUser { token, user: current.view(request.auth.schema()).user() });
    Ok(match renewed {
        Some(signed_in) => signed_in.with(reply, &request.auth, &request.headers),
        None => reply,
    })
}
