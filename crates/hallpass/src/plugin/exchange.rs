//! A request as plugins see it, before and after its endpoint.

use std::fmt;
use std::net::IpAddr;

use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use crate::endpoint::Client;

/// A request of which only the head has come: it asks for an endpoint and is within its limit, and nothing else is
/// known of it yet.
#[non_exhaustive]
pub struct Head<'a> {
    /// The path that the endpoint declares.
    pub route: &'static str,
    /// The method.
    pub method: &'a Method,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// Where it comes from, if that could be told.
    pub address: Option<IpAddr>,
}

impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers carry cookies and tokens.
        f.debug_struct("Head")
            .field("method", &self.method)
            .field("route", &self.route)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// A request on its way to its endpoint. It is within its limit, well-formed and of a trusted origin; its fields
/// have not been looked at yet, and can be changed.
#[non_exhaustive]
pub struct Call<'a> {
    /// The path that the endpoint declares.
    pub route: &'static str,
    /// The method.
    pub method: &'a Method,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// Who is calling.
    pub client: &'a Client,
    /// The body; `None` when there is none.
    pub body: &'a mut Option<Value>,
    /// The query's fields; a repeated one is an array.
    pub query: &'a mut Map<String, Value>,
}

impl Call<'_> {
    /// A field of the body that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.body.as_ref()?.get(name)?.as_str()
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers, body and query carry passwords and tokens.
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("route", &self.route)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// A request that has been answered.
#[non_exhaustive]
pub struct Exchange<'a> {
    /// The path that the endpoint declares.
    pub route: &'static str,
    /// The method.
    pub method: &'a Method,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// Who was calling.
    pub client: &'a Client,
}

impl fmt::Debug for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers carry cookies and tokens.
        f.debug_struct("Exchange")
            .field("method", &self.method)
            .field("route", &self.route)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
