//! Following a link that proves an address.

use std::fmt;

use http::HeaderMap;
use serde::Serialize;
use serde_json::Value;

use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::endpoint::{Client, Endpoint, Request};
use crate::error::Error;
use crate::flow::change_email::{Authority, ask_new_address};
use crate::flow::seen::Seen;
use crate::flow::session::{NewSession, SignedIn};
use crate::flow::verification_mail::Step;
use crate::jwt::{self, JwtError};
use crate::links::with_field;
use crate::mail_flow_error::MailFlowError;
use crate::model::User;
use crate::plugin::SignInMethod;
use crate::reply::Reply;
use crate::schema::UserView;
use crate::session::CurrentSession;
use crate::shape::{Kind, Shape};
use crate::types::{Email, UserId};

/// A verification link that was followed.
#[derive(Clone)]
#[non_exhaustive]
pub struct VerifyEmail<'a> {
    /// The token of the link.
    pub token: &'a str,
    /// Who is signed in where the link was followed. Default: nobody.
    pub current: Option<&'a CurrentSession>,
    /// Where the link leads in the end, for a mail that follows; the caller has checked it. Default: the site's root.
    pub callback: Option<&'a str>,
    /// Who is calling, to be recorded with the session that may come of it. Default: unknown.
    pub client: Client,
    /// The request's headers, as of [`NewSession`]. Default: none.
    pub headers: Option<&'a HeaderMap>,
}

impl<'a> VerifyEmail<'a> {
    /// By an unknown client where nobody is signed in.
    pub fn new(token: &'a str) -> Self {
        Self { token, current: None, callback: None, client: Client::default(), headers: None }
    }
}

impl fmt::Debug for VerifyEmail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The token is a secret, and headers carry cookies.
        f.debug_struct("VerifyEmail").field("client", &self.client).finish_non_exhaustive()
    }
}

/// What following a verification link led to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum VerifiedEmail {
    /// The address was proven before. Nothing has changed.
    Already(User),
    /// The address is proven now.
    Now {
        /// The user.
        user: User,
        /// The session that it gave, where [that is configured](crate::EmailVerification::auto_sign_in) and the
        /// user was not signed in.
        signed_in: Option<Box<SignedIn>>,
    },
    /// The old address has agreed to its change, and the new one has been sent a link.
    ChangeConfirmed,
    /// The user has the new address.
    Changed(User),
}

/// What better-auth's tokens of verifications say, and ours.
const CLAIMS: [&str; 6] = ["email", "updateTo", "requestType", "userId", "iat", "exp"];

/// What a token says, its signature having been found right.
struct Claims {
    email: Email,
    update_to: Option<Email>,
    step: Option<Step>,
    user: Option<UserId>,
    issued_at: Timestamp,
}

impl Auth {
    /// Does what the link of a verification mail is for.
    ///
    /// # Errors
    /// [`MailFlowError::VerificationExpired`], [`MailFlowError::InvalidVerification`],
    /// [`MailFlowError::VerificationOfNobody`], [`MailFlowError::VerificationOfAnother`],
    /// [`MailFlowError::NewEmailTaken`], [`Error::Store`]; [`Error::Challenge`] and [`Error::Refused`] when a plugin
    /// forbids a session, the address being proven then; and whatever else a plugin says.
    pub async fn verify_email(&self, followed: VerifyEmail<'_>) -> Result<VerifiedEmail, Error> {
        let claims = read(self, followed.token).await?;
        follow(self, claims, &followed).await
    }
}

/// Does what a link is for whose token says `claims`.
async fn follow(auth: &Auth, claims: Claims, followed: &VerifyEmail<'_>) -> Result<VerifiedEmail, Error> {
    if claims.update_to.is_some() {
        return follow_change(auth, claims, followed).await;
    }
    prove(auth, &claims, followed).await
}

async fn read(auth: &Auth, token: &str) -> Result<Claims, MailFlowError> {
    let claims = match jwt::decode(auth.hs256(), token, auth.now()).await {
        Ok(claims) => claims,
        Err(JwtError::NotValidNow) => return Err(MailFlowError::VerificationExpired),
        Err(_) => return Err(MailFlowError::InvalidVerification),
    };
    // Another token that the same secret has signed, of the app's own or of a plugin's, names an address too: what
    // says more than a verification does is none.
    if claims.keys().any(|name| !CLAIMS.contains(&name.as_str())) {
        return Err(MailFlowError::InvalidVerification);
    }
    let text = |name| claims.get(name).and_then(Value::as_str);
    let address = |text: &str| Email::parse(text).map_err(|_| MailFlowError::InvalidVerification);
    Ok(Claims {
        email: address(text("email").ok_or(MailFlowError::InvalidVerification)?)?,
        update_to: text("updateTo").filter(|text| !text.is_empty()).map(address).transpose()?,
        step: text("requestType").and_then(Step::named),
        user: text("userId").filter(|text| !text.is_empty()).map(UserId::from),
        issued_at: Timestamp::from_millis(
            claims.get("iat").and_then(Value::as_i64).unwrap_or_default().saturating_mul(1000),
        ),
    })
}

/// Marks the address as proven, and signs its user in where that is configured.
async fn prove(auth: &Auth, claims: &Claims, followed: &VerifyEmail<'_>) -> Result<VerifiedEmail, Error> {
    let store = &auth.inner().store;
    let user = store.user_by_email(&claims.email).await?.ok_or(MailFlowError::VerificationOfNobody)?;
    if claims.user.as_ref().is_some_and(|id| *id != user.id) {
        return Err(MailFlowError::InvalidVerification.into());
    }
    if user.email_verified {
        return Ok(VerifiedEmail::Already(user));
    }
    let user = auth.mark_proven(&user.id, &user.email).await?.ok_or(MailFlowError::VerificationOfNobody)?;
    let is_signed_in = followed.current.is_some_and(|current| current.user.id == user.id);
    if !auth.inner().verification.auto_sign_in || is_signed_in {
        return Ok(VerifiedEmail::Now { user, signed_in: None });
    }
    let new = NewSession::new(&user, SignInMethod::EmailVerification).of(&followed.client, followed.headers);
    let signed_in = auth.create_session(new).await?;
    Ok(VerifiedEmail::Now { user, signed_in: Some(Box::new(signed_in)) })
}

/// Takes the step of a change of address that a link is for.
async fn follow_change(
    auth: &Auth,
    claims: Claims,
    followed: &VerifyEmail<'_>,
) -> Result<VerifiedEmail, Error> {
    let (Some(id), Some(new)) = (claims.user, claims.update_to) else {
        return Err(MailFlowError::InvalidVerification.into());
    };
    let store = &auth.inner().store;
    let user = store.user(&id).await?.ok_or(MailFlowError::VerificationOfNobody)?;
    if user.email != claims.email {
        return Err(MailFlowError::InvalidVerification.into());
    }
    if followed.current.is_some_and(|current| current.user.id != user.id) {
        return Err(MailFlowError::VerificationOfAnother.into());
    }
    // The link decides, and no session: it may be followed where nobody is signed in.
    let authority = Authority::Link { issued_at: claims.issued_at };
    let asked_at = auth.now();
    if !authority.stands(auth, &user).await? {
        return Err(MailFlowError::InvalidVerification.into());
    }
    if claims.step == Some(Step::Confirm) {
        ask_new_address(auth, &user, new, followed.callback, asked_at).await?;
        return Ok(VerifiedEmail::ChangeConfirmed);
    }
    // Tokens that name no step are of older versions of better-auth, and prove the old address alone.
    let proven = claims.step.is_none().then_some(false);
    match auth.replace_email(&user, authority, new, proven, followed.callback).await {
        Err(error) if error.is_conflict() => Err(MailFlowError::NewEmailTaken.into()),
        Err(Error::Unauthorized) => Err(MailFlowError::InvalidVerification.into()),
        changed => Ok(VerifiedEmail::Changed(changed?.ok_or(MailFlowError::InvalidVerification)?)),
    }
}

/// `GET /verify-email`.
pub(crate) fn endpoint() -> Endpoint {
    Endpoint::get("/verify-email", handle)
        .summary("Proves an address, by the link that was mailed to it")
        .query(Shape::new().field("token", Kind::String).optional("callbackURL", Kind::String))
}

#[derive(Serialize)]
struct Answer<'a> {
    status: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Option<UserView<'a>>>,
}

async fn handle(request: Request) -> Result<Reply, Error> {
    let callback = request.query_text("callbackURL");
    let mut seen = Seen::default();
    match follow_in_browser(&request, &mut seen).await {
        Ok(verified) => {
            let schema = request.auth.schema();
            let shown = match &verified {
                VerifiedEmail::Already(_) | VerifiedEmail::Now { .. } => Some(None),
                VerifiedEmail::ChangeConfirmed => None,
                VerifiedEmail::Changed(user) => Some(Some(user.view(schema))),
            };
            let reply = match callback {
                Some(callback) => Reply::leads_on(callback),
                None => Reply::json(&Answer { status: true, user: shown }),
            };
            let changed = match verified {
                VerifiedEmail::Now { signed_in: Some(signed_in), .. } => {
                    return Ok(signed_in.with(reply.cookies(seen.cookies), &request.auth, &request.headers));
                }
                VerifiedEmail::Now { user, .. } | VerifiedEmail::Changed(user) => user,
                VerifiedEmail::Already(_) | VerifiedEmail::ChangeConfirmed => {
                    return Ok(seen.beside(reply, &request.auth));
                }
            };
            Ok(match seen.current {
                // Its fields stay in the order in which the browser has them.
                Some(mut current) => {
                    current.user = changed;
                    current.again(reply.cookies(seen.cookies), &request.auth, &request.headers)
                }
                None => reply.cookies(seen.cookies),
            })
        }
        Err(Error::Mail(error)) => {
            let code = error.wire().code();
            let target = callback.and_then(|callback| with_field(callback, "error", code?));
            let reply = match target {
                Some(target) => Reply::leads_on(&target),
                None => Reply::error(&error.into()),
            };
            Ok(seen.beside(reply, &request.auth))
        }
        Err(error) => Err(error),
    }
}

/// [`Auth::verify_email`] for a browser. Who is signed in there is looked at only where that matters.
async fn follow_in_browser(request: &Request, seen: &mut Seen) -> Result<VerifiedEmail, Error> {
    let (auth, headers) = (&request.auth, &request.headers);
    let token = request.query_text("token").unwrap_or_default();
    let claims = read(auth, token).await?;
    // To look may keep a session alive, so what is proven already is no reason to.
    let proves_now = async || {
        let user = auth.inner().store.user_by_email(&claims.email).await?;
        let is_meant = |id: &UserId| claims.user.as_ref().is_none_or(|meant| meant == id);
        Ok::<_, Error>(user.is_some_and(|user| !user.email_verified && is_meant(&user.id)))
    };
    if claims.update_to.is_some() || (auth.inner().verification.auto_sign_in && proves_now().await?) {
        *seen = auth.optional_session(headers).await?;
    }
    let followed = VerifyEmail {
        current: seen.current.as_ref(),
        callback: request.query_text("callbackURL"),
        client: request.client.clone(),
        headers: Some(headers),
        ..VerifyEmail::new(token)
    };
    follow(auth, claims, &followed).await
}
