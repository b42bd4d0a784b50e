//! Chance that repeats itself.

use std::sync::Mutex;

use hallpass::random::SecureRandom;
use sha2::{Digest as _, Sha256};

use super::lock;

/// Gives the same bytes for the same seed: SHA-256 over the seed and a counter.
///
/// **For tests only.** Whoever knows the seed knows every token to come.
///
/// ```
/// use hallpass::types::SessionToken;
/// use hallpass_testing::SeededRandom;
///
/// let token = || SessionToken::generate(&SeededRandom::new(7));
/// assert!(token() == token());
/// ```
#[derive(Debug)]
pub struct SeededRandom {
    seed: u64,
    stream: Mutex<Stream>,
}

#[derive(Debug, Default)]
struct Stream {
    blocks: u64,
    /// What is left of the last block, the next byte last.
    rest: Vec<u8>,
}

impl SeededRandom {
    /// The stream of bytes that belongs to `seed`, from its beginning.
    pub fn new(seed: u64) -> Self {
        Self { seed, stream: Mutex::default() }
    }
}

impl SecureRandom for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut stream = lock(&self.stream);
        for byte in bytes {
            *byte = loop {
                if let Some(next) = stream.rest.pop() {
                    break next;
                }
                let block = Sha256::new().chain_update(self.seed.to_be_bytes());
                let block = block.chain_update(stream.blocks.to_be_bytes()).finalize();
                stream.rest = block.iter().rev().copied().collect();
                stream.blocks += 1;
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(random: &SeededRandom, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        random.fill(&mut bytes);
        bytes
    }

    #[test]
    fn a_seed_gives_the_same_bytes_however_they_are_asked_for() {
        let whole = bytes(&SeededRandom::new(7), 100);
        let pieces = SeededRandom::new(7);
        let pieces = [bytes(&pieces, 1), bytes(&pieces, 40), bytes(&pieces, 59)].concat();
        assert_eq!(whole, pieces);
    }

    #[test]
    fn the_stream_goes_on_and_differs_from_seed_to_seed() {
        let random = SeededRandom::new(7);
        let first = bytes(&random, 32);
        assert_ne!(first, bytes(&random, 32));
        assert_ne!(first, bytes(&SeededRandom::new(8), 32));
    }
}
