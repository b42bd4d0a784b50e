//! Refuses requests that a foreign page made a browser send.
//!
//! The rules are better-auth's `validateOrigin` and `formCsrf`; the caller leaves `GET`, `HEAD` and `OPTIONS`
//! out. A request with a cookie must come from a trusted origin. A request without one is let through, for
//! native clients have neither cookies nor origins, except at the endpoints that begin a session or send mail
//! to a given address (`form`): there whatever shows a browser, an `Origin`, a `Referer` or fetch metadata,
//! makes the origin count, so that nobody is signed in to an account of the attacker's choice.
//!
//! Stricter than better-auth: a repeated `Referer` is refused (joined by `, ` it would parse as one URL), one
//! of several `Sec-Fetch-*` lines is enough to show a cross-site navigation, and a header that is not ASCII
//! is refused.

use http::header::{COOKIE, HeaderMap, HeaderName, HeaderValue, ORIGIN, REFERER};

use crate::origin::TrustedOrigins;

const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a request is refused; each is an error code of the wire, with status 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `MISSING_OR_NULL_ORIGIN`
    MissingOrNullOrigin,
    /// `INVALID_ORIGIN`
    InvalidOrigin,
    /// `CROSS_SITE_NAVIGATION_LOGIN_BLOCKED`
    CrossSiteNavigation,
}

/// Checks a request that may change something. `request_origin` is the origin that the request was sent to,
/// for browsers that hide their own origin on a same-origin request; `form` marks the endpoints named above.
///
/// # Errors
/// The reason to answer with 403.
pub(crate) fn check(
    headers: &HeaderMap,
    trusted: &TrustedOrigins,
    request_origin: Option<&str>,
    form: bool,
) -> Result<(), Refusal> {
    if headers.contains_key(COOKIE) {
        return check_origin(headers, trusted, request_origin);
    }
    if !form {
        return Ok(());
    }
    if has_line(headers, &SEC_FETCH_SITE, |value| value == b"cross-site")
        && has_line(headers, &SEC_FETCH_MODE, |value| value == b"navigate")
    {
        return Err(Refusal::CrossSiteNavigation);
    }
    let from_browser = [SEC_FETCH_SITE, SEC_FETCH_MODE, SEC_FETCH_DEST, ORIGIN, REFERER]
        .iter()
        .any(|name| has_line(headers, name, |value| !value.is_empty()));
    if from_browser { check_origin(headers, trusted, request_origin) } else { Ok(()) }
}

fn check_origin(
    headers: &HeaderMap,
    trusted: &TrustedOrigins,
    request_origin: Option<&str>,
) -> Result<(), Refusal> {
    let origin = match single(headers, &ORIGIN)? {
        Some(origin) => Some(origin),
        None => single(headers, &REFERER)?,
    };
    let origin = match origin {
        // A page under `Referrer-Policy: no-referrer` posts a form to its own site with `Origin: null`; the
        // browser, and no script, vouches for the site by the other header.
        Some("null") if single(headers, &SEC_FETCH_SITE) == Ok(Some("same-origin")) => request_origin,
        Some("null") => None,
        other => other,
    };
    let origin = origin.ok_or(Refusal::MissingOrNullOrigin)?;
    if trusted.trusts_origin(origin) { Ok(()) } else { Err(Refusal::InvalidOrigin) }
}

/// The value of a header that may stand once; blank counts as absent.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let mut lines = headers.get_all(name).iter();
    let Some(value) = lines.next() else { return Ok(None) };
    if lines.next().is_some() {
        return Err(Refusal::InvalidOrigin);
    }
    let value = value.to_str().map_err(|_| Refusal::InvalidOrigin)?.trim_ascii();
    Ok((!value.is_empty()).then_some(value))
}

fn has_line(headers: &HeaderMap, name: &HeaderName, test: impl Fn(&[u8]) -> bool) -> bool {
    headers.get_all(name).iter().map(HeaderValue::as_bytes).any(|value| test(value.trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SELF: &str = "https://auth.example.com";

    /// Answer, kind of endpoint, headers. Values recorded from better-auth 1.7.25: its handler at
    /// `https://auth.example.com` with `https://app.example.com` trusted, `POST /sign-in/email` for `form`
    /// and `POST /sign-out` for `plain`.
    const RECORDED: &str = "
MISSING_OR_NULL_ORIGIN plain cookie=a=b
OK plain cookie=a=b origin=https://auth.example.com
OK plain cookie=a=b origin=https://app.example.com
INVALID_ORIGIN plain cookie=a=b origin=https://evil.example
MISSING_OR_NULL_ORIGIN plain cookie=a=b origin=null
MISSING_OR_NULL_ORIGIN plain cookie=a=b origin=
OK plain cookie=a=b referer=https://app.example.com/p?q=1
INVALID_ORIGIN plain cookie=a=b referer=https://evil.example/
OK plain cookie=a=b origin=https://app.example.com referer=https://evil.example/
INVALID_ORIGIN plain cookie=a=b origin=https://evil.example referer=https://app.example.com/p?q=1
MISSING_OR_NULL_ORIGIN plain cookie=a=b origin=null referer=https://app.example.com/p?q=1
OK plain cookie=a=b origin= referer=https://app.example.com/p?q=1
OK plain cookie=a=b origin=null sec-fetch-site=same-origin
MISSING_OR_NULL_ORIGIN plain cookie=a=b origin=null sec-fetch-site=cross-site
MISSING_OR_NULL_ORIGIN plain cookie=a=b sec-fetch-site=same-origin
INVALID_ORIGIN plain cookie=a=b origin=https://evil.example sec-fetch-site=same-origin
OK plain cookie=a=b origin=https://app.example.com sec-fetch-site=cross-site sec-fetch-mode=navigate
OK plain
OK plain origin=https://evil.example
OK plain referer=https://evil.example/
OK plain origin=null
OK plain origin=https://evil.example sec-fetch-site=cross-site sec-fetch-mode=cors
OK plain sec-fetch-site=cross-site sec-fetch-mode=navigate sec-fetch-dest=document
MISSING_OR_NULL_ORIGIN form cookie=a=b
OK form cookie=a=b origin=https://auth.example.com
OK form cookie=a=b origin=https://app.example.com
INVALID_ORIGIN form cookie=a=b origin=https://evil.example
MISSING_OR_NULL_ORIGIN form cookie=a=b origin=null
MISSING_OR_NULL_ORIGIN form cookie=a=b origin=
OK form cookie=a=b referer=https://app.example.com/p?q=1
INVALID_ORIGIN form cookie=a=b referer=https://evil.example/
OK form cookie=a=b origin=https://app.example.com referer=https://evil.example/
INVALID_ORIGIN form cookie=a=b origin=https://evil.example referer=https://app.example.com/p?q=1
MISSING_OR_NULL_ORIGIN form cookie=a=b origin=null referer=https://app.example.com/p?q=1
OK form cookie=a=b origin= referer=https://app.example.com/p?q=1
OK form cookie=a=b origin=null sec-fetch-site=same-origin
MISSING_OR_NULL_ORIGIN form cookie=a=b origin=null sec-fetch-site=cross-site
MISSING_OR_NULL_ORIGIN form cookie=a=b sec-fetch-site=same-origin
INVALID_ORIGIN form cookie=a=b origin=https://evil.example sec-fetch-site=same-origin
OK form cookie=a=b origin=https://app.example.com sec-fetch-site=cross-site sec-fetch-mode=navigate
OK form
INVALID_ORIGIN form origin=https://evil.example
INVALID_ORIGIN form referer=https://evil.example/
MISSING_OR_NULL_ORIGIN form origin=null
INVALID_ORIGIN form origin=https://evil.example sec-fetch-site=cross-site sec-fetch-mode=cors
CROSS_SITE_NAVIGATION_LOGIN_BLOCKED form sec-fetch-site=cross-site sec-fetch-mode=navigate sec-fetch-dest=document
OK form origin=https://app.example.com
OK form referer=https://app.example.com/p?q=1
OK form origin=
OK form origin=https://app.example.com sec-fetch-site=cross-site sec-fetch-mode=cors
MISSING_OR_NULL_ORIGIN form sec-fetch-site=cross-site sec-fetch-mode=cors
MISSING_OR_NULL_ORIGIN form sec-fetch-site=cross-site
CROSS_SITE_NAVIGATION_LOGIN_BLOCKED form origin=https://app.example.com sec-fetch-site=cross-site sec-fetch-mode=navigate
MISSING_OR_NULL_ORIGIN form sec-fetch-site=same-origin
OK form origin=https://auth.example.com sec-fetch-site=same-origin sec-fetch-mode=navigate sec-fetch-dest=document
OK form origin=null sec-fetch-site=same-origin sec-fetch-mode=navigate sec-fetch-dest=document
MISSING_OR_NULL_ORIGIN form origin=null sec-fetch-site=cross-site sec-fetch-mode=cors
INVALID_ORIGIN form origin=https://evil.example sec-fetch-site=same-origin sec-fetch-mode=cors
MISSING_OR_NULL_ORIGIN form sec-fetch-site=none sec-fetch-mode=navigate sec-fetch-dest=document
MISSING_OR_NULL_ORIGIN form sec-fetch-mode=navigate
MISSING_OR_NULL_ORIGIN form sec-fetch-dest=document
OK form referer=https://app.example.com/p?q=1 sec-fetch-site=same-site sec-fetch-mode=cors
";

    fn trusted() -> TrustedOrigins {
        TrustedOrigins::new(&SELF.parse().unwrap(), ["https://app.example.com"]).unwrap()
    }

    fn headers<'a>(lines: impl IntoIterator<Item = (&'a str, &'a str)>) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        map
    }

    fn answer(lines: &[(&str, &str)], form: bool) -> Result<(), Refusal> {
        check(&headers(lines.iter().copied()), &trusted(), Some(SELF), form)
    }

    fn wire_code(result: Result<(), Refusal>) -> &'static str {
        match result {
            Ok(()) => "OK",
            Err(Refusal::MissingOrNullOrigin) => "MISSING_OR_NULL_ORIGIN",
            Err(Refusal::InvalidOrigin) => "INVALID_ORIGIN",
            Err(Refusal::CrossSiteNavigation) => "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
        }
    }

    #[test]
    fn answers_as_better_auth_does() {
        let mut rows = 0;
        for row in RECORDED.lines().filter(|row| !row.is_empty()) {
            let mut fields = row.split(' ');
            let (code, kind) = (fields.next().unwrap(), fields.next().unwrap());
            let headers = headers(fields.map(|header| header.split_once('=').unwrap()));
            let result = check(&headers, &trusted(), Some(SELF), kind == "form");
            assert_eq!(wire_code(result), code, "{row}");
            rows += 1;
        }
        assert_eq!(rows, 62);
    }

    #[test]
    fn row_34_a_foreign_page_cannot_sign_in_without_cookies() {
        let foreign: [&[(&str, &str)]; 5] = [
            &[("origin", "https://evil.example")],
            &[("referer", "https://evil.example/page")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("origin", SELF)],
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("origin", "null")],
        ];
        for lines in foreign {
            assert!(answer(lines, true).is_err(), "{lines:?}");
        }
        assert_eq!(answer(&[], true), Ok(()), "a native client");
    }

    #[test]
    fn an_origin_given_twice_is_refused_though_each_is_trusted() {
        let twice = [("origin", SELF), ("origin", SELF)];
        assert_eq!(answer(&twice, true), Err(Refusal::InvalidOrigin));
        assert_eq!(answer(&[("cookie", "a=b"), twice[0], twice[1]], false), Err(Refusal::InvalidOrigin));
        let in_one_line =
            [("cookie", "a=b"), ("origin", "https://auth.example.com, https://auth.example.com")];
        assert_eq!(answer(&in_one_line, false), Err(Refusal::InvalidOrigin));
        let second_blank = [("cookie", "a=b"), ("origin", SELF), ("origin", "")];
        assert_eq!(answer(&second_blank, false), Err(Refusal::InvalidOrigin));
    }

    #[test]
    fn a_referer_given_twice_is_refused_where_it_counts() {
        let twice = [("cookie", "a=b"), ("referer", SELF), ("referer", SELF)];
        assert_eq!(answer(&twice, false), Err(Refusal::InvalidOrigin));
        let beside_an_origin = [("cookie", "a=b"), ("referer", SELF), ("referer", SELF), ("origin", SELF)];
        assert_eq!(answer(&beside_an_origin, false), Ok(()));
    }

    #[test]
    fn repeated_fetch_metadata_neither_hides_a_foreign_page_nor_vouches_for_a_hidden_origin() {
        let navigation = [
            ("origin", SELF),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
        ];
        assert_eq!(answer(&navigation, true), Err(Refusal::CrossSiteNavigation));
        let vouching = [
            ("cookie", "a=b"),
            ("origin", "null"),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "cross-site"),
        ];
        assert_eq!(answer(&vouching, false), Err(Refusal::MissingOrNullOrigin));
    }

    #[test]
    fn a_hidden_origin_counts_as_the_address_of_the_request_which_must_be_trusted() {
        let headers = headers([("cookie", "a=b"), ("origin", "null"), ("sec-fetch-site", "same-origin")]);
        assert_eq!(check(&headers, &trusted(), Some(SELF), false), Ok(()));
        let elsewhere = check(&headers, &trusted(), Some("https://other.example"), false);
        assert_eq!(elsewhere, Err(Refusal::InvalidOrigin));
        assert_eq!(check(&headers, &trusted(), None, false), Err(Refusal::MissingOrNullOrigin));
    }

    #[test]
    fn any_cookie_header_even_an_empty_one_makes_the_origin_count() {
        assert_eq!(answer(&[("cookie", "")], false), Err(Refusal::MissingOrNullOrigin));
        let split = [("cookie", "a=b"), ("cookie", "c=d"), ("origin", "https://evil.example")];
        assert_eq!(answer(&split, false), Err(Refusal::InvalidOrigin));
    }

    #[test]
    fn a_header_that_is_not_ascii_is_refused() {
        let mut headers = headers([("cookie", "a=b")]);
        headers.insert(ORIGIN, HeaderValue::from_bytes(b"https://g\xf6od.example").unwrap());
        assert_eq!(check(&headers, &trusted(), Some(SELF), false), Err(Refusal::InvalidOrigin));
    }
}
