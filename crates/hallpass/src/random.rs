//! Randomness, and the identifiers and tokens made of it.

use std::fmt::Debug;
use std::sync::Arc;

use rand::TryRng as _;
use rand::rngs::SysRng;

/// A source of bytes that nobody can guess.
///
/// # Contract
/// Every byte comes from a cryptographically secure generator. An implementation that cannot give
/// such bytes must not return: it panics rather than hand out anything weaker. Only tests may bring
/// a generator with a known seed.
pub trait SecureRandom: Debug + Send + Sync + 'static {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

impl<R: SecureRandom + ?Sized> SecureRandom for Arc<R> {
    fn fill(&self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct SystemRandom;

impl SecureRandom for SystemRandom {
    #[expect(clippy::panic, reason = "the contract: no randomness, no answer")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = SysRng.try_fill_bytes(bytes) {
            panic!("the system gives no randomness: {error}");
        }
    }
}

/// `a-z A-Z 0-9`, in the order of better-auth's `generateId`.
const ALPHANUMERIC: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A string of `length` characters of `a-z A-Z 0-9`, each equally likely (rejection sampling): 5.95
/// bits a character, 190 bits for the 32 of a session token.
pub fn alphanumeric(random: &dyn SecureRandom, length: usize) -> String {
    text_of(random, ALPHANUMERIC, length)
}

/// A string of `length` characters of `letters`, ASCII and at most 256 of them, each equally likely.
pub(crate) fn text_of(random: &dyn SecureRandom, letters: &[u8], length: usize) -> String {
    let mut text = String::with_capacity(length);
    let mut pool = [0_u8; 64];
    // The largest multiple of their number within a byte: what lies above would favour the first letters.
    let limit = 256 - 256 % letters.len().max(1);
    while text.len() < length && !letters.is_empty() {
        random.fill(&mut pool);
        let drawn = pool.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < limit);
        let drawn = drawn.filter_map(|byte| letters.get(byte % letters.len()));
        text.extend(drawn.take(length - text.len()).map(|letter| char::from(*letter)));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_have_the_length_asked_for_and_only_alphanumerics() {
        for length in [0, 1, 24, 32, 200] {
            let id = alphanumeric(&SystemRandom, length);
            assert_eq!(id.len(), length);
            assert!(id.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
        }
    }

    #[test]
    fn every_letter_turns_up_about_equally_often_and_no_id_twice() {
        let text = alphanumeric(&SystemRandom, 62_000);
        for letter in ALPHANUMERIC {
            let count = text.bytes().filter(|b| b == letter).count();
            assert!((800..1200).contains(&count), "{} came {count} times", char::from(*letter));
        }
        let ids: HashSet<_> = (0..1000).map(|_| alphanumeric(&SystemRandom, 32)).collect();
        assert_eq!(ids.len(), 1000);
    }
}
