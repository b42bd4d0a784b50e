//! Cookies of plugins.

use std::borrow::Cow;
use std::time::Duration;

use http::HeaderMap;
use http::header::HeaderValue;

use crate::auth::Auth;
use crate::config::CookiePatch;
use crate::cookie::{self, CookieDefinition};

/// A cookie of a plugin's own, named and attributed as the library's are.
#[derive(Debug, Clone)]
pub struct PluginCookie {
    auth: Auth,
    definition: CookieDefinition,
}

impl Auth {
    /// The cookie that `key` stands for: the configured prefix, a dot and the key, `__Secure-` ahead where cookies
    /// are secure, with the configured attributes. A plugin names its keys in
    /// [`Plugin::cookies`](crate::plugin::Plugin::cookies).
    pub fn cookie(&self, key: &str) -> PluginCookie {
        PluginCookie { auth: self.clone(), definition: self.inner().cookie_rules.define(key) }
    }

    /// The cookie that carries the session's token.
    pub fn session_cookie(&self) -> PluginCookie {
        PluginCookie { auth: self.clone(), definition: self.inner().cookies.token_definition().clone() }
    }
}

impl PluginCookie {
    /// With another name, whole.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.definition = self.definition.named(name.into());
        self
    }

    /// With other attributes.
    #[must_use]
    pub fn with(mut self, patch: &CookiePatch) -> Self {
        self.definition = self.definition.patched(patch);
        self
    }

    /// Its full name.
    pub fn name(&self) -> &str {
        self.definition.name()
    }

    /// A `Set-Cookie` value with `value` signed; without `max_age` it lasts as long as the browser runs. `None` when
    /// the name cannot be a cookie's.
    pub fn set_signed(&self, value: &str, max_age: Option<Duration>) -> Option<HeaderValue> {
        self.set(&self.auth.inner().cookies.signer().sign(value), max_age)
    }

    /// As [`set_signed`](Self::set_signed), with `value` as it is: whoever has the browser can write it anew.
    pub fn set(&self, value: &str, max_age: Option<Duration>) -> Option<HeaderValue> {
        self.definition.set(value, max_age)
    }

    /// A `Set-Cookie` value that makes the browser forget the cookie.
    pub fn expire(&self) -> Option<HeaderValue> {
        self.definition.expire()
    }

    /// What the request's cookie says, if its signature is right. A signature says who wrote the value and not for
    /// which cookie: the value itself must tell its purpose.
    pub fn signed_value(&self, headers: &HeaderMap) -> Option<String> {
        let signed = self.value(headers)?;
        self.auth.inner().cookies.signer().verify(&signed).map(str::to_owned)
    }

    /// What the request's cookie says, whoever wrote it.
    pub fn value<'h>(&self, headers: &'h HeaderMap) -> Option<Cow<'h, str>> {
        cookie::value(headers, self.definition.name())
    }
}

/// The names of all cookies that a request brings.
pub fn cookie_names(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    cookie::pairs(headers).map(|(name, _)| name)
}
