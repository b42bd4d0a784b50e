//! What holds of the parsers for every input: nothing panics, what was written is read back, and nothing that
//! was not written is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::HeaderMap;
use http::header::{COOKIE, HeaderName, HeaderValue};
use ipnet::IpNet;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use url::Url;

use crate::client_address::AddressPolicy;
use crate::clock::Timestamp;
use crate::cookie::{self, CookieAttributes, CookieDefinition};
use crate::glob;
use crate::jwt::{decode_hs256, encode_hs256};
use crate::keyring::Macs;
use crate::origin::TrustedOrigins;
use crate::signature::CookieSigner;
use crate::types::Email;

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn macs(key: &str) -> Macs {
    Macs::one(key.as_bytes())
}

/// Any text, and text of what the parsers look for.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ -~]{0,60}", "[a-z0-9.:/@%\\\\*?;=\"' \t-]{0,60}"]
}

fn cookie_headers(lines: &[Vec<u8>]) -> HeaderMap {
    let lines = lines.iter().filter_map(|line| HeaderValue::from_bytes(line).ok());
    lines.map(|line| (COOKIE, line)).collect()
}

/// The obvious matcher, which takes exponential time.
fn is_like(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), _) => is_like(rest, text) || (!text.is_empty() && is_like(pattern, &text[1..])),
        (Some((p, pattern)), Some((c, text))) => (*p == '?' || p == c) && is_like(pattern, text),
        _ => false,
    }
}

/// Changes one character of an ASCII text to another.
pub(crate) fn altered(text: &str, at: usize, by: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = at % bytes.len();
    bytes[at] = b' ' + (bytes[at] - b' ' + 1 + by % 94) % 95;
    String::from_utf8(bytes).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_cookie_that_was_set_is_read_back_among_others(
        value in any::<String>(),
        before in "[ -~]{0,40}",
        after in "[ -~]{0,40}",
    ) {
        let cookie = CookieDefinition::new("hallpass.test".to_owned(), CookieAttributes::default());
        let line = cookie.set(&value, None).unwrap();
        let pair = line.to_str().unwrap().split(';').next().unwrap().to_owned();
        prop_assume!(!before.contains("hallpass.test"));
        let together = cookie_headers(&[format!("{before}; {pair}; {after}").into_bytes()]);
        let apart = cookie_headers(&[before.into_bytes(), pair.into_bytes(), after.into_bytes()]);
        for headers in [together, apart] {
            let found = cookie::value(&headers, "hallpass.test");
            prop_assert_eq!(found.as_deref(), Some(&*value));
        }
    }

    #[test]
    fn any_cookie_header_is_read_without_a_panic(
        lines in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..80),
            "[a-z.=;%2f\"\\\\ \t]{0,60}".prop_map(String::into_bytes),
        ], 0..4),
    ) {
        let headers = cookie_headers(&lines);
        for (name, value) in cookie::pairs(&headers) {
            prop_assert!(!name.contains(';') && !value.contains(';'));
            cookie::decoded(value);
        }
    }

    #[test]
    fn a_signed_value_is_read_back_and_no_other(value in ".{1,40}", at in any::<usize>(), by in any::<u8>()) {
        let signer = CookieSigner::new(macs("the key"));
        let signed = signer.sign(&value);
        prop_assert_eq!(signer.verify(&signed), Some(&*value));
        prop_assert_eq!(CookieSigner::new(macs("another key")).verify(&signed), None);
        if signed.is_ascii() && signed.bytes().all(|byte| byte >= b' ') {
            let altered = altered(&signed, at, by);
            prop_assert_eq!(signer.verify(&altered), None, "{}", altered);
        }
    }

    #[test]
    fn any_signed_value_is_judged_without_a_panic(signed in text()) {
        prop_assert_eq!(CookieSigner::new(macs("the key")).verify(&signed), None);
    }

    #[test]
    fn a_token_is_read_back_until_it_expires_and_no_other(
        subject in any::<String>(),
        lifetime in 1_i64..1_000_000,
        at in any::<usize>(),
        by in any::<u8>(),
    ) {
        let expiry = NOW.as_millis() / 1_000 + lifetime;
        let claims = serde_json::json!({ "sub": subject, "exp": expiry }).to_string();
        let token = encode_hs256(&macs("the key"), &claims).unwrap();
        let is_good = |key: &str, token: &str, seconds: i64| {
            decode_hs256(&macs(key), token, Timestamp::from_millis(seconds * 1_000)).is_ok()
        };
        prop_assert!(is_good("the key", &token, expiry - 1));
        prop_assert!(!is_good("the key", &token, expiry + 1));
        prop_assert!(!is_good("another key", &token, expiry - 1));
        prop_assert!(!is_good("the key", &altered(&token, at, by), expiry - 1));
    }

    #[test]
    fn any_token_is_judged_without_a_panic(token in prop_oneof![text(), "[A-Za-z0-9_-]{0,60}(\\.[A-Za-z0-9_-]{0,60}){0,4}"]) {
        prop_assert!(decode_hs256(&macs("the key"), &token, NOW).is_err());
    }

    #[test]
    fn any_claims_are_judged_without_a_panic(claims in prop_oneof![
        text(),
        "\\{\"exp\":(-?[0-9]{1,25}(\\.[0-9]{1,5})?|1e[0-9]{1,4}|null|true|\"[0-9]{1,12}\"|\\[\\]|\\{\\})(,\"nbf\":(-?[0-9]{1,25}|null|\"0\"))?\\}",
    ]) {
        let Some(token) = encode_hs256(&macs("the key"), &claims) else { return Ok(()) };
        if decode_hs256(&macs("the key"), &token, NOW).is_ok() {
            let claims: serde_json::Value = serde_json::from_str(&claims).unwrap();
            prop_assert!(claims["exp"].as_f64().unwrap() * 1_000.0 >= NOW.as_millis() as f64, "{claims}");
            prop_assert!(claims.get("nbf").is_none_or(serde_json::Value::is_number), "{claims}");
        }
    }

    #[test]
    fn an_address_that_is_accepted_can_be_read_in_one_way(text in prop_oneof![
        text(),
        "[a-zA-Z0-9._'+ \"-]{1,12}@[a-zA-Z0-9.-]{1,12}\\.[a-z]{1,4}",
        "[a-z.]{1,6}[@,;<> \r\n\u{ff20}\u{200b}]{1,2}[a-z.@]{1,12}\\.[a-z]{2}",
    ]) {
        let Ok(email) = Email::parse(&text) else { return Ok(()) };
        let email = email.as_str();
        prop_assert_eq!(email.matches('@').count(), 1);
        prop_assert!(email.is_ascii() && !email.bytes().any(|b| b.is_ascii_control() || b.is_ascii_uppercase()));
        prop_assert!(!email.contains([' ', ',', ';', '<', '>', '"', '(', ')', '[', ']', '\\', ':']), "{}", email);
        let again = Email::parse(email).unwrap();
        prop_assert_eq!(again.as_str(), email);
    }

    #[test]
    fn a_pattern_matches_what_the_obvious_matcher_matches(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
        let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
        prop_assert_eq!(glob::matches(&pattern, &text), is_like(&p, &t), "{} {}", pattern, text);
    }

    #[test]
    fn a_pattern_of_hosts_trusts_only_hosts_below(
        pattern in "(https://)?(\\*|a\\*|\\*\\*|app-\\?)\\.good\\.com(:[0-9]{2,4}|:\\*)?",
        origin in prop_oneof![text(), "https?://[a-z.@:\\\\/-]{0,14}good\\.com[a-z.@:0-9/?#\\\\-]{0,12}"],
    ) {
        let base = Url::parse("https://good.com").unwrap();
        let Ok(trusted) = TrustedOrigins::new(&base, [&pattern]) else { return Ok(()) };
        for is_trusted in [trusted.trusts_origin(&origin), origin.contains("://") && trusted.trusts_redirect(&origin)] {
            if is_trusted && !origin.starts_with('/') {
                let host = Url::parse(&origin).unwrap().host_str().unwrap().to_owned();
                prop_assert!(host == "good.com" || host.ends_with(".good.com"), "{} {}", pattern, origin);
            }
        }
    }

    #[test]
    fn what_a_pattern_trusts_is_like_it_in_every_reading(
        pattern in prop_oneof![
            text(),
            "(https?://)?[a-z*?]{1,5}\\.[a-z*]{1,6}\\.[a-z]{2,3}(:[0-9*]{1,4})?",
            "[a-z]{3,6}://([a-z.*]{0,6}(/[a-z*]{0,4}){0,2})?",
        ],
        filling in "[a-z0-9.]{0,4}",
        scheme in prop::sample::select(vec!["", "http://", "https://"]),
        around in prop_oneof![Just(String::new()), "[/@:.#?\\\\a-z]{0,6}"],
        odd in text(),
    ) {
        let base = Url::parse("https://good.com").unwrap();
        let Ok(trusted) = TrustedOrigins::new(&base, [&pattern]) else { return Ok(()) };
        let filled = pattern.replace('*', &filling).replace('?', "x");
        let near = [format!("{scheme}{filled}"), format!("{scheme}{filled}{around}"), format!("{scheme}{around}{filled}")];
        for target in near.into_iter().chain([odd]) {
            let is_origin = trusted.trusts_origin(&target);
            if !is_origin && !trusted.trusts_redirect(&target) {
                continue;
            }
            let url = base.join(&target);
            prop_assert!(url.is_ok(), "{pattern} {target}: no URL, and trusted");
            let url = url.unwrap();
            if target.starts_with('/') {
                prop_assert!(!is_origin && url.origin() == base.origin(), "{pattern} {target}");
            } else if !matches!(url.scheme(), "http" | "https") {
                let app = pattern.split(':').next().unwrap();
                prop_assert!(url.scheme().eq_ignore_ascii_case(app), "{pattern} {target}");
            } else {
                let (origin, letters) = (url.origin().ascii_serialization(), |text: &str| text.chars().collect::<Vec<_>>());
                prop_assert!(trusted.trusts_origin(&origin), "{pattern} {target}: but not {origin}");
                let authority = origin.split_once("://").unwrap().1;
                let is_like_it = [&*origin, authority].iter().any(|part| is_like(&letters(&pattern), &letters(part)));
                prop_assert!(is_like_it || url.origin() == base.origin(), "{pattern} {target}");
            }
        }
    }

    /// A browser takes `\\` for `/`, skips tabs and line ends, and resolves dots; a proxy may decode what is escaped.
    #[test]
    fn a_relative_redirect_that_is_trusted_stays_on_the_site_in_every_reading(target in prop_oneof![
        text(),
        "/([/\\\\.a@:?#]|%2[fFeE]|%5[cC]|%09|\\t|\\n| ){0,10}",
        "[a-z/\\\\]{0,3}(/|//|%2f|%5c|\\\\|\\.\\./|/\\./){0,4}evil\\.example[/?#a-z]{0,3}",
    ]) {
        let base = Url::parse("https://good.com/auth/").unwrap();
        let trusted = TrustedOrigins::new(&base, ["https://good.com"]).unwrap();
        if !trusted.trusts_redirect(&target) {
            return Ok(());
        }
        let decoded = percent_decode_str(&target).decode_utf8_lossy().into_owned();
        for reading in [target.as_str(), target.trim(), &decoded] {
            let path = reading.split(['?', '#']).next().unwrap();
            let url = base.join(path);
            prop_assert!(url.is_ok_and(|url| url.origin() == base.origin()), "{target:?} as {path:?}");
        }
    }

    /// Proxies append: what a client writes stands on the left, and never decides who it is.
    #[test]
    fn what_a_client_writes_into_the_chain_does_not_change_its_address(
        forged in prop::collection::vec(prop_oneof!["[ -~]{0,30}", "10\\.0\\.0\\.[0-9]", "[0-9]{1,3}(\\.[0-9]{1,3}){3}(:[0-9]{1,5})?"], 0..4),
        client in any::<u32>(),
        proxies in prop::collection::vec(0_u8..=255, 0..3),
        own_lines in any::<bool>(),
    ) {
        let name = HeaderName::from_static("x-forwarded-for");
        let ranges = vec!["10.0.0.0/24".parse::<IpNet>().unwrap()];
        let policy = AddressPolicy::forwarded(["x-forwarded-for"], ranges).unwrap();
        let client = Ipv4Addr::from_bits(client);
        prop_assume!(client.octets()[..3] != [10, 0, 0]);
        let honest: Vec<String> = std::iter::once(client.to_string())
            .chain(proxies.iter().map(|last| format!("10.0.0.{last}")))
            .collect();
        let mut headers = HeaderMap::new();
        if own_lines {
            for hop in forged.iter().chain(&honest) {
                headers.append(&name, HeaderValue::from_str(hop).unwrap());
            }
        } else {
            let chain: Vec<&str> = forged.iter().chain(&honest).map(String::as_str).collect();
            headers.append(&name, HeaderValue::from_str(&chain.join(", ")).unwrap());
        }
        let peer = Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)));
        prop_assert_eq!(policy.resolve(&headers, peer), Some(IpAddr::V4(client)));
        // A peer that is no proxy is the client, whatever it writes.
        let stranger = Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)));
        prop_assert_eq!(policy.resolve(&headers, stranger), stranger);
    }

    #[test]
    fn whoever_is_found_in_a_chain_is_the_last_in_it_that_is_no_proxy(
        line in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "([0-9]{1,3}(\\.[0-9]{1,3}){3}|fd[0-9a-f]{2}::[0-9a-f]{1,4}|2001:db8::[0-9a-f]{1,4}|::ffff:1\\.2\\.3\\.[0-9]|x| |)([, ]{1,2}(fd[0-9a-f]{2}::[0-9]|2001:db8::[0-9]|1\\.2\\.3\\.4)){0,3}"
                .prop_map(String::into_bytes),
        ],
        peer in any::<[u16; 8]>(),
    ) {
        let policy = AddressPolicy::forwarded(["x-forwarded-for"], vec!["fd00::/8".parse().unwrap()]).unwrap();
        let Ok(value) = HeaderValue::from_bytes(&line) else { return Ok(()) };
        let headers = HeaderMap::from_iter([(HeaderName::from_static("x-forwarded-for"), value)]);
        let mut peer = peer;
        peer[0] = 0xfd00 | (peer[0] & 0xff);
        let found = policy.resolve(&headers, Some(IpAddr::from(peer)));
        // Of bytes that are no text no address can be read.
        let line = String::from_utf8_lossy(&line);
        let hops = line.split(',').map(str::trim).filter(|hop| !hop.is_empty());
        let is_proxy = |hop: &&str| hop.parse::<Ipv6Addr>().is_ok_and(|hop| hop.segments()[0] >> 8 == 0xfd);
        let last = hops.rev().find(|hop| !is_proxy(hop));
        prop_assert_eq!(found, last.and_then(|hop| hop.parse::<IpAddr>().ok()).map(|hop| hop.to_canonical()));

        let bucket = policy.bucket(found).to_string();
        match found {
            None => prop_assert_eq!(bucket, "no-trusted-ip"),
            Some(IpAddr::V4(address)) => prop_assert_eq!(bucket, address.to_string()),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                let network = Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0);
                prop_assert_eq!(bucket.parse::<Ipv6Addr>().ok(), Some(network));
                let neighbour = IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() ^ 1));
                prop_assert_eq!(policy.bucket(Some(neighbour)).to_string(), bucket);
            }
        }
    }

    #[test]
    fn moments_are_read_back(millis in any::<i64>(), text in text()) {
        let moment = Timestamp::from_millis(millis);
        prop_assert_eq!(Timestamp::parse(&moment.to_string()), Some(moment));
        if let Some(read) = Timestamp::parse(&text) {
            prop_assert_eq!(Timestamp::parse(&read.to_string()), Some(read), "{}", text);
        }
    }
}
