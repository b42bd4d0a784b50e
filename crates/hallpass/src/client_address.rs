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
mod tests;
