//! Sessions that are signed as they have to be and say anything: what is read is what was signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::tests::{NOW, SECRET, STRATEGIES, brings, cache, declared, read, records, token, value};
use super::*;
use crate::jwt::encode_hs256;
use crate::model::{Extra, Session, User};
use crate::types::Email;

/// What a cookie says, read in another way than by what is tested.
#[derive(Deserialize)]
struct Said {
    session: SaidSession,
    user: SaidUser,
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SaidSession {
    id: String,
    user_id: String,
    token: String,
    expires_at: String,
    created_at: String,
    updated_at: String,
    ip_address: Option<String>,
    user_agent: Option<String>,
    #[serde(flatten)]
    extra: Extra,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SaidUser {
    id: String,
    name: String,
    email: String,
    email_verified: bool,
    image: Option<String>,
    created_at: String,
    updated_at: String,
    #[serde(flatten)]
    extra: Extra,
}

/// The records, if they are whole, of this token and version, and live.
fn said(text: &str) -> Option<(Session, User)> {
    let Said { session, user, version } = serde_json::from_str(text).ok()?;
    let expires_at = Timestamp::parse(&session.expires_at)?;
    let is_ours = session.token == "mPxqNwZbTfKuYsHdRvLcGjAeQoBiXn24" && version == "2";
    if !is_ours || session.user_id != user.id || expires_at < NOW {
        return None;
    }
    let session = Session {
        id: session.id.into(),
        user_id: session.user_id.into(),
        token: token().hashed(),
        expires_at,
        created_at: Timestamp::parse(&session.created_at)?,
        updated_at: Timestamp::parse(&session.updated_at)?,
        ip_address: session.ip_address,
        user_agent: session.user_agent,
        extra: session.extra,
    };
    let user = User {
        id: user.id.into(),
        name: user.name,
        email: Email::from_stored(user.email.to_lowercase()),
        email_verified: user.email_verified,
        image: user.image,
        created_at: Timestamp::parse(&user.created_at)?,
        updated_at: Timestamp::parse(&user.updated_at)?,
        extra: user.extra,
    };
    Some((session, user))
}

/// A whole session in JSON, as it is signed.
fn whole() -> Map<String, Value> {
    let (session, user) = records();
    let token = token();
    let schema = declared(&session, &user);
    let view = CurrentSessionView::new(session.view(&token, &schema), user.view(&schema));
    let written = serde_json::to_value(Written::new(view, NOW, "2")).unwrap();
    written.as_object().unwrap().clone()
}

/// What is put in the place of something: of its type, or anything.
fn replacement() -> impl Strategy<Value = Option<Value>> {
    const TEXTS: &[&str] = &[
        "2",
        "1",
        "",
        "UserUserUserUserUserUserUserUser",
        "another id",
        "2026-11-22T08:21:27.377Z",
        "2026-11-22T08:21:27.378Z",
        "2999-01-01T00:00:00Z",
        "2999-01-01",
        "Bob@Example.com",
    ];
    prop_oneof![
        3 => prop::sample::select(TEXTS).prop_map(|text| Some(json!(text))),
        2 => value().prop_map(Some),
        1 => Just(None),
    ]
}

/// Where, as the names of an outer and of an inner object.
fn place() -> impl Strategy<Value = (&'static str, Option<String>)> {
    const FIELDS: &[&str] =
        &["id", "userId", "token", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent"];
    const USERS: &[&str] = &["name", "email", "emailVerified", "image", "id", "createdAt"];
    let field = prop_oneof![
        prop::sample::select(FIELDS).prop_map(str::to_owned),
        prop::sample::select(USERS).prop_map(str::to_owned),
        "[a-z]{1,3}",
    ];
    prop_oneof![
        5 => (prop::sample::select(vec!["session", "user"]), field).prop_map(|(record, field)| (record, Some(field))),
        1 => prop::sample::select(vec!["session", "user", "version", "updatedAt", "x"]).prop_map(|name| (name, None)),
    ]
}

fn put(fields: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(fields.insert(name.to_owned(), value)),
        None => drop(fields.remove(name)),
    }
}

/// A session of which some things were replaced, or any object.
fn payload() -> impl Strategy<Value = Map<String, Value>> {
    // The last moments at which it is live, and the first at which it is not.
    let end = (-1_i64..2).prop_map(|late| Timestamp::from_millis(NOW.as_millis() - late));
    let end = end.prop_map(|end| (("session", Some("expiresAt".to_owned())), Some(json!(end))));
    let edit = prop_oneof![9 => (place(), replacement()), 1 => end];
    let edited = prop::collection::vec(edit, 0..4).prop_map(|edits| {
        let mut fields = whole();
        for ((name, inner), value) in edits {
            match (inner, fields.get_mut(name)) {
                (Some(inner), Some(Value::Object(record))) => put(record, &inner, value),
                (None, _) => put(&mut fields, name, value),
                _ => {}
            }
        }
        fields
    });
    let any = prop::collection::vec(("[a-z]{0,7}", value()), 0..4);
    prop_oneof![9 => edited, 1 => any.prop_map(|fields| fields.into_iter().collect())]
}

/// The cookie that says it, good until a second, with a right signature.
fn signed(strategy: CookieCacheStrategy, payload: &str, until: i64) -> String {
    let macs = Macs::one(SECRET.as_bytes());
    let fields = payload.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
    let comma = if fields.is_empty() { "" } else { "," };
    let with = |name: &str, at: i64| format!("{{{fields}{comma}\"{name}\":{at}}}");
    match strategy {
        CookieCacheStrategy::Compact => {
            let at = until * 1_000;
            let signature = URL_SAFE_NO_PAD.encode(macs.sign(with("expiresAt", at).as_bytes()));
            URL_SAFE_NO_PAD
                .encode(format!("{{\"session\":{payload},\"expiresAt\":{at},\"signature\":\"{signature}\"}}"))
        }
        CookieCacheStrategy::Jwt => encode_hs256(&macs, &with("exp", until)).unwrap(),
        #[cfg(feature = "jwe")]
        CookieCacheStrategy::Jwe => cache(strategy).jwe.seal_text(&with("exp", until)).unwrap(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_whatever_is_signed_exactly_the_live_session_that_it_says_is_read(
        payload in payload(),
        lifetime in prop_oneof![4 => 1_i64..300, 1 => -300_i64..1],
    ) {
        let payload = Value::Object(payload).to_string();
        let until = NOW.as_millis() / 1_000 + lifetime;
        let expected = said(&payload).filter(|_| lifetime > 0);
        for strategy in STRATEGIES {
            let cookie = signed(*strategy, &payload, until);
            prop_assert_eq!(read(&cache(*strategy), &brings(&cookie), NOW), expected.clone(), "{:?} {}", strategy, payload);
        }
    }
}

#[test]
fn a_whole_session_is_said() {
    assert!(said(&Value::Object(whole()).to_string()).is_some());
}
