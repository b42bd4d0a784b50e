//! Where a request came from, as far as it can be known.
//!
//! A forwarded header is only as good as the proxy that wrote it, so nothing but the socket is believed until
//! the application says which proxies stand before it. An address that cannot be known is still an answer:
//! all such requests share one [`AddressBucket`], and limits hold for it as for any other.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::{HeaderMap, HeaderName};
use ipnet::{IpNet, Ipv4Net};

/// An IPv6 customer is given this much, so less would let one person be many.
const DEFAULT_IPV6_PREFIX: u8 = 64;

/// How the address of a client is found. The default is the address of the socket.
#[derive(Debug, Clone)]
pub struct AddressPolicy {
    source: Source,
    ipv6_prefix: u8,
}

#[derive(Debug, Clone)]
enum Source {
    Socket,
    /// The first of these headers that is present has the address, alone.
    Overwritten(Vec<HeaderName>),
    /// The first of these headers that is present has the chain of hops, the nearest last.
    Forwarded {
        headers: Vec<HeaderName>,
        proxies: Vec<IpNet>,
    },
}

/// An address policy that cannot work as it is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAddressPolicy {
    /// The text is not the name of a header.
    #[error("{0:?} is not the name of a header")]
    HeaderName(String),
    /// RFC 7239's `Forwarded` has another form than the chain of addresses that is read here.
    #[error("the `Forwarded` header of RFC 7239 is not read; let the proxy write `X-Forwarded-For`")]
    ForwardedHeader,
    /// No header was named.
    #[error("no header is named; name one, or use the address of the socket")]
    NoHeaders,
    /// Without proxies nothing in a forwarded header can be believed.
    #[error(
        "no trusted proxy is named; give the address ranges of the proxies, or use the address of the socket"
    )]
    NoProxies,
    /// A range that holds every address would make every hop a proxy, and every client unknown.
    #[error("the proxy range {0} holds every address; give the ranges of the proxies alone")]
    AnyProxy(IpNet),
    /// The prefix is not from 1 to 128.
    #[error("an IPv6 prefix of {0} bits is not from 1 to 128; 64 is one customer's network")]
    Ipv6Prefix(u8),
}

impl Default for AddressPolicy {
    fn default() -> Self {
        Self { source: Source::Socket, ipv6_prefix: DEFAULT_IPV6_PREFIX }
    }
}

impl AddressPolicy {
    /// The address that a platform puts in a header of its own, such as `cf-connecting-ip` on Cloudflare,
    /// where a request can reach the server by no other way.
    ///
    /// # Errors
    /// [`InvalidAddressPolicy`] if `name` is not the name of a header.
    pub fn header(name: &str) -> Result<Self, InvalidAddressPolicy> {
        Self::unreachable_but_through_overwriting_proxy([name])
    }

    /// The chain of hops in the first of `headers` that a request has, walked from the right: the first hop
    /// that is not in `trusted_proxies` is the client. A peer that is no trusted proxy is itself the client,
    /// whatever its headers say; where the peer is not known, neither is the client.
    ///
    /// # Errors
    /// [`InvalidAddressPolicy`] if a name is not the name of a header, either list is empty or a range holds
    /// every address.
    pub fn forwarded<'a>(
        headers: impl IntoIterator<Item = &'a str>,
        trusted_proxies: Vec<IpNet>,
    ) -> Result<Self, InvalidAddressPolicy> {
        if trusted_proxies.is_empty() {
            return Err(InvalidAddressPolicy::NoProxies);
        }
        let proxies: Vec<IpNet> = trusted_proxies.into_iter().map(canonical_net).collect();
        if let Some(any) = proxies.iter().find(|net| net.prefix_len() == 0) {
            return Err(InvalidAddressPolicy::AnyProxy(*any));
        }
        let source = Source::Forwarded { headers: header_names(headers)?, proxies };
        Ok(Self { source, ..Self::default() })
    }

    /// The one address in the first of `headers` that a request has, believed as it stands, whoever the peer
    /// is. This is what better-auth does by default.
    ///
    /// **Only for a server that cannot be reached but through a proxy which overwrites these headers.**
    /// Anywhere else a client writes the address it likes, and no limit by address holds.
    /// [`forwarded`](Self::forwarded) is the safe way.
    ///
    /// # Errors
    /// [`InvalidAddressPolicy`] if a name is not the name of a header, or there is none.
    pub fn unreachable_but_through_overwriting_proxy<'a>(
        headers: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, InvalidAddressPolicy> {
        Ok(Self { source: Source::Overwritten(header_names(headers)?), ..Self::default() })
    }

    /// Counts IPv6 clients by the first `bits` of their address. The default is 64.
    ///
    /// # Errors
    /// [`InvalidAddressPolicy::Ipv6Prefix`] unless `bits` is from 1 to 128.
    pub fn with_ipv6_prefix(self, bits: u8) -> Result<Self, InvalidAddressPolicy> {
        if !(1..=128).contains(&bits) {
            return Err(InvalidAddressPolicy::Ipv6Prefix(bits));
        }
        Ok(Self { ipv6_prefix: bits, ..self })
    }

    /// The client's address, an IPv4-mapped one as IPv4; `None` if it cannot be known, because the header
    /// that counts is absent or malformed or names only proxies. `socket` is the peer of the connection,
    /// where the server can see it.
    #[must_use]
    pub(crate) fn resolve(&self, headers: &HeaderMap, socket: Option<IpAddr>) -> Option<IpAddr> {
        let socket = socket.map(|address| address.to_canonical());
        match &self.source {
            Source::Socket => socket,
            Source::Overwritten(names) => {
                let mut hops = hops_from_the_right(headers, names);
                let only = hops.next()?;
                if hops.next().is_some() { None } else { parse(only) }
            }
            Source::Forwarded { headers: names, proxies } => {
                let is_proxy = |address: &IpAddr| proxies.iter().any(|net| net.contains(address));
                let peer = socket?;
                if !is_proxy(&peer) {
                    return Some(peer);
                }
                for hop in hops_from_the_right(headers, names) {
                    let address = parse(hop)?;
                    if !is_proxy(&address) {
                        return Some(address);
                    }
                }
                None
            }
        }
    }

    /// The bucket that `address` counts in. A session stores its text too, if the address is known.
    #[must_use]
    pub(crate) fn bucket(&self, address: Option<IpAddr>) -> AddressBucket {
        AddressBucket(address.map(|address| match address.to_canonical() {
            IpAddr::V4(v4) => IpAddr::V4(v4),
            IpAddr::V6(v6) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.ipv6_prefix)).unwrap_or_default();
                IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
            }
        }))
    }
}

/// The clients that are counted as one: an IPv4 address, an IPv6 network, or all that are unknown.
///
/// Its text is better-auth's: IPv6 in lower case with every digit written, `no-trusted-ip` for the unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct AddressBucket(Option<IpAddr>);

impl fmt::Display for AddressBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("no-trusted-ip"),
            Some(IpAddr::V4(v4)) => v4.fmt(f),
            Some(IpAddr::V6(v6)) => {
                let [a, b, c, d, e, g, h, i] = v6.segments();
                write!(f, "{a:04x}:{b:04x}:{c:04x}:{d:04x}:{e:04x}:{g:04x}:{h:04x}:{i:04x}")
            }
        }
    }
}

fn header_names<'a>(
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<HeaderName>, InvalidAddressPolicy> {
    let names = names
        .into_iter()
        .map(|name| match name.parse::<HeaderName>() {
            Ok(name) if name == http::header::FORWARDED => Err(InvalidAddressPolicy::ForwardedHeader),
            Ok(name) => Ok(name),
            Err(_) => Err(InvalidAddressPolicy::HeaderName(name.to_owned())),
        })
        .collect::<Result<Vec<_>, _>>()?;
    if names.is_empty() { Err(InvalidAddressPolicy::NoHeaders) } else { Ok(names) }
}

/// The elements of the first header that is present, over all its lines, last element first. Empty elements
/// do not count (RFC 9110 section 5.6.1). A malformed header is not passed over for the next: that would let
/// whoever can spoil one header choose another.
fn hops_from_the_right<'a>(headers: &'a HeaderMap, names: &[HeaderName]) -> impl Iterator<Item = &'a [u8]> {
    let lines = names
        .iter()
        .map(|name| headers.get_all(name))
        .find(|lines| lines.iter().any(|line| !line.as_bytes().trim_ascii().is_empty()));
    lines
        .into_iter()
        .flat_map(|lines| lines.into_iter().rev())
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|element| !element.is_empty())
}

/// A bare address: no port, no brackets, no zone.
fn parse(text: &[u8]) -> Option<IpAddr> {
    let address: IpAddr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(address.to_canonical())
}

/// Addresses are compared as IPv4 where they can be, so a range of IPv4-mapped addresses must be IPv4 too.
fn canonical_net(net: IpNet) -> IpNet {
    let IpNet::V6(v6) = net else { return net };
    let mapped: Option<Ipv4Addr> = v6.network().to_ipv4_mapped();
    let bits = v6.prefix_len().checked_sub(96);
    match mapped.zip(bits).and_then(|(address, bits)| Ipv4Net::new(address, bits).ok()) {
        Some(v4) => IpNet::V4(v4),
        None => net,
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(
            platform.resolve(&lines("cf-connecting-ip", ["203.0.113.7"]), None),
            Some(ip("203.0.113.7"))
        );
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
            AddressPolicy::unreachable_but_through_overwriting_proxy(["x-real-ip", "x-forwarded-for"])
                .unwrap();
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
}
