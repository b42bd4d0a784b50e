//! Proof that a person is there, before an address can be signed up or a password tried.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use form_urlencoded::Serializer;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{Request, StatusCode};
use serde_json::{Map, Value, json};

use crate::auth::Auth;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::glob;
use crate::http_client::HttpClient;
use crate::input::latin1;
use crate::plugin::{Head, Plugin};
use crate::shape::is_truthy;
use crate::types::Secret;
use crate::wire_error::WireError;

/// Who makes the puzzles and tells whether one was solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CaptchaProvider {
    /// [Cloudflare Turnstile](https://developers.cloudflare.com/turnstile/).
    CloudflareTurnstile,
    /// [Google reCAPTCHA](https://developers.google.com/recaptcha), version 2 or 3.
    GoogleRecaptcha,
    /// [hCaptcha](https://docs.hcaptcha.com).
    HCaptcha,
    /// [CaptchaFox](https://docs.captchafox.com).
    CaptchaFox,
}

impl CaptchaProvider {
    fn verify_url(self) -> &'static str {
        match self {
            Self::CloudflareTurnstile => "https://challenges.cloudflare.com/turnstile/v0/siteverify",
            Self::GoogleRecaptcha => "https://www.google.com/recaptcha/api/siteverify",
            Self::HCaptcha => "https://api.hcaptcha.com/siteverify",
            Self::CaptchaFox => "https://api.captchafox.com/siteverify",
        }
    }
}

/// Requires of some endpoints that the request brings what a solved captcha gave, in the header
/// `x-captcha-response`, and asks the provider whether it is good. When the provider does not answer, the request is
/// refused.
///
/// It is asked before the body is read, on every spelling of an endpoint's path that is answered at all, and not of
/// the app's own calls of [`Auth`].
#[derive(Debug)]
pub struct Captcha {
    provider: CaptchaProvider,
    secret: Secret,
    client: Arc<dyn HttpClient>,
    endpoints: Vec<Cow<'static, str>>,
    verify_url: Cow<'static, str>,
    site_key: Option<String>,
    min_score: f64,
    expected_action: Option<String>,
    allowed_hostnames: Vec<String>,
}

const DEFAULT_ENDPOINTS: [&str; 3] = ["/sign-up/email", "/sign-in/email", "/request-password-reset"];
const VERIFICATION: &str = "/send-verification-email";
const X_CAPTCHA_RESPONSE: HeaderName = HeaderName::from_static("x-captcha-response");

const MISSING: WireError =
    WireError::new(StatusCode::BAD_REQUEST, "MISSING_RESPONSE", "Missing CAPTCHA response");
const FAILED: WireError =
    WireError::new(StatusCode::FORBIDDEN, "VERIFICATION_FAILED", "Captcha verification failed");
const UNKNOWN: WireError =
    WireError::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN_ERROR", "Something went wrong");

impl Captcha {
    /// For `/sign-up/email`, `/sign-in/email` and `/request-password-reset` alone, as better-auth has it: `build()` warns
    /// of other ways in, and other endpoints that send mail, that there are. `secret` is the secret key that the
    /// provider gave the app.
    pub fn new(provider: CaptchaProvider, secret: impl Into<Secret>, client: impl HttpClient) -> Self {
        Self {
            provider,
            secret: secret.into(),
            client: Arc::new(client),
            endpoints: Vec::new(),
            verify_url: Cow::Borrowed(provider.verify_url()),
            site_key: None,
            min_score: 0.5,
            expected_action: None,
            allowed_hostnames: Vec::new(),
        }
    }

    /// For these endpoints in their place, by path as declared; `*` and `**` as in rate limits. `build()` refuses a
    /// path that nobody has.
    #[must_use]
    pub fn endpoints<P: Into<Cow<'static, str>>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.endpoints = paths.into_iter().map(Into::into).collect();
        self
    }

    /// Asks elsewhere, with the same protocol.
    #[must_use]
    pub fn verify_url(mut self, url: impl Into<Cow<'static, str>>) -> Self {
        self.verify_url = url.into();
        self
    }

    /// The site's key, which hCaptcha and CaptchaFox then compare with that of the puzzle.
    #[must_use]
    pub fn site_key(mut self, key: impl Into<String>) -> Self {
        self.site_key = Some(key.into());
        self
    }

    /// The least score of reCAPTCHA v3, from 0 (a machine) to 1. Default: 0.5.
    #[must_use]
    pub fn min_score(mut self, score: f64) -> Self {
        self.min_score = score;
        self
    }

    /// The action that the puzzle must have been solved for, as the provider tells it: so that one solved elsewhere
    /// on the site is not good here.
    #[must_use]
    pub fn expected_action(mut self, action: impl Into<String>) -> Self {
        self.expected_action = Some(action.into());
        self
    }

    /// The hosts that the puzzle may have been solved on, as the provider tells it.
    #[must_use]
    pub fn allowed_hostnames<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.allowed_hostnames = hosts.into_iter().map(Into::into).collect();
        self
    }

    fn protects(&self, route: &str) -> bool {
        if self.endpoints.is_empty() {
            return DEFAULT_ENDPOINTS.contains(&route);
        }
        self.endpoints.iter().any(|pattern| glob::matches_path(pattern, route))
    }

    /// The endpoints that the default leaves out, though a password or code can be guessed there, or mail be sent.
    fn left_out<'a>(&self, auth: &'a Auth) -> Vec<&'a str> {
        if !self.endpoints.is_empty() {
            return Vec::new();
        }
        let is_open =
            |path: &str| !self.protects(path) && (path != VERIFICATION || auth.sends_verification());
        let guarded = auth.endpoints().filter(|endpoint| endpoint.guards_login);
        guarded.map(Endpoint::path).filter(|path| is_open(path)).collect()
    }

    fn request(&self, response: &str, head: &Head<'_>) -> Result<Request<Bytes>, http::Error> {
        let address = head.address.map(|address| address.to_string());
        let (media, body) = if self.provider == CaptchaProvider::CloudflareTurnstile {
            let mut body = json!({"secret": self.secret.expose(), "response": response});
            if let (Some(fields), Some(address)) = (body.as_object_mut(), address) {
                fields.insert("remoteip".to_owned(), address.into());
            }
            ("application/json", body.to_string())
        } else {
            let mut body = Serializer::new(String::new());
            body.append_pair("secret", self.secret.expose()).append_pair("response", response);
            let takes_site_key = self.provider != CaptchaProvider::GoogleRecaptcha;
            if let Some(key) = self.site_key.as_deref().filter(|_| takes_site_key) {
                body.append_pair("sitekey", key);
            }
            if let Some(address) = address {
                let is_fox = self.provider == CaptchaProvider::CaptchaFox;
                body.append_pair(if is_fox { "remoteIp" } else { "remoteip" }, &address);
            }
            ("application/x-www-form-urlencoded", body.finish())
        };
        Request::post(&*self.verify_url).header(CONTENT_TYPE, media).body(body.into())
    }

    /// What the provider says; `None` when it says nothing that can be understood.
    async fn ask(&self, response: &str, head: &Head<'_>) -> Option<Map<String, Value>> {
        let request = self.request(response, head).inspect_err(|error| {
            tracing::error!(error = error as &dyn std::error::Error, "no request to the captcha's provider");
        });
        let answer = self.client.send(request.ok()?).await.inspect_err(|error| {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "the captcha's provider does not answer"
            );
        });
        let answer = answer.ok()?;
        if !answer.status().is_success() {
            tracing::error!(status = answer.status().as_u16(), "the captcha's provider is not well");
            return None;
        }
        match serde_json::from_slice(answer.body()) {
            Ok(Value::Object(fields)) => Some(fields),
            // As better-auth has it: something was said, and it was not yes.
            Ok(other) if is_truthy(&other) => Some(Map::new()),
            _ => {
                tracing::error!("the captcha's provider answers with no JSON");
                None
            }
        }
    }

    /// Whether what the provider says is enough.
    fn is_enough(&self, told: &Map<String, Value>) -> bool {
        let text = |name: &str| told.get(name).and_then(Value::as_str);
        let reason = if !told.get("success").is_some_and(is_truthy) {
            "rejected"
        } else if self.provider == CaptchaProvider::GoogleRecaptcha
            && told.get("score").and_then(Value::as_f64).is_some_and(|score| score < self.min_score)
        {
            "score"
        } else if self.expected_action.as_deref().is_some_and(|action| text("action") != Some(action)) {
            "action"
        } else if !self.allowed_hostnames.is_empty()
            && !text("hostname")
                .is_some_and(|host| self.allowed_hostnames.iter().any(|allowed| allowed == host))
        {
            "hostname"
        } else {
            return true;
        };
        tracing::warn!(provider = ?self.provider, reason, "a captcha was not good");
        false
    }
}

#[async_trait]
impl Plugin for Captcha {
    fn id(&self) -> &'static str {
        "captcha"
    }

    fn check(&self, auth: &Auth) -> Result<(), String> {
        let is_there =
            |pattern: &str| auth.endpoints().any(|there| glob::matches_path(pattern, there.path()));
        if let Some(path) = self.endpoints.iter().find(|path| !is_there(path)) {
            return Err(format!("no endpoint has the path {path:?}: give one as it is declared"));
        }
        let left_out = self.left_out(auth);
        if !left_out.is_empty() {
            tracing::warn!(
                ?left_out,
                "no captcha is asked for there by default: name all with `.endpoints(…)`"
            );
        }
        Ok(())
    }

    async fn admit(&self, _: &Auth, head: &Head<'_>) -> Result<(), Error> {
        if !self.protects(head.route) {
            return Ok(());
        }
        let response = head.headers.get(X_CAPTCHA_RESPONSE).map(latin1).unwrap_or_default();
        if response.trim().is_empty() {
            return Err(Error::Refused(MISSING));
        }
        match self.ask(response.trim(), head).await {
            None => Err(Error::Refused(UNKNOWN)),
            Some(told) if self.is_enough(&told) => Ok(()),
            Some(_) => Err(Error::Refused(FAILED)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Level, Metadata, Subscriber};

    use crate::http_client::HttpClientError;
    use crate::plugins::{Anonymous, Username};
    use crate::{EmailPassword, MemoryStore};

    #[derive(Debug)]
    struct NoClient;

    #[async_trait]
    impl HttpClient for NoClient {
        async fn send(&self, _: Request<Bytes>) -> Result<http::Response<Bytes>, HttpClientError> {
            unreachable!("nothing is asked")
        }
    }

    #[test]
    fn it_is_known_which_ways_in_the_default_leaves_open() {
        let auth = Auth::builder(MemoryStore::new())
            .secret("kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=")
            .base_url("http://localhost:3000")
            .email_password(EmailPassword::default())
            .plugin(Username::new())
            .plugin(Anonymous::new())
            .build()
            .unwrap();
        let captcha = || Captcha::new(CaptchaProvider::HCaptcha, "secret", NoClient);
        let mut left_out = captcha().left_out(&auth);
        left_out.sort_unstable();
        assert_eq!(left_out, ["/sign-in/anonymous", "/sign-in/username"]);
        assert!(captcha().endpoints(["/sign-in/*"]).left_out(&auth).is_empty());
    }

    /// Counts this module's warnings.
    struct Warned(Arc<AtomicUsize>);

    impl Subscriber for Warned {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let metadata = event.metadata();
            if *metadata.level() == Level::WARN && metadata.target() == "hallpass::plugins::captcha" {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn build_warns_of_ways_in_that_the_default_leaves_open_and_of_none_that_were_thought_of() {
        for (captcha, warnings) in [
            (Captcha::new(CaptchaProvider::HCaptcha, "secret", NoClient), 1),
            (Captcha::new(CaptchaProvider::HCaptcha, "secret", NoClient).endpoints(["/sign-in/*"]), 0),
        ] {
            let warned = Arc::new(AtomicUsize::new(0));
            tracing::subscriber::with_default(Warned(Arc::clone(&warned)), || {
                Auth::builder(MemoryStore::new())
                    .secret("kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=")
                    .base_url("http://localhost:3000")
                    .plugin(Anonymous::new())
                    .plugin(captcha)
                    .build()
                    .unwrap();
            });
            assert_eq!(warned.load(Ordering::Relaxed), warnings);
        }
    }
}
