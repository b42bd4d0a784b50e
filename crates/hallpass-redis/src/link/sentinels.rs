//! Sentinels, and the master that they name.

use std::fmt;

use redis::{ConnectionAddr, ConnectionInfo, RedisConnectionInfo, Value};
use tokio::time::timeout;

use super::Patience;
use super::node::{checked, connect};
use crate::error::{Cause, Failure};

pub(crate) struct Sentinels {
    pub(crate) addresses: Vec<ConnectionInfo>,
    /// By which they know the master.
    pub(crate) name: String,
    /// How to log in to the master.
    pub(crate) login: RedisConnectionInfo,
}

impl Sentinels {
    /// Asks one after the other for the master, and the master whether it is one: what a Sentinel says may be old.
    pub(super) async fn master(&self, patience: Patience) -> Result<ConnectionInfo, Failure> {
        let mut last = Failure::NotConnected(Cause::NoMaster);
        for sentinel in &self.addresses {
            let named = match self.named_by(sentinel, patience).await {
                Ok(named) => named,
                Err(failure) => {
                    last = failure;
                    continue;
                }
            };
            match is_master(&named, patience).await {
                Ok(true) => return Ok(named),
                Ok(false) => {}
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    async fn named_by(
        &self,
        sentinel: &ConnectionInfo,
        patience: Patience,
    ) -> Result<ConnectionInfo, Failure> {
        let mut question = redis::cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.name);
        let Value::Array(answer) = ask(sentinel, &question, patience).await? else {
            return Err(Failure::NotConnected(Cause::NoMaster));
        };
        let [Value::BulkString(host), Value::BulkString(port)] = answer.as_slice() else {
            return Err(Failure::Unreadable("an address"));
        };
        let host = String::from_utf8_lossy(host).into_owned();
        let port = std::str::from_utf8(port).ok().and_then(|port| port.parse().ok());
        let port = port.ok_or(Failure::Unreadable("an address"))?;
        let address = at(sentinel.addr(), host, port);
        Ok(sentinel.clone().set_addr(address).set_redis_settings(self.login.clone()))
    }
}

async fn is_master(server: &ConnectionInfo, patience: Patience) -> Result<bool, Failure> {
    let Value::Array(answer) = ask(server, &redis::cmd("ROLE"), patience).await? else {
        return Err(Failure::Unreadable("a role"));
    };
    Ok(matches!(answer.first(), Some(Value::BulkString(role)) if role == b"master"))
}

async fn ask(server: &ConnectionInfo, question: &redis::Cmd, patience: Patience) -> Result<Value, Failure> {
    let mut connection = connect(server, patience).await?;
    let answer = timeout(patience.answer, connection.send_packed_command(question)).await;
    checked(answer.map_err(|_| Failure::NoAnswer)?.map_err(|error| Failure::of(&error))?)
}

/// The address of another server, reached as `other` is.
pub(super) fn at(other: &ConnectionAddr, host: String, port: u16) -> ConnectionAddr {
    match other {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
            ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: tls_params.clone() }
        }
        _ => ConnectionAddr::Tcp(host, port),
    }
}

impl fmt::Display for Sentinels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the master `{}`", self.name)
    }
}
