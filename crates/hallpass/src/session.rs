//! The session of a request: who is signed in, and the cookies that say so.

use std::time::Duration;

use http::HeaderMap;
use http::header::HeaderValue;
use serde::Serialize;

use crate::clock::Timestamp;
use crate::cookie::{self, CookieDefinition};
use crate::cookie_rules::CookieRules;
use crate::keyring::Keyring;
use crate::model::{Session, User};
use crate::reply::is_about;
use crate::schema::{Schema, SessionView, UserView};
use crate::signature::CookieSigner;
use crate::types::SessionToken;

/// Who is signed in: the session, its user, and the token that was presented.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CurrentSession {
    /// The session.
    pub session: Session,
    /// Its user.
    pub user: User,
    /// The token that opened it.
    pub token: SessionToken,
}

impl CurrentSession {
    pub(crate) fn new(session: Session, user: User, token: SessionToken) -> Self {
        Self { session, user, token }
    }

    /// Whether the session is younger than `fresh_age` at `now`; with zero every session is.
    pub(crate) fn is_fresh(&self, fresh_age: Duration, now: Timestamp) -> bool {
        fresh_age.is_zero() || self.session.created_at.until(now) < fresh_age
    }

    /// As `/get-session` shows it. `schema` is [`Auth::schema`](crate::Auth::schema).
    pub fn view<'a>(&'a self, schema: &'a Schema) -> CurrentSessionView<'a> {
        let Self { session, user, token } = self;
        CurrentSessionView { session: session.view(token, schema), user: user.view(schema) }
    }
}

/// A [`CurrentSession`] as `/get-session` serialises it: `{"session":{…},"user":{…}}`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CurrentSessionView<'a> {
    session: SessionView<'a>,
    user: UserView<'a>,
}

/// What the `dont_remember` cookie says.
const REMEMBER_NOT: &str = "true";

/// The cookies that carry a session, and how they are signed.
#[derive(Debug)]
pub(crate) struct SessionCookies {
    token: CookieDefinition,
    data: CookieDefinition,
    dont_remember: CookieDefinition,
    signer: CookieSigner,
    max_age: Duration,
}

/// `Set-Cookie` values in the order in which they are sent.
#[derive(Debug, Default)]
pub(crate) struct SetCookies(Vec<HeaderValue>);

impl SetCookies {
    fn push(&mut self, line: Option<HeaderValue>) {
        self.0.extend(line);
    }

    /// Takes back what was said about a cookie and its chunks, so that a value which is about to be
    /// expired is not on the wire at all.
    fn retract(&mut self, name: &str) {
        self.0.retain(|line| !is_about(line, name));
    }
}

impl IntoIterator for SetCookies {
    type Item = HeaderValue;
    type IntoIter = std::vec::IntoIter<HeaderValue>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl SessionCookies {
    /// What options call the cookies.
    pub(crate) const KEYS: [&str; 3] = ["session_token", "session_data", "dont_remember"];

    /// `secure` is whether names get the `__Secure-` prefix and cookies its attribute.
    pub(crate) fn new(rules: &CookieRules, keyring: &Keyring, max_age: Duration) -> Self {
        let [token, data, dont_remember] = Self::KEYS.map(|key| rules.define(key));
        Self { token, data, dont_remember, signer: CookieSigner::new(keyring.macs()), max_age }
    }

    /// The cookie that carries the token.
    pub(crate) fn token_definition(&self) -> &CookieDefinition {
        &self.token
    }

    /// What signs cookies.
    pub(crate) fn signer(&self) -> &CookieSigner {
        &self.signer
    }

    /// The token that the request's cookie carries, if its signature is right.
    pub(crate) fn token(&self, headers: &HeaderMap) -> Option<SessionToken> {
        let signed = cookie::value(headers, self.token.name())?;
        SessionToken::parse(self.signer.verify(&signed)?)
    }

    /// Whether the browser asked, at sign-in, to be forgotten when it closes.
    pub(crate) fn is_unremembered(&self, headers: &HeaderMap) -> bool {
        cookie::value(headers, self.dont_remember.name())
            .is_some_and(|signed| self.signer.verify(&signed) == Some(REMEMBER_NOT))
    }

    /// Gives the browser a session. `headers` are the request's, whose cookies may need clearing.
    pub(crate) fn set(
        &self,
        out: &mut SetCookies,
        token: &SessionToken,
        remember: bool,
        headers: Option<&HeaderMap>,
    ) {
        let max_age = remember.then_some(self.max_age);
        out.push(self.token.set(&self.signer.sign(token.expose()), max_age));
        if !remember {
            out.push(self.dont_remember.set(&self.signer.sign(REMEMBER_NOT), None));
        } else if headers.is_some_and(|headers| self.is_unremembered(headers)) {
            out.retract(self.dont_remember.name());
            out.push(self.dont_remember.expire());
        }
    }

    /// Takes the session from the browser.
    pub(crate) fn clear(&self, out: &mut SetCookies, headers: &HeaderMap) {
        for cookie in [&self.token, &self.data] {
            out.retract(cookie.name());
            out.push(cookie.expire());
        }
        self.clear_data(out, headers);
        out.retract(self.dont_remember.name());
        out.push(self.dont_remember.expire());
    }

    /// Takes from the browser the cached session data that it still sends, chunks included.
    pub(crate) fn clear_data(&self, out: &mut SetCookies, headers: &HeaderMap) {
        let mut seen: Vec<&str> = Vec::new();
        for (name, _) in cookie::pairs(headers) {
            if self.is_data(name) && !seen.contains(&name) {
                seen.push(name);
                out.push(self.data.expire_as(name));
            }
        }
    }

    /// Whether `name` is the data cookie or `name.0`, `name.1`, … of it.
    fn is_data(&self, name: &str) -> bool {
        match name.strip_prefix(self.data.name()) {
            Some("") => true,
            Some(rest) => rest.strip_prefix('.').is_some_and(|index| {
                index.len() <= 2
                    && !index.is_empty()
                    && index.bytes().all(|b| b.is_ascii_digit())
                    && (index == "0" || !index.starts_with('0'))
            }),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CookieOptions;
    use crate::keyring::VersionedSecret;
    use crate::types::Secret;
    use http::header::COOKIE;

    fn cookies() -> SessionCookies {
        let secret = Secret::from("better-auth-golden-secret-0123456789abcdef");
        let rules = CookieRules::new(CookieOptions::default(), false);
        let keyring = Keyring::new(VersionedSecret { version: None, secret }, Vec::new());
        SessionCookies::new(&rules, &keyring, Duration::from_secs(604_800))
    }

    fn request(line: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(line).unwrap())])
    }

    fn lines(out: SetCookies) -> Vec<String> {
        out.into_iter().map(|line| line.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_remembered_session_is_one_cookie_with_an_age() {
        let mut out = SetCookies::default();
        cookies().set(&mut out, &SessionToken::parse("abc").unwrap(), true, None);
        assert_eq!(
            lines(out),
            [
                "better-auth.session_token=abc.xD2VKGwQXr3FGVHg%2BHDjj2G7sStlUDnRvX1AQH7Yvs8%3D; Max-Age=604800; \
              Path=/; HttpOnly; SameSite=Lax"
            ]
        );
    }

    #[test]
    fn an_unremembered_session_has_no_age_and_says_so() {
        let mut out = SetCookies::default();
        cookies().set(&mut out, &SessionToken::parse("abc").unwrap(), false, None);
        let lines = lines(out);
        assert!(!lines[0].contains("Max-Age"), "{lines:?}");
        let sent = lines[1].split(';').next().unwrap();
        assert!(sent.starts_with("better-auth.dont_remember=true."), "{sent}");
        assert!(cookies().is_unremembered(&request(sent)));
        assert!(!cookies().is_unremembered(&request("better-auth.dont_remember=true.x")));
    }

    #[test]
    fn clearing_names_the_cached_data_once_more_where_the_browser_sent_it() {
        let mut out = SetCookies::default();
        let sent = "better-auth.session_data=x; better-auth.session_data.0=y; better-auth.session_data.x=z";
        cookies().clear(&mut out, &request(sent));
        let names: Vec<_> = lines(out).iter().map(|l| l.split('=').next().unwrap().to_owned()).collect();
        assert_eq!(
            names,
            [
                "better-auth.session_token",
                "better-auth.session_data",
                "better-auth.session_data",
                "better-auth.session_data.0",
                "better-auth.dont_remember"
            ]
        );
    }

    #[test]
    fn a_forged_token_is_no_token() {
        let good = request("better-auth.session_token=abc.xD2VKGwQXr3FGVHg%2BHDjj2G7sStlUDnRvX1AQH7Yvs8%3D");
        assert_eq!(cookies().token(&good).unwrap().expose(), "abc");
        let forged =
            request("better-auth.session_token=abd.xD2VKGwQXr3FGVHg%2BHDjj2G7sStlUDnRvX1AQH7Yvs8%3D");
        assert_eq!(cookies().token(&forged), None);
    }
}
