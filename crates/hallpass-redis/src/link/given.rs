//! The app's own connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use redis::aio::ConnectionLike;
use redis::{Cmd, RedisResult, Value};
use tokio::time::timeout;

use crate::error::Failure;

/// Any connection of the client crate of which clones can be made.
#[async_trait]
pub(crate) trait Connection: Send + Sync {
    async fn send(&self, command: &Cmd) -> RedisResult<Value>;
}

#[async_trait]
impl<C: ConnectionLike + Clone + Send + Sync> Connection for C {
    async fn send(&self, command: &Cmd) -> RedisResult<Value> {
        self.clone().req_packed_command(command).await.and_then(Value::extract_error)
    }
}

#[derive(Clone)]
pub(crate) struct Given {
    connection: Arc<dyn Connection>,
    pub(crate) patience: Duration,
}

impl Given {
    pub(crate) fn new(connection: Arc<dyn Connection>, patience: Duration) -> Self {
        Self { connection, patience }
    }

    pub(crate) async fn request(&self, command: &Cmd) -> Result<Value, Failure> {
        let answer = timeout(self.patience, self.connection.send(command)).await;
        answer.map_err(|_| Failure::NoAnswer)?.map_err(|error| Failure::of(&error))
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the app's connection")
    }
}
