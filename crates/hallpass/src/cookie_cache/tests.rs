use std::time::Duration;

use http::header::{COOKIE, HeaderValue};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::CookieOptions;
use crate::cookie_rules::CookieRules;
use crate::keyring::VersionedSecret;
use crate::model::{Extra, Session, User};
use crate::random::SystemRandom;
use crate::schema::{ExtraField, Schema};
use crate::types::{Email, Secret};

pub(super) const SECRET: &str = "better-auth-golden-secret-0123456789abcdef";
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_795_335_687_378);
const NAME: &str = "better-auth.session_data";

#[cfg(feature = "jwe")]
pub(super) const STRATEGIES: &[CookieCacheStrategy] =
    &[CookieCacheStrategy::Compact, CookieCacheStrategy::Jwt, CookieCacheStrategy::Jwe];
#[cfg(not(feature = "jwe"))]
pub(super) const STRATEGIES: &[CookieCacheStrategy] =
    &[CookieCacheStrategy::Compact, CookieCacheStrategy::Jwt];

fn cache_of(secrets: &[&str], options: CookieCache) -> SessionCache {
    let mut keys =
        secrets.iter().map(|secret| VersionedSecret { version: None, secret: Secret::from(*secret) });
    let keyring = Keyring::new(keys.next().unwrap(), keys.collect());
    let cookie = CookieRules::new(CookieOptions::default(), false).define("session_data");
    SessionCache::new(options, cookie, &keyring, 100_000)
}

pub(super) fn cache(strategy: CookieCacheStrategy) -> SessionCache {
    cache_of(&[SECRET], CookieCache { strategy, version: "2".into(), ..CookieCache::default() })
}

pub(super) fn token() -> SessionToken {
    SessionToken::parse("mPxqNwZbTfKuYsHdRvLcGjAeQoBiXn24").unwrap()
}

/// What better-auth's cookies in `better-auth.txt` hold: odd text and numbers.
pub(crate) fn records() -> (Session, User) {
    let extra = |fields: Value| -> Extra { fields.as_object().unwrap().clone() };
    let id = "UserUserUserUserUserUserUserUser";
    let session = Session {
        id: "SessSessSessSessSessSessSessSess".into(),
        user_id: id.into(),
        token: token().hashed(),
        expires_at: NOW.plus(Duration::from_secs(604_800)),
        created_at: NOW,
        updated_at: NOW,
        ip_address: Some(String::new()),
        user_agent: Some("wire/1".to_owned()),
        extra: extra(json!({"7": {"b": 1.50, "1": -0.0}})),
    };
    let user = User {
        id: id.into(),
        name: "Änn \"the\" \\ \u{2028} \u{7f} 👋 \u{1} </script>".to_owned(),
        email: Email::from_stored("ann@example.com".to_owned()),
        email_verified: true,
        image: None,
        created_at: NOW,
        updated_at: NOW,
        extra: extra(
            json!({"ratio": 1e21, "small": 1e-7, "big": 9_007_199_254_740_993_u64, "list": [1.0, "x", null]}),
        ),
    };
    (session, user)
}

/// A schema that has the additional fields of the records.
pub(super) fn declared(session: &Session, user: &User) -> Schema {
    let mut schema = Schema::new();
    for name in session.extra.keys() {
        schema = schema.session_field(ExtraField::json(name.clone()));
    }
    for name in user.extra.keys() {
        schema = schema.user_field(ExtraField::json(name.clone()));
    }
    schema
}

/// The cookies that are sent for the records, as a browser sends them back.
fn written(cache: &SessionCache, (session, user): &(Session, User), remember: bool) -> HeaderMap {
    let mut out = SetCookies::default();
    let token = token();
    let schema = declared(session, user);
    let view = CurrentSessionView::new(session.view(&token, &schema), user.view(&schema));
    cache.write(&mut out, view, remember, None, (NOW, &SystemRandom));
    sent(out)
}

fn sent(out: SetCookies) -> HeaderMap {
    let lines = out.into_iter().map(|line| {
        let pair = line.to_str().unwrap().split(';').next().unwrap().to_owned();
        (COOKIE, HeaderValue::from_str(&pair).unwrap())
    });
    lines.collect()
}

pub(super) fn brings(value: &str) -> HeaderMap {
    HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&format!("{NAME}={value}")).unwrap())])
}

pub(super) fn read(cache: &SessionCache, headers: &HeaderMap, now: Timestamp) -> Option<(Session, User)> {
    match cache.read(headers, &token(), token().hashed(), now) {
        Cached::Live { current, .. } => Some((current.session, current.user)),
        _ => None,
    }
}

/// Additional fields as JavaScript would have them.
fn as_javascript(mut records: (Session, User)) -> (Session, User) {
    for extra in [&mut records.0.extra, &mut records.1.extra] {
        *extra = serde_json::from_str(&crate::js_json::to_string(&*extra).unwrap()).unwrap();
    }
    records
}

#[test]
fn what_better_auth_wrote_is_read() {
    let lines = include_str!("better-auth.txt").lines().zip(STRATEGIES);
    for (line, strategy) in lines {
        let (form, value) = line.split_once(' ').unwrap();
        let found = read(&cache(*strategy), &brings(value), NOW).expect(form);
        assert_eq!(found, as_javascript(records()), "{form}");
    }
}

#[test]
fn the_compact_form_is_to_the_byte_what_better_auth_writes() {
    let value = include_str!("better-auth.txt").lines().next().unwrap().split_once(' ').unwrap().1;
    assert_eq!(written(&cache(CookieCacheStrategy::Compact), &records(), true), brings(value));
}

#[test]
fn a_cookie_is_believed_until_it_is_as_old_as_it_may_be() {
    for strategy in STRATEGIES {
        let cache = cache(*strategy);
        for (remember, seconds) in
            [(true, 300), (false, if *strategy == CookieCacheStrategy::Compact { 60 } else { 300 })]
        {
            let headers = written(&cache, &records(), remember);
            let after = |seconds| NOW.plus(Duration::from_secs(seconds));
            assert!(read(&cache, &headers, after(seconds - 1)).is_some(), "{strategy:?}");
            assert!(read(&cache, &headers, after(seconds + 1)).is_none(), "{strategy:?}");
        }
    }
}

#[test]
fn a_cached_session_does_not_outlive_the_session() {
    for strategy in STRATEGIES {
        let (mut session, user) = records();
        session.expires_at = NOW.plus(Duration::from_secs(10));
        let headers = written(&cache(*strategy), &(session, user), true);
        assert!(read(&cache(*strategy), &headers, NOW.plus(Duration::from_secs(10))).is_some());
        assert!(read(&cache(*strategy), &headers, NOW.plus(Duration::from_millis(10_001))).is_none());
    }
}

#[test]
fn a_cookie_counts_beside_its_own_token_alone() {
    for strategy in STRATEGIES {
        let headers = written(&cache(*strategy), &records(), true);
        let other = SessionToken::parse("another token").unwrap();
        assert!(matches!(cache(*strategy).read(&headers, &other, other.hashed(), NOW), Cached::Void));
    }
}

#[test]
fn a_cookie_of_another_form_or_version_or_secret_is_void() {
    for strategy in STRATEGIES {
        let headers = written(&cache(*strategy), &records(), true);
        for other in STRATEGIES.iter().filter(|other| *other != strategy) {
            assert!(matches!(cache(*other).read(&headers, &token(), token().hashed(), NOW), Cached::Void));
        }
        let with = |secrets: &[&str], version| {
            read(
                &cache_of(secrets, CookieCache { strategy: *strategy, version, ..CookieCache::default() }),
                &headers,
                NOW,
            )
        };
        assert!(with(&[SECRET], "2".into()).is_some());
        assert!(with(&[SECRET], "1".into()).is_none());
        assert!(with(&[SECRET], CookieCacheVersion::by(|_, user| user.name.len().to_string())).is_none());
        assert!(
            with(
                &[SECRET],
                CookieCacheVersion::by(|session, _| session
                    .user_id
                    .as_str()
                    .len()
                    .to_string()
                    .replace("32", "2"))
            )
            .is_some()
        );
        assert!(with(&["another secret", SECRET], "2".into()).is_some(), "an older secret is believed");
        assert!(with(&["another secret"], "2".into()).is_none());
    }
}

#[test]
fn no_character_of_a_cookie_can_be_changed() {
    for strategy in STRATEGIES {
        let cache = cache(*strategy);
        let headers = written(&cache, &records(), true);
        let line = headers[COOKIE].to_str().unwrap();
        let (_, value) = line.split_once('=').unwrap();
        assert!(read(&cache, &brings(value), NOW).is_some());
        for at in 0..value.len() {
            let mut changed = value.to_owned().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = std::str::from_utf8(&changed).unwrap();
            assert!(
                matches!(cache.read(&brings(changed), &token(), token().hashed(), NOW), Cached::Void),
                "{at}"
            );
            assert!(read(&cache, &brings(&value[..at]), NOW).is_none(), "{at}");
        }
    }
}

#[test]
fn records_that_lack_something_or_contradict_each_other_are_void() {
    let compact = |payload: &str| {
        let macs = Macs::one(SECRET.as_bytes());
        let at = NOW.plus(Duration::from_secs(60)).as_millis();
        let signed = format!("{},\"expiresAt\":{at}}}", payload.strip_suffix('}').unwrap());
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
        let signature = BASE64.encode(macs.sign(signed.as_bytes()));
        let whole = format!("{{\"session\":{payload},\"expiresAt\":{at},\"signature\":\"{signature}\"}}");
        read(&cache(CookieCacheStrategy::Compact), &brings(&BASE64.encode(whole)), NOW)
    };
    let (session, user) = records();
    let token = token();
    let schema = declared(&session, &user);
    let view = CurrentSessionView::new(session.view(&token, &schema), user.view(&schema));
    let good = serde_json::to_value(Written::new(view, NOW, "2")).unwrap();
    assert!(compact(&good.to_string()).is_some());
    for (path, value) in [
        ("/session/expiresAt", json!(null)),
        ("/session/expiresAt", json!(1_795_335_687_378_u64)),
        ("/session/expiresAt", json!("tomorrow")),
        ("/session/token", json!(["mPxqNwZbTfKuYsHdRvLcGjAeQoBiXn24"])),
        ("/session/userId", json!("somebody else")),
        ("/session/ipAddress", json!(1)),
        ("/user/id", json!("somebody else")),
        ("/user/emailVerified", json!("true")),
        ("/user/name", json!(null)),
        ("/user", json!("user")),
        ("/session", json!([])),
        ("/version", json!(2)),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = value;
        assert!(compact(&bad.to_string()).is_none(), "{bad}");
    }
    for missing in ["session", "user", "version"] {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove(missing);
        assert!(compact(&bad.to_string()).is_none(), "{missing}");
    }
    assert!(compact("{}").is_none());
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z]{0,6000}", "\\PC{0,40}"]
}

pub(super) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z0-9]{0,3}", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_written_is_read(name in text(), agent in text(), fields in prop::collection::vec(("x[a-z0-9]{0,4}", value()), 0..5)) {
        let (mut session, mut user) = records();
        user.name = name;
        session.user_agent = Some(agent);
        session.extra = fields.clone().into_iter().collect();
        user.extra = fields.into_iter().collect();
        let records = as_javascript((session, user));
        for strategy in STRATEGIES {
            let cache = cache(*strategy);
            let headers = written(&cache, &records, true);
            prop_assert_eq!(read(&cache, &headers, NOW), Some(records.clone()));
            for (_, line) in &headers {
                prop_assert!(line.len() <= 4096 - 70);
            }
        }
    }

    #[test]
    fn whatever_is_read_panics_nothing(value in "[A-Za-z0-9_.%-]{0,200}") {
        for strategy in STRATEGIES {
            prop_assert!(read(&cache(*strategy), &brings(&value), NOW).is_none());
        }
    }

    #[test]
    fn chunks_are_joined_by_their_numbers_whatever_their_order(length in 4000_usize..60_000, seed in any::<u64>()) {
        let (session, mut user) = records();
        user.name = "x".repeat(length);
        let records = as_javascript((session, user));
        let cache = cache(CookieCacheStrategy::Compact);
        let headers = written(&cache, &records, true);
        let mut lines: Vec<_> = headers.get_all(COOKIE).iter().cloned().collect();
        prop_assert!(lines.len() > 1);
        lines.sort_by_key(|line| std::hash::BuildHasher::hash_one(&std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default(), (seed, line.as_bytes())));
        let shuffled: HeaderMap = lines.iter().map(|line| (COOKIE, line.clone())).collect();
        prop_assert_eq!(read(&cache, &shuffled, NOW), Some(records));
        lines.pop();
        let short: HeaderMap = lines.into_iter().map(|line| (COOKIE, line)).collect();
        prop_assert!(read(&cache, &short, NOW).is_none());
    }
}
