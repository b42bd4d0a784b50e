//! PostgreSQL.

mod codes;
mod lists;
mod prepared;
mod values;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use hallpass::store::StoreError;
use hallpass_sql::{Dialect, Rows, SqlConnection, SqlStore, Statement};
use sqlx::PgPool;

use crate::error::Failure;
use prepared::Prepared;

/// hallpass's store in PostgreSQL: `PostgresStore::new(Postgres::new(pool))`.
pub type PostgresStore = SqlStore<Postgres>;

/// How often a transaction is run at most that the database gave up so that another could go on.
const TRIES: usize = 10;

/// A PostgreSQL database, by the app's own pool. A clone is another handle to it.
///
/// # Transactions
/// A statement alone is sent alone, in one round trip. Several run in one transaction at `READ COMMITTED`, and those
/// of hallpass's own lock the rows that their conditions are about, so that they decide as if one transaction ran
/// after the other; that holds whatever the app does to these rows meanwhile. What the server gives up because of a
/// deadlock, or because the pool's connections are set to a stricter isolation, is tried again some times.
///
/// Nothing is left behind in a connection but prepared statements.
#[derive(Clone)]
pub struct Postgres {
    pool: PgPool,
    schema: Option<Arc<str>>,
    prepared: Arc<Prepared>,
}

impl Postgres {
    /// The tables are where the connections' `search_path` finds them, and made in the first schema of it.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, schema: None, prepared: Arc::default() }
    }

    /// A handle whose tables are in this schema, which must be there. They are named with it in every statement; the
    /// connections' `search_path` is neither asked nor changed.
    #[must_use]
    pub fn in_schema(self, schema: &str) -> Self {
        Self { schema: Some(schema.into()), prepared: Arc::default(), ..self }
    }

    /// The pool.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    async fn run(&self, statements: &[Statement]) -> Result<Vec<Rows>, Failure> {
        if let [statement] = statements {
            let mut connection = self.pool.acquire().await.map_err(codes::failure)?;
            return Ok(vec![self.prepared.run(&mut connection, statement).await?]);
        }
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
        let mut transaction = self.pool.begin_with(begin).await.map_err(codes::failure)?;
        let mut results = Vec::with_capacity(statements.len());
        for statement in statements {
            results.push(self.prepared.run(&mut transaction, statement).await?);
        }
        transaction.commit().await.map_err(codes::failure)?;
        Ok(results)
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The pool's own would show the database's password.
        f.debug_struct("Postgres").field("schema", &self.schema).finish_non_exhaustive()
    }
}

#[async_trait]
impl SqlConnection for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        let mut tries = 1;
        loop {
            match self.run(&statements).await {
                Err(Failure::Refused { code, .. }) if codes::is_retryable(&code) && tries < TRIES => {
                    tries += 1;
                }
                outcome => return outcome.map_err(|failure| failure.into_store(codes::kind, codes::remedy)),
            }
        }
    }
}
