//! Sessions without cookies: `Authorization: Bearer …`.

use async_trait::async_trait;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use crate::auth::Auth;
use crate::cookie;
use crate::error::Error;
use crate::plugin::{Authenticated, Exchange, Plugin};
use crate::reply::Reply;
use crate::types::SessionToken;

/// Clients that keep no cookies send a session's token as `Authorization: Bearer TOKEN` (RFC 6750 §2.1), and read
/// it from the header `set-auth-token` of every answer that would set the cookie. The id is `bearer`.
///
/// A token is taken as answers' bodies have it (`token`) and as the cookie has it, signed. A header that is no such
/// token counts as none, and the cookie decides.
///
/// A request with the header and without a cookie has no origin check: no page of another site can make a browser
/// send the header.
#[derive(Debug, Clone, Default)]
pub struct Bearer {
    signed_only: bool,
}

const SET_AUTH_TOKEN: HeaderName = HeaderName::from_static("set-auth-token");

impl Bearer {
    /// Takes signed tokens and plain ones.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes signed tokens alone, those of `set-auth-token` (`requireSignature`): a token that was read from a body
    /// or a store is then no use. Default: no.
    #[must_use]
    pub fn require_signature(mut self) -> Self {
        self.signed_only = true;
        self
    }

    /// What a token that was sent says, judged as better-auth judges it.
    fn read(&self, auth: &Auth, sent: &str) -> Authenticated {
        if !sent.contains('.') {
            let plain = SessionToken::parse(sent).filter(|_| !self.signed_only);
            return plain.map_or(Authenticated::NotRequested, Authenticated::Token);
        }
        let sent = cookie::decoded(sent);
        let signer = auth.inner().cookies.signer();
        if let Some(token) = signer.verify(&sent) {
            return SessionToken::parse(token).map_or(Authenticated::Failed, Authenticated::Token);
        }
        // better-auth looks at the first two parts, and then puts the whole in the cookie's place: what is more than
        // a good token, or written in another alphabet, is nobody.
        let mut parts = sent.split('.');
        let (value, signature) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let signature = signature.trim_end_matches('=').replace('-', "+").replace('_', "/");
        match signer.verify(&format!("{value}.{signature}=")) {
            Some(_) => Authenticated::Failed,
            None => Authenticated::NotRequested,
        }
    }
}

/// What follows the scheme. RFC 9110 §11.1: its case does not count.
fn credentials(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[async_trait]
impl Plugin for Bearer {
    fn id(&self) -> &'static str {
        "bearer"
    }

    async fn authenticate(&self, auth: &Auth, headers: &HeaderMap) -> Result<Authenticated, Error> {
        Ok(credentials(headers).map_or(Authenticated::NotRequested, |sent| self.read(auth, sent)))
    }

    async fn after_request(&self, auth: &Auth, _: &Exchange<'_>, reply: Reply) -> Result<Reply, Error> {
        let set = reply.set_cookie(auth.session_cookie().name()).map(cookie::decoded);
        let Some(token) = set.and_then(|value| HeaderValue::from_str(&value).ok()) else { return Ok(reply) };
        Ok(reply.header(SET_AUTH_TOKEN, token).exposes(SET_AUTH_TOKEN.as_str()))
    }
}
