//! What `build()` holds against a configuration.

use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::time::Duration;

use url::{Host, Url};

use super::error::BuildError;
use super::secondary::{Secondary, SessionCache};
use crate::config::{
    EmailPassword, LONGEST_COOKIE, RateLimit, RateLimitOptions, RequestLimits, SHORTEST_SESSION,
    SessionOptions,
};
use crate::cookie::CookieDefinition;
use crate::cookie_cache::CookieCache;
use crate::glob;
use crate::keyring::{Keyring, VersionedSecret};
use crate::origin::TrustedOrigins;
use crate::password::Password;
use crate::router::Router;
use crate::secondary::SessionPlacement;
use crate::types::Secret;

/// What better-auth falls back to when no secret is set: known to everyone.
const KNOWN_SECRETS: [&str; 2] = ["better-auth-secret-12345678901234567890", "better-auth-secret-123456789"];

/// The secrets with versions, and after them the one without. All are held to the same bar: an old one that can
/// be guessed signs as well as a new one.
pub(super) fn checked_secrets(
    secret: Option<Secret>,
    versioned: Vec<(u32, Secret)>,
) -> Result<Keyring, BuildError> {
    let mut versions = HashSet::new();
    if let Some((version, _)) = versioned.iter().find(|(version, _)| !versions.insert(*version)) {
        return Err(BuildError::DuplicateSecretVersion(*version));
    }
    let versioned =
        versioned.into_iter().map(|(version, secret)| VersionedSecret { version: Some(version), secret });
    let unversioned = secret.map(|secret| VersionedSecret { version: None, secret });
    let keys: Vec<_> = versioned.chain(unversioned).collect();
    for key in &keys {
        check_secret(&key.secret)?;
    }
    let mut keys = keys.into_iter();
    let current = keys.next().ok_or(BuildError::MissingSecret)?;
    Ok(Keyring::new(current, keys.collect()))
}

fn check_secret(secret: &Secret) -> Result<(), BuildError> {
    let text = secret.expose();
    if text.is_empty() {
        return Err(BuildError::MissingSecret);
    }
    if text.chars().count() < 32 {
        return Err(BuildError::WeakSecret("shorter than 32 characters"));
    }
    if KNOWN_SECRETS.contains(&text) {
        return Err(BuildError::WeakSecret("a published default"));
    }
    if text.chars().collect::<HashSet<_>>().len() < 8 {
        return Err(BuildError::WeakSecret("fewer than 8 different characters"));
    }
    Ok(())
}

pub(super) fn checked_base_url(url: Option<String>, plain_http: bool) -> Result<Url, BuildError> {
    let text = url.ok_or(BuildError::MissingBaseUrl)?;
    let invalid = || BuildError::InvalidBaseUrl(text.clone());
    let url = Url::parse(&text).map_err(|_| invalid())?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if !matches!(url.scheme(), "http" | "https") || !is_plain || url.fragment().is_some() {
        return Err(invalid());
    }
    if url.host().is_none() {
        return Err(invalid());
    }
    if is_in_the_clear(&url) && !plain_http {
        return Err(BuildError::PlainHttp(text));
    }
    Ok(url)
}

/// Whether what is sent there crosses a network that others can listen on.
fn is_in_the_clear(url: &Url) -> bool {
    let is_this_machine = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && !is_this_machine
}

/// The origins to trust beside `base`'s. Under https, a pattern that plain http of another machine fits is
/// refused, and one without a scheme stands for https: whoever is in the network can be an origin of http.
pub(super) fn checked_origins(
    base: &Url,
    patterns: &[String],
    plain_http: bool,
) -> Result<TrustedOrigins, BuildError> {
    if base.scheme() == "http" || plain_http {
        return Ok(TrustedOrigins::new(base, patterns)?);
    }
    // What is no pattern at all is told first.
    TrustedOrigins::new(base, patterns)?;
    if let Some(weak) = patterns.iter().find(|pattern| is_weak(pattern)) {
        return Err(BuildError::PlainHttp(weak.clone()));
    }
    let secured = patterns.iter().map(|pattern| {
        let is_bare = pattern.contains(['*', '?']) && !pattern.contains("://");
        if is_bare && !is_this_machine(pattern) { format!("https://{pattern}") } else { pattern.clone() }
    });
    Ok(TrustedOrigins::new(base, secured)?)
}

/// Whether a pattern fits an origin of plain http on another machine.
fn is_weak(pattern: &str) -> bool {
    pattern
        .split_once("://")
        .is_some_and(|(scheme, rest)| glob::matches(scheme, "http") && !is_this_machine(rest))
}

/// Whether a host, with a port or pattern behind it, is this machine.
fn is_this_machine(authority: &str) -> bool {
    let host = authority.split([':', '/']).next().unwrap_or_default();
    host == "localhost"
        || host.ends_with(".localhost")
        || authority.starts_with("[::1]")
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

pub(super) fn check_passwords(options: &EmailPassword, short: bool) -> Result<(), BuildError> {
    let EmailPassword { min_password_length: min, max_password_length: max, .. } = *options;
    if min == 0 || min > max || max > Password::LONGEST {
        return Err(BuildError::PasswordLengths { min, max });
    }
    // NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 5.0 6.2.1.
    if min < 8 && !short { Err(BuildError::ShortPasswords(min)) } else { Ok(()) }
}

pub(super) fn check_request_limits(limits: &RequestLimits) -> Result<(), BuildError> {
    if limits.body < 1024 || limits.cookies < 1024 || limits.header < 1024 {
        return Err(BuildError::RequestLimits);
    }
    Ok(())
}

/// The path without a slash at its end; `/` becomes the empty one.
pub(super) fn checked_path(path: &str) -> Result<String, BuildError> {
    let path = path.trim_end_matches('/');
    let has_oddities = path.contains("//")
        || path.contains(['?', '#', '\\', '%'])
        || path.chars().any(|c| c.is_control() || c.is_whitespace())
        || path.split('/').any(|segment| segment == "." || segment == "..");
    if has_oddities || !(path.is_empty() || path.starts_with('/')) {
        return Err(BuildError::InvalidBasePath(path.to_owned()));
    }
    Ok(path.to_owned())
}

/// An absolute URL in its normal form, or a safe path from the root.
pub(super) fn checked_error_url(url: String, trusted: &TrustedOrigins) -> Result<String, BuildError> {
    if url.starts_with('/') && trusted.trusts_redirect(&url) {
        return Ok(url);
    }
    match Url::parse(&url) {
        Ok(absolute) if matches!(absolute.scheme(), "http" | "https") => Ok(absolute.into()),
        _ => Err(BuildError::ErrorUrl(url)),
    }
}

/// A cookie's own moments are whole seconds.
const SHORTEST_REFRESH: Duration = Duration::from_secs(1);

pub(super) fn check_session(options: &SessionOptions) -> Result<(), BuildError> {
    for length in [options.expires_in, options.expires_in_unremembered] {
        if length < SHORTEST_SESSION || length > LONGEST_COOKIE {
            return Err(BuildError::SessionLength(length));
        }
    }
    if options.refresh && options.update_age > options.expires_in {
        return Err(BuildError::UpdateAge { update_age: options.update_age, expires_in: options.expires_in });
    }
    if let Some(lifetime) = options.max_lifetime.filter(|lifetime| *lifetime < SHORTEST_SESSION) {
        return Err(BuildError::SessionLength(lifetime));
    }
    if let Some(CookieCache { max_age, .. }) = options.cookie_cache
        && (max_age < SHORTEST_SESSION || max_age > options.expires_in)
    {
        return Err(BuildError::CookieCacheAge(max_age));
    }
    if let Some(cache) = &options.cookie_cache
        && let Some(within) = cache.refreshed_within()
        && (within < SHORTEST_REFRESH || within > cache.max_age)
    {
        return Err(BuildError::CookieCacheRefreshAge(within));
    }
    Ok(())
}

/// The one place for copies of sessions, if there is to be one.
pub(super) fn checked_session_cache(
    own: Option<SessionCache>,
    secondary: Option<&Secondary>,
    is_stateless: bool,
) -> Result<Option<SessionCache>, BuildError> {
    const LONGEST: Duration = Duration::from_secs(3600);
    let placement = secondary.map_or(SessionPlacement::DatabaseOnly, |secondary| secondary.options.sessions);
    if own.is_some() && (is_stateless || placement != SessionPlacement::DatabaseOnly) {
        return Err(BuildError::SessionCacheBesideAnother);
    }
    match own.or_else(|| secondary?.session_cache()) {
        Some(SessionCache { max_stale, .. }) if max_stale.is_zero() || max_stale > LONGEST => {
            Err(BuildError::SessionCacheAge(max_stale))
        }
        cache => Ok(cache),
    }
}

pub(super) fn check_cookies(
    cookies: impl Iterator<Item = CookieDefinition>,
    base: &Url,
) -> Result<(), BuildError> {
    let mut names = HashSet::new();
    for cookie in cookies {
        let refused = |problem| Err(BuildError::Cookie { name: cookie.name().to_owned(), problem });
        // RFC 6265 §4.1.1: a name is a token of RFC 9110.
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if cookie.name().is_empty() || !cookie.name().bytes().all(is_token) {
            return refused("its name has characters that no cookie's name may have");
        }
        if cookie.expire().is_none() || cookie.has_separator() {
            return refused("its path or domain has characters that no attribute may have");
        }
        if base.scheme() == "https" && !cookie.is_secure() {
            return refused("it would be sent in the clear too: leave `secure` to the base URL");
        }
        if !cookie.is_http_only() {
            return refused("scripts could read it: leave `http_only` on");
        }
        if !names.insert(cookie.name().to_owned()) {
            return refused("another cookie has the same name");
        }
    }
    Ok(())
}

/// Windows are counted in milliseconds: a shorter one would admit everything.
pub(super) fn check_rate_limit(path: &str, limit: RateLimit) -> Result<(), BuildError> {
    if limit.max == 0 || limit.window < Duration::from_millis(1) {
        return Err(BuildError::RateLimit(path.to_owned()));
    }
    Ok(())
}

pub(super) fn check_rate_limits(options: &RateLimitOptions, router: &Router) -> Result<(), BuildError> {
    if let Some((unknown, _)) = options.rules.iter().find(|(pattern, _)| !router.has(pattern)) {
        return Err(BuildError::UnknownPath(unknown.clone()));
    }
    let rules = options.rules.iter().filter_map(|(pattern, limit)| Some((pattern.as_str(), (*limit)?)));
    for (pattern, limit) in rules.chain([("every route", options.default)]) {
        check_rate_limit(pattern, limit)?;
    }
    Ok(())
}
