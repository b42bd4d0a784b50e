//! Which origins, and which redirect targets, the application trusts.
//!
//! A pattern is one of these, as in better-auth's `trustedOrigins`:
//!
//! | pattern | trusts |
//! |---|---|
//! | `https://app.example.com`, `http://localhost:3000` | that origin |
//! | `https://*.example.com`, `http://localhost:*`, `http://192.168.*.*` | origins of that shape |
//! | `*.example.com`, `localhost:*` | the same, over `http` and `https` alike |
//! | `myapp://`, `myapp://host/path`, `exp://192.168.*.*:*/**` | links into an app by its own scheme |
//!
//! `*` is any run of characters, dots included, and `?` is any one; neither crosses a `/`. A wildcard host
//! made of digits and dots stands for an IPv4 address alone. A suffix under which anybody can register names,
//! such as `co.uk` or `vercel.app`, cannot be told from a domain of one's own: `*.vercel.app` trusts every
//! customer.
//!
//! # Stricter than better-auth
//! The answers are those of better-auth 1.7.25, but for targets and patterns that no honest caller has:
//! * The scheme and `//` must be written out, with the host right after: `https:e` and `https:///e` are
//!   refused.
//! * Userinfo, a backslash, `%` or white space in the authority is refused, in every scheme.
//! * A control character anywhere is refused; so is a space before the scheme.
//! * In a redirect, a backslash anywhere and `%2f`, `%5c` or an escaped control character in the path are refused for
//!   absolute targets too, and so is a relative path that becomes `//…` when its dot segments are resolved (`/.//e`).
//! * A host pattern without a scheme (`*.example.com`) admits `http` and `https` only, never
//!   `javascript://x.example.com/…`.
//! * Where an app pattern names a path, the target's path must have one reading: a malformed escape, an
//!   escape within an escape (`%252e`), `..;` and encoded control characters are refused. (One malformed
//!   escape makes better-auth compare the path undecoded, and `%2e%2e` passes.)
//! * `/**` at the end of an app pattern begins at a segment: `myapp://h/cb/**` does not admit
//!   `myapp://h/cbx`.
//! * Patterns that can never match, or that open more than they seem to, are errors and not ignored: see
//!   [`InvalidOriginPattern`].

mod pattern;

use std::sync::LazyLock;

use url::{Position, Url};

use self::pattern::{AppPattern, AppUrl, HostPattern, Pattern, Problem, strict_http_url};

/// Any origin that no pattern names: relative targets are resolved against it.
static RELATIVE_BASE: LazyLock<Option<Url>> = LazyLock::new(|| Url::parse("https://relative.invalid").ok());

/// The compiled list of trusted origins.
///
/// ```
/// # use hallpass::TrustedOrigins;
/// let base = "https://auth.example.com".parse()?;
/// let trusted = TrustedOrigins::new(&base, ["https://*.example.com", "myapp://"])?;
///
/// assert!(trusted.trusts_origin("https://auth.example.com"));
/// assert!(trusted.trusts_redirect("https://app.example.com/welcome?from=mail"));
/// assert!(trusted.trusts_redirect("/welcome"));
/// assert!(!trusted.trusts_redirect("//evil.example"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct TrustedOrigins {
    /// Serialised origins; the base URL's is the first.
    exact: Vec<Box<str>>,
    hosts: Vec<HostPattern>,
    apps: Vec<AppPattern>,
}

impl TrustedOrigins {
    /// Compiles `patterns`; the origin of `base`, the server's own address, is always trusted.
    ///
    /// # Errors
    /// [`InvalidOriginPattern`] for the first pattern that can never match or is dangerous, and for a `base`
    /// that is not `http` or `https`.
    pub fn new(
        base: &Url,
        patterns: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, InvalidOriginPattern> {
        if !matches!(base.scheme(), "http" | "https") {
            return Err(InvalidOriginPattern { pattern: base.as_str().into(), problem: Problem::Base });
        }
        let mut trusted = Self {
            exact: vec![base.origin().ascii_serialization().into()],
            hosts: Vec::new(),
            apps: Vec::new(),
        };
        for pattern in patterns {
            let pattern = pattern.as_ref();
            match Pattern::parse(pattern) {
                Ok(Pattern::Origin(origin)) => trusted.exact.push(origin),
                Ok(Pattern::Host(host)) => trusted.hosts.push(host),
                Ok(Pattern::App(app)) => trusted.apps.push(app),
                Err(problem) => return Err(InvalidOriginPattern { pattern: pattern.into(), problem }),
            }
        }
        Ok(trusted)
    }

    /// Whether the value of an `Origin` or `Referer` header names a trusted origin. A relative value never
    /// does.
    #[must_use]
    pub fn trusts_origin(&self, header: &str) -> bool {
        // What browsers send is a serialised origin, so the common case needs no parser.
        self.exact.iter().any(|origin| **origin == *header) || self.trusts_absolute(header)
    }

    /// Whether a browser may be sent to `target`: a safe path from the root of this site, or an absolute URL
    /// of a trusted origin. The empty string is not a target.
    #[must_use]
    pub fn trusts_redirect(&self, target: &str) -> bool {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        if target.contains('\\') || has_ambiguous_escape(path) {
            return false;
        }
        if target.starts_with('/') { is_safe_relative(target) } else { self.trusts_absolute(target) }
    }

    fn trusts_absolute(&self, text: &str) -> bool {
        if text.chars().any(char::is_control) {
            return false;
        }
        let Some((scheme, _)) = text.split_once(':') else { return false };
        if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
            return strict_http_url(text).is_some_and(|url| {
                let origin = &url[..Position::AfterPort];
                self.exact.iter().any(|exact| **exact == *origin)
                    || self.hosts.iter().any(|host| host.matches(&url))
            });
        }
        !self.apps.is_empty()
            && AppUrl::parse(text).is_some_and(|target| self.apps.iter().any(|app| app.matches(&target)))
    }
}

/// A trusted origin that is refused when the list is compiled, with what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("trusted origin {pattern:?} is refused: {problem}")]
pub struct InvalidOriginPattern {
    pattern: String,
    problem: Problem,
}

impl InvalidOriginPattern {
    /// The pattern as it was given.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }
}

/// Proxies and routers decode these into separators, or into what browsers leave out between separators, at different
/// moments, so such a path has no one meaning.
fn has_ambiguous_escape(path: &str) -> bool {
    let escapes = path.as_bytes().windows(3).filter(|escape| escape.first() == Some(&b'%'));
    escapes
        .filter_map(|escape| u8::from_str_radix(std::str::from_utf8(escape.get(1..)?).ok()?, 16).ok())
        .any(|byte| matches!(byte, b'/' | b'\\') || byte.is_ascii_control())
}

/// `target` begins with `/` and has no backslash and no ambiguous escape.
fn is_safe_relative(target: &str) -> bool {
    if target.starts_with("//") || target.chars().any(char::is_control) {
        return false;
    }
    let Some(base) = RELATIVE_BASE.as_ref() else { return false };
    // A path that resolves to `//host` is a link to `host` for whoever resolves it once more.
    base.join(target).is_ok_and(|url| url.origin() == base.origin() && !url.path().starts_with("//"))
}

#[cfg(test)]
mod tests;
