//! Calls that fail when a test wants them to.

use std::sync::Mutex;

use hallpass::store::{StoreError, StoreErrorKind};

use super::lock;

/// Which calls of a [`FaultyStore`](super::FaultyStore) or
/// [`FaultyStorage`](super::FaultyStorage) fail, with [`StoreErrorKind::Unavailable`]. Calls are counted from
/// 1, beginning with the first after it was armed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// This call fails and does nothing.
    Before(usize),
    /// This call does what it should and fails then: its acknowledgement is lost.
    After(usize),
    /// This call does what it should and never answers: whoever waits gives up.
    Hangs(usize),
    /// Every call fails and does nothing.
    Always,
}

/// Counts calls, and fails them as it is armed.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    calls: Vec<&'static str>,
    fault: Option<Fault>,
}

impl Faults {
    /// Begins anew, with this fault or none.
    pub(super) fn set(&self, fault: Option<Fault>) {
        *lock(&self.0) = State { calls: Vec::new(), fault };
    }

    pub(super) fn calls(&self) -> Vec<&'static str> {
        lock(&self.0).calls.clone()
    }

    pub(super) async fn call<T: Send>(
        &self,
        method: &'static str,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let (number, fault) = {
            let mut state = lock(&self.0);
            state.calls.push(method);
            (state.calls.len(), state.fault)
        };
        let failure = || StoreError::new(StoreErrorKind::Unavailable, "failed, as the test wants it");
        match fault {
            Some(Fault::Always) => Err(failure()),
            Some(Fault::Before(at)) if at == number => Err(failure()),
            Some(Fault::After(at)) if at == number => {
                work.await?;
                Err(failure())
            }
            Some(Fault::Hangs(at)) if at == number => {
                work.await?;
                std::future::pending().await
            }
            _ => work.await,
        }
    }
}
