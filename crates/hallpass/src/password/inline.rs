//! Hashing on the calling task.

use std::sync::Arc;

use async_trait::async_trait;

use super::SALT_LEN;
use super::scratch::Scratch;
use super::{HashError, Password, PasswordHash, PasswordHasher, PasswordScheme, Verdict};
use crate::random::SecureRandom;

/// Hashes on the calling task: for Cloudflare Workers, where a request has its own CPU allowance and
/// there are no threads, and for tests.
///
/// On a server, [`HashPool`](super::HashPool) is the right one: this one holds its async worker for the
/// whole time of a hash, and knows no limit but the callers'.
#[derive(Debug)]
pub struct InlineHasher {
    scheme: PasswordScheme,
    random: Arc<dyn SecureRandom>,
}

impl InlineHasher {
    /// Makes hashes of `scheme`, with salts from `random`.
    #[must_use]
    pub fn new(scheme: PasswordScheme, random: Arc<dyn SecureRandom>) -> Self {
        Self { scheme, random }
    }
}

#[async_trait]
impl PasswordHasher for InlineHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let mut salt = [0; SALT_LEN];
        self.random.fill(&mut salt);
        self.scheme.hash(password, salt, &mut Scratch::for_one_hash())
    }

    async fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<Verdict, HashError> {
        self.scheme.verify(password, hash, &mut Scratch::for_one_hash())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::testing::{Counter, WEAK, block_on};

    #[test]
    fn what_it_hashes_it_verifies() {
        let hasher = InlineHasher::new(PasswordScheme::Argon2id(WEAK), Arc::new(Counter::default()));
        let hash = block_on(hasher.hash(&"correct horse".into())).unwrap();
        assert_eq!(block_on(hasher.verify(&"correct horse".into(), &hash)).unwrap(), Verdict::Right);
        assert_eq!(block_on(hasher.verify(&"correct hors".into(), &hash)).unwrap(), Verdict::Wrong);
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        let hasher = InlineHasher::new(PasswordScheme::Argon2id(WEAK), Arc::new(Counter::default()));
        let first = block_on(hasher.hash(&"correct horse".into())).unwrap();
        let second = block_on(hasher.hash(&"correct horse".into())).unwrap();
        assert_ne!(first, second);
    }
}
