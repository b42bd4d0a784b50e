//! better-auth's plugins by id, each with its options beside the id. A plugin or an option that is not here is
//! refused by name.

mod jwt;
mod mailed;
mod providers;
mod username;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hallpass::plugins::{
    Anonymous, Bearer, CustomSession, LastLoginMethod, MultiSession, OneTimeToken, OpenApi, ShowSession,
};
use hallpass::{Auth, AuthBuilder, CurrentSession, Error};
use hallpass_jwt::JwkStore;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::Failure;
use crate::options::refused;

/// One of the file's `plugins`.
pub(crate) struct Entry {
    id: String,
    options: Map<String, Value>,
}

impl Entry {
    pub(crate) fn read(value: &Value) -> Result<Self, Failure> {
        let mut options = value.as_object().cloned().unwrap_or_default();
        match options.remove("id") {
            Some(Value::String(id)) => Ok(Self { id, options }),
            _ => Err(Failure::Refused("option plugins: an entry without an id".to_owned())),
        }
    }

    /// The options beside the id.
    fn options<T: DeserializeOwned>(self) -> Result<T, Failure> {
        let name = format!("plugins.{}", self.id);
        serde_path_to_error::deserialize(Value::Object(self.options)).map_err(|error| refused(&name, &error))
    }

    /// Adds the plugin.
    pub(crate) fn add_to(
        self,
        builder: AuthBuilder,
        keys: &Arc<dyn JwkStore>,
    ) -> Result<AuthBuilder, Failure> {
        Ok(match self.id.as_str() {
            "anonymous" => builder.plugin(anonymous(self.options()?)),
            "bearer" => builder.plugin(bearer(&self.options()?)),
            "captcha" => builder.plugin(providers::captcha(self.options()?)),
            "email-otp" => builder.plugin(mailed::email_otp(&self.options()?)),
            "have-i-been-pwned" => builder.plugin(providers::have_i_been_pwned(self.options()?)?),
            "jwt" => builder.plugin(jwt::jwt(self.options()?, Arc::clone(keys))?),
            "custom-session" => builder.plugin(custom_session(&self.options()?)),
            "last-login-method" => builder.plugin(last_login_method(self.options()?)),
            "magic-link" => builder.plugin(mailed::magic_link(&self.options()?)),
            "multi-session" => builder.plugin(multi_session(&self.options()?)),
            "one-time-token" => builder.plugin(one_time_token(&self.options()?)),
            "open-api" => builder.plugin(open_api(self.options()?)),
            "username" => builder.plugin(username::username(&self.options()?)),
            unknown => {
                return Err(Failure::Refused(format!("option plugins: {unknown:?} is not supported")));
            }
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AnonymousOptions {
    email_domain_name: Option<String>,
    #[serde(default)]
    disable_delete_anonymous_user: bool,
}

fn anonymous(options: AnonymousOptions) -> Anonymous {
    let mut plugin = Anonymous::new();
    if let Some(domain) = options.email_domain_name {
        plugin = plugin.email_domain(domain);
    }
    if options.disable_delete_anonymous_user { plugin.keep_users() } else { plugin }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BearerOptions {
    #[serde(default)]
    require_signature: bool,
}

fn bearer(options: &BearerOptions) -> Bearer {
    if options.require_signature { Bearer::new().require_signature() } else { Bearer::new() }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CustomSessionOptions {
    #[serde(default)]
    should_mutate_list_device_sessions_endpoint: bool,
}

/// What `reference/options.mjs` makes of a session too.
struct Greeting;

#[async_trait]
impl ShowSession for Greeting {
    async fn show(&self, auth: &Auth, current: &CurrentSession) -> Result<Value, Error> {
        let shown = serde_json::to_value(current.view(auth.schema()));
        let mut shown = shown.map_err(|_| Error::Internal("a session is no JSON"))?;
        let name = &current.user.name;
        if let Some(user) = shown.get_mut("user").and_then(Value::as_object_mut) {
            user.insert("shout".to_owned(), name.to_uppercase().into());
        }
        let mut fields = Map::from_iter([("greeting".to_owned(), format!("Hello {name}").into())]);
        if let Value::Object(shown) = shown {
            fields.extend(shown);
        }
        Ok(Value::Object(fields))
    }
}

fn custom_session(options: &CustomSessionOptions) -> CustomSession {
    let plugin = CustomSession::new(Greeting);
    if options.should_mutate_list_device_sessions_endpoint { plugin.show_device_sessions() } else { plugin }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LastLoginMethodOptions {
    cookie_name: Option<String>,
    max_age: Option<u64>,
    #[serde(default)]
    store_in_database: bool,
}

fn last_login_method(options: LastLoginMethodOptions) -> LastLoginMethod {
    let mut plugin = LastLoginMethod::new();
    if let Some(name) = options.cookie_name {
        plugin = plugin.cookie_name(name);
    }
    if let Some(seconds) = options.max_age {
        plugin = plugin.max_age(Duration::from_secs(seconds));
    }
    if options.store_in_database { plugin.store_in_database() } else { plugin }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MultiSessionOptions {
    maximum_sessions: Option<usize>,
}

fn multi_session(options: &MultiSessionOptions) -> MultiSession {
    options.maximum_sessions.map_or_else(MultiSession::new, |max| MultiSession::new().max_sessions(max))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OneTimeTokenOptions {
    expires_in: Option<u64>,
    #[serde(default)]
    disable_client_request: bool,
    #[serde(default)]
    disable_set_session_cookie: bool,
    #[serde(default)]
    set_ott_header_on_new_session: bool,
    /// Tokens are always stored hashed.
    #[serde(rename = "storeToken")]
    _store_token: Option<StoreToken>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum StoreToken {
    Hashed,
}

fn one_time_token(options: &OneTimeTokenOptions) -> OneTimeToken {
    let mut plugin = OneTimeToken::new();
    if let Some(minutes) = options.expires_in {
        plugin = plugin.expires_in(Duration::from_secs(60 * minutes));
    }
    if options.disable_client_request {
        plugin = plugin.disable_client_requests();
    }
    if options.disable_set_session_cookie {
        plugin = plugin.without_session_cookie();
    }
    if options.set_ott_header_on_new_session {
        plugin = plugin.header_on_new_session();
    }
    plugin
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OpenApiOptions {
    path: Option<String>,
    #[serde(default)]
    disable_default_reference: bool,
    theme: Option<String>,
}

fn open_api(options: OpenApiOptions) -> OpenApi {
    let mut plugin = OpenApi::new();
    if let Some(path) = options.path {
        // Once in the process's life.
        plugin = plugin.path(String::leak(path));
    }
    if let Some(theme) = options.theme {
        plugin = plugin.theme(theme);
    }
    if options.disable_default_reference { plugin.without_reference() } else { plugin }
}
