//! What the tests of this module share.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::Argon2id;
use crate::random::SecureRandom;

/// Parameters for tests in which strength is not the point.
pub(super) const WEAK: Argon2id = match Argon2id::danger_weaker_than_owasp(32, 1, 1) {
    Ok(parameters) => parameters,
    Err(_) => panic!("in range"),
};

/// Fills each request with the next number.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU8);

impl SecureRandom for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

/// Runs `future` to its end on this thread.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
