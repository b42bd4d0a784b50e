//! The storage.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hallpass::storage::{AtomicStorage, Count, SecondaryStorage};
use hallpass::store::StoreError;
use redis::{Cmd, Value};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::builder::RedisBuilder;
use crate::error::{ConnectError, Failure};
use crate::health::{self, Finding};
use crate::link::Link;
use crate::scripts::{Script, Scripts};

/// A storage in Redis: one server, one behind Sentinel, or a Cluster. A clone is another handle to it.
///
/// Every call is one command, or one script, about one key, which Redis runs in one step. A call is sent once: where
/// its answer is lost, nobody knows whether Redis has run it, so that it fails with
/// [`Unavailable`](hallpass::store::StoreErrorKind::Unavailable) and is not tried again, but for `get`. A token may be
/// used up by such a call, a request counted, a session ended; nothing is granted by one.
///
/// Connections that break are made anew by the next call, with pauses of up to a second between attempts, during
/// which calls fail at once.
#[derive(Clone)]
pub struct RedisStorage {
    inner: Arc<Inner>,
}

struct Inner {
    link: Link,
    prefix: String,
    scripts: Scripts,
    in_flight: Semaphore,
    patience: Duration,
}

impl RedisStorage {
    /// Connects to one server, by `redis://[user:password@]host[:port][/database]`, `rediss://…` or
    /// `redis+unix:///path`. [`RedisBuilder`] connects to others, and otherwise.
    ///
    /// # Errors
    /// [`ConnectError`]: nobody answers, the login is refused, or the server cannot keep what it is given.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        RedisBuilder::server(url).connect().await
    }

    pub(crate) fn over(link: Link, prefix: String, in_flight: usize, patience: Duration) -> Self {
        let (scripts, in_flight) = (Scripts::new(), Semaphore::new(in_flight));
        Self { inner: Arc::new(Inner { link, prefix, scripts, in_flight, patience }) }
    }

    /// What in the settings of the servers would lose what is kept here, or bring back what was used up. Empty is
    /// good. [Connecting](RedisBuilder::connect) has logged the same as warnings.
    ///
    /// # Errors
    /// [`StoreError`]: a server does not answer.
    pub async fn check(&self) -> Result<Vec<Finding>, StoreError> {
        Ok(health::findings(&self.inner.link).await?)
    }

    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.inner.prefix)
    }

    async fn request(&self, key: &str, command: &Cmd) -> Result<Value, Failure> {
        let permit = timeout(self.inner.patience, self.inner.in_flight.acquire()).await;
        let _permit = permit.map_err(|_| Failure::Crowded)?.map_err(|_| Failure::Crowded)?;
        self.inner.link.request(key.as_bytes(), command).await
    }

    async fn run(&self, script: &Script, key: &str, arguments: &[&str]) -> Result<Value, Failure> {
        let command = |name: &str, script: &str| {
            let mut command = redis::cmd(name);
            command.arg(script).arg(1).arg(key).arg(arguments);
            command
        };
        match self.request(key, &command("EVALSHA", &script.hash)).await {
            // Not run: the server has not seen the script since it started.
            Err(Failure::Refused(code)) if code == "NOSCRIPT" => {
                self.request(key, &command("EVAL", script.code)).await
            }
            outcome => outcome,
        }
    }
}

impl fmt::Debug for RedisStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client's own would show more than the address.
        let mut shown = f.debug_struct("RedisStorage");
        shown.field("at", &self.inner.link.to_string()).field("prefix", &self.inner.prefix).finish()
    }
}

/// In milliseconds, as Redis takes them: one at least, and no more than a hundred years.
fn millis(ttl: Duration) -> String {
    const CENTURY: u128 = 100 * 366 * 24 * 60 * 60 * 1_000;
    let whole = ttl.as_nanos().div_ceil(1_000_000);
    whole.clamp(1, CENTURY).to_string()
}

fn text(value: Value) -> Result<Option<String>, Failure> {
    match value {
        Value::Nil => Ok(None),
        Value::BulkString(bytes) => {
            String::from_utf8(bytes).map(Some).map_err(|_| Failure::Unreadable("a text"))
        }
        Value::SimpleString(text) => Ok(Some(text)),
        _ => Err(Failure::Unreadable("a text")),
    }
}

fn is_one(value: &Value) -> Result<bool, Failure> {
    match value {
        Value::Int(0) => Ok(false),
        Value::Int(1) => Ok(true),
        _ => Err(Failure::Unreadable("yes or no")),
    }
}

fn done(value: &Value) -> Result<(), Failure> {
    if matches!(value, Value::Okay) { Ok(()) } else { Err(Failure::Unreadable("OK")) }
}

fn set(key: &str, value: &str, ttl: Option<Duration>) -> Cmd {
    let mut command = redis::cmd("SET");
    command.arg(key).arg(value);
    if let Some(ttl) = ttl {
        command.arg("PX").arg(millis(ttl));
    }
    command
}

#[async_trait]
impl SecondaryStorage for RedisStorage {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let key = self.key(key);
        let mut command = redis::cmd("GET");
        command.arg(&key);
        let value = match self.request(&key, &command).await {
            // To read again changes nothing.
            Err(Failure::Broke(_)) => self.request(&key, &command).await?,
            outcome => outcome?,
        };
        Ok(text(value)?)
    }

    async fn set(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError> {
        let key = self.key(key);
        Ok(done(&self.request(&key, &set(&key, value, ttl)).await?)?)
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let key = self.key(key);
        let mut command = redis::cmd("DEL");
        command.arg(&key);
        is_one(&self.request(&key, &command).await?)?;
        Ok(())
    }
}

#[async_trait]
impl AtomicStorage for RedisStorage {
    fn is_shared(&self) -> bool {
        true
    }

    async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        let key = self.key(key);
        let mut command = redis::cmd("GETDEL");
        command.arg(&key);
        Ok(text(self.request(&key, &command).await?)?)
    }

    async fn increment(&self, key: &str, ttl: Duration) -> Result<Count, StoreError> {
        let answer = self.run(&self.inner.scripts.increment, &self.key(key), &[&millis(ttl)]).await?;
        let Value::Array(answer) = answer else { return Err(Failure::Unreadable("a count").into()) };
        let [Value::Int(count), Value::Int(left)] = answer.as_slice() else {
            return Err(Failure::Unreadable("a count").into());
        };
        let value = u64::try_from(*count).map_err(|_| Failure::Unreadable("a count"))?;
        // In its last millisecond none is left.
        let left = u64::try_from(*left).unwrap_or_default().max(1);
        Ok(Count { value, remaining: Duration::from_millis(left) })
    }

    async fn set_if_absent(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<bool, StoreError> {
        let key = self.key(key);
        let mut command = set(&key, value, ttl);
        command.arg("NX");
        match self.request(&key, &command).await? {
            Value::Nil => Ok(false),
            answer => Ok(done(&answer).map(|()| true)?),
        }
    }

    async fn compare_and_set(
        &self,
        key: &str,
        from: &str,
        to: &str,
        ttl: Option<Duration>,
    ) -> Result<bool, StoreError> {
        let ttl = ttl.map(millis);
        let arguments: Vec<&str> = [from, to].into_iter().chain(ttl.as_deref()).collect();
        let answer = self.run(&self.inner.scripts.compare_and_set, &self.key(key), &arguments).await?;
        Ok(is_one(&answer)?)
    }

    async fn compare_and_delete(&self, key: &str, value: &str) -> Result<bool, StoreError> {
        let answer = self.run(&self.inner.scripts.compare_and_delete, &self.key(key), &[value]).await?;
        Ok(is_one(&answer)?)
    }
}
