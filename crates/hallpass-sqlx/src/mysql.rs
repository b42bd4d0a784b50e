//! MySQL and MariaDB.

mod codes;
mod numbered;
mod session;
mod values;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use hallpass::store::StoreError;
use hallpass_sql::{Columns, Dialect, Rows, SqlConnection, SqlStore, Statement};
use sqlx::mysql::{MySqlArguments, MySqlConnection};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Column as _, Either, Executor as _, MySqlPool, Row as _, ValueRef as _};

use crate::changes_rows;
use crate::error::Failure;
use numbered::Numbered;

/// hallpass's store in MySQL or MariaDB: `MySqlStore::new(MySql::new(pool))`.
pub type MySqlStore = SqlStore<MySql>;

/// How often a transaction is run at most that the database gave up so that another could go on.
const TRIES: usize = 10;

/// What a batch begins with that is run in turn, see [`Dialect::MySql`].
const GET_LOCK: &str = "SELECT GET_LOCK(";

/// A MySQL or MariaDB database, by the app's own pool. A clone is another handle to it.
///
/// # Transactions
/// A statement alone is sent alone. Several run in one transaction at `READ COMMITTED`, and those of hallpass's own lock
/// the rows that their conditions are about, so that they decide as if one transaction ran after the other. What the
/// server gives up because of a deadlock is tried again some times.
///
/// # Connections
/// They have to be as sqlx makes them: in UTC, with UTF-8 (`utf8mb4`), and strict, so that a text that is too long for
/// its column is refused and not cut. The first one is looked at before it is used, and an error says what to mend. The
/// app leaves these settings of its pool's connections as they are.
#[derive(Clone)]
pub struct MySql {
    pool: MySqlPool,
    numbered: Arc<Numbered>,
    /// Whether a connection was looked at and found to be as it has to be.
    is_fit: Arc<AtomicBool>,
}

impl MySql {
    /// The database that the pool's connections are in.
    pub fn new(pool: MySqlPool) -> Self {
        Self { pool, numbered: Arc::default(), is_fit: Arc::default() }
    }

    /// The pool.
    pub fn pool(&self) -> &MySqlPool {
        &self.pool
    }

    async fn run(&self, statements: &[Statement]) -> Result<Vec<Rows>, Failure> {
        let mut connection = self.connection().await?;
        if let [statement] = statements {
            return Ok(vec![self.run_one(&mut connection, statement).await?]);
        }
        let is_in_turn = statements.first().is_some_and(|first| first.sql().starts_with(GET_LOCK));
        let mut held = Held(Some(connection));
        let connection = held.connection()?;
        send(connection, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION READ WRITE")
            .await?;
        let outcome = self.run_all(connection, statements).await;
        let end = match (&outcome, is_in_turn) {
            (Ok(_), false) => "COMMIT",
            (Ok(_), true) => "COMMIT; DO RELEASE_ALL_LOCKS()",
            (Err(_), false) => "ROLLBACK",
            (Err(_), true) => "ROLLBACK; DO RELEASE_ALL_LOCKS()",
        };
        let ended = send(connection, end).await;
        if ended.is_ok() {
            held.give_back();
        }
        let results = outcome?;
        ended.map(|()| results)
    }

    async fn run_all(
        &self,
        connection: &mut MySqlConnection,
        statements: &[Statement],
    ) -> Result<Vec<Rows>, Failure> {
        let mut results = Vec::with_capacity(statements.len());
        for statement in statements {
            let mut rows = self.run_one(connection, statement).await?;
            let mut is_taken = || rows.first_mut().and_then(|mut row| row.integer("taken").ok()) == Some(1);
            if statement.sql().starts_with(GET_LOCK) && !is_taken() {
                return Err(Failure::Busy);
            }
            results.push(rows);
        }
        Ok(results)
    }

    async fn connection(&self) -> Result<PoolConnection<sqlx::MySql>, Failure> {
        let mut connection = self.pool.acquire().await.map_err(codes::failure)?;
        if !self.is_fit.load(Ordering::Relaxed) {
            session::look_over(&mut connection).await?;
            self.is_fit.store(true, Ordering::Relaxed);
        }
        Ok(connection)
    }

    async fn run_one(
        &self,
        connection: &mut MySqlConnection,
        statement: &Statement,
    ) -> Result<Rows, Failure> {
        let mut arguments = MySqlArguments::default();
        let sql = if statement.params().is_empty() {
            Arc::clone(statement.sql())
        } else {
            let text = self.numbered.text(statement.sql());
            for number in &text.parameters {
                let Some(value) = statement.params().get(*number) else {
                    return Err(Failure::Driver("a statement was not given a value for each parameter"));
                };
                values::add(value, &mut arguments)?;
            }
            Arc::clone(&text.sql)
        };
        let changes_rows = changes_rows(&sql);
        // What changes the schema is not run again.
        let is_kept = changes_rows || sql.get(..6).is_some_and(|verb| verb.eq_ignore_ascii_case("select"));
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(is_kept);
        let (mut columns, mut values, mut affected) = (Columns::default(), Vec::new(), 0);
        let mut results = connection.fetch_many(query);
        while let Some(result) = results.try_next().await.map_err(codes::failure)? {
            match result {
                Either::Left(done) => affected += done.rows_affected(),
                Either::Right(row) => {
                    if values.is_empty() {
                        columns = row.columns().iter().map(|column| column.name()).collect();
                    }
                    for column in 0..row.len() {
                        let value = row.try_get_raw(column).map_err(codes::failure)?;
                        let is_null = value.is_null();
                        values.push(if is_null { hallpass_sql::Value::Null } else { values::read(value)? });
                    }
                }
            }
        }
        Ok(Rows::new(columns, values, if changes_rows { affected } else { 0 }))
    }
}

/// Runs statements that give nothing.
async fn send(connection: &mut MySqlConnection, sql: &'static str) -> Result<(), Failure> {
    connection.execute(sqlx::raw_sql(sql)).await.map(drop).map_err(codes::failure)
}

/// A connection during a transaction. Where the transaction's end is not seen, because its caller goes away, the
/// connection is closed: to the next it would be one in a transaction, or with a lock that nobody releases.
struct Held(Option<PoolConnection<sqlx::MySql>>);

impl Held {
    fn connection(&mut self) -> Result<&mut MySqlConnection, Failure> {
        self.0.as_deref_mut().ok_or(Failure::Driver("a connection was given back twice"))
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.0 {
            connection.close_on_drop();
        }
    }
}

impl fmt::Debug for MySql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The pool's own would show the database's password.
        f.debug_struct("MySql").finish_non_exhaustive()
    }
}

#[async_trait]
impl SqlConnection for MySql {
    fn dialect(&self) -> Dialect {
        Dialect::MySql
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        let mut tries = 1;
        loop {
            match self.run(&statements).await {
                Err(Failure::Refused { code, .. }) if codes::is_to_be_tried_again(&code) && tries < TRIES => {
                    tries += 1;
                }
                outcome => return outcome.map_err(|failure| failure.into_store(codes::kind, codes::remedy)),
            }
        }
    }
}
