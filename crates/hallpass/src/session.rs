//! The session of a request: who is signed in, and the cookies that say so.

use std::time::Duration;

use http::HeaderMap;
use http::header::HeaderValue;
use serde::Serialize;

use crate::chunks::Chunks;
use crate::clock::Timestamp;
use crate::config::SessionOptions;
use crate::cookie::{self, CookieDefinition};
use crate::cookie_cache::{Cached, SessionCache};
use crate::cookie_rules::CookieRules;
use crate::keyring::Keyring;
use crate::model::{Session, User};
use crate::random::SecureRandom;
use crate::reply::is_about;
use crate::schema::{FieldOrder, Schema, SessionView, UserView};
use crate::signature::CookieSigner;
use crate::types::{SessionToken, StoredToken};

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
    is_cached: bool,
    orders: Orders,
}

/// In which order the fields of either record are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Orders {
    session: FieldOrder,
    user: FieldOrder,
}

impl Orders {
    const STORED: Self = Self { session: FieldOrder::Stored, user: FieldOrder::Stored };
    const CACHED: Self = Self { session: FieldOrder::Cached, user: FieldOrder::Cached };
}

impl CurrentSession {
    pub(crate) fn new(session: Session, user: User, token: SessionToken) -> Self {
        Self { session, user, token, is_cached: false, orders: Orders::STORED }
    }

    /// One that the browser's own cookie told.
    pub(crate) fn cached(session: Session, user: User, token: SessionToken) -> Self {
        Self { is_cached: true, orders: Orders::CACHED, ..Self::new(session, user, token) }
    }

    /// One that a copy of the store's record told, if it `is_copy`.
    pub(crate) fn copied_if(self, is_copy: bool) -> Self {
        Self { is_cached: is_copy, ..self }
    }

    /// As the store has it, where the browser's cookie told of it first.
    pub(crate) fn confirmed(self) -> Self {
        Self { is_cached: false, orders: Orders::CACHED, ..self }
    }

    /// Whether the browser's cookie told this.
    pub(crate) fn is_of_cookie(&self) -> bool {
        self.is_cached && self.orders == Orders::CACHED
    }

    /// With the session as it is after a change, its fields in the order of whoever has it.
    pub(crate) fn with_session(self, session: Session, order: FieldOrder) -> Self {
        let orders = Orders { session: order, ..self.orders };
        Self { session, orders, ..self }
    }

    /// With the user as they are after a change, their fields in the order of whoever has them.
    pub(crate) fn with_user(self, user: User, order: FieldOrder) -> Self {
        let orders = Orders { user: order, ..self.orders };
        Self { user, orders, ..self }
    }

    /// Whether the browser's cookie told this ([`CookieCache`](crate::CookieCache)) or a copy of the store's record
    /// ([`session_cache`](crate::AuthBuilder::session_cache)), and the store was not asked: it may have changed, or ended,
    /// since. In a cookie [hidden](crate::schema::ExtraField::hidden) fields are missing.
    pub fn is_cached(&self) -> bool {
        self.is_cached
    }

    /// Whether the session is younger than `fresh_age` at `now`; with zero every session is.
    pub(crate) fn is_fresh(&self, fresh_age: Duration, now: Timestamp) -> bool {
        fresh_age.is_zero() || self.session.created_at.until(now) < fresh_age
    }

    /// As `/get-session` shows it. `schema` is [`Auth::schema`](crate::Auth::schema).
    pub fn view<'a>(&'a self, schema: &'a Schema) -> CurrentSessionView<'a> {
        let Self { session, user, token, orders, .. } = self;
        CurrentSessionView {
            session: session.view(token, schema).in_order(orders.session),
            user: user.view(schema).in_order(orders.user),
        }
    }
}

/// A [`CurrentSession`] as `/get-session` serialises it: `{"session":{…},"user":{…}}`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CurrentSessionView<'a> {
    session: SessionView<'a>,
    user: UserView<'a>,
}

impl<'a> CurrentSessionView<'a> {
    pub(crate) fn new(session: SessionView<'a>, user: UserView<'a>) -> Self {
        Self { session, user }
    }

    pub(crate) fn records(self) -> (&'a Session, &'a User) {
        (self.session.record(), self.user.record())
    }

    /// The session in it.
    pub(crate) fn session(self) -> SessionView<'a> {
        self.session
    }

    /// The user in it.
    pub fn user(self) -> UserView<'a> {
        self.user
    }

    fn token(self) -> &'a str {
        self.session.token()
    }
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
    options: SessionOptions,
    /// Session and user beside the token, if they are to be there.
    cache: Option<SessionCache>,
    /// What better-auth takes from a browser along with a session of which the cookie is the only record.
    beside: Vec<CookieDefinition>,
}

/// `Set-Cookie` values in the order in which they are sent.
#[derive(Debug, Default)]
pub(crate) struct SetCookies(Vec<HeaderValue>);

impl SetCookies {
    pub(crate) fn push(&mut self, line: Option<HeaderValue>) {
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
    ///
    /// `longest` is how many bytes of cookies a request may bring; `is_stateless` whether the cookies are the only
    /// record of a session.
    pub(crate) fn new(
        rules: &CookieRules,
        keyring: &Keyring,
        options: &SessionOptions,
        longest: usize,
        is_stateless: bool,
    ) -> Self {
        let [token, data, dont_remember] = Self::KEYS.map(|key| rules.define(key));
        // Half of them at most, or the browser's next request would be refused.
        let cache = options.cookie_cache.clone();
        let cache = cache.map(|cache| SessionCache::new(cache, data.clone(), keyring, longest / 2));
        let (signer, options) = (CookieSigner::new(keyring.macs()), options.clone());
        let beside: &[&str] = if is_stateless { &["account_data", "oauth_state"] } else { &[] };
        let beside = beside.iter().map(|key| rules.define(key)).collect();
        Self { token, data, dont_remember, signer, options, cache, beside }
    }

    /// Whether session and user go into a cookie beside the token.
    pub(crate) fn is_caching(&self) -> bool {
        self.cache.is_some()
    }

    /// The session that the request's cookie holds beside `token`.
    pub(crate) fn cached(
        &self,
        headers: &HeaderMap,
        token: &SessionToken,
        stored: StoredToken,
        now: Timestamp,
    ) -> Cached {
        self.cache.as_ref().map_or(Cached::Nothing, |cache| cache.read(headers, token, stored, now))
    }

    /// Takes the cookie with session and user from the browser, but not its chunks: as better-auth does with one that
    /// counts for nothing, and that is about to be replaced.
    pub(crate) fn expire_cached(&self, out: &mut SetCookies) {
        out.push(self.data.expire());
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
        current: CurrentSessionView<'_>,
        remember: bool,
        headers: Option<&HeaderMap>,
        at: (Timestamp, &dyn SecureRandom),
    ) {
        let max_age = remember.then(|| self.options.cookie_age(current.records().0, at.0));
        out.push(self.token.set(&self.signer.sign(current.token()), max_age));
        if !remember {
            out.push(self.dont_remember.set(&self.signer.sign(REMEMBER_NOT), None));
        } else if headers.is_some_and(|headers| self.is_unremembered(headers)) {
            out.retract(self.dont_remember.name());
            out.push(self.dont_remember.expire());
        }
        self.set_cached(out, current, remember, headers, at);
    }

    /// Gives the browser session and user beside the token that it has, if they are to be there.
    pub(crate) fn set_cached(
        &self,
        out: &mut SetCookies,
        current: CurrentSessionView<'_>,
        remember: bool,
        headers: Option<&HeaderMap>,
        at: (Timestamp, &dyn SecureRandom),
    ) {
        if let Some(cache) = &self.cache {
            cache.write(out, current, remember, headers, at);
        }
    }

    /// Gives the browser session and user anew as it brought them, whatever is remembered, and its token.
    pub(crate) fn renew_cached(
        &self,
        out: &mut SetCookies,
        current: CurrentSessionView<'_>,
        headers: &HeaderMap,
        at: (Timestamp, &dyn SecureRandom),
    ) {
        self.set_cached(out, current, true, Some(headers), at);
        let max_age =
            (!self.is_unremembered(headers)).then(|| self.options.cookie_age(current.records().0, at.0));
        out.push(self.token.set(&self.signer.sign(current.token()), max_age));
    }

    /// Takes the session from the browser.
    pub(crate) fn clear(&self, out: &mut SetCookies, headers: &HeaderMap) {
        for cookie in [&self.token, &self.data].into_iter().chain(&self.beside) {
            out.retract(cookie.name());
            out.push(cookie.expire());
        }
        self.clear_data(out, headers);
        out.retract(self.dont_remember.name());
        out.push(self.dont_remember.expire());
    }

    /// Takes from the browser the cached session data that it still sends, chunks included.
    pub(crate) fn clear_data(&self, out: &mut SetCookies, headers: &HeaderMap) {
        for (name, _) in Chunks::of(Some(headers), self.data.name()) {
            out.push(self.data.expire_as(&name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CookieOptions;
    use crate::keyring::VersionedSecret;
    use crate::random::SystemRandom;
    use crate::types::Secret;
    use http::header::COOKIE;

    fn cookies() -> SessionCookies {
        let secret = Secret::from("better-auth-golden-secret-0123456789abcdef");
        let rules = CookieRules::new(CookieOptions::default(), false);
        let keyring = Keyring::new(VersionedSecret { version: None, secret }, Vec::new());
        SessionCookies::new(&rules, &keyring, &SessionOptions::default(), 0, false)
    }

    fn request(line: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(line).unwrap())])
    }

    fn lines(out: SetCookies) -> Vec<String> {
        out.into_iter().map(|line| line.to_str().unwrap().to_owned()).collect()
    }

    /// Gives a browser the session of the token `abc`.
    fn set(remember: bool) -> Vec<String> {
        let (mut out, token) = (SetCookies::default(), SessionToken::parse("abc").unwrap());
        let (session, user) = crate::cookie_cache::records();
        let schema = Schema::default();
        let view = CurrentSessionView::new(session.view(&token, &schema), user.view(&schema));
        cookies().set(&mut out, view, remember, None, (Timestamp::default(), &SystemRandom));
        lines(out)
    }

    #[test]
    fn a_remembered_session_is_one_cookie_with_an_age() {
        assert_eq!(
            set(true),
            [
                "better-auth.session_token=abc.xD2VKGwQXr3FGVHg%2BHDjj2G7sStlUDnRvX1AQH7Yvs8%3D; Max-Age=604800; \
              Path=/; HttpOnly; SameSite=Lax"
            ]
        );
    }

    #[test]
    fn an_unremembered_session_has_no_age_and_says_so() {
        let lines = set(false);
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
