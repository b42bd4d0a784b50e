//! Signing in by a name in place of an address.

mod rules;
mod sign_in;

use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use serde_json::{Value, json};

use self::rules::{DisplayRules, Normalization, Rules};
pub use self::sign_in::SignInUsername;
use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request, with};
use crate::error::Error;
use crate::model::User;
use crate::plugin::{Call, Change, Plugin};
use crate::reply::Reply;
use crate::schema::{ExtraField, Schema};
use crate::shape::{Kind, Shape};
use crate::wire_error::WireError;

const USERNAME: &str = "username";
const DISPLAY_USERNAME: &str = "displayUsername";

/// Signs users in by a name in place of an address. The id is `username`.
///
/// Users get the fields `username`, unique and in one form, and `displayUsername`, as it was typed; clients set them
/// at sign-up and by `/update-user`. Endpoints: `POST /sign-in/username`, `POST /is-username-available`. A clone of
/// the plugin gives the app's own code [`sign_in`](Self::sign_in) and [`is_available`](Self::is_available).
#[derive(Debug, Clone)]
pub struct Username {
    rules: Arc<Rules>,
}

impl Default for Username {
    fn default() -> Self {
        let rules = Rules {
            min: 3,
            max: 30,
            validator: None,
            normalization: Normalization::Default,
            validates_normalized: false,
            immutable: false,
            display: Some(DisplayRules::default()),
        };
        Self { rules: Arc::new(rules) }
    }
}

impl Username {
    /// Names of 3 to 30 letters, digits, underscores and dots, alike in upper and lower case.
    pub fn new() -> Self {
        Self::default()
    }

    /// The fewest UTF-16 units (`minUsernameLength`). Default: 3.
    #[must_use]
    pub fn min_length(self, min: usize) -> Self {
        self.with(|rules| rules.min = min)
    }

    /// The most UTF-16 units (`maxUsernameLength`). Default: 30.
    #[must_use]
    pub fn max_length(self, max: usize) -> Self {
        self.with(|rules| rules.max = max)
    }

    /// Which names are valid (`usernameValidator`). Default: ASCII letters and digits, underscores and dots. One that
    /// takes more must see to it that no two names look alike.
    #[must_use]
    pub fn validator(self, is_valid: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.with(|rules| rules.validator = Some(Arc::new(is_valid)))
    }

    /// The form in which names are kept and looked up (`usernameNormalization`). Default: NFKC, in lower case.
    /// A form must be its own form.
    #[must_use]
    pub fn normalization(self, form: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.with(|rules| rules.normalization = Normalization::Own(Arc::new(form)))
    }

    /// Names are kept as they are typed (`usernameNormalization: false`): `Ada` and `ada` are two users.
    #[must_use]
    pub fn without_normalization(self) -> Self {
        self.with(|rules| rules.normalization = Normalization::Off)
    }

    /// Names are judged in the form in which they are kept (`validationOrder.username: "post-normalization"`).
    /// Default: as they are typed.
    #[must_use]
    pub fn validates_normalized(self) -> Self {
        self.with(|rules| rules.validates_normalized = true)
    }

    /// Who has a name keeps it (`immutableUsername`). Default: it can be changed.
    #[must_use]
    pub fn immutable(self) -> Self {
        self.with(|rules| rules.immutable = true)
    }

    /// Which names to be shown are valid (`displayUsernameValidator`). Default: all.
    #[must_use]
    pub fn display_validator(self, is_valid: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.with_display(|display| display.validator = Some(Arc::new(is_valid)))
    }

    /// The form in which names to be shown are kept (`displayUsernameNormalization`). Default: as they are typed.
    #[must_use]
    pub fn display_normalization(self, form: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.with_display(|display| display.normalization = Some(Arc::new(form)))
    }

    /// Names to be shown are judged in the form in which they are kept
    /// (`validationOrder.displayUsername: "post-normalization"`). Default: as they are typed.
    #[must_use]
    pub fn display_validates_normalized(self) -> Self {
        self.with_display(|display| display.validates_normalized = true)
    }

    /// Users have no `displayUsername` (`displayUsername: false`).
    #[must_use]
    pub fn without_display_username(self) -> Self {
        self.with(|rules| rules.display = None)
    }

    fn with(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(Arc::make_mut(&mut self.rules));
        self
    }

    fn with_display(self, change: impl FnOnce(&mut DisplayRules)) -> Self {
        self.with(|rules| change(rules.display.get_or_insert_default()))
    }

    /// Whether nobody has this name; as [`Error::Refused`] what is wrong with it.
    ///
    /// # Errors
    /// [`Error::Refused`] when it cannot be anybody's; [`Error::Store`].
    pub async fn is_available(&self, auth: &Auth, username: &str) -> Result<bool, Error> {
        if let Some(fault) = self.rules.fault(username) {
            return Err(fault.refused(StatusCode::UNPROCESSABLE_ENTITY));
        }
        Ok(self.holder(auth, username).await?.is_none())
    }

    /// Who has this name.
    async fn holder(&self, auth: &Auth, username: &str) -> Result<Option<User>, Error> {
        Ok(auth.store().user_by_field(USERNAME, &self.rules.normalized(username)).await?)
    }

    /// Judges the names of a sign-up, or of a change of who is signed in.
    async fn judge(&self, auth: &Auth, call: &Call<'_>, is_sign_up: bool) -> Result<(), Error> {
        let given = call.body.as_ref().and_then(|body| body.get(USERNAME));
        let is_change = !is_sign_up && given.is_some_and(|given| given.is_string() || given.is_null());
        let current = if is_change { auth.session(call.headers).await? } else { None };
        let had =
            current.as_ref().and_then(|current| current.user.extra.get(USERNAME)).and_then(Value::as_str);
        let username = given.and_then(Value::as_str);
        if let Some(fault) = username.and_then(|username| self.rules.fault(username)) {
            return Err(fault.refused(StatusCode::BAD_REQUEST));
        }
        if self.rules.immutable && is_change && had.is_some() {
            // Nor can it be taken away, to be given anew.
            let kept = username.map(|username| self.rules.normalized(username));
            if kept.as_deref() != had {
                return Err(refused("USERNAME_IS_IMMUTABLE", "Username cannot be updated"));
            }
        }
        if let Some(username) = username
            && let Some(holder) = self.holder(auth, username).await?
            && current.is_none_or(|current| current.user.id != holder.id)
        {
            return Err(refused(
                "USERNAME_IS_ALREADY_TAKEN",
                "Username is already taken. Please try another.",
            ));
        }
        let shown = call.text(DISPLAY_USERNAME);
        if let (Some(display), Some(shown)) = (&self.rules.display, shown)
            && !display.is_valid(shown)
        {
            return Err(refused("INVALID_DISPLAY_USERNAME", "Display username is invalid"));
        }
        Ok(())
    }
}

fn refused(code: &'static str, message: &'static str) -> Error {
    Error::Refused(WireError::new(StatusCode::BAD_REQUEST, code, message))
}

#[async_trait]
impl Plugin for Username {
    fn id(&self) -> &'static str {
        "username"
    }

    fn schema(&self) -> Schema {
        let (checks, forms) = (Arc::clone(&self.rules), Arc::clone(&self.rules));
        let username = ExtraField::text(USERNAME)
            .unique()
            .input()
            .check(move |value| match value.as_str().and_then(|username| checks.fault(username)) {
                Some(fault) => Err(fault.message().into()),
                None => Ok(()),
            })
            .transform(move |value| match value.as_str() {
                Some(username) => forms.normalized(username).into_owned().into(),
                None => value,
            });
        let schema = Schema::new().user_field(username);
        let Some(display) = self.rules.display.clone() else { return schema };
        let checks = display.clone();
        let shown = ExtraField::text(DISPLAY_USERNAME)
            .input()
            .check(move |value| match value.as_str().is_none_or(|shown| checks.is_valid(shown)) {
                true => Ok(()),
                false => Err("Display username is invalid".into()),
            })
            .transform(move |value| match value.as_str() {
                Some(shown) => display.normalized(shown).into_owned().into(),
                None => value,
            });
        schema.user_field(shown)
    }

    fn endpoints(self: Arc<Self>) -> Vec<Endpoint> {
        let is_available = Endpoint::post("/is-username-available", with(&self, is_available))
            .summary("Tells whether a username is free")
            .body(Shape::new().field(USERNAME, Kind::String));
        vec![sign_in::endpoint(&self), is_available]
    }

    async fn before_request(&self, auth: &Auth, call: &mut Call<'_>) -> Result<Option<Reply>, Error> {
        let is_sign_up = call.route == "/sign-up/email";
        if !is_sign_up && call.route != "/update-user" {
            return Ok(None);
        }
        if is_sign_up
            && call.body.as_ref().is_some_and(|body| body.get(USERNAME).is_none())
            && let Some(shown) = call.text(DISPLAY_USERNAME).map(str::to_owned)
            && self.rules.fault(&shown).is_none()
        {
            set(call, USERNAME, shown);
        }
        self.judge(auth, call, is_sign_up).await?;
        if is_sign_up
            && self.rules.display.is_some()
            && let Some(username) = call.text(USERNAME).map(str::to_owned)
            && call.text(DISPLAY_USERNAME).is_none_or(str::is_empty)
        {
            set(call, DISPLAY_USERNAME, username);
        }
        Ok(None)
    }

    async fn before_change(&self, _: &Auth, change: &mut Change<'_>) -> Result<(), Error> {
        if let Change::CreateUser { user, .. } = change
            && self.rules.display.is_some()
            && !user.extra.contains_key(DISPLAY_USERNAME)
            && let Some(username) = user.extra.get(USERNAME).filter(|username| username.is_string()).cloned()
        {
            user.extra.insert(DISPLAY_USERNAME.to_owned(), username);
        }
        Ok(())
    }
}

fn set(call: &mut Call<'_>, name: &str, value: String) {
    if let Some(Value::Object(body)) = call.body.as_mut() {
        body.insert(name.to_owned(), value.into());
    }
}

async fn is_available(plugin: Arc<Username>, request: Request) -> Result<Reply, Error> {
    let username = request.body.get(USERNAME).and_then(Value::as_str).unwrap_or_default();
    if username.is_empty() {
        return Err(rules::Fault::Invalid.refused(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let available = plugin.is_available(&request.auth, username).await?;
    Ok(Reply::json(&json!({ "available": available })))
}
