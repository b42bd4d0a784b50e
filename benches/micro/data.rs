//! What the benchmarks work on.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use hallpass::password::{HashError, Password, PasswordHash, PasswordHasher, Verdict};
use hallpass::store::Store;
use hallpass::types::SessionToken;
use hallpass::{
    Auth, EmailPassword, Error, RateLimit, RateLimitOptions, SessionOptions, SignInEmail, SignUpEmail,
    SignedIn,
};
use hallpass_sqlite::{SqliteOptions, SqliteStore, Synchronous};
use http::HeaderValue;
use tokio::runtime::Runtime;

pub(crate) const BASE_URL: &str = "http://localhost:3000";
pub(crate) const PASSWORD: &str = "correct horse battery";

const USERS: usize = 10_000;
const SESSIONS: usize = 100_000;
/// Fewer than the store lets wait, and enough for its group commit to pay.
const AT_ONCE: usize = 2_000;

/// An `Auth` that hashes no password and never meets its rate limits.
pub(crate) fn auth(store: impl Store) -> Auth {
    auth_with(store, SessionOptions::default())
}

/// As [`auth`], with other sessions.
pub(crate) fn auth_with(store: impl Store, session: SessionOptions) -> Auth {
    let ample = Some(RateLimit::new(u64::MAX, Duration::from_secs(10)));
    let rules = ["/get-session", "/sign-in/*"].map(|pattern| (pattern.to_owned(), ample)).into();
    Auth::builder(store)
        .secret("kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=")
        .base_url(BASE_URL)
        .email_password(EmailPassword::default())
        .rate_limit(RateLimitOptions { rules, ..RateLimitOptions::default() })
        .password_hasher(NoHash)
        .session(session)
        .build()
        .unwrap()
}

/// The address of a user by number.
pub(crate) fn email(number: usize) -> String {
    format!("user-{number}@example.com")
}

/// Signs a new user up, and gives the user's session.
pub(crate) async fn sign_up(auth: &Auth, number: usize) -> Result<SignedIn, Error> {
    auth.sign_up_email(SignUpEmail::new("Ada Lovelace", email(number), PASSWORD)).await?;
    sign_in(auth, number).await
}

async fn sign_in(auth: &Auth, number: usize) -> Result<SignedIn, Error> {
    auth.sign_in_email(SignInEmail::new(email(number), PASSWORD)).await
}

/// The `Cookie` header of a session.
pub(crate) fn cookie(auth: &Auth, session: &SignedIn) -> HeaderValue {
    let lines = session.cookies(auth, None);
    let line = lines.first().and_then(|line| line.to_str().ok()).and_then(|line| line.split(';').next());
    HeaderValue::from_str(line.unwrap()).unwrap()
}

/// The `Cookie` header of a session with whatever else is in cookies beside it.
pub(crate) fn cookies(auth: &Auth, session: &SignedIn) -> HeaderValue {
    let lines = session.cookies(auth, None);
    let pairs = lines.iter().filter_map(|line| line.to_str().ok()?.split(';').next());
    HeaderValue::from_str(&pairs.collect::<Vec<_>>().join("; ")).unwrap()
}

/// A SQLite file of 100,000 sessions.
pub(crate) struct Filled {
    pub(crate) store: SqliteStore,
    pub(crate) auth: Auth,
    /// Tokens and `Cookie` headers of the sessions.
    sessions: Vec<(SessionToken, HeaderValue)>,
}

impl Filled {
    /// The one file of this run, made at the first call.
    pub(crate) fn get(runtime: &Runtime) -> &'static Self {
        static FILLED: OnceLock<Filled> = OnceLock::new();
        FILLED.get_or_init(|| runtime.block_on(Self::new()))
    }

    async fn new() -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sessions.db");
        for suffix in ["", "-wal", "-shm"] {
            // It is there only if there was an earlier run.
            let _ = fs::remove_file(format!("{}{suffix}", path.display()));
        }
        // Only reads are measured, so the writes need not wait for the disk.
        let options = SqliteOptions::default().synchronous(Synchronous::Normal);
        let store = SqliteStore::new(options.open(path).unwrap());
        store.migrate().await.unwrap();
        let auth = auth(store.clone());
        let mut sessions = Vec::with_capacity(SESSIONS);
        for first in (0..SESSIONS).step_by(AT_ONCE) {
            let auth = &auth;
            let batch = (first..first + AT_ONCE).map(|number| async move {
                if number < USERS { sign_up(auth, number).await } else { sign_in(auth, number % USERS).await }
            });
            let batch = try_join_all(batch).await.unwrap();
            sessions.extend(batch.into_iter().map(|one| (one.token.clone(), cookie(auth, &one))));
        }
        Self { store, auth, sessions }
    }

    /// All sessions over and over, neighbours far apart, so that no page is read for its neighbours' sake.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = &(SessionToken, HeaderValue)> {
        // Prime, and so without a divisor in common with the number of sessions.
        const STRIDE: usize = 61_813;
        let next = |n: usize| self.sessions.get(n.wrapping_mul(STRIDE) % self.sessions.len());
        (0..).map_while(next)
    }
}

/// Takes every password for every hash, at once, so that what is left is everything else.
#[derive(Debug)]
struct NoHash;

#[async_trait]
impl PasswordHasher for NoHash {
    async fn hash(&self, _: &Password) -> Result<PasswordHash, HashError> {
        Ok(PasswordHash::new("none"))
    }

    async fn verify(&self, _: &Password, _: &PasswordHash) -> Result<Verdict, HashError> {
        Ok(Verdict::Right)
    }
}
