//! Hashing on threads of its own.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use async_trait::async_trait;

use super::SALT_LEN;
use super::scratch::Scratch;
use super::workers::{NotDone, Workers};
use super::{HashError, Password, PasswordHash, PasswordHasher, PasswordScheme, Verdict};
use crate::random::SecureRandom;

/// How many default hashes may wait for one thread.
const QUEUE_PER_THREAD: usize = 64;

/// How long a full queue takes to be worked off: 64 hashes of about 25 ms, rounded up to seconds as
/// HTTP has them.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Hashes passwords on a few threads of its own, with a bounded queue before them.
///
/// | setting | default | why |
/// |---|---|---|
/// | [`threads`](Self::threads) | cores − 1, at least 1 | one core stays free for everything that is not a hash |
/// | [`queue`](Self::queue) | 64 default hashes a thread | a default hash takes about 25 ms, so nobody waits longer than about 2 s; a scheme that costs four times as much gets a queue of a fourth |
///
/// When the queue is full the answer is [`HashError::Busy`] at once. A caller that has gone (a closed
/// connection, a time-out) leaves its place: its job is skipped.
///
/// The threads are called `hallpass-hash`. They start when they are first needed and end when the pool
/// is dropped. While there is work, each holds the memory of a hash (19 MiB with the default scheme,
/// and 32 MiB more while it verifies one of better-auth's); when there is none, nothing. A panic in a
/// job ends that job, not its thread.
///
/// Where no thread can be started (WebAssembly), hashes run on the calling task, as with
/// [`InlineHasher`](super::InlineHasher).
#[derive(Debug)]
pub struct HashPool {
    scheme: PasswordScheme,
    random: Arc<dyn SecureRandom>,
    workers: Workers,
    queue_is_default: bool,
}

impl HashPool {
    /// A pool with the default settings and scheme, with salts from `random`.
    #[must_use]
    pub fn new(random: Arc<dyn SecureRandom>) -> Self {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            scheme: PasswordScheme::default(),
            random,
            workers: Workers::new(cores.saturating_sub(1).max(1), 0),
            queue_is_default: true,
        }
        .fit_queue()
    }

    /// How new passwords are hashed. Default: argon2id with OWASP's parameters.
    #[must_use]
    pub fn scheme(mut self, scheme: PasswordScheme) -> Self {
        self.scheme = scheme;
        self.fit_queue()
    }

    /// At most `threads` threads, at least one. Each can hold the memory of one hash.
    #[must_use]
    pub fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.workers.threads = threads.get();
        self.fit_queue()
    }

    /// At most `queue` hashes wait while all threads are busy; with 0 a hash that cannot begin at once
    /// is refused.
    #[must_use]
    pub fn queue(mut self, queue: usize) -> Self {
        self.workers.queue = queue;
        self.queue_is_default = false;
        self
    }

    /// Runs `on_start` on each thread when it starts, for example to lower its priority.
    #[must_use]
    pub fn on_thread_start(mut self, on_start: impl Fn() + Send + Sync + 'static) -> Self {
        self.workers.on_start = Some(Arc::new(on_start));
        self
    }

    fn fit_queue(mut self) -> Self {
        if self.queue_is_default {
            let per_thread = (QUEUE_PER_THREAD / self.scheme.cost()).max(1);
            self.workers.queue = per_thread.saturating_mul(self.workers.threads);
        }
        self
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Scratch) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        match self.workers.run(work).await {
            Ok(outcome) => outcome,
            Err(NotDone::QueueFull) => Err(HashError::Busy { retry_after: RETRY_AFTER }),
            Err(NotDone::Panicked) => Err(HashError::Failed("hashing a password panicked".into())),
        }
    }
}

#[async_trait]
impl PasswordHasher for HashPool {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let (scheme, password) = (self.scheme, password.clone());
        let mut salt = [0; SALT_LEN];
        self.random.fill(&mut salt);
        self.run(move |scratch| scheme.hash(&password, salt, scratch)).await
    }

    async fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<Verdict, HashError> {
        let (scheme, password, hash) = (self.scheme, password.clone(), hash.clone());
        self.run(move |scratch| scheme.verify(&password, &hash, scratch)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::Argon2id;
    use crate::password::testing::{Counter, WEAK, block_on};

    fn pool() -> HashPool {
        HashPool::new(Arc::new(Counter::default())).scheme(PasswordScheme::Argon2id(WEAK))
    }

    #[test]
    fn what_it_hashes_it_verifies() {
        let pool = pool();
        let hash = block_on(pool.hash(&"correct horse".into())).unwrap();
        assert_eq!(block_on(pool.verify(&"correct horse".into(), &hash)).unwrap(), Verdict::Right);
        assert_eq!(block_on(pool.verify(&"correct hors".into(), &hash)).unwrap(), Verdict::Wrong);
        let outdated =
            block_on(pool.scheme(PasswordScheme::default()).verify(&"correct horse".into(), &hash));
        assert_eq!(outdated.unwrap(), Verdict::RightButOutdated);
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        let pool = pool();
        let first = block_on(pool.hash(&"correct horse".into())).unwrap();
        assert_ne!(first, block_on(pool.hash(&"correct horse".into())).unwrap());
    }

    #[test]
    fn a_malformed_hash_is_an_error_and_not_a_wrong_password() {
        let malformed = PasswordHash::new("$argon2id$v=19$m=4194304,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$AA");
        let error = block_on(pool().verify(&"password".into(), &malformed)).unwrap_err();
        assert!(matches!(error, HashError::Malformed));
    }

    #[test]
    fn a_panic_and_a_full_queue_are_told_apart() {
        let pool = pool().threads(NonZeroUsize::MIN).queue(0);
        let error = block_on(pool.run::<()>(|_| panic!("this panic belongs to the test"))).unwrap_err();
        assert!(matches!(error, HashError::Failed(_)));

        let error = block_on(pool.run(|_| Ok(()))).err();
        assert!(error.is_none());

        let pool = Arc::new(pool);
        let inner = Arc::clone(&pool);
        // The only thread is busy with the job that asks.
        let error = block_on(pool.run(move |_| Ok(block_on(inner.run(|_| Ok(()))).unwrap_err()))).unwrap();
        assert!(matches!(error, HashError::Busy { retry_after } if retry_after == RETRY_AFTER));
    }

    #[test]
    fn the_queue_is_shorter_for_dearer_hashes_unless_set() {
        let pool = pool().threads(NonZeroUsize::MIN);
        assert_eq!(pool.workers.queue, 64);
        let pool = pool.threads(NonZeroUsize::new(3).unwrap());
        assert_eq!(pool.workers.queue, 192);
        let pool = pool.scheme(PasswordScheme::Scrypt);
        assert_eq!(pool.workers.queue, 48);
        let pool = pool.scheme(PasswordScheme::Argon2id(Argon2id::new(262_144, 16, 1).unwrap()));
        assert_eq!(pool.workers.queue, 3);
        assert_eq!(pool.queue(7).scheme(PasswordScheme::default()).workers.queue, 7);
    }

    #[test]
    fn debug_shows_no_password() {
        let pool = pool();
        let hash = block_on(pool.hash(&"hunter2hunter2".into())).unwrap();
        let shown = format!("{pool:?} {hash:?}");
        assert!(!shown.contains("hunter2") && !shown.contains(hash.as_str()), "{shown}");
    }
}
