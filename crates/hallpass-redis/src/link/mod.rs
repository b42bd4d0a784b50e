//! How commands reach a server.

pub(crate) mod cluster;
pub(crate) mod given;
pub(crate) mod node;
mod sentinels;
mod slots;

use std::fmt;
use std::time::Duration;

use redis::{Cmd, Value};

use crate::error::Failure;
use cluster::Cluster;
use given::Given;
use node::Node;
pub(crate) use sentinels::Sentinels;

/// How long to wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For a connection, its TLS and its login.
    pub(crate) connect: Duration,
    /// For the answer to a command.
    pub(crate) answer: Duration,
}

pub(crate) enum Link {
    /// One server, or whoever Sentinel says is the master.
    Node(Box<Node>),
    Cluster(Box<Cluster>),
    /// The app's own connection.
    Given(Given),
}

impl Link {
    /// Sends `command`, which is about `key` alone, once.
    pub(crate) async fn request(&self, key: &[u8], command: &Cmd) -> Result<Value, Failure> {
        match self {
            Self::Node(node) => node.request(command).await,
            Self::Cluster(cluster) => cluster.request(key, command).await,
            Self::Given(given) => given.request(command).await,
        }
    }

    /// What every server that takes writes answers to `command`, with the server's address.
    pub(crate) async fn ask_all(
        &self,
        command: &Cmd,
    ) -> Result<Vec<(String, Result<Value, Failure>)>, Failure> {
        match self {
            Self::Node(node) => Ok(vec![(node.to_string(), node.request(command).await)]),
            Self::Given(given) => Ok(vec![(given.to_string(), given.request(command).await)]),
            Self::Cluster(cluster) => {
                let mut answers = Vec::new();
                for node in cluster.masters().await? {
                    answers.push((node.to_string(), node.request(command).await));
                }
                Ok(answers)
            }
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(node) => node.fmt(f),
            Self::Cluster(cluster) => cluster.fmt(f),
            Self::Given(given) => given.fmt(f),
        }
    }
}
