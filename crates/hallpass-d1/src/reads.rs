//! Reads that D1 did not answer.

use hallpass::store::{StoreError, StoreErrorKind};
use hallpass_sql::{Remedy, Rows};

use crate::error;

/// Who has too much to do is not asked more.
fn is_worth_another(error: &StoreError) -> bool {
    error.kind() == StoreErrorKind::Unavailable && Remedy::of(error) != Some(Remedy::Overloaded)
}

/// How often a read is tried.
const READS: usize = 3;

/// The rows of a statement that only reads, which `run` sends, and sends again when there is no answer.
pub(crate) async fn read<F>(run: impl Fn() -> F + Send) -> Result<Rows, StoreError>
where
    F: Future<Output = Result<Vec<Rows>, StoreError>> + Send,
{
    let mut tries = 1;
    loop {
        match run().await {
            Err(error) if is_worth_another(&error) && tries < READS => {
                tracing::warn!(%error, "D1 did not answer a read, which is tried again");
                tries += 1;
            }
            result => return result?.pop().ok_or_else(|| error::unexpected("D1 gave no result")),
        }
    }
}
