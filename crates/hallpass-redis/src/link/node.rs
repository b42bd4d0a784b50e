//! One server: a connection that all calls share, made anew when it breaks.

use std::fmt;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, RedisResult, Value};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::{Patience, Sentinels};
use crate::error::{Cause, Failure};

/// The first pause after an attempt to connect that failed; each further one doubles it, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// After so long without a call, the connection is tried before it is used: a server, or what is between, may have
/// closed it meanwhile, and then a command could not be told from one whose answer is lost.
const QUIET: Duration = Duration::from_secs(1);

/// As many commands as may wait to be written.
const BUFFER: usize = 1_024;

pub(crate) struct Node {
    at: At,
    patience: Patience,
    state: Mutex<State>,
}

/// Where it is.
pub(crate) enum At {
    Server(ConnectionInfo),
    /// Wherever these say.
    MasterOf(Sentinels),
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// How many connections there have been: it tells whose failure a failure is.
    made: u64,
    failures: u32,
    not_before: Option<Instant>,
}

struct Open {
    connection: MultiplexedConnection,
    used: Instant,
}

impl Node {
    pub(crate) fn new(at: At, patience: Patience) -> Self {
        Self { at, patience, state: Mutex::default() }
    }

    /// The host of a server that has one.
    pub(super) fn host(&self) -> Option<&str> {
        match &self.at {
            At::Server(info) => match info.addr() {
                ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => Some(host),
                _ => None,
            },
            At::MasterOf(_) => None,
        }
    }

    /// Sends `command` once.
    pub(crate) async fn request(&self, command: &Cmd) -> Result<Value, Failure> {
        let (made, mut connection) = self.connection().await?;
        let outcome = self.answer(connection.send_packed_command(command)).await;
        self.note(made, outcome.and_then(checked)).await
    }

    /// Sends `command` once, of a key whose slot is moving here.
    pub(crate) async fn request_asking(&self, command: &Cmd) -> Result<Value, Failure> {
        let (made, mut connection) = self.connection().await?;
        let mut both = redis::pipe();
        both.cmd("ASKING").add_command(command.clone());
        let outcome = self.answer(connection.send_packed_commands(&both, 0, 2)).await;
        let last = outcome.and_then(|mut answers| checked(answers.pop().unwrap_or(Value::Nil)));
        self.note(made, last).await
    }

    async fn answer<T>(&self, answer: impl Future<Output = RedisResult<T>>) -> Result<T, Failure> {
        let answer = timeout(self.patience.answer, answer).await.map_err(|_| Failure::NoAnswer)?;
        answer.map_err(|error| Failure::of(&error))
    }

    /// Lets go of a connection that has failed. Calls that wait for their answers by it keep it until they end.
    async fn note(&self, made: u64, outcome: Result<Value, Failure>) -> Result<Value, Failure> {
        let is_of_no_use = match &outcome {
            // The one that answers no more may never do, and nobody else would notice.
            Err(Failure::Broke(_) | Failure::NoAnswer | Failure::Unreadable(_)) => true,
            // A master that has become a replica: there is another now.
            Err(Failure::Refused(code)) => matches!(code.as_str(), "READONLY" | "NOAUTH"),
            _ => false,
        };
        if is_of_no_use {
            let mut state = self.state.lock().await;
            if state.made == made {
                state.open = None;
            }
        }
        outcome
    }

    /// The connection, made now if there is none. Others wait meanwhile: nobody makes a second one.
    async fn connection(&self) -> Result<(u64, MultiplexedConnection), Failure> {
        let mut state = self.state.lock().await;
        if let Some(open) = &mut state.open {
            let was_quiet = open.used.elapsed() > QUIET;
            if !was_quiet
                || self.answer(open.connection.send_packed_command(&redis::cmd("PING"))).await.is_ok()
            {
                open.used = Instant::now();
                let connection = open.connection.clone();
                return Ok((state.made, connection));
            }
            state.open = None;
        }
        if state.not_before.is_some_and(|moment| Instant::now() < moment) {
            return Err(Failure::NotConnected(Cause::TriedJustNow));
        }
        match self.connect().await {
            Ok(connection) => {
                let open = Open { connection: connection.clone(), used: Instant::now() };
                *state = State { open: Some(open), made: state.made.wrapping_add(1), ..State::default() };
                Ok((state.made, connection))
            }
            Err(failure) => {
                let pause = FIRST_PAUSE.saturating_mul(1 << state.failures.min(8)).min(LAST_PAUSE);
                state.failures = state.failures.saturating_add(1);
                state.not_before = Some(Instant::now() + pause);
                Err(failure)
            }
        }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, Failure> {
        match &self.at {
            At::Server(info) => connect(info, self.patience).await,
            At::MasterOf(sentinels) => connect(&sentinels.master(self.patience).await?, self.patience).await,
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            At::Server(info) => info.addr().fmt(f),
            At::MasterOf(sentinels) => sentinels.fmt(f),
        }
    }
}

/// A connection of which the login is done.
pub(super) async fn connect(
    info: &ConnectionInfo,
    patience: Patience,
) -> Result<MultiplexedConnection, Failure> {
    let options = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None)
        .set_pipeline_buffer_size(BUFFER);
    let failed = |error: redis::RedisError| Failure::of_connecting(&error);
    let client = Client::open(info.clone()).map_err(failed)?;
    let connecting = client.get_multiplexed_async_connection_with_config(&options);
    let connection = timeout(patience.connect, connecting).await;
    connection.map_err(|_| Failure::NotConnected(Cause::TimedOut))?.map_err(failed)
}

/// An error that the server answered is an answer to the client.
pub(super) fn checked(answer: Value) -> Result<Value, Failure> {
    answer.extract_error().map_err(|error| Failure::of(&error))
}
