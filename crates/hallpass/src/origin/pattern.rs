//! One trusted-origin pattern: compiled at start, matched on every request.

use std::net::Ipv4Addr;

use percent_encoding::percent_decode_str;
use url::{Host, Position, Url};

use crate::glob;

/// Schemes that run code, embed content or name local things, and those that no browser redirects to.
const REFUSED_SCHEMES: [&str; 11] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "ftp",
    "javascript",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// Top-level names under which nobody can register a domain (RFC 6761, RFC 6762, ICANN's `.internal`).
const PRIVATE_SUFFIXES: [&str; 4] = ["internal", "local", "localhost", "test"];

/// A compiled pattern.
#[derive(Debug)]
pub(super) enum Pattern {
    /// A serialised `http` or `https` origin.
    Origin(Box<str>),
    Host(HostPattern),
    App(AppPattern),
}

/// Why a pattern is refused, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error("the base URL must begin with `http://` or `https://`")]
    Base,
    #[error("it is empty; leave it out")]
    Empty,
    #[error("it holds white space or a control character; give one pattern at a time, trimmed")]
    Unprintable,
    #[error("it holds `{0}`, which no origin has; remove it")]
    Forbidden(char),
    #[error("it has no scheme; write `https://{0}`, or `{0}://` if it is the scheme of an app")]
    NoScheme(String),
    #[error("browsers write this origin in another way; write `{0}`")]
    NotCanonical(String),
    #[error("an origin has no path; write `{0}`")]
    Path(String),
    #[error("its path can be read in more than one way; write it without escapes and dot segments")]
    AmbiguousPath,
    #[error("it is not an origin; write `scheme://host` or `scheme://host:port`")]
    NotAnOrigin,
    #[error("links of the scheme `{0}` are never trusted; use `https` or a scheme of your app's own")]
    Scheme(String),
    #[error(
        "its wildcard stands for hosts of strangers; keep the last two labels of the domain (`*.example.com`) or the \
         first number of the address (`10.*`) literal"
    )]
    TooWide,
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        if text.is_empty() {
            return Err(Problem::Empty);
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(Problem::Unprintable);
        }
        if let Some(forbidden) = text.chars().find(|c| matches!(c, '@' | '\\' | '#')) {
            return Err(Problem::Forbidden(forbidden));
        }
        let wild = is_wild(text);
        if let Some((scheme, authority)) = text.split_once("://") {
            let lower = scheme.to_ascii_lowercase();
            return match (wild, lower.as_str()) {
                (false, "http" | "https") => Self::exact(text),
                (true, "http" | "https") => HostPattern::parse(Some(scheme), authority).map(Self::Host),
                _ if is_wild(scheme) => HostPattern::parse(Some(scheme), authority).map(Self::Host),
                _ => AppPattern::parse(text, wild).map(Self::App),
            };
        }
        if wild {
            return HostPattern::parse(None, text).map(Self::Host);
        }
        // `app:` and `app:/path` (RFC 8252 section 7.1) are links into an app; `localhost:3000` is a host.
        match text.split_once(':') {
            Some((_, rest)) if rest.is_empty() || rest.starts_with('/') => {
                AppPattern::parse(text, false).map(Self::App)
            }
            _ if text.starts_with(['/', ':']) => Err(Problem::NotAnOrigin),
            _ => Err(Problem::NoScheme(text.to_owned())),
        }
    }

    fn exact(text: &str) -> Result<Self, Problem> {
        let url = strict_http_url(text).ok_or(Problem::NotAnOrigin)?;
        let origin = &url[..Position::AfterPort];
        if text == origin {
            Ok(Self::Origin(origin.into()))
        } else if url.path() == "/" {
            Err(Problem::NotCanonical(origin.to_owned()))
        } else {
            Err(Problem::Path(origin.to_owned()))
        }
    }
}

/// `text` as an `http` or `https` URL, if every parser must read its authority alike.
pub(super) fn strict_http_url(text: &str) -> Option<Url> {
    let (_, rest) = text.split_once(':')?;
    let authority = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
    let ambiguous = |c: char| matches!(c, '@' | '\\' | '%') || c.is_whitespace() || c.is_control();
    if authority.is_empty() || authority.contains(ambiguous) {
        return None;
    }
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// A pattern with wildcards for `http` and `https` origins.
#[derive(Debug, Clone)]
pub(super) struct HostPattern {
    /// A glob; `None` is both schemes.
    scheme: Option<Box<str>>,
    /// A glob over `host` or `host:port`.
    authority: Box<str>,
    ipv4_only: bool,
}

impl HostPattern {
    fn parse(scheme: Option<&str>, authority: &str) -> Result<Self, Problem> {
        let written =
            |authority: &str| scheme.map_or_else(|| authority.to_owned(), |s| format!("{s}://{authority}"));
        if let Some((origin, _)) = authority.split_once('/') {
            return Err(Problem::Path(written(origin)));
        }
        if scheme.is_some_and(|s| !glob::matches(s, "http") && !glob::matches(s, "https")) {
            return Err(Problem::NotCanonical(format!("https://{}", authority.to_ascii_lowercase())));
        }
        if authority.contains(|c: char| c.is_ascii_uppercase()) {
            return Err(Problem::NotCanonical(written(&authority.to_ascii_lowercase())));
        }
        let (host, port) = split_port(authority);
        if port.is_some_and(|p| p.is_empty() || p.contains(|c: char| !c.is_ascii_digit() && !is_wild_char(c)))
        {
            return Err(Problem::NotAnOrigin);
        }
        if matches!((scheme, port), (Some("http"), Some("80")) | (Some("https"), Some("443"))) {
            return Err(Problem::NotCanonical(written(host)));
        }
        if is_wild(host) {
            let in_name =
                |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') || is_wild_char(c);
            if !host.chars().all(in_name) {
                return Err(Problem::NotAnOrigin);
            }
            if !is_narrow(host) {
                return Err(Problem::TooWide);
            }
        } else if Url::parse(&format!("http://{host}")).ok().and_then(|url| url.host_str().map(|h| h == host))
            != Some(true)
        {
            return Err(Problem::NotAnOrigin);
        }
        Ok(Self {
            scheme: scheme.map(Into::into),
            authority: authority.into(),
            ipv4_only: is_ipv4_wildcard(host),
        })
    }

    /// `url` came from [`strict_http_url`].
    pub(super) fn matches(&self, url: &Url) -> bool {
        self.scheme.as_deref().is_none_or(|scheme| glob::matches(scheme, url.scheme()))
            && glob::matches(&self.authority, &url[Position::BeforeHost..Position::AfterPort])
            && (!self.ipv4_only || matches!(url.host(), Some(Host::Ipv4(_))))
    }
}

/// A pattern for links into an app, such as `myapp://` or `exp://192.168.*.*:*/**`.
#[derive(Debug, Clone)]
pub(super) struct AppPattern {
    /// Lower-case, without the colon.
    scheme: Box<str>,
    /// Lower-case; empty admits any.
    authority: Box<str>,
    /// Empty admits any; otherwise begins with `/`.
    path: Box<str>,
    /// Whether `authority` and `path` are globs; else they are compared, the path by whole leading segments.
    wild: bool,
}

impl AppPattern {
    fn parse(text: &str, wild: bool) -> Result<Self, Problem> {
        let (scheme, rest) = text.split_once(':').ok_or(Problem::NotAnOrigin)?;
        if !is_scheme(scheme) {
            return Err(Problem::NotAnOrigin);
        }
        let scheme = scheme.to_ascii_lowercase();
        if REFUSED_SCHEMES.contains(&scheme.as_str()) {
            return Err(Problem::Scheme(scheme));
        }
        let (authority, path) = split_authority(rest, &['/']);
        Ok(Self {
            scheme: scheme.into(),
            authority: authority.to_lowercase().into(),
            path: resolve_path(path).ok_or(Problem::AmbiguousPath)?.into(),
            wild,
        })
    }

    pub(super) fn matches(&self, target: &AppUrl) -> bool {
        *self.scheme == *target.scheme
            && self.admits_authority(&target.authority)
            && (self.path.is_empty() || target.path.as_deref().is_some_and(|path| self.admits_path(path)))
    }

    fn admits_authority(&self, authority: &str) -> bool {
        if self.authority.is_empty() || !self.wild {
            return self.authority.is_empty() || *self.authority == *authority;
        }
        glob::matches(&self.authority, authority)
            && (!is_ipv4_wildcard(split_port(&self.authority).0)
                || split_port(authority).0.parse::<Ipv4Addr>().is_ok())
    }

    fn admits_path(&self, path: &str) -> bool {
        if !self.wild {
            return path
                .strip_prefix(&*self.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        }
        let below_root = |path| str::strip_prefix(path, "/").unwrap_or_default();
        glob::matches_path(below_root(&self.path), below_root(path))
    }
}

/// An absolute link with a scheme other than `http` and `https`, split by plain text: general URL parsers do
/// not agree on where the authority of such a link ends.
#[derive(Debug)]
pub(super) struct AppUrl {
    scheme: String,
    authority: String,
    /// `None` if the path can be read in more than one way.
    path: Option<String>,
}

impl AppUrl {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        let (authority, rest) = split_authority(rest, &['/', '?', '#']);
        let ambiguous = |c: char| matches!(c, '@' | '\\' | '%') || c.is_whitespace();
        if !is_scheme(scheme) || authority.contains(ambiguous) || Url::parse(text).is_err() {
            return None;
        }
        Some(Self {
            scheme: scheme.to_ascii_lowercase(),
            authority: authority.to_lowercase(),
            path: resolve_path(rest.split(['?', '#']).next().unwrap_or_default()),
        })
    }
}

/// RFC 3986 section 3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// What follows `scheme:`, as authority (empty if there is no `//`) and remainder.
fn split_authority<'a>(rest: &'a str, ends: &[char]) -> (&'a str, &'a str) {
    let Some(rest) = rest.strip_prefix("//") else { return ("", rest) };
    rest.split_at(rest.find(ends).unwrap_or(rest.len()))
}

/// `host:port` as its parts; the colons within `[…]` are the host's.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// The path after percent-decoding and resolution of dot segments, empty for the root; `None` if a second
/// decoder or another router could read it otherwise.
fn resolve_path(path: &str) -> Option<String> {
    let whole_escapes = path.split('%').skip(1).all(|after| {
        let mut digits = after.bytes();
        digits.next().is_some_and(|b| b.is_ascii_hexdigit())
            && digits.next().is_some_and(|b| b.is_ascii_hexdigit())
    });
    if !whole_escapes {
        return None;
    }
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let lower = decoded.to_ascii_lowercase();
    if decoded.contains(|c: char| c == '\\' || c.is_control())
        || ["%2e", "%2f", "%5c"].iter().any(|escape| lower.contains(escape))
    {
        return None;
    }
    let mut segments = Vec::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            // Some routers drop `;…` from a segment before they resolve the dots.
            s if s.starts_with("..;") || s.starts_with(".;") => return None,
            s => segments.push(s),
        }
    }
    Some(segments.iter().flat_map(|segment| ["/", segment]).collect())
}

fn is_wild(text: &str) -> bool {
    text.contains(is_wild_char)
}

fn is_wild_char(c: char) -> bool {
    matches!(c, '*' | '?')
}

/// Whether a wildcard host is made of digits, dots and wildcards, and so names a range of IPv4 addresses.
/// Without this rule `192.168.*.*` would admit `192.168.evil.example`.
fn is_ipv4_wildcard(host: &str) -> bool {
    host.contains(|c: char| c.is_ascii_digit())
        && host.chars().all(|c| c.is_ascii_digit() || c == '.' || is_wild_char(c))
}

/// Whether all hosts that a wildcard host admits belong to one owner, as far as names can tell.
fn is_narrow(host: &str) -> bool {
    if is_ipv4_wildcard(host) {
        return host.split_once('.').is_some_and(|(first, _)| first.parse::<u8>().is_ok());
    }
    let mut labels = host.rsplit('.');
    let mut literal = || labels.next().filter(|label| !label.is_empty() && !is_wild(label));
    literal().is_some_and(|last| PRIVATE_SUFFIXES.contains(&last) || literal().is_some())
}
