//! A piece of work that waits for a thread, and the place where its answer goes.

use futures_channel::oneshot;

use super::scratch::Scratch;

/// Work of any output, so that one queue holds it all.
pub(super) trait Job: Send {
    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// Does the work.
    fn run(&mut self, scratch: &mut Scratch);
    /// Sends what `run` has found.
    fn reply(self: Box<Self>);
}

/// Work whose caller waits at the other end of `reply`.
pub(super) struct Pending<W, T> {
    work: Option<W>,
    output: Option<T>,
    reply: oneshot::Sender<T>,
}

impl<W, T> Pending<W, T> {
    pub(super) const fn new(work: W, reply: oneshot::Sender<T>) -> Self {
        Self { work: Some(work), output: None, reply }
    }
}

impl<W: FnOnce(&mut Scratch) -> T + Send, T: Send> Job for Pending<W, T> {
    fn is_abandoned(&self) -> bool {
        self.reply.is_canceled()
    }

    fn run(&mut self, scratch: &mut Scratch) {
        self.output = self.work.take().map(|work| work(scratch));
    }

    fn reply(self: Box<Self>) {
        if let Some(output) = self.output {
            // An error says that the caller has gone, which is its right.
            let _ = self.reply.send(output);
        }
    }
}
