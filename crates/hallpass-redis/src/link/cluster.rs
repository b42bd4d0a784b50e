//! A cluster: which node has a key is asked once and again when it has changed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redis::{Cmd, ConnectionAddr, ConnectionInfo, Value};
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::Patience;
use super::node::{At, Node};
use super::sentinels::at;
use super::slots::{Range, ranges, slot};
use crate::error::{Cause, Failure};

/// How often a command is sent on at most. Only one that was not run is: its node said so, or had no connection.
const HOPS: usize = 6;

/// The pause before a command is sent again to where it was refused for the moment.
const PAUSE: Duration = Duration::from_millis(50);

type Address = (String, u16);

pub(crate) struct Cluster {
    /// As the app named them.
    seeds: BTreeMap<Address, Arc<Node>>,
    /// How to log in to any node.
    login: ConnectionInfo,
    patience: Patience,
    view: RwLock<Arc<View>>,
    /// Held by the one who asks for the slots.
    asking: Mutex<()>,
}

/// Who has what, as far as is known.
#[derive(Default)]
struct View {
    /// Counts how often it was asked.
    number: u64,
    slots: Vec<Range>,
    nodes: BTreeMap<Address, Arc<Node>>,
}

/// Where a command goes.
struct Hop {
    node: Arc<Node>,
    is_asking: bool,
}

impl Cluster {
    /// The nodes that are not named are logged in to as `first` is.
    pub(crate) fn new(first: ConnectionInfo, others: Vec<ConnectionInfo>, patience: Patience) -> Self {
        let seeds = others.into_iter().chain([first.clone()]).filter_map(|seed| {
            let address = address(seed.addr())?;
            Some((address, Arc::new(Node::new(At::Server(seed), patience))))
        });
        let seeds = seeds.collect();
        Self { seeds, login: first, patience, view: RwLock::default(), asking: Mutex::default() }
    }

    /// Sends `command`, which is about `key` alone, to the node that has it.
    pub(crate) async fn request(&self, key: &[u8], command: &Cmd) -> Result<Value, Failure> {
        let slot = slot(key);
        let mut next = None;
        let mut last = Failure::NotConnected(Cause::NoNode);
        for _ in 0..HOPS {
            let view = self.view();
            let hop = match next.take().or_else(|| view.hop(slot)) {
                Some(hop) => hop,
                None => {
                    self.look(&view).await?;
                    self.view().hop(slot).ok_or(Failure::NotConnected(Cause::NoNode))?
                }
            };
            let outcome = if hop.is_asking {
                hop.node.request_asking(command).await
            } else {
                hop.node.request(command).await
            };
            last = match outcome {
                Err(failure) => failure,
                answer => return answer,
            };
            match &last {
                Failure::Moved(to) => {
                    // The command goes where it was sent; whether the rest is known is a matter for later.
                    drop(self.look(&view).await);
                    next = to.as_ref().map(|to| self.sent_on(&hop, to, false));
                }
                Failure::Asks(Some(to)) => next = Some(self.sent_on(&hop, to, true)),
                Failure::Refused(code) if code == "TRYAGAIN" => sleep(PAUSE).await,
                // Not run, and another may have become the master.
                Failure::NotConnected(_) => {
                    self.look(&view).await?;
                    if self.view().hop(slot).is_none_or(|other| Arc::ptr_eq(&other.node, &hop.node)) {
                        return Err(last);
                    }
                }
                Failure::Refused(code) if code == "READONLY" => self.look(&view).await?,
                _ => return Err(last),
            }
        }
        Err(last)
    }

    /// The nodes that have slots, asked for anew.
    pub(crate) async fn masters(&self) -> Result<Vec<Arc<Node>>, Failure> {
        self.look(&self.view()).await?;
        let view = self.view();
        let mut addresses: Vec<_> = view.slots.iter().map(Range::address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        Ok(addresses.iter().filter_map(|address| view.nodes.get(address).cloned()).collect())
    }

    /// Asks who has what, unless another has since `seen`.
    async fn look(&self, seen: &View) -> Result<(), Failure> {
        let _one_at_a_time = self.asking.lock().await;
        let view = self.view();
        if view.number != seen.number {
            return Ok(());
        }
        let mut last = Failure::NotConnected(Cause::NoNode);
        let mut question = redis::cmd("CLUSTER");
        question.arg("SLOTS");
        for node in view.nodes.values().chain(self.seeds.values()) {
            let host = node.host().unwrap_or_default();
            match node.request(&question).await.and_then(|answer| ranges(&answer, host)) {
                Ok(slots) if slots.is_empty() => {}
                Ok(slots) => {
                    let addresses = slots.iter().map(Range::address);
                    let nodes = addresses.map(|to| (to.clone(), self.node(&view, &to))).collect();
                    let now = View { number: view.number.wrapping_add(1), slots, nodes };
                    *self.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(now);
                    return Ok(());
                }
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    fn view(&self) -> Arc<View> {
        self.view.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where `from` sent a command on to. A node that has no name of its own for another means its own host.
    fn sent_on(&self, from: &Hop, (host, port): &Address, is_asking: bool) -> Hop {
        let host = if host.is_empty() { from.node.host().unwrap_or_default() } else { host.as_str() };
        Hop { node: self.node(&self.view(), &(host.to_owned(), *port)), is_asking }
    }

    fn node(&self, view: &View, to: &Address) -> Arc<Node> {
        if let Some(node) = view.nodes.get(to).or_else(|| self.seeds.get(to)) {
            return node.clone();
        }
        let there = at(self.login.addr(), to.0.clone(), to.1);
        Arc::new(Node::new(At::Server(self.login.clone().set_addr(there)), self.patience))
    }
}

impl View {
    fn hop(&self, slot: u16) -> Option<Hop> {
        let range = self.slots.iter().find(|range| (range.first..=range.last).contains(&slot))?;
        let node = self.nodes.get(&range.address())?.clone();
        Some(Hop { node, is_asking: false })
    }
}

impl Range {
    fn address(&self) -> Address {
        (self.host.clone(), self.port)
    }
}

/// `None` of a socket in the file system, where no cluster is.
fn address(of: &ConnectionAddr) -> Option<Address> {
    match of {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
            Some((host.clone(), *port))
        }
        _ => None,
    }
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the Cluster of {}", self.login.addr())
    }
}
