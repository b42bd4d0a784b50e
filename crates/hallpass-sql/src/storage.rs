//! hallpass's key-value storage in a table of its own, over any SQL database.

mod text;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hallpass::clock::{Clock, Timestamp};
use hallpass::storage::{AtomicStorage, Count, SecondaryStorage};
use hallpass::store::{StoreError, StoreErrorKind};

use crate::connection::SqlConnection;
use crate::rows::{Row, Rows};
use crate::statement::Statement;
use crate::store::SqlStore;
use crate::value::Value;
use text::Text;

/// The table, whose columns are those of [`COLUMNS`].
pub(crate) const TABLE: &str = "hallpass_storage";

pub(crate) const COLUMNS: &[&str] = &["key", "value", "expiresAt"];

/// A key-value storage in the table `hallpass_storage` of an [`SqlStore`]'s database, which
/// [`migrate`](SqlStore::migrate) makes: for [counts of requests](hallpass::AuthBuilder::rate_limit_storage) that hold
/// over all processes of a database. A clone is another handle to it.
///
/// ```
/// # use std::sync::Arc;
/// # use hallpass::clock::SystemClock;
/// # use hallpass_sql::{SqlConnection, SqlStore};
/// # fn example<C: SqlConnection>(store: SqlStore<C>) {
/// let auth = hallpass::Auth::builder(store.clone()).rate_limit_storage(store.storage(SystemClock::default()));
/// # let _ = auth;
/// # }
/// ```
///
/// Each call is one statement, or one batch, about the one row of a key. What has expired counts as absent, by the clock
/// that it was given, and stays in the table until it is [swept](hallpass::Auth::sweep) or its key is written again.
///
/// A text with a NUL character is refused by PostgreSQL.
pub struct SqlStorage<C> {
    store: SqlStore<C>,
    text: Arc<Text>,
    clock: Arc<dyn Clock>,
}

impl<C: SqlConnection> SqlStore<C> {
    /// The key-value storage in the same database, for which the time is what `clock` says: the one that is given to
    /// [`AuthBuilder::clock`](hallpass::AuthBuilder::clock), or the system's.
    pub fn storage(&self, clock: impl Clock) -> SqlStorage<C> {
        let text = Arc::new(Text::new(self.renderer()));
        SqlStorage { store: self.clone(), text, clock: Arc::new(clock) }
    }
}

impl<C: SqlConnection> SqlStorage<C> {
    /// Whether the database has the table.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn is_set_up(&self) -> Result<bool, StoreError> {
        let renderer = self.store.renderer();
        Ok(renderer.tables(self.store.connection()).await?.contains(&renderer.listed_table(TABLE)))
    }

    fn now(&self) -> Value {
        self.clock.now().as_millis().into()
    }

    /// When what is written now is over; NULL if never. A part of a millisecond is dropped, and a span that goes
    /// beyond the calendar has no end.
    fn end(&self, ttl: Option<Duration>) -> Value {
        let Some(ttl) = ttl else { return Value::Null };
        let end = self.clock.now().plus(ttl);
        if end == Timestamp::from_millis(i64::MAX) { Value::Null } else { end.as_millis().into() }
    }

    async fn execute(&self, sql: &Arc<str>, params: Vec<Value>) -> Result<Rows, StoreError> {
        self.store.connection().execute(Statement::with(sql, params)).await
    }

    fn returns(&self) -> bool {
        self.store.renderer().grammar.returns
    }
}

#[async_trait]
impl<C: SqlConnection> SecondaryStorage for SqlStorage<C> {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let statement = Statement::with(&self.text.get, vec![key.into(), self.now()]);
        let mut rows = self.store.connection().query(statement).await?;
        rows.first_mut().map(|mut row| row.text("value")).transpose()
    }

    async fn set(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError> {
        self.execute(&self.text.set, vec![key.into(), value.into(), self.end(ttl)]).await.map(drop)
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.execute(&self.text.delete, vec![key.into()]).await.map(drop)
    }
}

#[async_trait]
impl<C: SqlConnection> AtomicStorage for SqlStorage<C> {
    fn is_shared(&self) -> bool {
        true
    }

    async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut rows = if self.returns() {
            self.execute(&self.text.take, vec![key.into()]).await?
        } else {
            let look = Statement::with(&self.text.lock, vec![key.into()]);
            let delete = Statement::with(&self.text.delete, vec![key.into()]);
            let results = self.store.connection().batch(vec![look, delete]).await?;
            results.into_iter().next().unwrap_or_default()
        };
        let now = self.clock.now();
        let live = |mut row: Row<'_>| {
            let value = row.text("value")?;
            Ok(end_of(&mut row)?.is_none_or(|end| end > now).then_some(value))
        };
        rows.first_mut().map(live).transpose().map(Option::flatten)
    }

    async fn increment(&self, key: &str, ttl: Duration) -> Result<Count, StoreError> {
        let now = self.clock.now();
        let (at, end) = (Value::from(now.as_millis()), Value::from(now.plus(ttl).as_millis()));
        let params = vec![key.into(), end, at.clone(), at];
        let mut rows = if self.returns() {
            self.execute(&self.text.increment, params).await?
        } else {
            let increment = Statement::with(&self.text.increment, params);
            let look = Statement::with(&self.text.lock, vec![key.into()]);
            let results = self.store.connection().batch(vec![increment, look]).await?;
            results.into_iter().last().unwrap_or_default()
        };
        let mut row = rows.first_mut().ok_or_else(|| unreadable("a counter was counted and is not there"))?;
        let value = row.text("value")?.parse().map_err(|_| unreadable("a counter is no number"))?;
        let end = end_of(&mut row)?.ok_or_else(|| unreadable("a counter has no end"))?;
        Ok(Count { value, remaining: now.until(end) })
    }

    async fn set_if_absent(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<bool, StoreError> {
        let insert = [key.into(), value.into(), self.end(ttl)];
        if self.returns() {
            let params = insert.into_iter().chain([self.now()]).collect();
            return Ok(!self.execute(&self.text.set_if_absent, params).await?.is_empty());
        }
        let batch = vec![
            Statement::with(&self.text.delete_if_expired, vec![key.into(), self.now()]),
            Statement::with(&self.text.insert, insert.into()),
        ];
        match self.store.connection().batch(batch).await {
            Ok(_) => Ok(true),
            // By a row that lives, or by one that another has added since.
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn compare_and_set(
        &self,
        key: &str,
        from: &str,
        to: &str,
        ttl: Option<Duration>,
    ) -> Result<bool, StoreError> {
        let params = vec![to.into(), self.end(ttl), key.into(), from.into(), self.now()];
        Ok(self.execute(&self.text.compare_and_set, params).await?.affected() > 0)
    }

    async fn compare_and_delete(&self, key: &str, value: &str) -> Result<bool, StoreError> {
        let params = vec![key.into(), value.into(), self.now()];
        Ok(self.execute(&self.text.compare_and_delete, params).await?.affected() > 0)
    }

    async fn delete_expired(&self, limit: u32) -> Result<u64, StoreError> {
        let params = vec![self.now(), i64::from(limit).into()];
        Ok(self.execute(&self.text.delete_expired, params).await?.affected())
    }
}

/// When a row is over, if ever.
fn end_of(row: &mut Row<'_>) -> Result<Option<Timestamp>, StoreError> {
    row.optional_moment("expiresAt")
}

fn unreadable(what: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Unexpected, what)
}

impl<C> Clone for SqlStorage<C> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), text: Arc::clone(&self.text), clock: Arc::clone(&self.clock) }
    }
}

impl<C: fmt::Debug> fmt::Debug for SqlStorage<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStorage").field("store", &self.store).finish_non_exhaustive()
    }
}
