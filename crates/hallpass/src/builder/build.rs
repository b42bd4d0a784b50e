//! From a configuration to an `Auth`: every check, and what is made of every part.

use std::collections::HashSet;
use std::sync::Arc;

use super::{AuthBuilder, BuildError, check, limits, mail, stateless};
use crate::auth::{Auth, Inner};
use crate::cookie_rules::CookieRules;
use crate::flow;
use crate::mailer::PlainTemplates;
use crate::outgoing::{Outgoing, WaitingLimit};
#[cfg(not(target_family = "wasm"))]
use crate::password::HashPool;
use crate::password::PasswordHasher;
#[cfg(target_family = "wasm")]
use crate::password::{InlineHasher, PasswordScheme};
use crate::plugin::Plugin;
use crate::random::SecureRandom;
use crate::router::Router;
use crate::schema::{Schema, SchemaProblem};
use crate::session::SessionCookies;

impl AuthBuilder {
    /// Checks the configuration and makes the [`Auth`].
    ///
    /// # Errors
    /// [`BuildError`] names the first thing that is missing, contradictory or unsafe, and the remedy.
    pub fn build(mut self) -> Result<Auth, BuildError> {
        let keyring = check::checked_secrets(self.secret.take(), std::mem::take(&mut self.secrets))?;
        let base_url = check::checked_base_url(self.base_url.take(), self.plain_http)?;
        let base_path = match (base_url.path(), self.base_path.take()) {
            ("/", None) => "/api/auth".to_owned(),
            ("/", Some(path)) => check::checked_path(&path)?,
            (path, None) => check::checked_path(path)?,
            (url, Some(path)) => return Err(BuildError::TwoBasePaths { url: url.to_owned(), path }),
        };
        let hosts: Vec<_> = self.hosts.iter().map(|host| format!("{}://{host}", base_url.scheme())).collect();
        let origins: Vec<_> = self.trusted_origins.iter().cloned().chain(hosts.iter().cloned()).collect();
        let trusted = check::checked_origins(&base_url, &origins, self.plain_http)?;
        let hosts = (!hosts.is_empty())
            .then(|| check::checked_origins(&base_url, &hosts, self.plain_http))
            .transpose()?;
        mail::check(&self, &trusted)?;
        stateless::check(&mut self)?;
        let error_url = self.error_url.map(|url| check::checked_error_url(url, &trusted)).transpose()?;
        if let Some(options) = &self.email_password {
            check::check_passwords(options, self.short_passwords)?;
        }
        check::check_request_limits(&self.limits)?;
        check::check_session(&self.session)?;
        let session_cache =
            check::checked_session_cache(self.session_cache, self.secondary.as_ref(), self.memory.is_some())?;
        let secure = self.cookies.secure.unwrap_or(base_url.scheme() == "https");
        let plugins_cookies = self.plugins.iter().flat_map(|plugin| plugin.cookies().iter().copied());
        let keys: Vec<&str> = SessionCookies::KEYS.into_iter().chain(plugins_cookies).collect();
        if let Some(unknown) = self.cookies.overrides.keys().find(|key| !keys.contains(&key.as_ref())) {
            return Err(BuildError::UnknownCookie(unknown.clone().into_owned()));
        }
        let cookie_rules = CookieRules::new(self.cookies, secure);
        check::check_cookies(keys.iter().map(|key| cookie_rules.define(key)), &base_url)?;
        let cookies = {
            let (options, longest) = (&self.session, self.limits.cookies);
            SessionCookies::new(&cookie_rules, &keyring, options, longest, self.memory.is_some())
        };
        let router = router(&self.plugins)?;
        if let Some(unknown) =
            self.disabled.iter().find(|path| !router.has(path) || path.contains(['*', '?']))
        {
            return Err(BuildError::UnknownPath(unknown.clone()));
        }
        // Strangers' requests must not fill the memory that sessions are in.
        let shared = || {
            let secondary = self.secondary.as_ref().filter(|secondary| secondary.storage.is_shared());
            secondary.map(|secondary| Arc::clone(&secondary.storage))
        };
        let counters =
            self.rate_limit_storage.or_else(shared).unwrap_or_else(|| limits::in_memory(&self.clock));
        let limiter = match self.rate_limit {
            None => None,
            Some(options) => {
                check::check_rate_limits(&options, &router)?;
                Some(limits::limiter(options, &counters, self.default_limiter, &self.clock))
            }
        };
        let outgoing = Outgoing {
            mailer: self.mailer,
            templates: self
                .mail_templates
                .unwrap_or_else(|| Arc::new(PlainTemplates::new(base_url.host_str().unwrap_or_default()))),
            tasks: self.tasks,
            http: self.http,
            deciding: WaitingLimit::default(),
            sending: WaitingLimit::default(),
        };
        let schema = schema(self.schema, &self.plugins)?;
        if self.memory.is_some() && schema.has_hidden_fields() {
            return Err(BuildError::StatelessHiddenFields);
        }
        let hasher = self.hasher.unwrap_or_else(|| default_hasher(&self.random));
        let longest = self.session.expires_in.max(self.session.expires_in_unremembered);
        let secondary = self.secondary.as_ref().map(|secondary| Arc::clone(&secondary.storage));
        let store = match self.secondary {
            None => self.store,
            Some(secondary) => secondary.around(self.store, Arc::clone(&self.clock), longest),
        };
        let (store, session_cache) = match session_cache {
            None => (store, None),
            Some(cache) => {
                let (store, copies) = cache.around(store, Arc::clone(&self.clock));
                (store, Some(copies))
            }
        };
        store.declare(&schema).map_err(BuildError::StoreInUse)?;
        let auth = Auth::from_inner(Inner {
            store,
            session_cache,
            hs256: keyring.hs256(),
            keyring,
            clock: self.clock,
            random: self.random,
            hasher,
            events: self.events,
            plugins: self.plugins,
            origin: base_url.origin().ascii_serialization(),
            hosts,
            base_path,
            allow_trailing_slash: self.allow_trailing_slash,
            disabled: self.disabled,
            error_url,
            trusted,
            addresses: self.addresses,
            limits: self.limits,
            limiter,
            secondary: secondary.filter(|secondary| !Arc::ptr_eq(secondary, &counters)),
            counters,
            email_password: self.email_password,
            verification: self.verification,
            password_reset: self.password_reset,
            change_email: self.change_email,
            user_deletion: self.user_deletion,
            unlinks_all: self.unlinks_all,
            outgoing,
            session: self.session,
            memory: self.memory,
            cookie_rules,
            cookies,
            router,
            schema,
        });
        for plugin in &auth.inner().plugins {
            plugin.check(&auth).map_err(|reason| BuildError::Plugin { plugin: plugin.id(), reason })?;
        }
        Ok(auth)
    }
}

/// The pool's threads, or the caller's one where there are none.
fn default_hasher(random: &Arc<dyn SecureRandom>) -> Arc<dyn PasswordHasher> {
    #[cfg(not(target_family = "wasm"))]
    return Arc::new(HashPool::new(Arc::clone(random)));
    #[cfg(target_family = "wasm")]
    Arc::new(InlineHasher::new(PasswordScheme::default(), Arc::clone(random)))
}

/// What every plugin declares, and then the app: answers have the fields in this order, as better-auth's.
fn schema(app: Schema, plugins: &[Arc<dyn Plugin>]) -> Result<Schema, BuildError> {
    let mut schema = Schema::new();
    for plugin in plugins {
        schema.extend(plugin.schema());
    }
    schema.extend(app);
    match schema.problem() {
        None => Ok(schema),
        Some(SchemaProblem { field, problem }) => Err(BuildError::Schema { field, problem }),
    }
}

fn router(plugins: &[Arc<dyn Plugin>]) -> Result<Router, BuildError> {
    let mut router = Router::default();
    for endpoint in flow::endpoints() {
        router.add(endpoint).map_err(|path| BuildError::DuplicateEndpoint { plugin: "core", path })?;
    }
    let mut ids = HashSet::new();
    for plugin in plugins {
        if !ids.insert(plugin.id()) {
            return Err(BuildError::DuplicatePlugin(plugin.id()));
        }
        for mut endpoint in Arc::clone(plugin).endpoints() {
            endpoint.plugin = Some(plugin.id());
            if let Some(limit) = endpoint.limit {
                check::check_rate_limit(endpoint.path, limit)?;
            }
            router
                .add(endpoint)
                .map_err(|path| BuildError::DuplicateEndpoint { plugin: plugin.id(), path })?;
        }
    }
    Ok(router)
}
