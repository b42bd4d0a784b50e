//! From better-auth's options to an [`Auth`], wherever it runs.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hallpass::password::{Argon2id, InlineHasher, PasswordScheme};
use hallpass::random::SystemRandom;
use hallpass::{
    AddressPolicy, Auth, AuthBuilder, BuildError, CookieCache, CookieCacheRefresh, CookieCacheStrategy,
    CookieOptions, EmailPassword, IdFormat, RateLimit, RateLimitOptions, SameSite, SessionOptions,
    TokenStorage,
};
use hallpass::{CookieOverride, CookiePatch};
use hallpass_jwt::JwkStore;
use hallpass_sql::{SqlConnection, SqlStore};
use ipnet::IpNet;

use crate::Failure;
use crate::clock::MovedClock;
use crate::fields;
use crate::mail::{self, Outbox};
use crate::options::{self, CustomRule, GenerateId, Options, RateLimitStorage, RefreshCache};
use crate::plugins::Entry;
use crate::secondary::{self, Secondary};

/// What the library is built of, beside the store and the options.
pub(crate) struct Parts {
    pub(crate) clock: MovedClock,
    pub(crate) outbox: Outbox,
    pub(crate) secondary: Option<Secondary>,
    pub(crate) plain_tokens: bool,
}

/// Counts requests in the database if the options say so.
pub(crate) fn counted<C: SqlConnection>(
    builder: AuthBuilder,
    store: &SqlStore<C>,
    parts: &Parts,
    options: &Options,
) -> AuthBuilder {
    match options.rate_limit.storage {
        Some(RateLimitStorage::Database) => builder.rate_limit_storage(store.storage(parts.clock.clone())),
        _ => builder,
    }
}

pub(crate) fn build(
    builder: AuthBuilder,
    keys: &Arc<dyn JwkStore>,
    parts: &Parts,
    options: Options,
) -> Result<Auth, Failure> {
    let builder = mail::configure(builder, &parts.outbox, &options);
    let mut builder = fields::declare(builder, &options)?;
    if let Some(storage) = &parts.secondary {
        builder = secondary::add_to(builder, storage, &options, &parts.clock);
    }
    builder = builder
        .clock(parts.clock.clone())
        .session(session(&options, parts))
        .secrets(options.secrets.into_iter().map(|secret| (secret.version, secret.value)))
        .danger_allow_plain_http()
        .danger_allow_short_passwords()
        .cookies(cookies(options.base_url.main(), &options.advanced));
    if let Some(GenerateId::Uuid) = options.advanced.database.generate_id {
        builder = builder.ids(IdFormat::Uuid);
    }
    if let Some(secret) = options.secret {
        builder = builder.secret(secret);
    }
    if options.email_and_password.password.hash != options.email_and_password.password.verify {
        return Err(Failure::Refused(
            "option emailAndPassword.password: one callback without the other".to_owned(),
        ));
    }
    if options.email_and_password.password.hash {
        let cheap = PasswordScheme::Argon2id(Argon2id::danger_weaker_than_owasp(8, 1, 1)?);
        builder = builder.password_hasher(InlineHasher::new(cheap, Arc::new(SystemRandom::default())));
    }
    if options.email_and_password.enabled {
        builder = builder.email_password(email_password(&options.email_and_password));
    }
    for origin in options.trusted_origins {
        builder = builder.trusted_origin(origin);
    }
    if !options.base_url.has_one_protocol() {
        let refusal = "option baseURL.protocol: another than the fallback's is not supported";
        return Err(Failure::Refused(refusal.to_owned()));
    }
    for host in options.base_url.hosts() {
        builder = builder.host(host);
    }
    for path in options.disabled_paths {
        builder = builder.disable_path(path);
    }
    // A path of the base URL goes ahead of the option.
    let has_path = options
        .base_url
        .main()
        .split("://")
        .nth(1)
        .is_some_and(|rest| rest.trim_end_matches('/').contains('/'));
    if let Some(path) = options.base_path.filter(|_| !has_path) {
        builder = builder.base_path(format!("/{}", path.trim_start_matches('/')));
    }
    if let Some(url) = options.on_api_error.error_url {
        builder = builder.error_url(url);
    }
    if options.advanced.skip_trailing_slashes {
        builder = builder.allow_trailing_slash();
    }
    let ip = &options.advanced.ip_address;
    builder = match rate_limit(&options.rate_limit)? {
        Some(limits) if !ip.disable_ip_tracking => builder.rate_limit(limits),
        _ => builder.danger_without_rate_limit(),
    };
    for entry in &options.plugins {
        builder = Entry::read(entry)?.add_to(builder, keys)?;
    }
    let addresses =
        addresses(ip).map_err(|error| Failure::Refused(format!("option advanced.ipAddress: {error}")))?;
    let built = builder.client_address(addresses).base_url(options.base_url.main()).build();
    built.map_err(|error| Failure::Refused(format!("option {}: {error}", name(&error))))
}

/// What better-auth calls the option that was refused.
fn name(error: &BuildError) -> &'static str {
    match error {
        BuildError::MissingSecret | BuildError::WeakSecret(_) => "secret",
        BuildError::DuplicateSecretVersion(_) => "secrets",
        BuildError::MissingBaseUrl | BuildError::InvalidBaseUrl(_) | BuildError::PlainHttp(_) => "baseURL",
        BuildError::InvalidBasePath(_) => "basePath",
        BuildError::InvalidOrigin(_) => "trustedOrigins",
        BuildError::PasswordLengths { .. } | BuildError::ShortPasswords(_) => {
            "emailAndPassword.minPasswordLength"
        }
        BuildError::SessionLength(_) => "session.expiresIn",
        BuildError::UpdateAge { .. } => "session.updateAge",
        BuildError::CookieCacheAge(_) => "session.cookieCache.maxAge",
        BuildError::CookieCacheRefreshAge(_) => "session.cookieCache.refreshCache.updateAge",
        BuildError::StatelessSessionLimit
        | BuildError::StatelessWithStorage
        | BuildError::StatelessWithoutCookies => "database",
        BuildError::Cookie { .. } => "advanced.cookies, advanced.defaultCookieAttributes",
        BuildError::UnknownPath(_) => "disabledPaths, rateLimit.customRules",
        BuildError::UnknownCookie(_) => "advanced.cookies",
        BuildError::RateLimit(_) => "rateLimit",
        BuildError::Schema { .. } => "user.additionalFields, session.additionalFields",
        BuildError::ErrorUrl(_) => "onAPIError.errorURL",
        _ => "plugins",
    }
}

/// A nought counts as not given, as in JavaScript.
fn given(length: Option<usize>) -> Option<usize> {
    length.filter(|length| *length > 0)
}

fn email_password(options: &options::EmailAndPassword) -> EmailPassword {
    let default = EmailPassword::default();
    EmailPassword {
        sign_up: !options.disable_sign_up,
        auto_sign_in: options.auto_sign_in.unwrap_or(true),
        require_email_verification: options.require_email_verification,
        notify_existing_user: options.on_existing_user_sign_up,
        min_password_length: given(options.min_password_length).unwrap_or(default.min_password_length),
        max_password_length: given(options.max_password_length).unwrap_or(default.max_password_length),
    }
}

fn session(all: &Options, parts: &Parts) -> SessionOptions {
    let (options, default) = (&all.session, SessionOptions::default());
    let expires_in = options.expires_in.map_or(default.expires_in, Duration::from_secs);
    let cache = &options.cookie_cache;
    let cookie_cache = if all.database.is_none() && parts.secondary.is_none() {
        Some(cookie_cache(cache, CookieCache { max_age: expires_in, ..CookieCache::stateless() }, true))
    } else {
        (cache.enabled == Some(true)).then(|| cookie_cache(cache, CookieCache::default(), false))
    };
    SessionOptions {
        expires_in,
        update_age: options.update_age.map_or(default.update_age, Duration::from_secs),
        fresh_age: options.fresh_age.map_or(default.fresh_age, Duration::from_secs),
        refresh: !options.disable_session_refresh,
        defer_refresh: options.defer_session_refresh,
        tokens: if parts.plain_tokens { TokenStorage::Plain } else { TokenStorage::Hashed },
        cookie_cache,
        ..default
    }
}

fn cookie_cache(options: &options::CookieCache, default: CookieCache, refreshes: bool) -> CookieCache {
    CookieCache {
        max_age: options.max_age.map_or(default.max_age, Duration::from_secs),
        strategy: match options.strategy {
            None => default.strategy,
            Some(options::CookieCacheStrategy::Compact) => CookieCacheStrategy::Compact,
            Some(options::CookieCacheStrategy::Jwt) => CookieCacheStrategy::Jwt,
            Some(options::CookieCacheStrategy::Jwe) => CookieCacheStrategy::Jwe,
        },
        version: options.version.clone().map_or(default.version, Into::into),
        refresh: match options.refresh_cache.filter(|_| refreshes) {
            None => default.refresh,
            Some(RefreshCache::Switched(false) | RefreshCache::UpdateAge { update_age: Some(0) }) => {
                CookieCacheRefresh::Never
            }
            Some(RefreshCache::Switched(true) | RefreshCache::UpdateAge { update_age: None }) => {
                CookieCacheRefresh::LastFifth
            }
            Some(RefreshCache::UpdateAge { update_age: Some(age) }) => {
                CookieCacheRefresh::Within(Duration::from_secs(age))
            }
        },
    }
}

fn rate_limit(options: &options::RateLimit) -> Result<Option<RateLimitOptions>, Failure> {
    if options.enabled == Some(false) {
        return Ok(None);
    }
    let limit = |max, seconds| RateLimit::new(max, Duration::from_secs(seconds));
    let rules = options.rules()?.into_iter().filter_map(|(path, rule)| match rule {
        CustomRule::Limit { window, max } => Some((path, Some(limit(max, window)))),
        CustomRule::Off(false) => Some((path, None)),
        CustomRule::Off(true) => None,
    });
    let default = limit(options.max.unwrap_or(100), options.window.unwrap_or(10));
    Ok(Some(RateLimitOptions { default, rules: rules.collect() }))
}

fn cookies(base_url: &str, advanced: &options::Advanced) -> CookieOptions {
    let overrides = advanced.cookies.iter().map(|(key, cookie)| {
        let name = cookie.name.clone().map(Cow::Owned);
        (Cow::Owned(key.clone()), CookieOverride { name, attributes: patch(&cookie.attributes) })
    });
    let shared = &advanced.cross_sub_domain_cookies;
    // better-auth takes the host of the base URL where no domain is named.
    let host =
        || base_url.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next()).map(str::to_owned);
    CookieOptions {
        prefix: advanced
            .cookie_prefix
            .clone()
            .filter(|prefix| !prefix.is_empty())
            .map_or_else(|| CookieOptions::default().prefix, Cow::Owned),
        secure: advanced.use_secure_cookies,
        domain: if shared.enabled { shared.domain.clone().or_else(host) } else { None },
        attributes: patch(&advanced.default_cookie_attributes),
        overrides: overrides.collect::<HashMap<_, _>>(),
    }
}

fn patch(attributes: &options::CookieAttributes) -> CookiePatch {
    CookiePatch {
        secure: attributes.secure,
        http_only: attributes.http_only,
        same_site: attributes.same_site.map(|same_site| match same_site {
            options::SameSite::Strict => SameSite::Strict,
            options::SameSite::Lax => SameSite::Lax,
            options::SameSite::None => SameSite::None,
        }),
        path: attributes.path.clone().map(Cow::Owned),
        domain: attributes.domain.clone(),
        partitioned: attributes.partitioned,
    }
}

fn addresses(
    options: &options::IpAddress,
) -> Result<AddressPolicy, Box<dyn std::error::Error + Send + Sync>> {
    let Some(headers) = &options.ip_address_headers else { return Ok(AddressPolicy::default()) };
    let headers = headers.iter().map(String::as_str);
    let policy = if options.trusted_proxies.is_empty() {
        AddressPolicy::unreachable_but_through_overwriting_proxy(headers)?
    } else {
        let net = |text: &String| match text.parse::<IpNet>() {
            Ok(net) => Ok(net),
            Err(_) => text.parse::<std::net::IpAddr>().map(IpNet::from),
        };
        AddressPolicy::forwarded(headers, options.trusted_proxies.iter().map(net).collect::<Result<_, _>>()?)?
    };
    Ok(policy.with_ipv6_prefix(options.ipv6_subnet.unwrap_or(64))?)
}
