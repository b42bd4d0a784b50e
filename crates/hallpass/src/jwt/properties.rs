//! Tokens of any header and any claims, signed as they have to be, and tokens that were altered.

use std::future::Future;

use proptest::prelude::*;

use super::tests::{NOW, Named, signer};
use super::*;
use crate::properties::altered;

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// One name of a header in JSON: what it should be, or what it may not.
fn said(texts: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        6 => prop::sample::select(texts).prop_map(|text| Some(format!("\"{text}\""))),
        2 => Just(None),
        1 => prop::sample::select(&["null", "1", "[]", "\"\"", "[\"HS256\"]"]).prop_map(|text| Some(text.to_owned())),
    ]
}

fn claims() -> impl Strategy<Value = Claims> {
    let more = prop::collection::vec(("[a-z]{4,6}", any::<String>()), 0..3);
    (1_i64..1_000, more).prop_map(|(lifetime, more)| {
        let mut claims: Claims = more.into_iter().map(|(name, value)| (name, json!(value))).collect();
        claims.insert("exp".to_owned(), json!(NOW.as_millis() / 1_000 + lifetime));
        claims
    })
}

/// What a verifier asks for: the name of its key, and a kind.
fn asked() -> impl Strategy<Value = (Option<&'static str>, Option<&'static str>)> {
    (prop::sample::select(&[None, Some("one")]), prop::sample::select(&[None, Some("kind+jwt")]))
}

async fn read(
    kid: Option<&'static str>,
    typ: Option<&str>,
    token: &str,
    now: Timestamp,
) -> Result<Claims, JwtError> {
    match kid {
        Some(kid) => decode_as(&Named(signer(), kid), typ, token, now).await,
        None => decode_as(&signer(), typ, token, now).await,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_any_header_that_is_signed_only_that_of_the_key_and_the_kind_is_read(
        alg in said(&["HS256", "HS256", "HS256", "hs256", "none", "HS512", "EdDSA"]),
        kid in said(&["one", "one", "two", "One"]),
        typ in said(&["JWT", "jwt", "kind+jwt", "kind+JWT", "at+jwt"]),
        crit in prop_oneof![6 => Just(None), 1 => said(&["exp"])],
        claims in claims(),
        (key, kind) in asked(),
    ) {
        let header = [("alg", &alg), ("kid", &kid), ("typ", &typ), ("crit", &crit)];
        let header: Vec<_> =
            header.iter().filter_map(|(name, said)| Some(format!("\"{name}\":{}", said.as_ref()?))).collect();
        let header = format!("{{{}}}", header.join(","));
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", part(&header), part(&serde_json::to_string(&claims).unwrap()));
        let signature = wait(signer().sign(message.as_bytes())).unwrap();
        let read = wait(read(key, kind, &format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)), NOW));
        let is_text = |said: &Option<String>| {
            said.as_deref().is_none_or(|said| said == "null" || said.starts_with('"'))
        };
        let text = |said: Option<String>| said.filter(|said| said != "null").map(|said| said.replace('"', ""));
        let is_well_formed = is_text(&kid) && is_text(&typ);
        let (kid, typ) = (text(kid), text(typ));
        let is_of_key = key.is_none_or(|key| kid.as_deref() == Some(key));
        let is_of_kind = match kind {
            Some(kind) => typ.as_deref() == Some(kind),
            None => matches!(typ.as_deref(), None | Some("JWT" | "jwt")),
        };
        let is_ours = is_well_formed && alg.as_deref() == Some("\"HS256\"") && crit.is_none() && is_of_key && is_of_kind;
        prop_assert_eq!(read, if is_ours { Ok(claims) } else { Err(JwtError::Malformed) }, "{}", header);
    }

    #[test]
    fn what_is_encoded_is_decoded_and_nothing_that_was_altered(
        claims in claims(),
        (key, kind) in asked(),
        at in any::<usize>(),
        by in any::<u8>(),
    ) {
        let signer = Named(signer(), "one");
        let token = match key {
            Some(_) => wait(encode_as(&signer, kind, &claims)),
            None => wait(encode_as(&signer.0, kind, &claims)),
        };
        let token = token.unwrap();
        prop_assert_eq!(wait(read(key, kind, &token, NOW)), Ok(claims.clone()));
        let expiry = Timestamp::from_millis(claims["exp"].as_i64().unwrap() * 1_000);
        prop_assert_eq!(wait(read(key, kind, &token, expiry)), Err(JwtError::NotValidNow));
        let altered = altered(&token, at, by);
        prop_assert!(wait(read(key, kind, &altered, NOW)).is_err(), "{}", altered);
        let other = Hs256::new(&Secret::from("another-secret-0123456789-abcdefghijklmnop"));
        let signed = wait(decode_as(&other, kind, &token, NOW));
        prop_assert_eq!(signed, Err(JwtError::Signature));
    }
}
