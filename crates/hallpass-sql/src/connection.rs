//! What a database has to do for hallpass.

use std::fmt::Debug;

use async_trait::async_trait;
use hallpass::store::{StoreError, StoreErrorKind};

use crate::dialect::Dialect;
use crate::rows::Rows;
use crate::statement::Statement;

/// A database that runs SQL.
///
/// # Contract
/// * [`batch`](Self::batch) runs the statements in order, in one transaction: all take effect, or none.
///   No other caller sees a part of them, and none of theirs comes in between: batches are serializable,
///   or each statement's own conditions decide as if they were.
/// * A batch that returned `Ok` is durable.
/// * There is one [`Rows`] for each statement, with its rows by column name, and the number of rows that
///   it changed.
/// * A violated UNIQUE or PRIMARY KEY is [`StoreErrorKind::Conflict`]; a database that does not answer, or
///   not in time, is [`StoreErrorKind::Unavailable`]; anything else, a violated foreign key too, is
///   [`StoreErrorKind::Unexpected`]. An error's source never holds a parameter.
/// * Foreign keys are enforced.
/// * A future that is dropped before it is ready leaves an unknown outcome: all of the batch, or none.
#[async_trait]
pub trait SqlConnection: Debug + Send + Sync + 'static {
    /// Which SQL the database speaks.
    fn dialect(&self) -> Dialect;

    /// The schema in which the tables are, where the database has such and it is not the one that is looked
    /// through anyway.
    fn schema(&self) -> Option<&str> {
        None
    }

    /// Runs statements in one transaction.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError>;

    /// Runs one statement that only reads. It sees every write that was acknowledged before the call.
    ///
    /// An adapter can answer it without a transaction and apart from its writers.
    async fn query(&self, statement: Statement) -> Result<Rows, StoreError> {
        self.execute(statement).await
    }

    /// Runs one statement, in a transaction of its own.
    async fn execute(&self, statement: Statement) -> Result<Rows, StoreError> {
        self.batch(vec![statement]).await?.pop().ok_or_else(|| {
            StoreError::new(StoreErrorKind::Unexpected, "a batch of one statement gave no result")
        })
    }
}
