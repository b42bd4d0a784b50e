//! How somebody signed in last, for the page to say.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::auth::Auth;
use crate::config::CookiePatch;
use crate::error::Error;
use crate::model::Extra;
use crate::plugin::{Change, Exchange, Plugin, SessionCreated, SignInMethod};
use crate::reply::Reply;
use crate::schema::{ExtraField, Schema};
use crate::store::UserChange;

type Resolve = Arc<dyn Fn(SignInMethod) -> Option<Cow<'static, str>> + Send + Sync>;
type Permit = Arc<dyn Fn(&Exchange<'_>, &str) -> bool + Send + Sync>;

/// Keeps in a cookie that the page can read by which method the browser's user signed in last: `email`, `magic-link`
/// … The id is `last-login-method`.
///
/// The cookie is not signed, and anyone with the browser can change it: it is for showing, and decides nothing.
#[derive(Clone)]
pub struct LastLoginMethod {
    cookie_name: Cow<'static, str>,
    max_age: Duration,
    in_database: bool,
    resolve: Option<Resolve>,
    permit: Option<Permit>,
}

impl fmt::Debug for LastLoginMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastLoginMethod")
            .field("cookie_name", &self.cookie_name)
            .field("max_age", &self.max_age)
            .field("in_database", &self.in_database)
            .finish_non_exhaustive()
    }
}

impl Default for LastLoginMethod {
    fn default() -> Self {
        Self {
            cookie_name: Cow::Borrowed("better-auth.last_used_login_method"),
            max_age: Duration::from_secs(30 * 86_400),
            in_database: false,
            resolve: None,
            permit: None,
        }
    }
}

const FIELD: &str = "lastLoginMethod";

/// What better-auth calls the ways in that it names.
fn name(method: SignInMethod) -> Option<Cow<'static, str>> {
    match method {
        SignInMethod::Password | SignInMethod::SignUp => Some(Cow::Borrowed("email")),
        SignInMethod::Plugin("one-tap") => Some(Cow::Borrowed("google")),
        SignInMethod::Plugin(id @ ("email-otp" | "magic-link" | "passkey" | "siwe")) => {
            Some(Cow::Borrowed(id))
        }
        _ => None,
    }
}

impl LastLoginMethod {
    /// In the cookie `better-auth.last_used_login_method`, for 30 days.
    pub fn new() -> Self {
        Self::default()
    }

    /// The cookie's name, whole: no prefix goes before it (`cookieName`).
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.cookie_name = name.into();
        self
    }

    /// How long the browser keeps the cookie (`maxAge`). Default: 30 days.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// Keeps the method as the user's field `lastLoginMethod` too, which answers show (`storeInDatabase`). Default:
    /// no.
    #[must_use]
    pub fn store_in_database(mut self) -> Self {
        self.in_database = true;
        self
    }

    /// Names methods in its own way (`customResolveMethod`); where it gives `None`, the name is better-auth's, if it
    /// has one.
    #[must_use]
    pub fn resolve(
        mut self,
        name: impl Fn(SignInMethod) -> Option<Cow<'static, str>> + Send + Sync + 'static,
    ) -> Self {
        self.resolve = Some(Arc::new(name));
        self
    }

    /// Sets the cookie only where this says so, of the request and the method's name: for browsers whose user has
    /// not agreed to it (`beforeStoreCookie`). Default: always.
    #[must_use]
    pub fn store_cookie_if(
        mut self,
        permit: impl Fn(&Exchange<'_>, &str) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.permit = Some(Arc::new(permit));
        self
    }

    fn name_of(&self, method: SignInMethod) -> Option<Cow<'static, str>> {
        self.resolve.as_ref().and_then(|resolve| resolve(method)).or_else(|| name(method))
    }
}

#[async_trait]
impl Plugin for LastLoginMethod {
    fn id(&self) -> &'static str {
        "last-login-method"
    }

    fn schema(&self) -> Schema {
        let schema = Schema::new();
        if self.in_database { schema.user_field(ExtraField::text(FIELD)) } else { schema }
    }

    async fn before_change(&self, auth: &Auth, change: &mut Change<'_>) -> Result<(), Error> {
        // Who signs up and is signed in by it has signed in by what comes with it, as the answer says already.
        let signs_in =
            auth.inner().email_password.as_ref().is_some_and(|options| options.signs_in_on_sign_up());
        if let Change::CreateUser { user, method: Some(method), .. } = change
            && self.in_database
            && (*method != SignInMethod::SignUp || signs_in)
            && let Some(name) = self.name_of(*method)
        {
            user.extra.insert(FIELD.to_owned(), Value::String(name.into_owned()));
        }
        Ok(())
    }

    async fn session_created(&self, auth: &Auth, created: &SessionCreated<'_>) -> Result<(), Error> {
        let user = created.attempt.user;
        let Some(name) = self.name_of(created.attempt.method).filter(|_| self.in_database) else {
            return Ok(());
        };
        let value = Value::String(name.into_owned());
        if created.attempt.method == SignInMethod::SignUp && user.extra.get(FIELD) == Some(&value) {
            return Ok(());
        }
        let extra = Extra::from_iter([(FIELD.to_owned(), value)]);
        let change = UserChange { extra, updated_at: auth.now(), ..UserChange::default() };
        auth.change_user(&user.id, change).await.map(drop)
    }

    async fn after_request(
        &self,
        auth: &Auth,
        exchange: &Exchange<'_>,
        reply: Reply,
    ) -> Result<Reply, Error> {
        let name = reply.sign_in_method().and_then(|method| self.name_of(method));
        let permitted =
            |name: &Cow<'_, str>| self.permit.as_ref().is_none_or(|permit| permit(exchange, name));
        let Some(name) = name.filter(permitted) else { return Ok(reply) };
        // A page is to read it.
        let readable = CookiePatch { http_only: Some(false), ..CookiePatch::default() };
        let cookie = auth.session_cookie().named(self.cookie_name.clone()).with(&readable);
        Ok(reply.cookies(cookie.set(&name, Some(self.max_age))))
    }
}
