//! How a session comes into being, and how a presented token is read. Each happens here and nowhere
//! else, so that no way in is weaker than another.

use std::fmt;

use http::HeaderMap;
use http::header::HeaderValue;
use serde::Serialize;

use crate::auth::Auth;
use crate::config::TokenStorage;
use crate::endpoint::Client;
use crate::error::Error;
use crate::events::{RefusalReason, SecurityEvent};
use crate::flow::get_session::{self, Look, Refresh};
use crate::flow::session_limits;
use crate::model::{Extra, Session, User};
use crate::plugin::{
    Authenticated, Change, Decision, SessionCreated, SessionEnd, SignInAttempt, SignInMethod,
};
use crate::reply::Reply;
use crate::schema::input::{self, Writer};
use crate::schema::{Schema, UserView};
use crate::session::{CurrentSession, CurrentSessionView, SetCookies};
use crate::types::{SessionToken, StoredToken, TokenForms};

/// A sign-in about to get its session.
#[derive(Clone)]
#[non_exhaustive]
pub struct NewSession<'a> {
    /// Who was found to be who they say they are.
    pub user: &'a User,
    /// By what.
    pub method: SignInMethod,
    /// Whether the session is to outlive the browser, if somebody was asked. Default: nobody was, and a browser that
    /// was not to be remembered stays so; any other is.
    pub remember: Option<bool>,
    /// Who is calling, to be recorded. Default: unknown.
    pub client: Client,
    /// The request's headers. Default: none, when the app's own code signs the user in.
    pub headers: Option<&'a HeaderMap>,
    /// Additional fields of the session; those that are missing get their defaults.
    pub extra: Extra,
    /// Whether the session whose cookie the request carries goes on. Default: no, it ends before the new
    /// one begins, so that a token that was stolen before is worth nothing after; unless a plugin
    /// [keeps](crate::plugin::Plugin::keeps_session) it.
    pub keeps_presented: bool,
}

impl<'a> NewSession<'a> {
    /// A session of an unknown client, nobody having been asked whether to be remembered.
    pub fn new(user: &'a User, method: SignInMethod) -> Self {
        Self {
            user,
            method,
            remember: None,
            client: Client::default(),
            headers: None,
            extra: Extra::new(),
            keeps_presented: false,
        }
    }

    /// Of this client, by a request with these headers.
    pub fn of(self, client: &Client, headers: Option<&'a HeaderMap>) -> Self {
        Self { client: client.clone(), headers, ..self }
    }

    fn attempt(&self, auth: &Auth) -> SignInAttempt<'a> {
        let cookies = &auth.inner().cookies;
        let was_remembered = || self.headers.is_none_or(|headers| !cookies.is_unremembered(headers));
        let remember = self.remember.unwrap_or_else(was_remembered);
        SignInAttempt::new(self.user, self.method, remember, self.headers)
    }
}

impl fmt::Debug for NewSession<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers carry cookies and tokens.
        f.debug_struct("NewSession")
            .field("user", &self.user.id)
            .field("method", &self.method)
            .field("remember", &self.remember)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// A user who has just been signed in.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SignedIn {
    /// The user.
    pub user: User,
    /// The new session.
    pub session: Session,
    /// Its token: what the browser must send to be this user.
    pub token: SessionToken,
    /// Whether the session is to outlive the browser.
    pub remember: bool,
    /// How the user proved it.
    pub method: SignInMethod,
}

impl SignedIn {
    /// The `Set-Cookie` values that give a browser this session. `request` are the headers it sent, if
    /// there was a request: a cookie that contradicts the new session is cleared.
    pub fn cookies(&self, auth: &Auth, request: Option<&HeaderMap>) -> Vec<HeaderValue> {
        let schema = auth.schema();
        let view = CurrentSessionView::new(self.session.view(&self.token, schema), self.user.view(schema));
        auth.session_cookies(view, self.remember, request)
    }

    pub(crate) fn answer<'a>(&'a self, schema: &'a Schema) -> TokenAndUser<'a> {
        TokenAndUser { token: Some(self.token.expose()), user: self.user.view(schema) }
    }

    /// `reply` with the [cookies](Self::cookies) that give the browser this session, known to plugins as the
    /// answer that signs somebody in. `request` are the headers that the browser sent.
    pub fn with(self, reply: Reply, auth: &Auth, request: &HeaderMap) -> Reply {
        let cookies = self.cookies(auth, Some(request));
        reply.cookies(cookies).gives(CurrentSession::new(self.session, self.user, self.token), self.method)
    }
}

/// What is answered to a user who has a new session now, or would have had.
#[derive(Serialize)]
pub(crate) struct TokenAndUser<'a> {
    pub(crate) token: Option<&'a str>,
    pub(crate) user: UserView<'a>,
}

/// Asks the plugins whether the user may have a session: whoever signs in, by whatever way, is judged here.
pub(crate) async fn permit(auth: &Auth, new: &NewSession<'_>) -> Result<(), Error> {
    let attempt = new.attempt(auth);
    for plugin in &auth.inner().plugins {
        let refusal = match plugin.before_session(auth, &attempt).await? {
            Decision::Continue => continue,
            Decision::Respond(reply) => return Err(Error::Challenge(Box::new(reply))),
            Decision::Refuse(wire) => Error::Refused(wire),
        };
        auth.emit(&SecurityEvent::SignInRefused {
            reason: RefusalReason::Plugin,
            user: Some(new.user.id.clone()),
            address: new.client.address,
        });
        return Err(refusal);
    }
    Ok(())
}

/// Creates the session of a user whose credentials were found good, and who was [permitted](permit) one.
/// Every call makes a new token, and the session that the browser had before ends first.
pub(crate) async fn create(auth: &Auth, new: NewSession<'_>) -> Result<SignedIn, Error> {
    if let Some(headers) = new.headers.filter(|_| !new.keeps_presented) {
        end_presented(auth, headers, None, None).await?;
    }
    let (session, token) = prepared(auth, &new).await?;
    if !auth.inner().store.create_session(&session).await? {
        return Err(Error::SessionNotCreated);
    }
    created(auth, new, session, token).await
}

/// A session that is about to be stored, and its token. Plugins have had their say.
pub(crate) async fn prepared(auth: &Auth, new: &NewSession<'_>) -> Result<(Session, SessionToken), Error> {
    let inner = auth.inner();
    let attempt = new.attempt(auth);
    let now = inner.clock.now();
    let token = SessionToken::generate(&*inner.random);
    let lifetime =
        if attempt.remember { inner.session.expires_in } else { inner.session.expires_in_unremembered };
    let mut session = Session {
        id: auth.new_id(),
        user_id: new.user.id.clone(),
        token: stored_form(auth, &token),
        expires_at: now.plus(lifetime),
        created_at: now,
        updated_at: now,
        ip_address: Some(match new.client.address {
            None => String::new(),
            known => inner.addresses.bucket(known).to_string(),
        }),
        user_agent: Some(new.client.user_agent.clone().unwrap_or_default()),
        extra: input::at_creation(auth, inner.schema.session_fields(), new.extra.clone(), Writer::App)?,
    };
    auth.before(&mut Change::CreateSession { user: new.user, session: &mut session }).await?;
    session.expires_at = inner.session.capped(&session, session.expires_at);
    session.extra.retain(|_, value| !value.is_null());
    Ok((session, token))
}

/// A session that is stored: whoever is to know of it is told.
pub(crate) async fn created(
    auth: &Auth,
    new: NewSession<'_>,
    mut session: Session,
    token: SessionToken,
) -> Result<SignedIn, Error> {
    let inner = auth.inner();
    let attempt = new.attempt(auth);
    session_limits::make_room(auth, &session).await?;
    auth.after(&Change::CreateSession { user: new.user, session: &mut session }).await;
    auth.emit(&SecurityEvent::SignedIn {
        user: new.user.id.clone(),
        session: session.id.clone(),
        address: new.client.address,
    });
    for plugin in &inner.plugins {
        let created = SessionCreated::new(&attempt, &session, &token);
        if let Err(error) = plugin.session_created(auth, &created).await {
            tracing::error!(plugin = plugin.id(), %error, "a plugin failed after a session was created");
        }
    }
    Ok(SignedIn { user: new.user.clone(), session, token, remember: attempt.remember, method: new.method })
}

/// Ends the session whose cookie a request carried and which another, that of `successor`, takes the place of;
/// unless it is that one, or a plugin keeps it, other than the one of the id `asking`.
pub(crate) async fn end_presented(
    auth: &Auth,
    headers: &HeaderMap,
    successor: Option<&SessionToken>,
    asking: Option<&str>,
) -> Result<(), Error> {
    let inner = auth.inner();
    let Some(left) = inner.cookies.token(headers).filter(|left| Some(left) != successor) else {
        return Ok(());
    };
    for plugin in inner.plugins.iter().filter(|plugin| Some(plugin.id()) != asking) {
        if plugin.keeps_session(auth, headers, &left).await? {
            return Ok(());
        }
    }
    auth.end_session(&left, SessionEnd::Replaced, Some(headers)).await.map(drop)
}

/// The live session of a token.
pub(crate) async fn of_token(auth: &Auth, token: SessionToken) -> Result<Option<CurrentSession>, Error> {
    let found = auth.inner().store.session(&forms(auth, &token)).await?;
    let live = found.filter(|(session, _)| !auth.inner().session.is_over(session, auth.now()));
    Ok(live.map(|(session, user)| CurrentSession::new(session, user, token)))
}

/// The token that a request presents: what a plugin reads, else the session cookie.
pub(crate) async fn presented(auth: &Auth, headers: &HeaderMap) -> Result<Option<SessionToken>, Error> {
    for plugin in &auth.inner().plugins {
        match plugin.authenticate(auth, headers).await? {
            Authenticated::NotRequested => {}
            Authenticated::Token(token) => return Ok(Some(token)),
            Authenticated::Failed => return Ok(None),
        }
    }
    Ok(auth.inner().cookies.token(headers))
}

impl CurrentSession {
    /// `reply` with the cookies that give the browser this session, which was there before, in the place of the
    /// one that it may have: that one ends, unless a plugin keeps it. For plugins that hand sessions over.
    ///
    /// # Errors
    /// Whatever a plugin says; [`Error::Store`].
    pub async fn give(self, reply: Reply, auth: &Auth, request: &HeaderMap) -> Result<Reply, Error> {
        end_presented(auth, request, Some(&self.token), None).await?;
        Ok(self.again(reply, auth, request))
    }

    /// `reply` with the cookies that give the browser this session anew, as better-auth does after a change of it or
    /// of its user, whose cookie may hold a copy of both.
    pub(crate) fn again(self, reply: Reply, auth: &Auth, request: &HeaderMap) -> Reply {
        let remember = !auth.inner().cookies.is_unremembered(request);
        let cookies = auth.session_cookies(self.view(auth.schema()), remember, Some(request));
        reply.cookies(cookies).keeps(self)
    }
}

impl Auth {
    /// The `Set-Cookie` values that give a browser a session. `request` are the headers it sent.
    pub(crate) fn session_cookies(
        &self,
        current: CurrentSessionView<'_>,
        remember: bool,
        request: Option<&HeaderMap>,
    ) -> Vec<HeaderValue> {
        let mut out = SetCookies::default();
        let at = (self.now(), self.random());
        self.inner().cookies.set(&mut out, current, remember, request, at);
        out.into_iter().collect()
    }

    /// Whether session tokens are stored as they are.
    pub(crate) fn stores_plain_tokens(&self) -> bool {
        matches!(self.inner().session.tokens, TokenStorage::Plain)
    }
}

/// The form in which this server stores `token`.
pub(crate) fn stored_form(auth: &Auth, token: &SessionToken) -> StoredToken {
    match auth.inner().session.tokens {
        TokenStorage::Hashed => token.hashed(),
        TokenStorage::Plain => token.plain(),
    }
}

/// The forms under which the session of `token` may be stored: also the one that better-auth, or this
/// server with its other setting, has written.
pub(crate) fn forms(auth: &Auth, token: &SessionToken) -> TokenForms {
    match auth.inner().session.tokens {
        TokenStorage::Hashed => TokenForms::new(token.hashed(), Some(token.plain())),
        TokenStorage::Plain => TokenForms::new(token.plain(), Some(token.hashed())),
    }
}

impl Auth {
    /// Signs in a user whom a plugin, or the app, has found to be who they say they are. The one way to a
    /// session: plugins are asked first, and every call makes a new token.
    ///
    /// # Errors
    /// [`Error::Challenge`] and [`Error::Refused`] when a plugin wants more or refuses;
    /// [`Error::SessionNotCreated`] when the user is gone; [`Error::Store`]; and whatever else a plugin says.
    pub async fn create_session(&self, new: NewSession<'_>) -> Result<SignedIn, Error> {
        permit(self, &new).await?;
        create(self, new).await
    }

    /// Whether the session is still there: asked again after something that took its time, before
    /// something that cannot be taken back.
    pub(crate) async fn is_live(&self, current: &CurrentSession) -> Result<bool, Error> {
        if self.is_stateless() {
            return Ok(!self.inner().session.is_over(&current.session, self.now()));
        }
        let found = self.inner().store.session(&current.session.token.clone().into()).await?;
        Ok(found.is_some_and(|(session, _)| !self.inner().session.is_over(&session, self.now())))
    }

    /// Who is signed in, by the headers of a request: its session cookie, or what a plugin reads.
    /// Always asks the store, changes nothing and sets no cookie;
    /// [`get_session`](Self::get_session) also keeps the session alive. Of a [stateless](Self::stateless) server the
    /// cookie is the store.
    ///
    /// # Errors
    /// [`Error::Store`] when the store fails, and whatever a plugin says that reads who is calling. No session, a
    /// forged cookie and an expired session are `Ok(None)`.
    pub async fn session(&self, headers: &HeaderMap) -> Result<Option<CurrentSession>, Error> {
        if let Some(memory) = &self.inner().memory {
            let look = Look { refresh: Refresh::Later, reads_cache: true, stays: true };
            return Ok(match get_session::get(self, headers, look).await?.current {
                Some(found) => Some(found.known_by(memory).await?),
                None => None,
            });
        }
        let Some(token) = presented(self, headers).await? else { return Ok(None) };
        of_token(self, token).await
    }
}
