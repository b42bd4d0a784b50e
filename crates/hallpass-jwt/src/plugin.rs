//! The plugin: its endpoints, its header, and the same as calls.

use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::endpoint::{Endpoint, Request, SessionNeed, with};
use hallpass::jwt::{self, Claims, Header, JwtError, JwtSigner, JwtVerifier};
use hallpass::plugin::{Exchange, Plugin};
use hallpass::reply::Reply;
use hallpass::schema::Schema;
use hallpass::store::StoreError;
use hallpass::{Auth, CurrentSession, Error, WireError};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::keys::Keys;
use crate::options::{JwtOptions, JwtOptionsError};
use crate::payload::{Defined, TokenPayload, WholeUser};
use crate::store::{JwkStore, table};

/// Tokens that other services can check by themselves: the plugin `jwt`. A clone is another handle to the same.
#[derive(Clone)]
pub struct Jwt {
    source: Source,
    options: Arc<JwtOptions>,
    payload: Arc<dyn TokenPayload>,
}

/// Who signs.
#[derive(Clone)]
enum Source {
    Keys(Arc<Keys>),
    Own(Arc<dyn OwnKey>),
}

/// A key that both signs and checks.
trait OwnKey: JwtSigner + JwtVerifier {}

impl<K: JwtSigner + JwtVerifier> OwnKey for K {}

/// The header that carries a token beside the answer of `/get-session`.
const HEADER: &str = "set-auth-jwt";

impl Jwt {
    /// With keys that are made and kept in `store`.
    ///
    /// # Errors
    /// [`JwtOptionsError`] names what of the options is refused.
    pub fn new(store: impl JwkStore, options: JwtOptions) -> Result<Self, JwtOptionsError> {
        options.check()?;
        let keys = Keys {
            store: Arc::new(store),
            key_type: options.key_type,
            rotation_interval: options.rotation_interval,
            grace_period: options.grace_period,
            publish_ahead: options.publish_ahead,
            made: Mutex::default(),
        };
        Ok(Self::with(Source::Keys(Arc::new(keys)), options))
    }

    /// With a key that is kept elsewhere, in a key management service say, and published there: the JWKS is not
    /// found here, and nothing of the options that is about keys has a meaning. With
    /// [`Hs256`](hallpass::jwt::Hs256) whoever can check a token can make one: for the server's own use alone.
    ///
    /// # Errors
    /// [`JwtOptionsError`] names what of the options is refused.
    pub fn signed_by(
        key: impl JwtSigner + JwtVerifier,
        options: JwtOptions,
    ) -> Result<Self, JwtOptionsError> {
        options.check()?;
        Ok(Self::with(Source::Own(Arc::new(key)), options))
    }

    fn with(source: Source, options: JwtOptions) -> Self {
        Self { source, options: Arc::new(options), payload: Arc::new(WholeUser) }
    }

    /// With another payload than the whole user.
    #[must_use]
    pub fn payload(mut self, payload: impl TokenPayload) -> Self {
        self.payload = Arc::new(payload);
        self
    }

    /// With the claims that a function gives, in place of the whole user.
    #[must_use]
    pub fn define_payload<F>(self, claims: F) -> Self
    where
        F: Fn(&CurrentSession) -> Claims + Send + Sync + 'static,
    {
        self.payload(Defined(claims))
    }

    /// A token for who is signed in, as `/token` gives it. It expires with the session at the latest, whatever the
    /// payload says.
    ///
    /// # Errors
    /// What the payload says; [`Error::Store`]; [`Error::Internal`] when the key cannot be used.
    pub async fn token(&self, auth: &Auth, session: &CurrentSession) -> Result<String, Error> {
        let mut claims = Claims::new();
        claims.insert("iat".to_owned(), seconds(auth.now()).into());
        claims.extend(self.payload.payload(auth, session).await?);
        claims.insert("sub".to_owned(), self.payload.subject(session).await?.into());
        let end = seconds(session.session.expires_at);
        match claims.get("exp").and_then(Value::as_f64) {
            Some(exp) if exp.ceil() as i64 <= end => {}
            Some(_) => _ = claims.insert("exp".to_owned(), end.into()),
            None => _ = claims.insert("exp".to_owned(), self.expiry(auth, &claims).min(end).into()),
        }
        self.sign(auth, claims).await
    }

    /// When a token with these claims expires if they do not say.
    fn expiry(&self, auth: &Auth, claims: &Claims) -> i64 {
        let issued = claims.get("iat").and_then(Value::as_i64).unwrap_or_else(|| seconds(auth.now()));
        issued.saturating_add(i64::try_from(self.options.expires_in.as_secs()).unwrap_or(i64::MAX))
    }

    /// The token that goes beside a session that is shown, if that is still there.
    async fn beside(
        &self,
        auth: &Auth,
        headers: &HeaderMap,
        shown: &CurrentSession,
    ) -> Result<Option<HeaderValue>, Error> {
        // What a cookie told may have ended since.
        let Some(session) = auth.confirm(headers, shown.clone()).await? else { return Ok(None) };
        let token = self.token(auth, &session).await?;
        HeaderValue::from_str(&token).map(Some).map_err(|_| Error::Internal("a token is no header's value"))
    }

    /// A token with these claims. What is not among them of `exp`, `iss` and `aud` is as configured.
    ///
    /// # Errors
    /// [`Error::Store`]; [`Error::Internal`] when the key cannot be used.
    pub async fn sign(&self, auth: &Auth, mut claims: Claims) -> Result<String, Error> {
        let expiry = self.expiry(auth, &claims);
        let mut default = |name: &str, value: Value| {
            claims.entry(name).or_insert(value);
        };
        default("exp", expiry.into());
        default("iss", json!(self.issuer(auth)));
        default(
            "aud",
            self.options.audience.as_ref().map_or_else(|| json!(auth.origin()), |aud| aud.claim()),
        );
        let signed = match &self.source {
            Source::Keys(keys) => jwt::encode(&keys.signer(auth).await?, &claims).await,
            Source::Own(key) => jwt::encode(&**key, &claims).await,
        };
        signed.map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            Error::Internal("a token could not be signed")
        })
    }

    /// The claims of a token that [`sign`](Self::sign) or [`token`](Self::token) made, if it is good: of a key that
    /// is believed, in its time, from the configured issuer, for the configured audience, and about somebody.
    ///
    /// # Errors
    /// [`VerifyError`] says why not.
    pub async fn verify(&self, auth: &Auth, token: &str) -> Result<Claims, VerifyError> {
        let now = auth.now();
        let claims = match &self.source {
            Source::Own(key) => jwt::decode(&**key, token, now).await?,
            Source::Keys(keys) => {
                let kid = Header::of(token)?.kid.ok_or(VerifyError::UnknownKey)?;
                let key = keys.verifier(now, &kid).await?.ok_or(VerifyError::UnknownKey)?;
                jwt::decode(&key, token, now).await?
            }
        };
        let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        if text("iss") != Some(self.issuer(auth)) {
            return Err(VerifyError::Issuer);
        }
        let here = [auth.origin().to_owned()];
        let names = self.options.audience.as_ref().map_or(&here[..], |audience| audience.names());
        let is_for = |value: &Value| value.as_str().is_some_and(|aud| names.iter().any(|name| name == aud));
        if !claims
            .get("aud")
            .is_some_and(|aud| aud.as_array().map_or_else(|| is_for(aud), |all| all.iter().any(is_for)))
        {
            return Err(VerifyError::Audience);
        }
        if claims.get("iat").is_some_and(|iat| !iat.is_number()) {
            return Err(JwtError::NotValidNow.into());
        }
        text("sub").ok_or(VerifyError::Subject)?;
        Ok(claims)
    }

    /// The public keys, as a JWKS (RFC 7517 §5); `None` where they are published by something else.
    ///
    /// # Errors
    /// [`Error::Store`]; [`Error::Internal`] when no key can be made.
    pub async fn jwks(&self, auth: &Auth) -> Result<Option<Value>, Error> {
        match &self.source {
            Source::Keys(keys) if !self.options.published_elsewhere => keys.jwks(auth).await.map(Some),
            Source::Keys(_) | Source::Own(_) => Ok(None),
        }
    }

    fn issuer<'a>(&'a self, auth: &'a Auth) -> &'a str {
        self.options.issuer.as_deref().unwrap_or_else(|| auth.origin())
    }
}

fn seconds(moment: Timestamp) -> i64 {
    moment.as_millis().div_euclid(1000)
}

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Not a token of this kind, not signed by the key that it names, or not good at this time.
    #[error(transparent)]
    Token(#[from] JwtError),
    /// It names no key, or one that is not known or not believed any more.
    #[error("the token's key is not known")]
    UnknownKey,
    /// From somebody else.
    #[error("the token is of another issuer")]
    Issuer,
    /// For somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// About nobody.
    #[error("the token has no subject")]
    Subject,
    /// The keys could not be read.
    #[error("store failure")]
    Store(#[from] StoreError),
}

#[async_trait]
impl Plugin for Jwt {
    fn id(&self) -> &'static str {
        "jwt"
    }

    fn schema(&self) -> Schema {
        match self.source {
            Source::Keys(_) => Schema::new().table(table()),
            Source::Own(_) => Schema::new(),
        }
    }

    fn endpoints(self: Arc<Self>) -> Vec<Endpoint> {
        let token = Endpoint::get("/token", with(&self, token))
            .summary("Gives a token that other services can check")
            .session(SessionNeed::Session);
        let jwks = Endpoint::get(self.options.jwks_path, with(&self, jwks))
            .summary("The public keys by which tokens are checked");
        vec![token, jwks]
    }

    async fn after_request(
        &self,
        auth: &Auth,
        exchange: &Exchange<'_>,
        reply: Reply,
    ) -> Result<Reply, Error> {
        if !self.options.session_header || exchange.route != "/get-session" {
            return Ok(reply);
        }
        let Some(session) = reply.shown_session() else { return Ok(reply) };
        match self.beside(auth, exchange.headers, session).await {
            Ok(Some(token)) => Ok(reply.header(HeaderName::from_static(HEADER), token).exposes(HEADER)),
            Ok(None) => Ok(reply),
            Err(error) => {
                // Who is signed in can be told without a token: a key that is of no use ends nobody's session.
                error.log();
                Ok(reply)
            }
        }
    }
}

async fn token(plugin: Arc<Jwt>, request: Request) -> Result<Reply, Error> {
    // Other services believe a token without asking: no cookie of a session that was ended may yield one.
    let current = request.signed_in()?.clone();
    let Some(session) = request.auth.confirm(&request.headers, current).await? else {
        let cookies = request.auth.sign_out_cookies(&request.headers);
        return Ok(Reply::error(&Error::Unauthorized).cookies(cookies));
    };
    let token = plugin.token(&request.auth, &session).await?;
    Ok(Reply::json(&json!({ "token": token })))
}

async fn jwks(plugin: Arc<Jwt>, request: Request) -> Result<Reply, Error> {
    match plugin.jwks(&request.auth).await? {
        Some(keys) => Ok(Reply::json(&keys)),
        None => Err(Error::Refused(WireError::bare(StatusCode::NOT_FOUND))),
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwt").field("options", &self.options).finish_non_exhaustive()
    }
}
