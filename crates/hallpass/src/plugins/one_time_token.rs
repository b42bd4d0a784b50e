//! Tokens that hand a session over to another browser or app, once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use http::StatusCode;
use http::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request, SessionNeed, with};
use crate::error::Error;
use crate::flow::mailed_token::ONE_TIME_TOKEN;
use crate::flow::session;
use crate::plugin::{Exchange, Plugin};
use crate::reply::Reply;
use crate::session::CurrentSession;
use crate::shape::{Kind, Shape};
use crate::types::SessionToken;
use crate::wire_error::WireError;

/// Hands a session over: whoever is signed in gets a token, and whoever presents it within three minutes has the
/// **same** session, once. From a browser to an app, or from one domain to another. The id is `one-time-token`.
///
/// Endpoints: `GET /one-time-token/generate`, `POST /one-time-token/verify`. A clone of the plugin gives the app's
/// own code [`generate`](Self::generate) and [`verify`](Self::verify).
///
/// What is stored opens nothing: the token as a hash, and the session's token masked by the one-time token, which
/// nobody has but who was given it. Only where session tokens are stored plain, for running beside better-auth, both
/// are as better-auth has them.
#[derive(Debug, Clone)]
pub struct OneTimeToken {
    lifetime: Duration,
    no_client_requests: bool,
    no_cookie: bool,
    header_on_new_session: bool,
}

impl Default for OneTimeToken {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(180),
            no_client_requests: false,
            no_cookie: false,
            header_on_new_session: false,
        }
    }
}

const SET_OTT: HeaderName = HeaderName::from_static("set-ott");

impl OneTimeToken {
    /// Good for three minutes.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long a token is good (`expiresIn`, which better-auth has in minutes). Default: three minutes.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Tokens are made by the app's own code alone (`disableClientRequest`). Default: by clients too.
    #[must_use]
    pub fn disable_client_requests(mut self) -> Self {
        self.no_client_requests = true;
        self
    }

    /// `/one-time-token/verify` tells whose session it is, and sets no cookie (`disableSetSessionCookie`).
    /// Default: it sets the session's.
    #[must_use]
    pub fn without_session_cookie(mut self) -> Self {
        self.no_cookie = true;
        self
    }

    /// Every answer that sets a session's cookie has a token in the header `set-ott`
    /// (`setOttHeaderOnNewSession`). Default: none has.
    #[must_use]
    pub fn header_on_new_session(mut self) -> Self {
        self.header_on_new_session = true;
        self
    }

    /// A token that hands `current` over.
    ///
    /// # Errors
    /// Whatever a plugin says; [`Error::Store`].
    pub async fn generate(&self, auth: &Auth, current: &CurrentSession) -> Result<Zeroizing<String>, Error> {
        let session = current.token.expose();
        let is_plain = auth.stores_plain_tokens();
        let kept = |token: &str| match is_plain {
            true => Ok(session.to_owned()),
            false => Ok(URL_SAFE_NO_PAD.encode(&*masked(token, session.as_bytes())?)),
        };
        ONE_TIME_TOKEN.issue_for(auth, kept, self.lifetime).await.map(Zeroizing::new)
    }

    /// The session that a token hands over. Of any number of callers **one** gets it. It is read from the store: one
    /// that has ended is not handed over.
    ///
    /// # Errors
    /// [`Error::Refused`] when the token is not good or the session has ended; whatever a plugin says;
    /// [`Error::Store`].
    pub async fn verify(&self, auth: &Auth, token: &str) -> Result<CurrentSession, Error> {
        let refused = |message| Error::Refused(WireError::message_only(StatusCode::BAD_REQUEST, message));
        let session = take(auth, token).await?.ok_or_else(|| refused("Invalid token"))?;
        let forms = session::forms(auth, &session);
        let (found, user) =
            auth.store().session(&forms).await?.ok_or_else(|| refused("Session not found"))?;
        if auth.inner().session.is_over(&found, auth.now()) {
            return Err(refused("Session expired"));
        }
        Ok(CurrentSession::new(found, user, session))
    }
}

/// Takes a token, in whichever form it was stored, and gives the token of its session.
async fn take(auth: &Auth, token: &str) -> Result<Option<SessionToken>, Error> {
    let Some(taken) = ONE_TIME_TOKEN.take(auth, token).await? else { return Ok(None) };
    if !ONE_TIME_TOKEN.is_hashed(&taken) {
        return Ok(SessionToken::parse(&taken.value));
    }
    let Ok(value) = URL_SAFE_NO_PAD.decode(&taken.value) else { return Ok(None) };
    let session = masked(token, &value)?;
    Ok(std::str::from_utf8(&session).ok().and_then(SessionToken::parse))
}

/// `text` XOR what HKDF-SHA-256 makes of the one-time token: as good as a one-time pad, since each token masks one
/// text. Masking twice unmasks. Whoever changes what is stored gets the token of no session.
fn masked(token: &str, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut mask = Zeroizing::new(vec![0; text.len()]);
    Hkdf::<Sha256>::new(Some(b"hallpass:one-time-token:v1"), token.as_bytes())
        .expand(b"session", &mut mask)
        .map_err(|_| Error::Internal("a session's token is too long to be masked"))?;
    mask.iter_mut().zip(text).for_each(|(mask, byte)| *mask ^= byte);
    Ok(mask)
}

#[async_trait]
impl Plugin for OneTimeToken {
    fn id(&self) -> &'static str {
        "one-time-token"
    }

    fn endpoints(self: Arc<Self>) -> Vec<Endpoint> {
        vec![
            Endpoint::get("/one-time-token/generate", with(&self, generate))
                .summary("Gives a token that hands the session over")
                .session(SessionNeed::Session),
            Endpoint::post("/one-time-token/verify", with(&self, verify))
                .summary("Takes over the session that a token stands for")
                .body(Shape::new().field("token", Kind::String))
                .guards_login(),
        ]
    }

    async fn after_request(&self, auth: &Auth, _: &Exchange<'_>, reply: Reply) -> Result<Reply, Error> {
        let Some(given) = reply.session().filter(|_| self.header_on_new_session) else { return Ok(reply) };
        let token = self.generate(auth, given).await?;
        let Ok(value) = HeaderValue::from_str(&token) else { return Ok(reply) };
        Ok(reply.header(SET_OTT, value).exposes(SET_OTT.as_str()))
    }
}

async fn generate(plugin: Arc<OneTimeToken>, request: Request) -> Result<Reply, Error> {
    if plugin.no_client_requests {
        let disabled = WireError::message_only(StatusCode::BAD_REQUEST, "Client requests are disabled");
        return Err(Error::Refused(disabled));
    }
    let token = plugin.generate(&request.auth, request.signed_in()?).await?;
    Ok(Reply::json(&json!({"token": *token})))
}

#[derive(Deserialize)]
struct Body {
    token: String,
}

async fn verify(plugin: Arc<OneTimeToken>, mut request: Request) -> Result<Reply, Error> {
    let Body { token } = request.body()?;
    let current = plugin.verify(&request.auth, &token).await?;
    let reply = Reply::json(&current.view(request.auth.schema()));
    if plugin.no_cookie {
        return Ok(reply);
    }
    current.give(reply, &request.auth, &request.headers).await
}
