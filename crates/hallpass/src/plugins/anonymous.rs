//! Users who have not said who they are yet.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use crate::auth::Auth;
use crate::endpoint::{Client, Endpoint, Request, SessionNeed, with};
use crate::error::Error;
use crate::flow::limits;
use crate::flow::session::{self, NewSession, SignedIn};
use crate::model::{Extra, User};
use crate::plugin::{Call, Change, Exchange, Plugin, SessionEnd, SignInMethod};
use crate::random::alphanumeric;
use crate::reply::Reply;
use crate::schema::{ExtraField, Schema};
use crate::session::CurrentSession;
use crate::store::UserChange;
use crate::types::{Email, SessionToken, UserId};
use crate::wire_error::WireError;

/// Takes over what an anonymous user has done.
#[async_trait]
pub trait OnLink: Send + Sync + 'static {
    /// Whoever was `anonymous` has signed in, or up, as `signed_in`: what belongs to the former is to be the latter's.
    /// The anonymous user is deleted right after. May be called again for the same two, where it failed or two sign-ins
    /// came at once.
    ///
    /// # Errors
    /// Any error is the answer: nobody is signed in by it, and the anonymous user stays.
    async fn link(
        &self,
        auth: &Auth,
        anonymous: &CurrentSession,
        signed_in: &CurrentSession,
    ) -> Result<(), Error>;
}

type GenerateName = Arc<dyn Fn(&HeaderMap) -> String + Send + Sync>;
type GenerateEmail = Arc<dyn Fn(&Auth) -> String + Send + Sync>;

/// Lets somebody use the app as a user without a name, an address or a password, and become another by signing up or
/// in. The id is `anonymous`.
///
/// Endpoints: `POST /sign-in/anonymous`, `POST /delete-anonymous-user`. Users have the field `isAnonymous`.
///
/// When an anonymous user signs in, the app's [`OnLink`] takes over what they have done, and the anonymous user is
/// deleted. A mailed link does so only where the same anonymous user asked for it.
#[derive(Clone, Default)]
pub struct Anonymous {
    email_domain: Option<String>,
    generate_name: Option<GenerateName>,
    generate_email: Option<GenerateEmail>,
    on_link: Option<Arc<dyn OnLink>>,
    keeps_users: bool,
}

impl fmt::Debug for Anonymous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Anonymous")
            .field("email_domain", &self.email_domain)
            .field("keeps_users", &self.keeps_users)
            .finish_non_exhaustive()
    }
}

const ID: &str = "anonymous";
const FIELD: &str = "isAnonymous";

const fn refused(status: StatusCode, code: &'static str, message: &'static str) -> Error {
    Error::Refused(WireError::new(status, code, message))
}

impl Anonymous {
    /// Users with an address that leads nowhere, deleted when they sign in as somebody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Addresses are `temp-…` at this domain (`emailDomainName`). Default: `…@anonymous.placeholder.invalid`, to which
    /// no mail can be sent.
    #[must_use]
    pub fn email_domain(mut self, domain: impl Into<String>) -> Self {
        self.email_domain = Some(domain.into());
        self
    }

    /// Makes the addresses (`generateRandomEmail`): each must be another's than any user's.
    #[must_use]
    pub fn generate_email(mut self, email: impl Fn(&Auth) -> String + Send + Sync + 'static) -> Self {
        self.generate_email = Some(Arc::new(email));
        self
    }

    /// Makes the names, of the request's headers (`generateName`). Default, and in place of an empty one: `Anonymous`.
    #[must_use]
    pub fn generate_name(mut self, name: impl Fn(&HeaderMap) -> String + Send + Sync + 'static) -> Self {
        self.generate_name = Some(Arc::new(name));
        self
    }

    /// Who takes over what an anonymous user has done (`onLinkAccount`). Default: nobody, and it goes with the user.
    #[must_use]
    pub fn on_link(mut self, on_link: impl OnLink) -> Self {
        self.on_link = Some(Arc::new(on_link));
        self
    }

    /// Anonymous users are not deleted, neither when they sign in nor at their wish (`disableDeleteAnonymousUser`).
    #[must_use]
    pub fn keep_users(mut self) -> Self {
        self.keeps_users = true;
        self
    }

    fn email(&self, auth: &Auth) -> Result<Email, Error> {
        let id = || alphanumeric(auth.random(), 32);
        let own = self.generate_email.as_ref().map(|generate| generate(auth)).filter(|own| !own.is_empty());
        let email = own.unwrap_or_else(|| match &self.email_domain {
            Some(domain) => format!("temp-{}@{domain}", id()),
            None => format!("{}@anonymous.placeholder.invalid", id()),
        });
        Email::parse(&email).map_err(|_| {
            refused(
                StatusCode::BAD_REQUEST,
                "INVALID_EMAIL_FORMAT",
                "Email was not generated in a valid format",
            )
        })
    }

    /// Creates an anonymous user and signs them in.
    ///
    /// # Errors
    /// [`Error::Refused`] when the address is none, or the user or the session could not be created; whatever a
    /// plugin says; [`Error::Store`].
    pub async fn sign_in(
        &self,
        auth: &Auth,
        client: &Client,
        headers: &HeaderMap,
    ) -> Result<SignedIn, Error> {
        let email = self.email(auth)?;
        let name = self.generate_name.as_ref().map(|generate| generate(headers));
        let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "Anonymous".to_owned());
        let extra = Extra::from_iter([(FIELD.to_owned(), Value::Bool(true))]);
        let user = User { extra, ..User::new(auth.new_id(), name, email, auth.now()) };
        let user = auth.create_user(user, None, client, Some(SignInMethod::Plugin(ID))).await?;
        let new = NewSession::new(&user, SignInMethod::Plugin(ID)).of(client, Some(headers));
        auth.create_session(new).await.map_err(|error| match error {
            Error::SessionNotCreated => {
                refused(StatusCode::BAD_REQUEST, "COULD_NOT_CREATE_SESSION", "Could not create session")
            }
            error => error,
        })
    }

    /// The anonymous user whom a request comes from.
    async fn caller(auth: &Auth, headers: &HeaderMap) -> Result<Option<CurrentSession>, Error> {
        let current = auth.session(headers).await?;
        Ok(current.filter(|current| is_anonymous(&current.user)))
    }
}

/// The routes that mail a link to the address in the body, by which somebody then signs in: where
/// [verifying](crate::EmailVerification::auto_sign_in) does, and always.
const VERIFICATION_ROUTES: [&str; 3] = ["/sign-up/email", "/sign-in/email", "/send-verification-email"];
const LINK_ROUTE: &str = "/sign-in/magic-link";

/// How long it is known that an anonymous user asked for a link: as long as any link is good by default.
const ASKED_FOR: Duration = Duration::from_secs(86_400);

/// What is left when an anonymous user asks for a link to an address.
fn asked(anonymous: &UserId, email: &Email) -> String {
    format!("anonymous-link:{anonymous}:{email}")
}

fn is_anonymous(user: &User) -> bool {
    user.extra.get(FIELD) == Some(&Value::Bool(true))
}

#[async_trait]
impl Plugin for Anonymous {
    fn id(&self) -> &'static str {
        ID
    }

    fn schema(&self) -> Schema {
        Schema::new().user_field(ExtraField::boolean(FIELD).default_value(false))
    }

    fn endpoints(self: Arc<Self>) -> Vec<Endpoint> {
        vec![
            Endpoint::post("/sign-in/anonymous", with(&self, sign_in))
                .summary("Signs somebody in who has not said who they are")
                .guards_login()
                .limit(limits::GUESSES),
            Endpoint::post("/delete-anonymous-user", with(&self, delete))
                .summary("Deletes the anonymous user who is signed in")
                .session(SessionNeed::Sensitive),
        ]
    }

    /// Whoever gets an address or a way to sign in is somebody: signing in as another is not to delete them.
    async fn before_change(&self, auth: &Auth, change: &mut Change<'_>) -> Result<(), Error> {
        match change {
            Change::UpdateUser { change, .. }
                if change.email.is_some() || change.email_verified == Some(true) =>
            {
                change.extra.insert(FIELD.to_owned(), Value::Bool(false));
            }
            Change::CreateAccount { account } => {
                let user = auth.store().user(&account.user_id).await?;
                if user.is_some_and(|user| is_anonymous(&user)) {
                    let extra = Extra::from_iter([(FIELD.to_owned(), Value::Bool(false))]);
                    let named = UserChange { extra, updated_at: auth.now(), ..UserChange::default() };
                    auth.change_user(&account.user_id, named).await?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Until what the anonymous user has done is taken over.
    async fn keeps_session(&self, auth: &Auth, _: &HeaderMap, token: &SessionToken) -> Result<bool, Error> {
        let current = session::of_token(auth, token.clone()).await?;
        Ok(current.is_some_and(|current| is_anonymous(&current.user)))
    }

    /// Remembers for which address a link was asked, so that only who asked for it takes an anonymous user along.
    async fn before_request(&self, auth: &Auth, call: &mut Call<'_>) -> Result<Option<Reply>, Error> {
        let is_mailed = call.route == LINK_ROUTE
            || (auth.inner().verification.auto_sign_in && VERIFICATION_ROUTES.contains(&call.route));
        if is_mailed
            && let Some(email) = call.text("email").and_then(|email| Email::parse(email).ok())
            && let Some(anonymous) = Self::caller(auth, call.headers).await?
        {
            auth.issue_verification(asked(&anonymous.user.id, &email), String::new(), ASKED_FOR).await?;
        }
        Ok(None)
    }

    async fn after_request(
        &self,
        auth: &Auth,
        exchange: &Exchange<'_>,
        reply: Reply,
    ) -> Result<Reply, Error> {
        let Some(signed_in) = reply.new_session() else { return Ok(reply) };
        let Some(anonymous) = Self::caller(auth, exchange.headers).await? else { return Ok(reply) };
        if anonymous.user.id == signed_in.user.id || is_anonymous(&signed_in.user) {
            return Ok(reply);
        }
        // Any site can make a browser follow a link that was mailed to somebody else.
        let is_own = exchange.method != Method::GET
            || auth.take_verification(&asked(&anonymous.user.id, &signed_in.user.email)).await?.is_some();
        if is_own
            && let Some(on_link) = &self.on_link
            && let Err(error) = on_link.link(auth, &anonymous, signed_in).await
        {
            // The answer with its cookie is not sent: nobody is to have this session.
            auth.end_session(&signed_in.token, SessionEnd::Undone, None).await?;
            return Err(error);
        }
        let left = if self.keeps_users || !is_own {
            // As any other session that is replaced.
            session::end_presented(auth, exchange.headers, Some(&signed_in.token), Some(ID)).await
        } else {
            auth.delete_user(&anonymous.user.id).await.map(drop)
        };
        if let Err(error) = left {
            tracing::error!(user = %anonymous.user.id, %error, "an anonymous user was not cleared away");
        }
        Ok(reply)
    }
}

async fn sign_in(plugin: Arc<Anonymous>, request: Request) -> Result<Reply, Error> {
    let (auth, headers) = (&request.auth, &request.headers);
    if Anonymous::caller(auth, headers).await?.is_some() {
        return Err(refused(
            StatusCode::BAD_REQUEST,
            "ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY",
            "Anonymous users cannot sign in again anonymously",
        ));
    }
    let signed_in = plugin.sign_in(auth, &request.client, headers).await?;
    let reply = Reply::json(&signed_in.answer(auth.schema()));
    Ok(signed_in.with(reply, auth, headers))
}

async fn delete(plugin: Arc<Anonymous>, request: Request) -> Result<Reply, Error> {
    if plugin.keeps_users {
        return Err(refused(
            StatusCode::BAD_REQUEST,
            "DELETE_ANONYMOUS_USER_DISABLED",
            "Deleting anonymous users is disabled",
        ));
    }
    let (auth, user) = (&request.auth, &request.signed_in()?.user);
    if !is_anonymous(user) {
        return Err(refused(StatusCode::FORBIDDEN, "USER_IS_NOT_ANONYMOUS", "User is not anonymous"));
    }
    auth.delete_user(&user.id).await?;
    let cookies = auth.sign_out_cookies(&request.headers);
    Ok(Reply::json(&json!({"success": true})).cookies(cookies))
}
