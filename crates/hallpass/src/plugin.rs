//! What adds to hallpass: endpoints, and a short list of typed moments to take part in.

mod change;
mod exchange;

use std::fmt::{self, Debug};
use std::sync::Arc;

use async_trait::async_trait;
use http::HeaderMap;

pub use self::change::{Change, SessionEnd};
pub use self::exchange::{Call, Exchange, Head};
use crate::auth::Auth;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::model::{Session, User};
use crate::password::Password;
use crate::reply::Reply;
use crate::schema::Schema;
use crate::types::{Email, SessionToken};
use crate::wire_error::WireError;

/// An addition: username, two-factor, passkeys …
///
/// What a plugin needs it is given in its constructor: its options, and its own store trait where it
/// keeps something. Every method but [`id`](Self::id) has a default that does nothing.
#[async_trait]
pub trait Plugin: Debug + Send + Sync + 'static {
    /// The name, as better-auth has it. Two plugins of one name are refused by `build()`.
    fn id(&self) -> &'static str;

    /// The keys of the cookies that it sets, as [`Auth::cookie`](crate::Auth::cookie) takes them: their names and
    /// attributes can then be configured.
    fn cookies(&self) -> &'static [&'static str] {
        &[]
    }

    /// The endpoints. One with a path and method that is taken is refused by `build()`.
    fn endpoints(self: Arc<Self>) -> Vec<Endpoint> {
        Vec::new()
    }

    /// What the plugin keeps: additional fields of users and sessions, and tables of its own. A name that is
    /// taken is refused by `build()`.
    fn schema(&self) -> Schema {
        Schema::default()
    }

    /// Whether it can do what it is for, `auth` being all that was configured. Asked at the end of `build()`.
    ///
    /// # Errors
    /// What is wrong, and what to do: `build()` refuses with it.
    fn check(&self, auth: &Auth) -> Result<(), String> {
        let _ = auth;
        Ok(())
    }

    /// Finds out who is calling from something other than the session cookie. The first plugin that
    /// answers other than [`Authenticated::NotRequested`] decides.
    ///
    /// # Errors
    /// Any error ends the request.
    async fn authenticate(&self, auth: &Auth, headers: &HeaderMap) -> Result<Authenticated, Error> {
        let _ = (auth, headers);
        Ok(Authenticated::NotRequested)
    }

    /// Is asked after the credentials were found good and before a session exists, on every way in.
    ///
    /// # Errors
    /// Any error ends the request, and there is no session.
    async fn before_session(&self, auth: &Auth, attempt: &SignInAttempt<'_>) -> Result<Decision, Error> {
        let _ = (auth, attempt);
        Ok(Decision::Continue)
    }

    /// Whether the session of `token`, which the cookie of a request that signs somebody in carried, goes on. The
    /// browser must then have another way to hold it; by default it ends before the new one begins.
    ///
    /// # Errors
    /// Any error ends the request, and there is no new session.
    async fn keeps_session(
        &self,
        auth: &Auth,
        headers: &HeaderMap,
        token: &SessionToken,
    ) -> Result<bool, Error> {
        let _ = (auth, headers, token);
        Ok(false)
    }

    /// Is asked of every password that is about to be hashed and stored: at sign-up, change and reset.
    ///
    /// # Errors
    /// Any error ends the request, and nothing is stored.
    async fn check_password(&self, auth: &Auth, password: &Password) -> Result<(), Error> {
        let _ = (auth, password);
        Ok(())
    }

    /// Is asked before a record is written, and may change what is written.
    ///
    /// # Errors
    /// Any error ends the request, and nothing is written.
    async fn before_change(&self, auth: &Auth, change: &mut Change<'_>) -> Result<(), Error> {
        let _ = (auth, change);
        Ok(())
    }

    /// Is told that a record was written.
    ///
    /// # Errors
    /// An error is logged; what was written stays.
    async fn after_change(&self, auth: &Auth, change: &Change<'_>) -> Result<(), Error> {
        let _ = (auth, change);
        Ok(())
    }

    /// Is asked of every request for an endpoint, by its head alone: before its body is read, and before its origin
    /// is looked at. A disabled path does not come here, nor what is beyond a limit.
    ///
    /// # Errors
    /// Any error is the answer.
    async fn admit(&self, auth: &Auth, head: &Head<'_>) -> Result<(), Error> {
        let _ = (auth, head);
        Ok(())
    }

    /// Is asked of every request whose form and origin are good, before its fields are looked at. It may change
    /// the fields, or answer in the endpoint's place. A disabled path does not come here, nor what is beyond a
    /// limit.
    ///
    /// # Errors
    /// Any error is the answer.
    async fn before_request(&self, auth: &Auth, call: &mut Call<'_>) -> Result<Option<Reply>, Error> {
        let _ = (auth, call);
        Ok(None)
    }

    /// May change the answer to every request that was [admitted](Self::admit). That may be a refusal, and the
    /// endpoint then has done nothing: of a body that is none, of an origin that is another site's, by another
    /// plugin's [`before_request`](Self::before_request). Whoever acts on the route has to ask whether
    /// [`Reply::status`] is a success. [`Reply::new_session`] tells who has just been signed in,
    /// [`Reply::session`] whose cookie is set.
    ///
    /// # Errors
    /// Any error is the answer in place of this one, with the cookies that this one takes from the browser; what was
    /// done stays done.
    async fn after_request(
        &self,
        auth: &Auth,
        exchange: &Exchange<'_>,
        reply: Reply,
    ) -> Result<Reply, Error> {
        let _ = (auth, exchange);
        Ok(reply)
    }

    /// Is asked before a link that proves an address is mailed to `to`: whether it mails something of its own in its
    /// place, or would if that were wanted (`is_wanted`); what is not wanted must cost the same.
    ///
    /// # Errors
    /// Any error ends the request.
    async fn mail_verification(&self, auth: &Auth, is_wanted: bool, to: &Email) -> Result<bool, Error> {
        let _ = (auth, is_wanted, to);
        Ok(false)
    }

    /// Is told that a user was signed in: that a session was created, by which sign-in, and what opens it.
    ///
    /// # Errors
    /// An error is logged; the session stays.
    async fn session_created(&self, auth: &Auth, created: &SessionCreated<'_>) -> Result<(), Error> {
        let _ = (auth, created);
        Ok(())
    }
}

/// What [`Plugin::authenticate`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authenticated {
    /// Nothing that this plugin reads.
    NotRequested,
    /// The token of a session.
    Token(SessionToken),
    /// Something that this plugin reads and finds wrong: nobody is signed in, whatever cookies say.
    Failed,
}

/// A sign-in whose credentials were good.
#[derive(Clone)]
#[non_exhaustive]
pub struct SignInAttempt<'a> {
    /// The user.
    pub user: &'a User,
    /// How the user proved it.
    pub method: SignInMethod,
    /// Whether the session is to outlive the browser.
    pub remember: bool,
    /// The request's headers; `None` when the app's own code signs the user in.
    pub headers: Option<&'a HeaderMap>,
}

impl fmt::Debug for SignInAttempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers carry cookies and tokens.
        f.debug_struct("SignInAttempt")
            .field("user", &self.user.id)
            .field("method", &self.method)
            .field("remember", &self.remember)
            .finish_non_exhaustive()
    }
}

impl<'a> SignInAttempt<'a> {
    pub(crate) fn new(
        user: &'a User,
        method: SignInMethod,
        remember: bool,
        headers: Option<&'a HeaderMap>,
    ) -> Self {
        Self { user, method, remember, headers }
    }
}

/// A session that has come into being.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SessionCreated<'a> {
    /// The sign-in.
    pub attempt: &'a SignInAttempt<'a>,
    /// The session.
    pub session: &'a Session,
    /// Its token, which the store has only as a hash.
    pub token: &'a SessionToken,
}

impl<'a> SessionCreated<'a> {
    pub(crate) fn new(attempt: &'a SignInAttempt<'a>, session: &'a Session, token: &'a SessionToken) -> Self {
        Self { attempt, session, token }
    }
}

/// How a user proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignInMethod {
    /// By a password, and an address.
    Password,
    /// By a password, and a name in place of the address.
    Username,
    /// By signing up.
    SignUp,
    /// By the old password, while changing it: whoever was signed in goes on.
    PasswordChange,
    /// By following the link of a verification mail.
    EmailVerification,
    /// By what the plugin of this name asks for.
    Plugin(&'static str),
}

/// What [`Plugin::before_session`] decides.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Decision {
    /// Go on.
    Continue,
    /// No session yet: the client gets this answer, a second factor's question.
    Respond(Reply),
    /// No session: the client gets this error.
    Refuse(WireError),
}
