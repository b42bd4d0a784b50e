use super::*;

const PEER: &str = "198.51.100.4";

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn lines<const N: usize>(name: &'static str, values: [&str; N]) -> HeaderMap {
    values.iter().map(|value| (HeaderName::from_static(name), value.parse().unwrap())).collect()
}

fn behind_proxies() -> AddressPolicy {
    let proxies = ["10.0.0.0/8", "2001:db8:aaaa::/48"].map(|net| net.parse().unwrap());
    AddressPolicy::forwarded(["x-forwarded-for"], proxies.to_vec()).unwrap()
}

fn overwritten() -> AddressPolicy {
    AddressPolicy::unreachable_but_through_overwriting_proxy(["x-forwarded-for"]).unwrap()
}

#[test]
fn by_default_the_socket_decides_whatever_headers_say() {
    let headers = lines("x-forwarded-for", ["203.0.113.7"]);
    let policy = AddressPolicy::default();
    assert_eq!(policy.resolve(&headers, Some(ip(PEER))), Some(ip(PEER)));
    assert_eq!(policy.resolve(&headers, Some(ip("::ffff:198.51.100.4"))), Some(ip(PEER)));
    assert_eq!(policy.resolve(&headers, None), None);
}

#[test]
fn a_single_value_is_read_as_better_auth_reads_it() {
    // Values recorded from better-auth 1.7.25, `getIPFromHeader` without trusted proxies.
    let recorded = [
        ("203.0.113.7", Some("203.0.113.7")),
        (" 203.0.113.7 ", Some("203.0.113.7")),
        ("203.0.113.7,", Some("203.0.113.7")),
        ("203.0.113.7, 10.0.0.1", None),
        ("2001:DB8::1", Some("2001:0db8:0000:0000:0000:0000:0000:0000")),
        ("::ffff:192.0.2.1", Some("192.0.2.1")),
        ("::ffff:c000:201", Some("192.0.2.1")),
        ("0:0:0:0:0:ffff:192.0.2.1", Some("192.0.2.1")),
        ("64:ff9b::192.0.2.1", Some("0064:ff9b:0000:0000:0000:0000:0000:0000")),
        ("203.0.113.7:80", None),
        ("[::1]", None),
        ("fe80::1%eth0", None),
        ("010.0.0.1", None),
        ("1.2.3", None),
        ("unknown", None),
        ("", None),
    ];
    for (value, expected) in recorded {
        let address = overwritten().resolve(&lines("x-forwarded-for", [value]), Some(ip(PEER)));
        let text = address.map(|address| overwritten().bucket(Some(address)).to_string());
        assert_eq!(text.as_deref(), expected, "{value:?}");
    }
}

#[test]
fn row_37_the_chain_is_walked_from_the_right() {
    // Values recorded from better-auth 1.7.25, `getIPFromHeader` with the same trusted proxies.
    let recorded = [
        ("203.0.113.7", Some("203.0.113.7")),
        ("203.0.113.7, 10.0.0.1", Some("203.0.113.7")),
        ("6.6.6.6, 203.0.113.7, 10.0.0.1, 10.9.9.9", Some("203.0.113.7")),
        ("junk, 203.0.113.7, 10.0.0.1", Some("203.0.113.7")),
        ("203.0.113.7, , 10.0.0.1", Some("203.0.113.7")),
        ("::ffff:203.0.113.9, ::ffff:10.0.0.1", Some("203.0.113.9")),
        ("2001:db8:bbbb::1, 2001:db8:aaaa::5", Some("2001:db8:bbbb::1")),
        ("10.0.0.1", None),
        ("203.0.113.7, junk", None),
        ("203.0.113.7, junk, 10.0.0.1", None),
        ("", None),
    ];
    for (value, expected) in recorded {
        let headers = lines("x-forwarded-for", [value]);
        for socket in [Some(ip("10.1.1.1")), Some(ip("::ffff:10.1.1.1"))] {
            assert_eq!(behind_proxies().resolve(&headers, socket), expected.map(ip), "{value:?}");
        }
    }
}

#[test]
fn repeated_header_lines_are_one_chain() {
    let headers = lines("x-forwarded-for", ["6.6.6.6, 7.7.7.7", "203.0.113.7, 10.0.0.2", "10.0.0.1"]);
    assert_eq!(behind_proxies().resolve(&headers, Some(ip("10.1.1.1"))), Some(ip("203.0.113.7")));
    assert_eq!(overwritten().resolve(&lines("x-forwarded-for", ["6.6.6.6", "7.7.7.7"]), None), None);
    let platform = AddressPolicy::header("cf-connecting-ip").unwrap();
    assert_eq!(platform.resolve(&lines("cf-connecting-ip", ["6.6.6.6", "7.7.7.7"]), None), None);
    assert_eq!(platform.resolve(&lines("cf-connecting-ip", ["203.0.113.7"]), None), Some(ip("203.0.113.7")));
}

#[test]
fn a_peer_that_is_no_trusted_proxy_is_the_client() {
    let headers = lines("x-forwarded-for", ["6.6.6.6"]);
    assert_eq!(behind_proxies().resolve(&headers, Some(ip(PEER))), Some(ip(PEER)));
    assert_eq!(behind_proxies().resolve(&headers, None), None, "nor is a peer that is not known");
}

#[test]
fn row_94_a_malformed_header_is_an_unknown_address_in_one_shared_bucket() {
    let mut garbage = HeaderMap::new();
    garbage.insert("x-forwarded-for", http::HeaderValue::from_bytes(b"\xff\xfe").unwrap());
    for policy in [behind_proxies(), overwritten()] {
        let spoilt = lines("x-forwarded-for", ["%00"]);
        let buckets = [&garbage, &spoilt, &HeaderMap::new()]
            .map(|headers| policy.bucket(policy.resolve(headers, Some(ip("10.1.1.1")))));
        for bucket in buckets {
            assert_eq!(bucket.to_string(), "no-trusted-ip");
            assert_eq!(bucket, policy.bucket(None));
        }
    }
}

#[test]
fn the_first_header_that_is_present_decides_and_a_malformed_one_is_not_passed_over() {
    let policy =
        AddressPolicy::unreachable_but_through_overwriting_proxy(["x-real-ip", "x-forwarded-for"]).unwrap();
    let mut headers = lines("x-forwarded-for", ["203.0.113.7"]);
    assert_eq!(policy.resolve(&headers, None), Some(ip("203.0.113.7")));
    headers.insert("x-real-ip", "".parse().unwrap());
    assert_eq!(policy.resolve(&headers, None), Some(ip("203.0.113.7")));
    headers.insert("x-real-ip", "junk".parse().unwrap());
    assert_eq!(policy.resolve(&headers, None), None);
    headers.insert("x-real-ip", "203.0.113.8".parse().unwrap());
    assert_eq!(policy.resolve(&headers, None), Some(ip("203.0.113.8")));
}

#[test]
fn row_112_a_mapped_address_counts_as_the_ipv4_address_it_is() {
    let policy = AddressPolicy::default();
    assert_eq!(policy.bucket(Some(ip("::ffff:192.0.2.1"))), policy.bucket(Some(ip("192.0.2.1"))));
    let mapped = vec!["::ffff:10.0.0.0/104".parse().unwrap()];
    let policy = AddressPolicy::forwarded(["x-forwarded-for"], mapped).unwrap();
    let headers = lines("x-forwarded-for", ["203.0.113.7, 10.0.0.1"]);
    assert_eq!(policy.resolve(&headers, Some(ip("10.1.1.1"))), Some(ip("203.0.113.7")));
}

#[test]
fn ipv6_clients_are_counted_by_network_and_written_in_full() {
    // Values recorded from better-auth 1.7.25, `normalizeIP` with the same `ipv6Subnet`.
    let recorded = [
        (128, "2001:0db8:85a3:ffff:abcd:8a2e:0370:7334"),
        (64, "2001:0db8:85a3:ffff:0000:0000:0000:0000"),
        (56, "2001:0db8:85a3:ff00:0000:0000:0000:0000"),
        (48, "2001:0db8:85a3:0000:0000:0000:0000:0000"),
        (33, "2001:0db8:8000:0000:0000:0000:0000:0000"),
        (32, "2001:0db8:0000:0000:0000:0000:0000:0000"),
        (1, "0000:0000:0000:0000:0000:0000:0000:0000"),
    ];
    let address = Some(ip("2001:DB8:85a3:ffff:abcd:8a2e:370:7334"));
    for (bits, text) in recorded {
        let policy = AddressPolicy::default().with_ipv6_prefix(bits).unwrap();
        assert_eq!(policy.bucket(address).to_string(), text, "/{bits}");
    }
    let policy = AddressPolicy::default();
    assert_eq!(policy.bucket(address).to_string(), recorded[1].1, "64 is the default");
    assert_eq!(policy.bucket(Some(ip("192.0.2.1"))).to_string(), "192.0.2.1");
}

#[test]
fn policies_that_cannot_work_are_refused() {
    use InvalidAddressPolicy as Invalid;
    let net = |text: &str| vec![text.parse::<IpNet>().unwrap()];
    let forwarded = |names: &[&'static str], proxies| {
        AddressPolicy::forwarded(names.iter().copied(), proxies).map(|_| ()).unwrap_err()
    };
    assert_eq!(forwarded(&["x-forwarded-for"], Vec::new()), Invalid::NoProxies);
    assert_eq!(forwarded(&[], net("10.0.0.0/8")), Invalid::NoHeaders);
    assert_eq!(forwarded(&["forwarded"], net("10.0.0.0/8")), Invalid::ForwardedHeader);
    for any in ["0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96"] {
        assert!(matches!(forwarded(&["x-forwarded-for"], net(any)), Invalid::AnyProxy(_)), "{any}");
    }
    assert_eq!(AddressPolicy::header("a b").unwrap_err(), Invalid::HeaderName("a b".to_owned()));
    for bits in [0, 129, 255] {
        let error = AddressPolicy::default().with_ipv6_prefix(bits).unwrap_err();
        assert_eq!(error, Invalid::Ipv6Prefix(bits));
    }
}
