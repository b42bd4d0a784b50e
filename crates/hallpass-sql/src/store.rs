//! hallpass's store over any SQL database.

mod account;
mod session;
mod text;
mod user;
mod verification;

use std::fmt;
use std::sync::Arc;

use hallpass::clock::Timestamp;
use hallpass::store::StoreError;

use crate::connection::SqlConnection;
use crate::layout::Layout;
use crate::statement::Statement;
use crate::value::Value;
use text::Text;

/// Users, accounts, sessions and verifications in the tables of a better-auth database. A clone is
/// another handle to the same store.
///
/// Every method is one statement or one batch whose own conditions decide, so the contracts of the store
/// traits hold for any number of processes on one database. A table may have more columns than
/// hallpass knows; those that are NOT NULL need a default. An additional field of a record that has no
/// column is refused as [`Unexpected`](hallpass::store::StoreErrorKind::Unexpected).
pub struct SqlStore<C> {
    inner: Arc<Inner<C>>,
}

struct Inner<C> {
    connection: C,
    layout: Layout,
    text: Text,
}

impl<C: SqlConnection> SqlStore<C> {
    /// A store in the layout that better-auth's own migrations make. Touches nothing: a new database
    /// wants [`migrate`](Self::migrate) first; one that better-auth made can be used as it is.
    pub fn new(connection: C) -> Self {
        Self::in_layout(connection, Layout::default())
    }

    /// A store in the given layout; [`Layout::detect`] finds out which one a database has.
    pub fn in_layout(connection: C, layout: Layout) -> Self {
        let text = Text::new(connection.dialect(), layout);
        Self { inner: Arc::new(Inner { connection, layout, text }) }
    }

    /// The connection, for what the store itself does not do.
    pub fn connection(&self) -> &C {
        &self.inner.connection
    }

    /// The layout.
    pub fn layout(&self) -> Layout {
        self.inner.layout
    }

    /// The database's own SQL for a template, to be made once and kept: `[name]` stands for a table or
    /// column by its camelCase name, `{name}` for a name that is taken as it stands (the alias of a
    /// result's column), `?` for the next parameter. None of these characters has another use in a
    /// template.
    pub fn sql(&self, template: &str) -> Arc<str> {
        self.inner.layout.render(self.inner.connection.dialect(), template).into()
    }

    /// A moment in the form in which the layout keeps it.
    pub fn moment(&self, moment: Timestamp) -> Value {
        self.inner.layout.moment(moment)
    }

    /// How many rows each of the core's tables has: for diagnostics. It reads whole tables.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut rows = self.inner.connection.query(Statement::with(&self.text().counts, vec![])).await?;
        rows.iter_mut()
            .map(|mut row| Ok((row.text("table")?, u64::try_from(row.integer("count")?).unwrap_or(0))))
            .collect()
    }

    fn text(&self) -> &Text {
        &self.inner.text
    }
}

impl<C> Clone for SqlStore<C> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<C: fmt::Debug> fmt::Debug for SqlStore<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore")
            .field("connection", &self.inner.connection)
            .field("layout", &self.inner.layout)
            .finish_non_exhaustive()
    }
}
