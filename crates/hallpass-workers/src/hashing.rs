//! Passwords hashed by another Worker, or by Durable Objects.

mod answer;
mod message;

use std::fmt;
use std::pin::pin;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::select;
use hallpass::password::{HashError, Password, PasswordHash, PasswordHasher, Verdict};
use hallpass::random::{SecureRandom as _, SystemRandom};
use http::Method;
use http_body_util::Full;
use worker::send::{SendFuture, SendWrapper};
use worker::{Delay, Fetcher, HttpResponse, ObjectNamespace};

pub use self::answer::answer_hashing;
use self::message::{Answer, Question};
use crate::requests;

/// Hands passwords to a Worker that does nothing but hash them, so that the app's own CPU time stays small. On the other side is
/// [`answer_hashing`].
///
/// Whoever can reach that Worker can have it work, and so it must have no route and no address of its own: it is reached by a service
/// binding, or it is a Durable Object. Passwords go there as they are, within Cloudflare; what comes back is a hash or a verdict. Where
/// no answer comes, or one that cannot be read, the error is [`HashError::Failed`]: nobody signs in.
pub struct RemoteHasher {
    by: By,
}

enum By {
    Service(SendWrapper<Fetcher>),
    Objects { namespace: ObjectNamespace, count: u8 },
}

/// How long an answer may take: a hash takes a hundredth of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most that an answer may weigh; a hash has some hundred bytes.
const LARGEST_ANSWER: usize = 16 * 1024;

impl RemoteHasher {
    /// By a service binding, as `env.service("HASHING")` gives it.
    pub fn service(service: Fetcher) -> Self {
        Self { by: By::Service(SendWrapper::new(service)) }
    }

    /// By `count` Durable Objects of a namespace, as `env.durable_object("HASHING")` gives it, chosen by chance. An object does one thing
    /// after the other, some thirty hashes a second; none counts as one.
    pub fn objects(namespace: ObjectNamespace, count: u8) -> Self {
        Self { by: By::Objects { namespace, count: count.max(1) } }
    }

    async fn ask(&self, question: &Question) -> Result<Answer, HashError> {
        let answer = SendFuture::new(async {
            let late = async {
                Delay::from(PATIENCE).await;
                Err(failed("no answer within 10 seconds"))
            };
            select(pin!(self.send(question)), pin!(late)).await.factor_first().0
        });
        Answer::read(&answer.await?).ok_or_else(|| failed("an answer that cannot be read"))
    }

    #[expect(clippy::future_not_send, reason = "a Worker has one thread")]
    async fn send(&self, question: &Question) -> Result<Bytes, HashError> {
        let request = http::Request::builder()
            .method(Method::POST)
            .uri("https://hashing.internal/")
            .body(Full::new(question.text()))
            .map_err(failed)?;
        let request = worker::Request::try_from(request).map_err(|error| broken(&error))?;
        let answer: HttpResponse = match &self.by {
            By::Service(service) => service.fetch_request(request).await,
            By::Objects { namespace, count } => {
                let mut chance = [0];
                SystemRandom::default().fill(&mut chance);
                let name = format!("hashing-{}", chance[0] % count);
                // One of a request is of no use to another.
                let stub = namespace.id_from_name(&name).and_then(|id| id.get_stub());
                let stub = stub.map_err(|error| broken(&error))?;
                stub.fetch_with_request(request).await.and_then(TryInto::try_into)
            }
        }
        .map_err(|error| broken(&error))?;
        if !answer.status().is_success() {
            return Err(failed(format!("the answer {}", answer.status().as_u16())));
        }
        requests::read(answer.into_body(), LARGEST_ANSWER).await.map_err(failed)
    }
}

impl fmt::Debug for RemoteHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteHasher").finish_non_exhaustive()
    }
}

#[async_trait]
impl PasswordHasher for RemoteHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        match self.ask(&Question::Hash { password: password.clone() }).await? {
            Answer::Hash(hash) => Ok(hash),
            other => Err(other.error()),
        }
    }

    async fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<Verdict, HashError> {
        match self.ask(&Question::Verify { password: password.clone(), hash: hash.clone() }).await? {
            Answer::Verdict(verdict) => Ok(verdict),
            other => Err(other.error()),
        }
    }
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> HashError {
    HashError::Failed(error.into())
}

/// A Worker's errors are bound to its thread. What follows the first line is the stack of JavaScript.
fn broken(error: &worker::Error) -> HashError {
    failed(error.to_string().lines().next().unwrap_or_default())
}
