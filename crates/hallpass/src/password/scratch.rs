//! The work memory of argon2id, kept by a thread while it is busy.

use ::argon2::Block;

use super::HashError;

/// Blocks of 1 KiB that a hashing thread reserves at least: 33 MiB.
///
/// glibc gives memory back to the system at once only for blocks of more than 32 MiB (the most that its
/// dynamic `M_MMAP_THRESHOLD` grows to). Smaller ones it keeps after a few rounds: 40 hashes that each
/// allocated their 19 MiB left 155 MiB resident, and 40 that reserved 33 MiB left none. What is
/// reserved but never touched costs no memory.
const THREAD_RESERVE: usize = 33 * 1024;

/// The work memory of argon2id.
///
/// Fresh memory is a fourth of the cost of a hash (19 MiB are 4,864 page faults), so a thread keeps it
/// from job to job. It must [`release`](Self::release) it before it waits: an idle server should be
/// small.
pub(super) struct Scratch {
    blocks: Vec<Block>,
    reserve: usize,
}

impl Scratch {
    /// For a thread of its own.
    pub(super) const fn for_thread() -> Self {
        Self { blocks: Vec::new(), reserve: THREAD_RESERVE }
    }

    /// For one hash on the calling thread, where reserved memory may be dear (WebAssembly).
    pub(super) const fn for_one_hash() -> Self {
        Self { blocks: Vec::new(), reserve: 0 }
    }

    /// `count` blocks, with whatever an earlier hash left in them: argon2 writes each before it reads
    /// it.
    pub(super) fn blocks(&mut self, count: usize) -> Result<&mut [Block], HashError> {
        if self.blocks.len() < count {
            // Freed before the larger one is asked for: growing in place would hold both.
            self.release();
            self.blocks
                .try_reserve_exact(count.max(self.reserve))
                .map_err(|error| HashError::Failed(error.into()))?;
            self.blocks.resize(count, Block::new());
        }
        self.blocks.get_mut(..count).ok_or_else(|| HashError::Failed("work memory is too small".into()))
    }

    /// Gives the memory back.
    pub(super) fn release(&mut self) {
        self.blocks = Vec::new();
    }

    /// Whether no memory is held.
    pub(super) const fn is_empty(&self) -> bool {
        self.blocks.capacity() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_kept_between_jobs_and_gone_after_release() {
        let mut scratch = Scratch::for_thread();
        assert!(scratch.is_empty());
        let first = scratch.blocks(64).unwrap().as_ptr();
        assert_eq!(scratch.blocks(32).unwrap().as_ptr(), first);
        assert!(scratch.blocks.capacity() >= THREAD_RESERVE);
        assert_eq!(scratch.blocks(128).unwrap().len(), 128);
        scratch.release();
        assert!(scratch.is_empty());
    }

    #[test]
    fn one_hash_reserves_what_it_needs_and_no_more() {
        let mut scratch = Scratch::for_one_hash();
        scratch.blocks(64).unwrap();
        assert_eq!(scratch.blocks.capacity(), 64);
    }
}
