//! Signing in by address and password.

use http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::auth::Auth;
use crate::endpoint::{Client, Endpoint, Request};
use crate::error::Error;
use crate::events::{RefusalReason, SecurityEvent};
use crate::flow::session::{NewSession, SignedIn};
use crate::flow::{limits, password};
use crate::model::{Account, User};
use crate::password::{HashError, Password, PasswordHash, Verdict};
use crate::plugin::SignInMethod;
use crate::reply::Reply;
use crate::schema::UserView;
use crate::shape::{Kind, Shape};
use crate::types::Email;

/// Who signs in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignInEmail {
    /// The address.
    pub email: String,
    /// The password.
    pub password: Password,
    /// Whether the session is to outlive the browser. Default: yes.
    pub remember: bool,
    /// Where the link of a verification mail leads in the end, should the address have to be proven first; the
    /// caller has checked it. Default: the site's root.
    pub callback: Option<String>,
    /// Who is calling, to be recorded.
    pub client: Client,
}

impl SignInEmail {
    /// A remembered sign-in.
    pub fn new(email: impl Into<String>, password: impl Into<Password>) -> Self {
        Self {
            email: email.into(),
            password: password.into(),
            remember: true,
            callback: None,
            client: Client::default(),
        }
    }
}

impl Auth {
    /// Signs a user in. A hash of another scheme than the configured one is replaced on the way.
    ///
    /// # Errors
    /// [`Error::EmailPasswordDisabled`], [`Error::InvalidEmail`], [`Error::PasswordTooLong`],
    /// [`Error::InvalidCredentials`] (unknown address, no password, wrong password: alike in answer
    /// and in cost), [`Error::EmailNotVerified`], [`Error::SessionNotCreated`] when the user is gone meanwhile;
    /// [`Error::Busy`], [`Error::Hash`], [`Error::Store`]; and whatever a plugin says.
    pub async fn sign_in_email(&self, input: SignInEmail) -> Result<SignedIn, Error> {
        sign_in(self, input, None).await
    }
}

async fn sign_in(auth: &Auth, input: SignInEmail, headers: Option<&HeaderMap>) -> Result<SignedIn, Error> {
    let inner = auth.inner();
    let options = inner.email_password.as_ref().ok_or(Error::EmailPasswordDisabled)?;
    let email = Email::parse(&input.email).map_err(|_| Error::InvalidEmail)?;
    if input.password.utf16_len() > options.max_password_length {
        return Err(Error::PasswordTooLong);
    }
    let found = inner.store.credential_by_email(&email).await?;
    let SignInEmail { password, remember, callback, client, .. } = input;
    let callback = callback.as_deref();
    let method = SignInMethod::Password;
    let attempt =
        PasswordAttempt { method, password: &password, remember, callback, client: &client, headers };
    by_password(auth, found, attempt).await
}

/// A password, presented by somebody.
#[derive(Clone, Copy)]
pub(crate) struct PasswordAttempt<'a> {
    pub(crate) method: SignInMethod,
    pub(crate) password: &'a Password,
    pub(crate) remember: bool,
    /// Where the link of a verification mail leads in the end.
    pub(crate) callback: Option<&'a str>,
    pub(crate) client: &'a Client,
    pub(crate) headers: Option<&'a HeaderMap>,
}

/// Signs in the user who was found by a name or an address, if the password is right. Nobody found costs what a
/// wrong password costs. Every way in that asks for a password goes through here.
pub(crate) async fn by_password(
    auth: &Auth,
    found: Option<(User, Option<Account>)>,
    attempt: PasswordAttempt<'_>,
) -> Result<SignedIn, Error> {
    let inner = auth.inner();
    let PasswordAttempt { method, password, remember, callback, client, headers } = attempt;
    let refused = |reason, user: Option<&User>| {
        let user = user.map(|user| user.id.clone());
        auth.emit(&SecurityEvent::SignInRefused { reason, user, address: client.address });
    };
    let stored = found.as_ref().and_then(|(user, account)| {
        let account = account.as_ref()?;
        Some((user, account, account.password.as_ref()?))
    });
    let Some((user, account, hash)) = stored else {
        // Costs what a wrong password costs, so that the time does not tell who is a user.
        drop(inner.hasher.hash(password).await?);
        match found {
            None => refused(RefusalReason::UnknownUser, None),
            Some((user, _)) => refused(RefusalReason::NoPassword, Some(&user)),
        }
        return Err(Error::InvalidCredentials);
    };
    let verdict = match inner.hasher.verify(password, hash).await {
        Err(HashError::Malformed) => {
            tracing::error!(user = %user.id, "the stored password hash is in no known form");
            drop(inner.hasher.hash(password).await?);
            Verdict::Wrong
        }
        verdict => verdict?,
    };
    if !verdict.is_right() {
        refused(RefusalReason::WrongPassword, Some(user));
        return Err(Error::InvalidCredentials);
    }
    if inner.email_password.as_ref().is_some_and(|options| options.require_email_verification)
        && !user.email_verified
    {
        refused(RefusalReason::EmailNotVerified, Some(user));
        if inner.verification.send_on_sign_in && auth.sends_verification() {
            auth.mail_verification(true, user.email.clone(), Some(user.clone()), callback).await?;
        }
        return Err(Error::EmailNotVerified);
    }
    let rehashed = match verdict {
        Verdict::RightButOutdated => rehash(auth, user, account, hash, password).await,
        _ => None,
    };
    let mut new = NewSession::new(user, method);
    new.remember = Some(remember);
    let signed_in = auth.create_session(new.of(client, headers)).await?;
    let known = [Some(hash), rehashed.as_ref()];
    match password::while_it_stands(auth, signed_in, password, known).await? {
        Some(signed_in) => Ok(signed_in),
        None => {
            refused(RefusalReason::WrongPassword, Some(user));
            Err(Error::InvalidCredentials)
        }
    }
}

/// Stores a hash in the current scheme, and gives it. The user is in either way, so a failure is only
/// logged.
async fn rehash(
    auth: &Auth,
    user: &User,
    account: &Account,
    from: &PasswordHash,
    password: &Password,
) -> Option<PasswordHash> {
    let inner = auth.inner();
    let replaced = async {
        let to = inner.hasher.hash(password).await?;
        let is_done = auth.replace_password_hash(&user.id, &account.id, (from, &to), true).await?;
        Ok::<_, Error>(is_done.then_some(to))
    };
    match replaced.await {
        Ok(Some(to)) => {
            auth.emit(&SecurityEvent::PasswordRehashed { user: user.id.clone() });
            Some(to)
        }
        // The password was changed meanwhile: the new one stays.
        Ok(None) => None,
        Err(error) => {
            tracing::warn!(user = %user.id, %error, "an outdated password hash was not replaced");
            None
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    email: String,
    password: String,
    #[serde(rename = "callbackURL")]
    callback_url: Option<String>,
    remember_me: Option<bool>,
}

#[derive(Serialize)]
struct Answer<'a> {
    redirect: bool,
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    user: UserView<'a>,
}

/// `POST /sign-in/email`.
pub(crate) fn endpoint() -> Endpoint {
    let body = Shape::new()
        .field("email", Kind::String)
        .field("password", Kind::Password)
        .optional("callbackURL", Kind::String)
        .optional("rememberMe", Kind::Boolean);
    Endpoint::post("/sign-in/email", handle)
        .summary("Signs a user in by e-mail address and password")
        .body(body)
        .takes_forms()
        .guards_login()
        .limit(limits::GUESSES)
}

async fn handle(mut request: Request) -> Result<Reply, Error> {
    let body: Body = request.body()?;
    let input = SignInEmail {
        email: body.email,
        password: body.password.into(),
        remember: body.remember_me != Some(false),
        callback: body.callback_url.clone(),
        client: std::mem::take(&mut request.client),
    };
    let signed_in = sign_in(&request.auth, input, Some(&request.headers)).await?;
    Ok(answer(signed_in, body.callback_url.as_deref(), &request))
}

/// The answer to who signed in by a password.
pub(crate) fn answer(signed_in: SignedIn, callback_url: Option<&str>, request: &Request) -> Reply {
    // Checked against the trusted origins before the body was.
    let target = callback_url.filter(|url| !url.is_empty());
    let reply = Reply::json(&Answer {
        redirect: target.is_some(),
        token: signed_in.token.expose(),
        url: callback_url,
        user: signed_in.user.view(request.auth.schema()),
    });
    let reply = match target {
        Some(target) => reply.location(target),
        None => reply,
    };
    signed_in.with(reply, &request.auth, &request.headers)
}
