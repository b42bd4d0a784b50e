//! Sessions in cookies alone, over restarts of the process.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hallpass::plugin::{Change, Plugin, SessionEnd};
use hallpass::types::SessionToken;
use hallpass::{
    Auth, AuthBuilder, CookieCache, CookieCacheRefresh, CookieCacheStrategy, EmailPassword, Error,
    MemoryStore, Refresh, SessionOptions, UpdateUser, UserDeletion,
};
use hallpass_testing::{MockClock, RecordingEvents};
use http::Method;
use http::header::{COOKIE, HeaderMap};
use serde_json::{Value, json};

use crate::app::{Answer, App, Call, PASSWORD, SECRET, cheap_hasher};

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);
const OTHER_SECRET: &str = "another-secret-of-the-tests-9876543210-zyxwvu";

/// As better-auth's stateless mode, but in the form that needs no feature.
pub(crate) fn cookies() -> CookieCache {
    CookieCache { max_age: 7 * DAY, refresh: CookieCacheRefresh::LastFifth, ..CookieCache::default() }
}

pub(crate) fn session(cache: CookieCache) -> SessionOptions {
    SessionOptions { cookie_cache: Some(cache), ..SessionOptions::default() }
}

/// A process that begins when `clock` says.
pub(crate) fn process(clock: &Arc<MockClock>, configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> App {
    let events = Arc::new(RecordingEvents::new());
    let builder = Auth::stateless()
        .base_url("http://localhost:3000")
        .secret(SECRET)
        .session(session(cookies()))
        .email_password(EmailPassword::default())
        .user_deletion(UserDeletion::default())
        .danger_without_rate_limit()
        .password_hasher(cheap_hasher())
        .clock(Arc::clone(clock))
        .events(Arc::clone(&events));
    let auth = configure(builder).build().unwrap();
    App { auth, clock: Arc::clone(clock), events, store: MemoryStore::new() }
}

pub(crate) fn app() -> App {
    process(&Arc::new(MockClock::new()), |b| b)
}

impl App {
    /// The next process, which knows nothing of the one before.
    pub(crate) fn restarted(&self) -> Self {
        process(&self.clock, |b| b)
    }
}

pub(crate) async fn get(app: &App, cookie: &str) -> Answer {
    Call::new(Method::GET, "/get-session").cookie(cookie).send(app).await
}

pub(crate) fn headers(cookie: &str) -> HeaderMap {
    HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())])
}

/// What the cookie of this name holds.
pub(crate) fn value<'a>(cookie: &'a str, name: &str) -> &'a str {
    cookie.split("; ").find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap()
}

#[tokio::test]
async fn a_session_goes_on_when_the_process_is_restarted() {
    let app = app();
    let cookie = app.sign_up().await.cookie();
    let before = get(&app, &cookie).await.json();
    let app = app.restarted();
    let answer = get(&app, &cookie).await;
    assert_eq!(answer.json(), before);
    assert!(answer.set_cookies().is_empty(), "{answer:?}");
    let current = app.auth.session(&headers(&cookie)).await.unwrap().unwrap();
    assert!(!current.is_cached(), "there is nobody else to ask");
    let told = app.auth.get_session(&headers(&cookie), Refresh::Now).await.unwrap().current.unwrap();
    assert!(app.auth.confirm(&headers(&cookie), told).await.unwrap().is_some());
    // Of the user there is nothing left.
    app.sign_in(PASSWORD).await.is(401, "INVALID_EMAIL_OR_PASSWORD");
}

#[tokio::test]
async fn what_is_sensitive_is_decided_by_the_cookie() {
    let app = app();
    let cookie = app.sign_up().await.cookie();
    let app = app.restarted();
    app.post_as("/verify-password", &cookie, json!({"password": PASSWORD})).await.is(400, "INVALID_PASSWORD");
    let fresh = app.post_as("/delete-user", &cookie, json!({})).await;
    assert_eq!(fresh.json()["success"], true, "{fresh:?}");
    app.clock.advance(25 * HOUR);
    app.post_as("/delete-user", &cookie, json!({})).await.is(400, "SESSION_EXPIRED");
    for (path, body) in [("/verify-password", json!({"password": PASSWORD})), ("/delete-user", json!({}))] {
        let stranger = app.post_as(path, "better-auth.session_token=x", body).await;
        stranger.is(401, "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn tampered_with_or_under_another_secret_it_is_nobodys() {
    for strategy in [CookieCacheStrategy::Compact, CookieCacheStrategy::Jwt] {
        let made = process(&Arc::new(MockClock::new()), |b| {
            b.session(session(CookieCache { strategy, ..cookies() }))
        });
        let cookie = made.sign_up().await.cookie();
        let bob = json!({"name": "Bob", "email": "bob@example.com", "password": PASSWORD});
        let bobs = made.post("/sign-up/email", bob).await.cookie();
        let data = value(&cookie, "better-auth.session_data");
        let token = value(&cookie, "better-auth.session_token");
        let again = |b: AuthBuilder| b.session(session(CookieCache { strategy, ..cookies() }));
        let next = process(&made.clock, again);
        assert_ne!(get(&next, &cookie).await.json(), Value::Null);
        let with = |data: &str| format!("better-auth.session_token={token}; better-auth.session_data={data}");
        let flipped = if data.as_bytes()[60] == b'A' { 'B' } else { 'A' };
        for bad in [
            with(""),
            with("x"),
            with(&data[1..]),
            with(&data[..data.len() - 2]),
            with(&format!("{}{flipped}{}", &data[..60], &data[61..])),
            with(value(&bobs, "better-auth.session_data")),
            format!("better-auth.session_data={data}"),
            format!("better-auth.session_token={token}"),
            format!("better-auth.session_token={}x; better-auth.session_data={data}", &token[..40]),
        ] {
            let answer = get(&next, &bad).await;
            assert_eq!(answer.json(), Value::Null, "{bad}");
            assert!(answer.cookie().is_empty(), "{answer:?}");
            next.post_as("/update-user", &bad, json!({"name": "Mallory"})).await.is(401, "UNAUTHORIZED");
            assert!(next.auth.session(&headers(&bad)).await.unwrap().is_none(), "{bad}");
        }
        let other = process(&made.clock, |b| again(b).secret(OTHER_SECRET));
        assert_eq!(get(&other, &cookie).await.json(), Value::Null);
        let rotated = process(&made.clock, |b| again(b).secret(SECRET).secrets([(1, OTHER_SECRET)]));
        assert_ne!(get(&rotated, &cookie).await.json(), Value::Null, "an older secret still opens");
    }
}

#[tokio::test]
async fn another_version_ends_every_session() {
    let app = app();
    let cookie = app.sign_up().await.cookie();
    let newer = process(&app.clock, |b| b.session(session(CookieCache { version: "2".into(), ..cookies() })));
    let answer = get(&newer, &cookie).await;
    assert_eq!(answer.json(), Value::Null);
    assert!(answer.set_cookies().iter().any(|line| line.starts_with("better-auth.session_token=;")));
}

#[tokio::test]
async fn a_cookie_is_written_anew_in_its_last_fifth_and_never_beyond_the_session() {
    let made = process(&Arc::new(MockClock::new()), |b| {
        b.session(session(CookieCache { max_age: DAY, ..cookies() }))
    });
    let mut cookie = made.sign_up().await.cookie();
    let end = made.auth.session(&headers(&cookie)).await.unwrap().unwrap().session.expires_at;
    for _ in 0..6 {
        let app = process(&made.clock, |b| b.session(session(CookieCache { max_age: DAY, ..cookies() })));
        app.clock.advance(19 * HOUR);
        assert!(get(&app, &cookie).await.set_cookies().is_empty());
        app.clock.advance(HOUR);
        let answer = get(&app, &cookie).await;
        let lines = answer.set_cookies();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("better-auth.session_data=") && lines[0].contains("; Max-Age=86400;"));
        assert!(lines[1].starts_with("better-auth.session_token=") && lines[1].contains("; Max-Age=604800;"));
        let current = app.auth.session(&headers(&answer.cookie())).await.unwrap().unwrap();
        assert_eq!(current.session.expires_at, end, "the session's own end stays");
        cookie = answer.cookie();
    }
    let app = process(&made.clock, |b| b.session(session(CookieCache { max_age: DAY, ..cookies() })));
    for _ in 0..3 {
        app.clock.advance(20 * HOUR);
        let answer = get(&app, &cookie).await;
        if app.auth.now() > end {
            assert_eq!(answer.json(), Value::Null);
            return;
        }
        cookie = answer.cookie();
    }
    panic!("the session went on beyond its end");
}

#[tokio::test]
async fn nobody_asks_a_cookie_that_is_over() {
    let made = process(&Arc::new(MockClock::new()), |b| {
        b.session(session(CookieCache { max_age: HOUR, ..cookies() }))
    });
    let cookie = made.sign_up().await.cookie();
    let app = made.restarted();
    app.clock.advance(HOUR + Duration::from_secs(1));
    assert_eq!(get(&app, &cookie).await.json(), Value::Null);
    app.post_as("/update-user", &cookie, json!({"name": "B"})).await.is(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn an_absolute_lifetime_holds_over_cookies_that_are_written_anew() {
    let limited = || SessionOptions {
        max_lifetime: Some(3 * DAY),
        ..session(CookieCache { max_age: DAY, ..cookies() })
    };
    let made = process(&Arc::new(MockClock::new()), |b| {
        b.session(session(CookieCache { max_age: DAY, ..cookies() }))
    });
    // The session is of before there was a limit.
    let mut cookie = made.sign_up().await.cookie();
    let app = process(&made.clock, |b| b.session(limited()));
    for hours in [20, 40, 60] {
        app.clock.advance(20 * HOUR);
        let answer = get(&app, &cookie).await;
        let left = (72 - hours) * 3600;
        assert!(answer.set_cookies()[1].contains(&format!("; Max-Age={left};")), "{answer:?}");
        cookie = answer.cookie();
    }
    app.clock.advance(12 * HOUR + Duration::from_secs(1));
    assert_eq!(get(&app, &cookie).await.json(), Value::Null);
    assert!(app.auth.session(&headers(&cookie)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_browser_that_is_not_to_be_remembered_keeps_no_token() {
    let app = app();
    let body = json!({"name": "A", "email": "a@example.com", "password": PASSWORD, "rememberMe": false});
    let cookie = app.post("/sign-up/email", body).await.cookie();
    let app = app.restarted();
    let answer = get(&app, &cookie).await;
    let token = answer.set_cookies().into_iter().find(|line| line.contains("session_token")).unwrap();
    assert!(!token.contains("Max-Age"), "{token}");
    app.clock.advance(DAY + HOUR);
    let cookie = format!(
        "{}; better-auth.dont_remember={}",
        answer.cookie(),
        value(&cookie, "better-auth.dont_remember")
    );
    assert_eq!(get(&app, &cookie).await.json(), Value::Null);
}

#[tokio::test]
async fn signing_out_takes_every_cookie_and_a_copy_lives_until_its_end() {
    let app = app();
    let cookie = app.sign_up().await.cookie();
    let out = app.post_as("/sign-out", &cookie, json!({})).await;
    assert!(out.cookie().is_empty(), "{out:?}");
    for name in ["session_token", "session_data", "account_data", "oauth_state", "dont_remember"] {
        let gone = format!("better-auth.{name}=; Max-Age=0;");
        assert!(out.set_cookies().iter().any(|line| line.starts_with(&gone)), "{name}: {out:?}");
    }
    // Said in the documents in as many words.
    assert_ne!(get(&app, &cookie).await.json(), Value::Null);
    app.clock.advance(7 * DAY + HOUR);
    assert_eq!(get(&app, &cookie).await.json(), Value::Null);
}

#[tokio::test]
async fn what_the_browser_changes_is_in_its_cookie_whoever_knows_the_user() {
    let app = app();
    let mut cookie = app.sign_up().await.cookie();
    for app in [&app, &app.restarted()] {
        let name = format!("A {}", cookie.len());
        cookie = app
            .post_as("/update-user", &cookie, json!({"name": name, "image": "https://x/y"}))
            .await
            .cookie();
        let shown = get(app, &cookie).await.json();
        assert_eq!((&shown["user"]["name"], &shown["user"]["image"]), (&json!(name), &json!("https://x/y")));
        app.post_as("/update-user", &cookie, json!({"name": 1})).await.is(400, "VALIDATION_ERROR");
    }
    let app = app.restarted();
    let cookie = app.post_as("/update-user", &cookie, json!({"image": null})).await.cookie();
    assert_eq!(get(&app, &cookie).await.json()["user"]["image"], Value::Null);
    let user = app.auth.session(&headers(&cookie)).await.unwrap().unwrap().user;
    let update = UpdateUser { name: Some("B".to_owned()), ..UpdateUser::default() };
    assert!(app.auth.update_user(&user.id, update).await.unwrap().is_none(), "there is no record to change");
}

/// Trims names, and remembers what was written, and why sessions ended.
#[derive(Debug, Clone, Default)]
struct Trims(Arc<Mutex<Vec<Option<String>>>>, Arc<Mutex<Vec<SessionEnd>>>);

#[async_trait]
impl Plugin for Trims {
    fn id(&self) -> &'static str {
        "trims"
    }

    async fn before_change(&self, _: &Auth, change: &mut Change<'_>) -> Result<(), Error> {
        if let Change::UpdateUser { change, .. } = change
            && let Some(name) = &mut change.name
        {
            *name = name.trim().to_owned();
        }
        Ok(())
    }

    async fn after_change(&self, _: &Auth, change: &Change<'_>) -> Result<(), Error> {
        if let Change::UpdateUser { change, .. } = change {
            self.0.lock().unwrap().push(change.name.clone());
        }
        if let Change::DeleteSession { reason, .. } = change {
            self.1.lock().unwrap().push(*reason);
        }
        Ok(())
    }
}

#[tokio::test]
async fn what_a_plugin_makes_of_a_change_is_in_the_cookie_whoever_knows_the_user() {
    let clock = Arc::new(MockClock::new());
    let mut cookie = String::new();
    for name in ["Ada", "Bob"] {
        let told = Trims::default();
        let next = process(&clock, |b| b.plugin(told.clone()));
        if cookie.is_empty() {
            cookie = next.sign_up().await.cookie();
        }
        next.clock.advance(HOUR);
        let body = json!({"name": format!("  {name} ")});
        cookie = next.post_as("/update-user", &cookie, body).await.cookie();
        let user = next.auth.session(&headers(&cookie)).await.unwrap().unwrap().user;
        assert_eq!(user.name, name);
        assert_eq!(*told.0.lock().unwrap(), [Some(name.to_owned())], "told once");
    }
}

#[tokio::test]
async fn who_signs_out_is_told_of_whoever_knows_the_session() {
    let app = app();
    let cookie = app.sign_up().await.cookie();
    let told = Trims::default();
    let next = process(&app.clock, |b| b.plugin(told.clone()));
    let body = json!({"name": "B", "email": "b@example.com", "password": PASSWORD});
    next.post_as("/sign-up/email", &cookie, body).await;
    assert_eq!(*told.1.lock().unwrap(), [SessionEnd::Replaced]);
    next.post_as("/sign-out", &cookie, json!({})).await;
    assert_eq!(*told.1.lock().unwrap(), [SessionEnd::Replaced, SessionEnd::SignedOut]);
    next.post_as("/sign-out", &cookie[..cookie.len() - 9], json!({})).await;
    assert_eq!(told.1.lock().unwrap().len(), 2, "a cookie that nobody signed is nobody's");
}

#[tokio::test]
async fn what_would_end_other_sessions_says_that_it_cannot() {
    let app = app();
    let cookie = app.sign_up().await.cookie();
    for app in [&app, &app.restarted()] {
        let other = "x".repeat(32);
        for (path, body) in [
            ("/revoke-session", json!({"token": other})),
            ("/revoke-sessions", json!({})),
            ("/revoke-other-sessions", json!({})),
        ] {
            let answer = app.post_as(path, &cookie, body).await;
            answer.is(501, "STATELESS_SESSIONS");
        }
        Call::new(Method::GET, "/list-sessions")
            .cookie(&cookie)
            .send(app)
            .await
            .is(501, "STATELESS_SESSIONS");
        let current = app.auth.session(&headers(&cookie)).await.unwrap().unwrap();
        let refused = [
            app.auth.list_sessions(&current).await.map(drop),
            app.auth.revoke_session(&current, &other).await.map(drop),
            app.auth.revoke_sessions(&current.user.id).await.map(drop),
            app.auth.revoke_other_sessions(&current).await.map(drop),
        ];
        for refused in refused {
            assert!(matches!(refused, Err(Error::Stateless)), "{refused:?}");
        }
        let body = json!({"currentPassword": PASSWORD, "newPassword": "another password", "revokeOtherSessions": true});
        app.post_as("/change-password", &cookie, body).await.is(501, "STATELESS_SESSIONS");
    }
    // The password is the old one.
    assert_eq!(app.sign_in(PASSWORD).await.status, 200);
    let token = app.auth.session(&headers(&cookie)).await.unwrap().unwrap().token;
    let own = app.restarted().post_as("/revoke-session", &cookie, json!({"token": token.expose()})).await;
    assert!(own.status == 200 && own.cookie().is_empty(), "{own:?}");
}

#[tokio::test]
async fn a_token_alone_opens_nothing_that_only_a_cookie_holds() {
    let app = app();
    let cookie = app.sign_up().await.cookie();
    let token = SessionToken::parse(value(&cookie, "better-auth.session_token").split('.').next().unwrap());
    let app = process(&app.clock, |b| b.plugin(hallpass::plugins::Bearer::new()));
    let bearer = format!("Bearer {}", token.unwrap().expose());
    let call = Call::new(Method::GET, "/get-session").header("authorization", &bearer);
    assert_eq!(call.clone().send(&app).await.json(), Value::Null);
    assert_ne!(call.cookie(&cookie).send(&app).await.json(), Value::Null);
}

#[cfg(feature = "jwe")]
#[tokio::test]
async fn by_default_the_cookie_is_encrypted_and_lasts_as_long_as_the_session() {
    let clock = Arc::new(MockClock::new());
    let options = || SessionOptions { expires_in: 3 * DAY, ..SessionOptions::default() };
    let made = process(&clock, |b| b.session(options()));
    let cookie = made.sign_up().await.cookie();
    let data = value(&cookie, "better-auth.session_data");
    assert_eq!(data.split('.').count(), 5, "{data}");
    let next = process(&clock, |b| b.session(options()));
    clock.advance(2 * DAY);
    assert!(get(&next, &cookie).await.set_cookies().is_empty());
    clock.advance(DAY / 2);
    assert_eq!(get(&next, &cookie).await.set_cookies().len(), 2);
    for (at, _) in data.char_indices().filter(|(_, c)| *c != '.').step_by(37) {
        let other = if data.as_bytes()[at] == b'A' { 'B' } else { 'A' };
        let bad = cookie.replace(data, &format!("{}{other}{}", &data[..at], &data[at + 1..]));
        assert_eq!(get(&next, &bad).await.json(), Value::Null, "{at}");
    }
}
