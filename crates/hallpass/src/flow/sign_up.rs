//! Signing up by address and password.

use http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use crate::auth::Auth;
use crate::config::EmailPassword;
use crate::endpoint::{Client, Endpoint, Request};
use crate::error::Error;
use crate::flow::mailed_token::put_decoy;
use crate::flow::session::{NewSession, SignedIn, TokenAndUser};
use crate::flow::{limits, password, session};
use crate::mailer::{Mail, MailKind};
use crate::model::{Account, Extra, User};
use crate::password::Password;
use crate::plugin::SignInMethod;
use crate::reply::Reply;
use crate::schema::input::{self, Writer};
use crate::shape::{Kind, Shape};
use crate::types::Email;

/// Who signs up.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignUpEmail {
    /// The name shown to people.
    pub name: String,
    /// The address.
    pub email: String,
    /// The password.
    pub password: Password,
    /// A picture.
    pub image: Option<String>,
    /// Additional fields; those that are not for clients too. What is not declared is refused.
    pub extra: Extra,
    /// Whether the session is to outlive the browser. Default: yes.
    pub remember: bool,
    /// Where the link of a verification mail leads in the end, which the caller has checked. Default: the site's
    /// root.
    pub callback: Option<String>,
    /// Who is calling, to be recorded.
    pub client: Client,
}

impl SignUpEmail {
    /// A remembered sign-up without a picture.
    pub fn new(name: impl Into<String>, email: impl Into<String>, password: impl Into<Password>) -> Self {
        Self {
            name: name.into(),
            email: email.into(),
            password: password.into(),
            image: None,
            extra: Extra::new(),
            remember: true,
            callback: None,
            client: Client::default(),
        }
    }
}

/// What a sign-up led to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SignedUp {
    /// The user exists and is signed in.
    SignedIn(Box<SignedIn>),
    /// Nobody is signed in. Where sign-ups must not tell taken addresses from free ones, this is the
    /// answer to both, and of a taken address the user shown is made up.
    NotSignedIn(User),
}

impl SignedUp {
    /// The user, made up or not.
    pub fn user(&self) -> &User {
        match self {
            Self::SignedIn(signed_in) => &signed_in.user,
            Self::NotSignedIn(user) => user,
        }
    }
}

impl Auth {
    /// Creates a user with an address and a password, and signs the user in if so configured.
    ///
    /// # Errors
    /// [`Error::SignUpDisabled`], [`Error::InvalidEmail`], [`Error::PasswordTooShort`],
    /// [`Error::PasswordTooLong`], [`Error::EmailTaken`] (unless sign-ups hide taken addresses),
    /// [`Error::UserNotCreated`] when another user has the same in a unique field, [`Error::MissingField`],
    /// [`Error::Invalid`], [`Error::InvalidField`] and [`Error::UndeclaredField`] for additional fields,
    /// [`Error::Unauthorized`] when the owner of the mailbox proved it meanwhile, and the password is no more;
    /// [`Error::SessionNotCreated`] when the user is gone meanwhile; [`Error::Busy`], [`Error::Hash`],
    /// [`Error::Store`]; and whatever a plugin says.
    pub async fn sign_up_email(&self, input: SignUpEmail) -> Result<SignedUp, Error> {
        sign_up(self, input, Writer::App, None).await
    }
}

async fn sign_up(
    auth: &Auth,
    input: SignUpEmail,
    writer: Writer,
    headers: Option<&HeaderMap>,
) -> Result<SignedUp, Error> {
    let inner = auth.inner();
    let options =
        inner.email_password.as_ref().filter(|options| options.sign_up).ok_or(Error::SignUpDisabled)?;
    let email = Email::parse(&input.email).map_err(|_| Error::InvalidEmail)?;
    auth.check_new_password(&input.password)?;
    let extra = input::at_creation(auth, inner.schema.user_fields(), input.extra, writer)?;

    // Asked first, a taken address costs no hash where the answer tells it anyway. Where it must not,
    // both arms hash. Two sign-ups at once are told apart by the store, below.
    let existing = inner.store.user_by_email(&email).await?;
    if existing.is_some() && !options.hides_taken_addresses() {
        return Err(Error::EmailTaken);
    }
    // Whether or not the address is taken, so that this does not tell it.
    if has_taken_field(auth, &extra).await? {
        return Err(Error::UserNotCreated);
    }
    let hash = auth.hash_new_password(&input.password).await?;

    let callback = input.callback.as_deref();
    let now = inner.clock.now();
    let id = auth.new_id();
    let mut user = User { image: input.image, extra, ..User::new(id, input.name, email, now) };
    let mut account = Account::credential(auth.new_id(), &user.id, hash.clone(), now);
    let mut at_once = None;
    let created = if let Some(existing) = existing {
        // Plugins are asked as for a free address: what they refuse, or change, would tell it.
        auth.ask_for_user(&mut user, Some(&mut account), Some(SignInMethod::SignUp)).await?;
        // Waits for the disk as the other arm does, so that the time does not tell. Swept with the rest.
        put_decoy(auth).await?;
        send_mails(auth, options, Some(existing), &user, callback).await?;
        false
    } else {
        let made = match is_simple(auth, options, headers) {
            true => create_at_once(auth, &mut user, &mut account, &input.client, input.remember).await,
            false => Ok(None),
        };
        let made = match made {
            Ok(None) => {
                let method = Some(SignInMethod::SignUp);
                auth.create_user(user.clone(), Some(account), &input.client, method)
                    .await
                    .map(|user| (user, None))
            }
            made => made.map(|signed_in| (user.clone(), signed_in)),
        };
        match made {
            Ok((created, signed_in)) => {
                user = created;
                at_once = signed_in;
                send_mails(auth, options, None, &user, callback).await?;
                true
            }
            Err(error) if error.is_conflict() => {
                // Another sign-up was first: by the address, or else by a unique field.
                if inner.store.user_by_email(&user.email).await?.is_none()
                    && has_taken_field(auth, &user.extra).await?
                {
                    return Err(Error::UserNotCreated);
                }
                false
            }
            Err(error) => return Err(error),
        }
    };
    if !created {
        return if options.hides_taken_addresses() {
            Ok(SignedUp::NotSignedIn(user))
        } else {
            Err(Error::EmailTaken)
        };
    }
    if !options.signs_in_on_sign_up() {
        return Ok(SignedUp::NotSignedIn(user));
    }
    if let Some(signed_in) = at_once {
        return Ok(SignedUp::SignedIn(Box::new(signed_in)));
    }
    let mut new = NewSession::new(&user, SignInMethod::SignUp);
    new.remember = Some(input.remember);
    let signed_in = auth.create_session(new.of(&input.client, headers)).await?;
    // The owner of the mailbox may have proven it since the user was created, and whatever a stranger had has gone.
    let stands = password::while_it_stands(auth, signed_in, &input.password, [Some(&hash), None]).await?;
    Ok(SignedUp::SignedIn(Box::new(stands.ok_or(Error::Unauthorized)?)))
}

/// Whether the user and the first session can be stored in one step: nothing has to be asked, ended or mailed in between.
fn is_simple(auth: &Auth, options: &EmailPassword, headers: Option<&HeaderMap>) -> bool {
    let inner = auth.inner();
    let brings_session = headers.is_some_and(|headers| inner.cookies.token(headers).is_some());
    options.signs_in_on_sign_up() && inner.plugins.is_empty() && !auth.sends_verification() && !brings_session
}

/// Stores the user, the password and the first session in one step, where the store can: nobody can prove the mailbox, and
/// take the password away, between them.
async fn create_at_once(
    auth: &Auth,
    user: &mut User,
    account: &mut Account,
    client: &Client,
    remember: bool,
) -> Result<Option<SignedIn>, Error> {
    let method = SignInMethod::SignUp;
    auth.ask_for_user(user, Some(account), Some(method)).await?;
    let mut new = NewSession::new(user, method).of(client, None);
    new.remember = Some(remember);
    session::permit(auth, &new).await?;
    let (session, token) = session::prepared(auth, &new).await?;
    match auth.store().create_user_with_session(user, Some(account), &session).await? {
        None => Ok(None),
        Some(has_session) => {
            let mut known = user.clone();
            auth.user_created(&mut known, Some(account.clone()), client, Some(method)).await;
            if !has_session {
                return Err(Error::SessionNotCreated);
            }
            session::created(auth, new, session, token).await.map(Some)
        }
    }
}

/// Whether another user has the same in a field that is unique.
async fn has_taken_field(auth: &Auth, extra: &Extra) -> Result<bool, Error> {
    for field in auth.schema().unique_user_fields() {
        if let Some(value) = extra.get(field.name()).and_then(Value::as_str)
            && auth.store().user_by_field(field.name(), value).await?.is_some()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Mails a new user a link that proves the address, and an existing one what happened; each of the two costs the
/// same for both.
async fn send_mails(
    auth: &Auth,
    options: &EmailPassword,
    existing: Option<User>,
    user: &User,
    callback: Option<&str>,
) -> Result<(), Error> {
    let verification = &auth.inner().verification;
    let is_new = existing.is_none();
    let verifies = verification.send_on_sign_up.unwrap_or(options.require_email_verification);
    if verifies && auth.sends_verification() {
        auth.mail_verification(is_new, user.email.clone(), Some(user.clone()), callback).await?;
    }
    if options.notify_existing_user && options.hides_taken_addresses() {
        let about = existing.unwrap_or_else(|| user.clone());
        let notice = Mail::new(about.email.clone(), MailKind::ExistingUserSignUp).about(about);
        auth.send_mail_if(!is_new, notice);
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    name: String,
    email: String,
    password: String,
    image: Option<String>,
    #[serde(rename = "callbackURL")]
    callback: Option<String>,
    remember_me: Option<bool>,
    #[serde(flatten)]
    extra: Extra,
}

/// `POST /sign-up/email`.
pub(crate) fn endpoint() -> Endpoint {
    let body = Shape::new()
        .field("name", Kind::String)
        .field("email", Kind::Email)
        .text_of_at_least("password", Kind::Password, 1)
        .optional("image", Kind::String)
        .optional("callbackURL", Kind::String)
        .optional("rememberMe", Kind::Boolean)
        .open();
    Endpoint::post("/sign-up/email", handle)
        .summary("Creates a user with an e-mail address and a password")
        .body(body)
        .takes_forms()
        .guards_login()
        .limit(limits::GUESSES)
}

async fn handle(mut request: Request) -> Result<Reply, Error> {
    let body: Body = request.body()?;
    let input = SignUpEmail {
        name: body.name,
        email: body.email,
        password: body.password.into(),
        image: body.image,
        extra: body.extra,
        remember: body.remember_me != Some(false),
        callback: body.callback,
        client: std::mem::take(&mut request.client),
    };
    let schema = request.auth.schema();
    Ok(match sign_up(&request.auth, input, Writer::Client, Some(&request.headers)).await? {
        SignedUp::SignedIn(signed_in) => {
            let reply = Reply::json(&signed_in.answer(schema));
            signed_in.with(reply, &request.auth, &request.headers)
        }
        SignedUp::NotSignedIn(user) => Reply::json(&TokenAndUser { token: None, user: user.view(schema) }),
    })
}
