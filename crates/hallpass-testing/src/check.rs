//! One check, by name.

use std::fmt::{self, Debug};
use std::pin::Pin;

/// A check's work, boxed so that all checks fit one list.
type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// One check of a contract, over a fixture of type `F`.
pub struct Check<F: 'static> {
    name: &'static str,
    run: for<'a> fn(&'a F) -> Running<'a>,
}

impl<F: Sync> Check<F> {
    pub(crate) const fn new(name: &'static str, run: for<'a> fn(&'a F) -> Running<'a>) -> Self {
        Self { name, run }
    }

    /// The name of the check's function: a sentence of behaviour.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs the check.
    ///
    /// # Panics
    /// When the contract is broken; that is how a check fails.
    pub async fn run(&self, fixture: &F) {
        (self.run)(fixture).await;
    }
}

impl<F> Debug for Check<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Check").field(&self.name).finish()
    }
}
