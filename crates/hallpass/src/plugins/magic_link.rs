//! Signing in by a link that is mailed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

use crate::auth::Auth;
use crate::config::RateLimit;
use crate::endpoint::{Client, Endpoint, Request, with};
use crate::error::Error;
use crate::flow::mailbox::{self, MailboxUser, Newcomer};
use crate::flow::mailed_token::MAGIC_LINK;
use crate::flow::session::{NewSession, SignedIn};
use crate::mailer::{Mail, MailKind};
use crate::plugin::{Plugin, SignInMethod};
use crate::reply::Reply;
use crate::schema::input;
use crate::schema::{SessionView, UserView};
use crate::shape::{Kind, Shape};
use crate::types::Email;
use crate::wire_error::WireError;

const ID: &str = "magic-link";

/// Signs users in by a link that is mailed to them, and signs up who has none. The id is `magic-link`.
///
/// A link is good once, for five minutes, and what is stored of it opens nothing. Following it proves the mailbox:
/// where the address was not proven before, passwords, other accounts and sessions of that time go first.
///
/// Endpoints: `POST /sign-in/magic-link`, `GET /magic-link/verify`. It needs a mailer.
#[derive(Debug, Clone)]
pub struct MagicLink {
    expires_in: Duration,
    sign_up: bool,
    limit: RateLimit,
}

impl Default for MagicLink {
    fn default() -> Self {
        let limit = RateLimit::new(5, Duration::from_secs(60));
        Self { expires_in: Duration::from_secs(300), sign_up: true, limit }
    }
}

/// A link to be mailed.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SendMagicLink {
    /// To whom.
    pub email: String,
    /// What a new user is called.
    pub name: Option<String>,
    /// Where the link leads in the end. The caller has checked this and the next two.
    pub callback: Option<String>,
    /// Where it leads a new user.
    pub new_user_callback: Option<String>,
    /// Where it leads when it is not good.
    pub error_callback: Option<String>,
    /// For whoever sends the mail.
    pub metadata: Option<Map<String, Value>>,
}

impl SendMagicLink {
    /// To this address, leading to the site's root.
    pub fn new(email: impl Into<String>) -> Self {
        Self { email: email.into(), ..Self::default() }
    }
}

/// Who signed in by a link.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FollowedMagicLink {
    /// The session.
    pub signed_in: SignedIn,
    /// Whether the user was created for it.
    pub is_new: bool,
}

/// Why a link signs nobody in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MagicLinkError {
    /// It is none, was used, or is too old.
    #[error("the link is not good")]
    InvalidToken,
    /// There is no user with the address, and none is to be created.
    #[error("there is no such user, and signing up by a link is off")]
    SignUpDisabled,
    /// The user could not be created: a plugin says so, or a unique field is taken.
    #[error("the user was not created: {0}")]
    UserRefused(WireError),
    /// The user has gone meanwhile.
    #[error("the user is gone")]
    UserGone,
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl MagicLink {
    /// Good for five minutes.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long a link is good: from a second to a day.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.expires_in = lifetime;
        self
    }

    /// Signs in users who are there, and nobody else.
    #[must_use]
    pub fn without_sign_up(mut self) -> Self {
        self.sign_up = false;
        self
    }

    /// The limit of either endpoint. Default: 5 requests in a minute.
    #[must_use]
    pub fn limit(mut self, limit: RateLimit) -> Self {
        self.limit = limit;
        self
    }

    /// Mails a link. Whether there is such a user is not looked at.
    ///
    /// # Errors
    /// [`Error::InvalidEmail`], [`Error::Invalid`] for a name that is too long, [`Error::Store`], and whatever a plugin
    /// says.
    pub async fn send(&self, auth: &Auth, link: SendMagicLink) -> Result<(), Error> {
        let email = Email::parse(&link.email).map_err(|_| Error::InvalidEmail)?;
        input::check_texts(link.name.as_deref(), None)?;
        let kept = Kept { r#type: ID.into(), email: link.email, name: link.name };
        let kept = serde_json::to_string(&kept).map_err(|_| Error::Internal("a value is no JSON"))?;
        let token = MAGIC_LINK.issue_for(auth, |_| Ok(kept), self.expires_in).await?;
        let mut url = Url::parse(&auth.url("/magic-link/verify"))
            .map_err(|_| Error::Internal("the base URL is no URL"))?;
        let given = |target: Option<String>| target.filter(|target| !target.is_empty());
        let mut query = url.query_pairs_mut();
        query.append_pair("token", &token);
        query.append_pair("callbackURL", given(link.callback).as_deref().unwrap_or("/"));
        for (name, target) in
            [("newUserCallbackURL", link.new_user_callback), ("errorCallbackURL", link.error_callback)]
        {
            if let Some(target) = given(target) {
                query.append_pair(name, &target);
            }
        }
        drop(query);
        let mut mail = Mail::new(email, MailKind::MagicLink).link(url, token);
        mail.metadata = link.metadata;
        auth.send_mail(mail);
        Ok(())
    }

    /// Signs in by the token of a link. `headers` are those of the request that
    /// brought it.
    ///
    /// # Errors
    /// [`MagicLinkError`].
    pub async fn verify(
        &self,
        auth: &Auth,
        token: &str,
        client: &Client,
        headers: Option<&HeaderMap>,
    ) -> Result<FollowedMagicLink, MagicLinkError> {
        let taken = MAGIC_LINK.take(auth, token).await?.ok_or(MagicLinkError::InvalidToken)?;
        let kept = serde_json::from_str(&taken.value).ok().filter(|kept: &Kept| kept.r#type == ID);
        let Kept { email, name, .. } = kept.ok_or(MagicLinkError::InvalidToken)?;
        let email = Email::parse(&email).map_err(|_| MagicLinkError::InvalidToken)?;
        let none = if self.sign_up { MagicLinkError::UserGone } else { MagicLinkError::SignUpDisabled };
        let newcomer = self.sign_up.then(|| Newcomer::new(auth, name.unwrap_or_default())).transpose();
        let found = match newcomer {
            Ok(newcomer) => mailbox::user_of(auth, &email, newcomer, client, SignInMethod::Plugin(ID)).await,
            Err(error) => Err(error),
        };
        let MailboxUser { user, is_new } = match found {
            Ok(found) => found.ok_or(none)?,
            Err(error) => {
                let wire = error.wire();
                let is_told = wire.status().is_client_error() && wire.code().is_some();
                return Err(if is_told { MagicLinkError::UserRefused(wire) } else { error.into() });
            }
        };
        let new = NewSession::new(&user, SignInMethod::Plugin(ID)).of(client, headers);
        Ok(FollowedMagicLink { signed_in: auth.create_session(new).await?, is_new })
    }
}

/// What is kept for a token, in better-auth's form.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    r#type: String,
    email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[async_trait]
impl Plugin for MagicLink {
    fn id(&self) -> &'static str {
        ID
    }

    fn endpoints(self: Arc<Self>) -> Vec<Endpoint> {
        let body = Shape::new()
            .field("email", Kind::Email)
            .optional("name", Kind::String)
            .optional("callbackURL", Kind::String)
            .optional("newUserCallbackURL", Kind::String)
            .optional("errorCallbackURL", Kind::String)
            .optional("metadata", Kind::Record);
        let query = Shape::new()
            .field("token", Kind::String)
            .optional("callbackURL", Kind::String)
            .optional("errorCallbackURL", Kind::String)
            .optional("newUserCallbackURL", Kind::String);
        vec![
            Endpoint::post("/sign-in/magic-link", with(&self, Self::handle_send))
                .summary("Mails a link to sign in by")
                .body(body)
                .guards_login()
                .limit(self.limit),
            Endpoint::get("/magic-link/verify", with(&self, Self::handle_verify))
                .summary("Signs in by a mailed link")
                .query(query)
                .limit(self.limit),
        ]
    }

    fn check(&self, auth: &Auth) -> Result<(), String> {
        if !auth.sends_mail() {
            return Err("links go by mail: give `.mailer(…)` and `.background_tasks(…)`".to_owned());
        }
        let day = Duration::from_secs(24 * 3600);
        if self.expires_in < Duration::from_secs(1) || self.expires_in > day {
            return Err(format!(
                "a link that is good for {:?}: take from a second to a day",
                self.expires_in
            ));
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Body {
    email: String,
    name: Option<String>,
    #[serde(rename = "callbackURL")]
    callback: Option<String>,
    #[serde(rename = "newUserCallbackURL")]
    new_user_callback: Option<String>,
    #[serde(rename = "errorCallbackURL")]
    error_callback: Option<String>,
    metadata: Option<Map<String, Value>>,
}

#[derive(Serialize)]
struct Answer<'a> {
    token: &'a str,
    user: UserView<'a>,
    session: SessionView<'a>,
}

impl MagicLink {
    async fn handle_send(self: Arc<Self>, mut request: Request) -> Result<Reply, Error> {
        let Body { email, name, callback, new_user_callback, error_callback, metadata } = request.body()?;
        let link = SendMagicLink { email, name, callback, new_user_callback, error_callback, metadata };
        self.send(&request.auth, link).await?;
        Ok(Reply::json(&json!({"status": true})))
    }

    async fn handle_verify(self: Arc<Self>, request: Request) -> Result<Reply, Error> {
        let (auth, headers) = (&request.auth, &request.headers);
        let callback = request.query_text("callbackURL");
        let fails = |code: &str, description: Option<&str>| {
            let target = request.query_text("errorCallbackURL").or(callback).unwrap_or("/");
            let mut target = auth.target_with(target, "error", code)?;
            if let Some(description) = description {
                target = auth.target_with(&target, "error_description", description)?;
            }
            Ok(Reply::leads_on(&target))
        };
        let token = request.query_text("token").unwrap_or_default();
        let followed = match self.verify(auth, token, &request.client, Some(headers)).await {
            Ok(followed) => followed,
            Err(MagicLinkError::InvalidToken) => return fails("INVALID_TOKEN", None),
            Err(MagicLinkError::SignUpDisabled) => return fails("new_user_signup_disabled", None),
            Err(MagicLinkError::UserGone) => return fails("user_not_found", None),
            Err(MagicLinkError::Other(Error::SessionNotCreated)) => {
                return fails("failed_to_create_session", None);
            }
            Err(MagicLinkError::UserRefused(wire)) => {
                return fails(wire.code().unwrap_or_default(), wire.message());
            }
            Err(MagicLinkError::Other(error)) => return Err(error),
        };
        let FollowedMagicLink { signed_in, is_new } = followed;
        let target = if is_new { request.query_text("newUserCallbackURL").or(callback) } else { callback };
        let reply = match callback.and(target) {
            Some(target) => Reply::leads_on(&auth.absolute(target)?),
            None => Reply::json(&Answer {
                token: signed_in.token.expose(),
                user: signed_in.user.view(auth.schema()),
                session: signed_in.session.view(&signed_in.token, auth.schema()),
            }),
        };
        Ok(signed_in.with(reply, auth, headers))
    }
}
