//! What the flows ask of whoever hashes passwords.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::{Password, PasswordHash};

/// Hashes passwords and verifies them.
///
/// # Contract
///
/// - Neither method holds the calling task for the time of a hash; the work happens elsewhere and is
///   awaited. (An implementation for platforms without threads may break this rule, and says so.)
/// - When there is more work than can be done soon, the answer is [`HashError::Busy`] at once, not a
///   longer wait.
/// - A dropped future abandons its work: work that has not begun is never done.
/// - [`hash`](Self::hash) salts every hash anew, from a secure source.
/// - [`verify`](Self::verify) understands every scheme that a stored hash may have, not only the
///   current one, and compares in constant time: how much of the password is right cannot be measured.
/// - A wrong password is `Ok(Verdict::Wrong)`, never an error.
/// - `hash` costs what `verify` of a hash with the current settings costs. A flow that finds no account
///   calls `hash` and drops the result, so that an unknown user takes as long as a wrong password.
/// - No password and no hash appears in an error, a log line or `Debug`.
#[async_trait]
pub trait PasswordHasher: fmt::Debug + Send + Sync + 'static {
    /// Hashes `password` with the current scheme, for storing.
    ///
    /// # Errors
    ///
    /// [`HashError::Busy`] under overload, [`HashError::Failed`] when hashing itself fails.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError>;

    /// Tells whether `password` is the one that `hash` was made from.
    ///
    /// # Errors
    ///
    /// [`HashError::Malformed`] for a hash of no known scheme, [`HashError::Busy`] under overload,
    /// [`HashError::Failed`] when hashing itself fails.
    async fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<Verdict, HashError>;
}

/// What [`PasswordHasher::verify`] found.
#[expect(clippy::exhaustive_enums, reason = "whoever asks must handle every verdict")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a verdict that nobody reads lets everybody in"]
pub enum Verdict {
    /// Not the password.
    Wrong,
    /// The password, hashed with the current scheme and parameters.
    Right,
    /// The password, hashed with another scheme or other parameters than the current ones: let the user
    /// in, and store a new hash of the password.
    RightButOutdated,
}

impl Verdict {
    /// Whether the password was right, outdated or not.
    #[must_use]
    pub const fn is_right(self) -> bool {
        matches!(self, Self::Right | Self::RightButOutdated)
    }
}

/// Why a password was neither hashed nor verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// Too many passwords are waiting already. The request is to be answered with 503.
    #[error("too many passwords are waiting to be hashed")]
    Busy {
        /// When it is worth trying again.
        retry_after: Duration,
    },
    /// The stored hash is in no known form, or asks for more memory or time than is granted.
    #[error("the stored password hash is in no known form")]
    Malformed,
    /// The hashing itself failed, for want of memory for example.
    #[error("hashing a password failed")]
    Failed(#[source] Box<dyn StdError + Send + Sync>),
}
