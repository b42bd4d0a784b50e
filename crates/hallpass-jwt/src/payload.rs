//! What a token says of who is signed in.

use async_trait::async_trait;
use hallpass::jwt::Claims;
use hallpass::{Auth, CurrentSession, Error};
use serde_json::Value;

/// What a token says of who is signed in.
#[async_trait]
pub trait TokenPayload: Send + Sync + 'static {
    /// The claims. `iss`, `aud`, `exp`, `nbf`, `iat` and `jti` among them stand; `sub` is
    /// [`subject`](Self::subject)'s. Default: [`user_claims`].
    ///
    /// # Errors
    /// Any error ends the request, and there is no token.
    async fn payload(&self, auth: &Auth, session: &CurrentSession) -> Result<Claims, Error> {
        user_claims(auth, session)
    }

    /// The claim `sub`. Default: the user's id.
    ///
    /// # Errors
    /// Any error ends the request, and there is no token.
    async fn subject(&self, session: &CurrentSession) -> Result<String, Error> {
        Ok(session.user.id.as_str().to_owned())
    }
}

/// The claims that decide whether a token is good and for whom (RFC 7519 §4.1).
const REGISTERED: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// The user as `/get-session` shows it. An additional field that has the name of one of RFC 7519's claims is left
/// out: a user who can set it must not choose how long a token is good, or for whom.
///
/// # Errors
/// [`Error::Internal`] when the user cannot be written as JSON.
pub fn user_claims(auth: &Auth, session: &CurrentSession) -> Result<Claims, Error> {
    // Of the whole view: a session that a cookie told shows its fields in another order.
    let shown = serde_json::to_value(session.view(auth.schema()));
    let user = shown.ok().and_then(|mut shown| shown.get_mut("user").map(Value::take));
    let Some(Value::Object(mut claims)) = user else {
        return Err(Error::Internal("a user is no JSON object"));
    };
    claims.retain(|name, _| !REGISTERED.contains(&name.as_str()));
    Ok(claims)
}

/// The user, whole.
pub(crate) struct WholeUser;

impl TokenPayload for WholeUser {}

/// What a function says.
pub(crate) struct Defined<F>(pub(crate) F);

#[async_trait]
impl<F: Fn(&CurrentSession) -> Claims + Send + Sync + 'static> TokenPayload for Defined<F> {
    async fn payload(&self, _: &Auth, session: &CurrentSession) -> Result<Claims, Error> {
        Ok((self.0)(session))
    }
}
