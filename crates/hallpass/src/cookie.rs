//! Cookies in and out: reading every `Cookie` header, writing `Set-Cookie` in better-auth's order.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use http::HeaderMap;
use http::header::{COOKIE, HeaderValue};
use percent_encoding::{percent_decode_str, utf8_percent_encode};

use crate::links::COMPONENT;

/// The name/value pairs of every `Cookie` header, in order. HTTP/2 clients may split the header
/// (RFC 9113 §8.2.3), so one header is not enough.
pub(crate) fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    lines.flat_map(|line| line.split(|byte| *byte == b';')).filter_map(|pair| {
        // A pair that is no UTF-8 is not ours; the others of its line are read all the same.
        let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
        Some((name.trim(), unquote(value.trim())))
    })
}

/// The value of the first cookie of this name, percent-decoded where that is possible.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<Cow<'a, str>> {
    pairs(headers).find(|(found, _)| *found == name).map(|(_, raw)| decoded(raw))
}

/// The value, percent-decoded where that is possible.
pub(crate) fn decoded(raw: &str) -> Cow<'_, str> {
    if !raw.contains('%') {
        return Cow::Borrowed(raw);
    }
    decode_component(raw).unwrap_or(Cow::Borrowed(raw))
}

/// better-auth drops the first and the last character of a value that begins with a quote.
fn unquote(value: &str) -> &str {
    let Some(rest) = value.strip_prefix('"') else { return value };
    let mut chars = rest.chars();
    chars.next_back();
    chars.as_str()
}

/// `decodeURIComponent`, which refuses a `%` without two hex digits, and text that is not UTF-8.
fn decode_component(raw: &str) -> Option<Cow<'_, str>> {
    let mut rest = raw;
    while let Some((_, after)) = rest.split_once('%') {
        let digits = after.as_bytes().get(..2)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        rest = after;
    }
    percent_decode_str(raw).decode_utf8().ok()
}

/// Who may send a cookie along on a request from another site (RFC 6265bis §5.6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SameSite {
    /// Nobody.
    Strict,
    /// Top-level navigations.
    #[default]
    Lax,
    /// Everybody. Such a cookie is always `Secure`.
    None,
}

/// The attributes of one cookie, as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CookieAttributes {
    /// Sent over TLS only.
    pub secure: bool,
    /// Not for scripts.
    pub http_only: bool,
    /// Who may send it from elsewhere.
    pub same_site: SameSite,
    /// Below which path.
    pub path: Cow<'static, str>,
    /// To which host and its subdomains; `None`: this host alone.
    pub domain: Option<String>,
    /// In storage apart for every top-level site (CHIPS).
    pub partitioned: bool,
}

impl Default for CookieAttributes {
    fn default() -> Self {
        Self {
            secure: true,
            http_only: true,
            same_site: SameSite::Lax,
            path: Cow::Borrowed("/"),
            domain: None,
            partitioned: false,
        }
    }
}

/// A cookie of ours: its full name and its attributes.
#[derive(Debug, Clone)]
pub(crate) struct CookieDefinition {
    name: String,
    attributes: CookieAttributes,
}

impl CookieDefinition {
    pub(crate) fn new(name: String, mut attributes: CookieAttributes) -> Self {
        // What browsers demand of these prefixes (RFC 6265bis §4.1.3), so that none is dropped.
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("__host-") {
            attributes.secure = true;
            attributes.path = Cow::Borrowed("/");
            attributes.domain = None;
        } else if lower.starts_with("__secure-")
            || attributes.partitioned
            || attributes.same_site == SameSite::None
        {
            attributes.secure = true;
        }
        Self { name, attributes }
    }

    /// The same attributes under another name.
    pub(crate) fn named(self, name: String) -> Self {
        Self::new(name, self.attributes)
    }

    /// The name and the attributes.
    pub(crate) fn into_parts(self) -> (String, CookieAttributes) {
        (self.name, self.attributes)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.attributes.secure
    }

    pub(crate) fn is_http_only(&self) -> bool {
        self.attributes.http_only
    }

    /// Whether an attribute holds what would begin another attribute.
    pub(crate) fn has_separator(&self) -> bool {
        let domain = self.attributes.domain.as_deref().unwrap_or_default();
        self.attributes.path.contains(';')
            || domain.contains([';', '/', ':', '@'])
            || domain.contains(char::is_whitespace)
    }

    /// A `Set-Cookie` value; without `max_age` it lasts as long as the browser runs.
    pub(crate) fn set(&self, value: &str, max_age: Option<Duration>) -> Option<HeaderValue> {
        self.write(&self.name, value, max_age)
    }

    /// A `Set-Cookie` value that makes the browser forget the cookie.
    pub(crate) fn expire(&self) -> Option<HeaderValue> {
        self.expire_as(&self.name)
    }

    /// As [`expire`](Self::expire), for a chunk of the cookie.
    pub(crate) fn expire_as(&self, name: &str) -> Option<HeaderValue> {
        self.write(name, "", Some(Duration::ZERO))
    }

    /// As [`set`](Self::set), for a chunk of the cookie.
    pub(crate) fn set_as(&self, name: &str, value: &str, max_age: Option<Duration>) -> Option<HeaderValue> {
        self.write(name, value, max_age)
    }

    /// How many bytes a `Set-Cookie` value has beside the cookie's.
    pub(crate) fn overhead(&self, name: &str, max_age: Option<Duration>) -> usize {
        self.write(name, "", max_age).map_or(usize::MAX, |line| line.len())
    }

    fn write(&self, name: &str, value: &str, max_age: Option<Duration>) -> Option<HeaderValue> {
        let a = &self.attributes;
        let mut line = String::with_capacity(160);
        line.push_str(name);
        line.push('=');
        line.extend(utf8_percent_encode(value, &COMPONENT));
        if let Some(age) = max_age {
            let _ = write!(line, "; Max-Age={}", age.as_secs());
        }
        if let Some(domain) = &a.domain {
            let _ = write!(line, "; Domain={domain}");
        }
        if !a.path.is_empty() {
            let _ = write!(line, "; Path={}", a.path);
        }
        if a.http_only {
            line.push_str("; HttpOnly");
        }
        if a.secure {
            line.push_str("; Secure");
        }
        line.push_str(match a.same_site {
            SameSite::Strict => "; SameSite=Strict",
            SameSite::Lax => "; SameSite=Lax",
            SameSite::None => "; SameSite=None",
        });
        if a.partitioned {
            line.push_str("; Partitioned");
        }
        // A configured name or attribute with a control character is refused by `build()`.
        let mut line = HeaderValue::from_str(&line).ok()?;
        // Not for `Debug`, nor for the tables of HTTP/2's header compression.
        line.set_sensitive(true);
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_str(line).unwrap())).collect()
    }

    #[test]
    fn the_first_cookie_of_a_name_wins_over_all_headers() {
        let headers = headers(&["a=1; b=2", "a=3; c=%41%2B"]);
        assert_eq!(value(&headers, "a").unwrap(), "1");
        assert_eq!(value(&headers, "b").unwrap(), "2");
        assert_eq!(value(&headers, "c").unwrap(), "A+");
        assert_eq!(value(&headers, "d"), None);
    }

    #[test]
    fn odd_pairs_are_read_as_better_auth_reads_them() {
        let headers = headers(&["flag; x = \"quoted\" ;;=empty; y=a=b; bad=%zz; open=\"; w=\"ab"]);
        assert_eq!(value(&headers, "x").unwrap(), "quoted");
        assert_eq!(value(&headers, "y").unwrap(), "a=b");
        assert_eq!(value(&headers, "bad").unwrap(), "%zz");
        assert_eq!(value(&headers, "open").unwrap(), "");
        assert_eq!(value(&headers, "w").unwrap(), "a");
        assert_eq!(value(&headers, "flag"), None);
    }

    #[test]
    fn a_pair_of_other_bytes_does_not_hide_its_neighbours() {
        let line = HeaderValue::from_bytes(b"a=\xe9; b=2").unwrap();
        assert_eq!(value(&HeaderMap::from_iter([(COOKIE, line)]), "b").unwrap(), "2");
    }

    #[test]
    fn attributes_come_in_better_auths_order() {
        let all = CookieAttributes {
            domain: Some("example.com".to_owned()),
            partitioned: true,
            same_site: SameSite::None,
            secure: false,
            ..CookieAttributes::default()
        };
        let cookie = CookieDefinition::new("n".to_owned(), all);
        assert_eq!(
            cookie.set("a b.c+/=", Some(Duration::from_secs(7))).unwrap(),
            "n=a%20b.c%2B%2F%3D; Max-Age=7; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=None; Partitioned"
        );
    }

    #[test]
    fn the_host_prefix_forces_what_browsers_demand() {
        let attributes = CookieAttributes {
            secure: false,
            path: Cow::Borrowed("/x"),
            domain: Some("example.com".to_owned()),
            ..CookieAttributes::default()
        };
        let cookie = CookieDefinition::new("__Host-n".to_owned(), attributes);
        assert_eq!(cookie.expire().unwrap(), "__Host-n=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax");
    }
}
